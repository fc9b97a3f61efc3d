package scaffold

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/modship/modship/internal/projectfile"
)

var update = flag.Bool("update", false, "write the golden files")

// repository reads a repository from an archive in testdata.
func repository(t *testing.T, name string) fstest.MapFS {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return files
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	file = filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestInspect(t *testing.T) {
	for _, name := range []string{"github", "gitlab", "nothing", "triggers"} {
		t.Run(name, func(t *testing.T) {
			found, err := Inspect(repository(t, name), Options{
				Owner: "Acme", Repository: "pump",
				Required:  []string{"MODULE_EDITION", "GOPROXY", "SVACE_ENABLED", "CI_COMMIT_REF_NAME", "LOCAL_ONLY", "CI_JOB_TOKEN", "API_TOKEN", "WERF_ENV"},
				Variables: []string{"OPTIONAL", "BASE_IMAGES_VERSION", "CC"},
			})
			if err != nil {
				t.Fatal(err)
			}
			text := found.ProjectFile()
			golden(t, name+".modship.yaml", text)
			if _, err := projectfile.Parse(text); err != nil {
				t.Errorf("the file is not valid: %v", err)
			}
			golden(t, name+".notes.txt", []byte(strings.Join(append(found.Notes, found.Advice()...), "\n")+"\n"))
			for ci, pipeline := range map[string]func() []byte{"github": found.GitHub, "gitlab": found.GitLab} {
				found.EnsureTarget(ci, "Acme")
				golden(t, name+"."+ci+".yml", pipeline())
				if name == "nothing" {
					found.Targets = nil // the other system has another registry
				}
			}
		})
	}
}
