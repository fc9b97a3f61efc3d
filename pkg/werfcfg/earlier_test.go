package werfcfg

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/graph"
)

// asked is a werf.yaml that asks for files in every way that templates have.
const asked = `project: p
configVersion: 1
---
image: asked
from: alpine:3
shell:
  install:
{{- range list "conf" "conf/a.txt" "conf/none" "link" "linked" "linked/a.txt" "new.txt" "beside.yml" "both.yml" "images/one" "images" "lib" }}
  - {{ . }} {{ $.Files.Exists . }} {{ $.Files.IsDir . }}
{{- end }}
{{- range $glob := list "conf/*" "linked/*" "**/*.inc.yaml" "extra/*.yml" "link" "none/*" }}
{{- range $path, $text := $.Files.Glob $glob }}
  - {{ printf "%s %s %s" $glob $path $text | quote }}
{{- end }}
{{- end }}
{{- range list "conf/a.txt" "link" "beside.yml" "both.yml" "linked/a.txt" }}
  - {{ $.Files.Get . | quote }}
{{- end }}
  - {{ .Commit.Hash }} {{ .Commit.Date.Unix }} {{ include "own" . }}
---
image: docker
context: images/one
dockerfile: Dockerfile
`

// TestReadEarlierIsReadingACheckout reads a commit from the object database,
// and its files written to a disk, and finds the same.
func TestReadEarlierIsReadingACheckout(t *testing.T) {
	for name, flags := range map[string]map[string]string{
		"strict": nil, "loose": {"loose-giterminism": "true"},
	} {
		for _, project := range []string{"", "sub"} {
			t.Run(strings.Trim(name+"-"+project, "-"), func(t *testing.T) {
				ctx, p := openWerf(t)
				for flag, value := range flags {
					if err := p.Flags.Set(flag, value); err != nil {
						t.Fatal(err)
					}
				}
				top, commit := twoCommits(t, project)
				checkout := t.TempDir()
				sh(t, top, "git clone -q . "+checkout+"; git -C "+checkout+" checkout -q "+commit)
				sh(t, filepath.Join(checkout, project), "cp "+filepath.Join(top, project)+"/beside.yml .; mkdir -p extra; cp "+filepath.Join(top, project)+"/extra/*.yml extra")
				want := readProject(t, ctx, p, filepath.Join(checkout, project))
				now := readProject(t, ctx, p, filepath.Join(top, project))
				got, err := now.ReadEarlier(ctx, p, ReadOptions{RunDir: t.TempDir()}, emptyAt(t, top, commit, project))
				if err != nil {
					t.Fatal(err)
				}
				if got.Commit != commit || now.Commit == commit {
					t.Errorf("read %s and %s, want %s", got.Commit, now.Commit, commit)
				}
				if diff := cmp.Diff(want.Sections, got.Sections); diff != "" {
					t.Errorf("sections (-checkout +commit):\n%s", diff)
				}
				if diff := cmp.Diff(want.Graph.Nodes(), got.Graph.Nodes()); diff != "" {
					t.Errorf("nodes (-checkout +commit):\n%s", diff)
				}
				if cmp.Equal(now.Sections, got.Sections) {
					t.Error("the two commits have the same sections")
				}
			})
		}
	}
}

// TestReadMakesNoSections: only comparisons pay for parsing the configuration
// once more.
func TestReadMakesNoSections(t *testing.T) {
	ctx, p := openWerf(t)
	top, commit := twoCommits(t, "")
	if err := p.Flags.Set("dir", top); err != nil {
		t.Fatal(err)
	}
	now, err := Read(ctx, p, ReadOptions{RunDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if len(now.Sections) > 0 {
		t.Errorf("Read parsed %d sections", len(now.Sections))
	}
	before, err := now.ReadEarlier(ctx, p, ReadOptions{RunDir: t.TempDir()}, emptyAt(t, top, commit, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Config{now, before} {
		for _, n := range c.Graph.Nodes() {
			if n.Kind == graph.Image && n.Fingerprint == "" {
				t.Errorf("image %s has no fingerprint at commit %s", n.Name, c.Commit)
			}
		}
	}
}

// twoCommits makes a repository with a project in a directory of it, whose second
// commit changes and removes files, and returns the first.
func twoCommits(t *testing.T, project string) (top, commit string) {
	top = t.TempDir()
	dir := filepath.Join(top, project)
	for name, text := range map[string]string{
		"werf.yaml": asked, ".werf/own.tmpl": `{{ define "own" }}first{{ end }}`, "both.yml": "committed: 1", "conf/a.txt": "a", "conf/b.txt": "b",
		"images/one/werf.inc.yaml": "one", "images/one/Dockerfile": "FROM alpine:3\nCOPY a b\n",
		"werf-giterminism.yaml": "giterminismConfigVersion: 1\nconfig:\n  goTemplateRendering:\n    allowUncommittedFiles: [beside.yml, both.yml, extra/*.yml]\n",
	} {
		write(t, filepath.Join(dir, name), text)
	}
	sh(t, top, "git init -q")
	sh(t, dir, "ln -s conf/a.txt link; ln -s conf linked; git add -A; git commit -qm one")
	commit = sh(t, top, "git rev-parse HEAD")
	sh(t, dir, `rm -r conf/b.txt images werf-giterminism.yaml; mkdir -p images/one; echo changed > conf/a.txt; echo both: 2 > both.yml; echo x > new.txt
		cp conf/a.txt images/one/Dockerfile; printf 'FROM alpine:3\n' > images/one/Dockerfile
		sed -i s/first/second/ .werf/own.tmpl; git show HEAD:./werf-giterminism.yaml > werf-giterminism.yaml; git add -A; git commit -qm two
		mkdir extra; echo beside > beside.yml; echo 1 > extra/1.yml; echo no > extra/2.txt`)
	return top, commit
}

// emptyAt is the earlier commit in a repository without files.
func emptyAt(t *testing.T, top, commit, project string) Earlier {
	files, err := git.At(top).Files(t.Context(), commit)
	if err != nil {
		t.Fatal(err)
	}
	at := Earlier{Dir: filepath.Join(t.TempDir(), "empty"), Commit: commit, Files: files, Beside: map[string]string{}}
	sh(t, top, "git clone -q --no-checkout . "+at.Dir+"; git -C "+at.Dir+" update-ref --no-deref HEAD "+commit)
	for _, file := range []string{"beside.yml", "extra/1.yml"} {
		at.Beside[filepath.Join(project, file)] = filepath.Join(top, project, file)
	}
	return at
}

func readProject(t *testing.T, ctx context.Context, p *werfenv.Process, dir string) *Config {
	t.Helper()
	if err := p.Flags.Set("dir", dir); err != nil {
		t.Fatal(err)
	}
	c, err := Read(ctx, p, ReadOptions{RunDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.readSections(); err != nil {
		t.Fatal(err)
	}
	return c
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// sh runs a script with an author for commits and returns what it prints.
func sh(t *testing.T, dir, script string) string {
	t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", script, err, out)
	}
	return strings.TrimSpace(string(out))
}
