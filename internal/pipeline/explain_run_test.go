package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/module"
)

// explains explains images of the rig's module.
func (r *rig) explains(names []string, since string) ([]Explanation, error) {
	j := r.job(r.options("dev", nil))
	j.dry, j.readOnly = true, since != ""
	return j.explain(r.t.Context(), names, since)
}

// TestExplainSince compares two commits: a changed file, an instruction, a
// base, and the images that need those.
func TestExplainSince(t *testing.T) {
	r := newRig(t)
	r.write(map[string]string{
		"images/hello/hello.txt": "changed\n",
		"werf.yaml":              strings.Replace(moduleFiles["werf.yaml"], "image: digests\nfrom: alpine:3", "image: digests\nfrom: alpine:4\nshell: {setup: [echo]}", 1),
	})
	r.commit("two")
	first := r.git("git rev-parse HEAD~1")
	got, err := r.explains(nil, "HEAD~1")
	if err != nil {
		t.Fatal(err)
	}
	want := []Explanation{
		{Image: "bundle", Since: first, Stage: "dependencies", Causes: []Cause{}, Needs: []string{"digests"}},
		{
			Image: "digests", Since: first, Stage: "from", Needs: []string{"hello"},
			Causes: []Cause{{"base", "alpine:3 -> alpine:4", "changed", "from"}, {"instruction", "shell", "changed", ""}},
		},
		{Image: "hello", Since: first, Stage: "gitLatestPatch", Causes: []Cause{{"file", "images/hello/hello.txt", "changed", "gitLatestPatch"}}, Needs: []string{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if one, err := r.explains([]string{"release-channel-version"}, "HEAD~1"); err != nil || len(one) != 1 || one[0].differs() {
		t.Errorf("an image that is the same: %+v, %v", one, err)
	}
	if _, err := r.explains(nil, "nosuch"); exit.CodeOf(err) != exit.Usage || !errors.Is(err, git.ErrNoCommit) {
		t.Errorf("no such commit: %v", err)
	}
	if _, err := r.explains([]string{"helo"}, "HEAD~1"); exit.CodeOf(err) != exit.Usage {
		t.Errorf("no such image: %v", err)
	}
}

// TestExplainRebuild compares with the commit that the registry has an image
// of, and names the variable that has changed since the last build.
func TestExplainRebuild(t *testing.T) {
	r := newRig(t)
	r.write(map[string]string{
		"werf-giterminism.yaml": "giterminismConfigVersion: 1\nconfig: {goTemplateRendering: {allowEnvVariables: [MY_TOKEN]}}\n",
		"werf.yaml":             strings.Replace(moduleFiles["werf.yaml"], "image: digests", "image: digests\nshell: {setup: ['{{ env \"MY_TOKEN\" }}']}", 1),
	})
	built := r.commit("two")
	t.Setenv("MY_TOKEN", "one")
	r.builds("dev", "one")
	r.mustPublish("dev")
	t.Setenv("MY_TOKEN", "two")
	r.write(map[string]string{"images/hello/hello.txt": "changed\n"})
	r.commit("three")
	r.builder.plan = &build.Plan{
		Images: []build.ImagePlan{
			{Name: "digests", Action: build.Rebuild, Stage: "setup"},
			{Name: "hello", Action: build.Rebuild, Stage: "gitLatestPatch"},
			{Name: "new", Action: build.Rebuild},
			{Name: "release-channel-version", Action: build.Reuse},
		},
		Commits: map[string][]string{"digests": {built}, "hello": {built}},
	}
	got, err := r.explains(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []Explanation{
		{Image: "digests", Action: build.Rebuild, Stage: "setup", Since: built, Causes: []Cause{}, Needs: []string{"hello"}},
		{Image: "hello", Action: build.Rebuild, Stage: "gitLatestPatch", Since: built, Causes: []Cause{{"file", "images/hello/hello.txt", "changed", "gitLatestPatch"}}, Needs: []string{}},
		{Image: "new", Action: build.Rebuild, Causes: []Cause{{Kind: "new", What: "the repository has no build of it from a commit of this history", How: "added"}}, Needs: []string{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.builder.plan.Images = r.builder.plan.Images[:1]
	r.git("git reset -q --hard HEAD~1")
	if got, err = r.explains(nil, ""); err != nil || len(got) != 1 || len(got[0].Causes) != 1 || !strings.HasPrefix(got[0].Causes[0].What, "MY_TOKEN ") {
		t.Errorf("a variable: %+v, %v", got, err)
	}
	r.builder.err = errors.New("no plan")
	if _, err = r.explains(nil, ""); err == nil || err.Error() != "find what to compare with: no plan" {
		t.Errorf("%v", err)
	}
}

// TestReadSince reads two commits with werf alone; a mode that no digest
// depends on affects nothing.
func TestReadSince(t *testing.T) {
	r := newRig(t)
	r.git("chmod +x images/hello/hello.txt")
	r.write(map[string]string{"images/hello/new.txt": "new\n"})
	r.commit("two")
	since, err := ReadSince(t.Context(), r.options("dev", nil), "HEAD~1")
	if err != nil {
		t.Fatal(err)
	}
	want := []git.Change{{Path: "images/hello/hello.txt", Kind: git.ModeOnly}, {Path: "images/hello/new.txt", Kind: git.Added}}
	if diff := cmp.Diff(want, since.Changes); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, impact := range since.Affected(since.Config.Graph.Published()) {
		names = append(names, impact.Name)
	}
	if diff := cmp.Diff([]string{"bundle", "digests", "hello"}, names); diff != "" {
		t.Error(diff)
	}
	if since.Before.Commit != r.git("git rev-parse HEAD~1") {
		t.Errorf("before is %s", since.Before.Commit)
	}
	if _, err := ReadSince(t.Context(), r.options("dev", nil), "nosuch"); exit.CodeOf(err) != exit.Usage {
		t.Errorf("no such commit: %v", err)
	}
}

// TestRead makes the graph without a registry, and finds what is wrong.
func TestRead(t *testing.T) {
	r := newRig(t)
	r.write(map[string]string{"templates/lost.yaml": "image: {{ include \"helm_lib_module_image\" (list . \"lost\") }}\n"})
	r.commit("two")
	result, err := Read(t.Context(), r.options("v1.0.0", []module.Channel{module.Alpha}))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := result.Config.Graph.Node("channel:alpha"); !ok || result.Tag != "v1.0.0" {
		t.Errorf("%+v", result.Config.Graph.Nodes())
	}
	if len(result.Problems) != 1 || result.Problems[0].Code != graph.ProblemUnknownKey || !strings.Contains(result.Problems[0].Message, "lost") {
		t.Errorf("problems %+v", result.Problems)
	}
	if _, err := os.Stat(filepath.Join(r.home, "state", "logs", "echo", "werf.log")); err != nil {
		t.Error(err)
	}
}
