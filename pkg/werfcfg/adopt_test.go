package werfcfg

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/werf/werf/v2/pkg/build/stage"
	"github.com/werf/werf/v2/pkg/config"

	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/graph"
)

// conveyor is as much of werf's as a checksum asks for.
type conveyor struct{ stage.Conveyor }

func (conveyor) GetLocalGitRepoVirtualMergeOptions() stage.VirtualMergeOptions {
	return stage.VirtualMergeOptions{}
}

// openWerf starts werf's process-wide parts with directories of the test.
func openWerf(t *testing.T) (context.Context, *werfenv.Process) {
	t.Helper()
	t.Setenv("WERF_HOME", t.TempDir())
	t.Setenv("WERF_TMP_DIR", t.TempDir())
	flags, err := werfenv.NewFlags()
	if err != nil {
		t.Fatal(err)
	}
	p, ctx, err := werfenv.Open(t.Context(), flags, werfenv.OpenOptions{RunDir: t.TempDir(), Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return ctx, p
}

// readFiles makes a commit of files and reads the project in a directory of it.
func readFiles(t *testing.T, ctx context.Context, p *werfenv.Process, files map[string]string, project string) *Config {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "one"}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	if err := p.Flags.Set("dir", filepath.Join(dir, project)); err != nil {
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

// werfChecksums are what werf puts into the digests of an image's stages for
// its stageDependencies.
func werfChecksums(t *testing.T, ctx context.Context, c *Config, image string) (sums []string) {
	t.Helper()
	for _, local := range c.Werf.GetImage(image).(config.StapelImageInterface).ImageBaseConfig().Git.Local {
		m := stage.NewGitMapping()
		m.SetGitRepo(c.Giterminism.LocalGitRepo())
		m.Add, m.IncludePaths, m.ExcludePaths = local.GitMappingAdd(), local.IncludePaths, local.ExcludePaths
		m.StagesDependencies = map[stage.StageName][]string{}
		if d := local.StageDependencies; d != nil {
			m.StagesDependencies[stage.Install] = d.Install // the only stage that the images have
		}
		sum, err := m.StageDependenciesChecksum(ctx, conveyor{}, stage.Install)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, sum)
	}
	return sums
}

// randomImages is a werf.yaml of n images and a second one in which their globs
// are others.
func randomImages(r *rand.Rand, n int) (before, after string) {
	globs := []string{
		"*", "**/*", "**", ".", "app", "app/*", "b", "b/*", "**/*.go", "*.go", "**/*.{go,txt}", "{app,docs}/**", "**/[!m]*",
		"none", "none/*", "**/*.none", "main.go", "b/two.txt", "app/b", "app/**/two*", "*/*",
	}
	var b, a strings.Builder
	b.WriteString("configVersion: 1\nproject: p\n")
	a.WriteString("configVersion: 1\nproject: p\n")
	list := func(key string, most int) string {
		var some []string
		for range r.IntN(most + 1) {
			some = append(some, "'"+globs[r.IntN(len(globs))]+"'")
		}
		if len(some) == 0 {
			return ""
		}
		return key + ": [" + strings.Join(some, ", ") + "]\n"
	}
	for i := range n {
		entry := "  - add: " + []string{"/", "/app", "/app/main.go"}[r.IntN(3)] + "\n    to: /to" + "\n"
		if paths := list("    includePaths", 2); !strings.Contains(entry, "main.go") {
			entry += paths + list("    excludePaths", 1)
		}
		frozen := []string{"", "disableGitAfterPatch: true\n"}[r.IntN(2)]
		dependencies := list("      install", 2)
		for _, text := range []*strings.Builder{&b, &a} {
			fmt.Fprintf(text, "---\nimage: i%d\nfrom: example.com/base:1\n%sshell:\n  install: [make]\ngit:\n%s", i, frozen, entry)
			if dependencies != "" {
				text.WriteString("    stageDependencies:\n      setup: '*'\n" + dependencies)
			}
			if r.IntN(5) > 0 {
				dependencies = list("      install", 2)
			}
		}
	}
	return b.String(), a.String()
}

// TestAdoptGlobs holds what is said of many images against werf's own
// checksums, with and without changed files: fingerprints are equal where what
// the globs match is the same to werf, and no image whose checksum differs is
// left out of those that are affected.
func TestAdoptGlobs(t *testing.T) {
	ctx, p := openWerf(t)
	files := map[string]string{
		"app/main.go": "1", "app/main.txt": "2", "app/b/two.txt": "3", "app/b/three.go": "1", "docs/x.md": "4", "b": "5", "main.go": "1",
	}
	for seed, edits := range []map[string]string{nil, nil, {"app/b/two.txt": "6"}, {"main.go": "7"}, {"app/new.go": "8"}, {"docs/x.md": "", "app/b/three.go": ""}} {
		first, second := randomImages(rand.New(rand.NewPCG(uint64(seed), 1)), 250)
		now, changed := maps.Clone(files), slices.Sorted(maps.Keys(edits))
		for name, text := range edits {
			if now[name] = text; text == "" {
				delete(now, name)
			}
		}
		files["werf.yaml"], now["werf.yaml"] = first, second
		before, after := readFiles(t, ctx, p, files, ""), readFiles(t, ctx, p, now, "")
		if err := before.AdoptGlobs(ctx, after); err != nil {
			t.Fatal(err)
		}
		affected := map[string]bool{}
		for _, i := range graph.Affected(before.Graph, after.Graph, append(changed, "werf.yaml"), graph.AffectedOptions{}) {
			affected[i.Name] = true
		}
		exact := 0
		for name := range after.Sections {
			if name == "" {
				continue
			}
			id := graph.ID(graph.Image, name)
			was, _ := before.Graph.Node(id)
			is, _ := after.Graph.Node(id)
			same := cmp.Equal(werfChecksums(t, ctx, before, name), werfChecksums(t, ctx, after, name))
			if same && was.Fingerprint != is.Fingerprint {
				t.Errorf("edit %d: image %s differs to modship, not to werf:\n%v\n%v", seed, name, before.Sections[name], after.Sections[name])
			}
			if !same && !affected[name] {
				t.Errorf("edit %d: image %s differs to werf and is not affected:\n%v\n%v", seed, name, before.Sections[name], after.Sections[name])
			}
			if same {
				exact++
			}
		}
		t.Logf("edits of %v: %d of 250 images are the same to werf, %d are affected", changed, exact, len(affected))
	}
}

// TestPathsAreThoseOfTheRepository: werf takes the paths of git entries from
// the top of the repository, and contexts of Dockerfiles from the project.
func TestPathsAreThoseOfTheRepository(t *testing.T) {
	ctx, p := openWerf(t)
	c := readFiles(t, ctx, p, map[string]string{
		"module/werf.yaml":  "configVersion: 1\nproject: p\n---\nimage: a\nfrom: example.com/base:1\ngit: [{add: /module/app, to: /app}]\n---\nimage: b\ndockerfile: Dockerfile\n",
		"module/Dockerfile": "FROM scratch\nCOPY app /app\n", "module/app/f": "1",
	}, "module")
	for _, image := range []string{"a", "b"} {
		affected := graph.Affected(c.Graph, c.Graph, []string{"module/app/f"}, graph.AffectedOptions{})
		if !slices.ContainsFunc(affected, func(i graph.Impact) bool { return i.Name == image }) {
			t.Errorf("image %s is not affected by a file of its own: %v", image, affected)
		}
	}
}
