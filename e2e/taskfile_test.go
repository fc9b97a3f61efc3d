package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/localregistry"
)

// TestTaskfile includes taskfile/Taskfile.yml in the example, as its README
// says, and runs every task with Task.
func TestTaskfile(t *testing.T) {
	needBuilds(t)
	needProgram(t, "task")
	t.Parallel()
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	h := newHome(t).with("MODULES_MODULE_SOURCE=" + r.source())
	repo := filepath.Join(h.dir, "repo")
	if err := modulerepo.Materialise(t.Context(), repo, filepath.Join("..", "examples", "echo"), modulerepo.Options{Registry: r.Addr()}); err != nil {
		t.Fatal(err)
	}
	shared, err := os.ReadFile(filepath.Join("..", "taskfile", "Taskfile.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"modship.Taskfile.yml": string(shared),
		"Taskfile.yml":         "version: \"3\"\nincludes:\n  module: ./modship.Taskfile.yml\n",
		".gitignore":           "graph.html\n.task/\n",
	} {
		if err := os.WriteFile(filepath.Join(repo, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := modulerepo.Commit(t.Context(), repo, "Tasks"); err != nil {
		t.Fatal(err)
	}
	for _, run := range []struct {
		args []string
		want string // in the output
	}{
		{[]string{"module:graph"}, ""},
		{[]string{"module:plan", "TAG=v0.1.0"}, "8 images: 0 reuse"},
		{[]string{"module:build", "TAG=v0.1.0", "--", "--progress", "quiet"}, "echo-server"},
		{[]string{"module:publish", "TAG=v0.1.0", "CHANNEL=alpha"}, "release:alpha"},
		{[]string{"module:promote", "TAG=v0.1.0", "CHANNEL=beta"}, "release:beta"},
		{[]string{"module:explain", "IMAGE=echo-server"}, ""},
		{[]string{"module:dev", "TAG=mine"}, "/release:mine"},
		{[]string{"module:status"}, "v0.1.0"},
		{[]string{"module:verify"}, ""},
		{[]string{"module:verify", "TAG=v0.1.0"}, "consumers can read it"},
		{[]string{"module:render"}, "kind: "},
		{[]string{"module:lint"}, ""},
	} {
		got := h.run(t, repo, "task", run.args...)
		if out := got.stdout + got.stderr; got.code != 0 || !strings.Contains(out, run.want) {
			t.Errorf("task %s: exit code %d, want 0 and %q in the output:\n%s", strings.Join(run.args, " "), got.code, run.want, out)
		}
	}
	if _, err := os.Stat(filepath.Join(repo, "graph.html")); err != nil {
		t.Errorf("the graph is not where the task is called: %v", err)
	}
	if got := h.run(t, repo, "task", "module:promote"); got.code == 0 {
		t.Errorf("promote without a version succeeded:\n%s", got.stdout)
	}
	// Every task was run.
	listed := h.run(t, repo, "task", "--list-all", "--json")
	if n := strings.Count(listed.stdout, `"name": "module:`); n != 11 {
		t.Errorf("%d tasks, want 11:\n%s", n, listed.stdout)
	}
}
