package settings

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/pkg/module"
)

// ciVariables are cleared so that the tests give the same on a CI runner.
var ciVariables = []string{
	EnvSource, EnvName, EnvTag, EnvChannel, EnvDir, EnvTarget, "WERF_REPO", "WERF_CONFIG",
	"GITHUB_REF_TYPE", "GITHUB_REF_NAME", "GITHUB_REF", "CI_COMMIT_TAG", "CI_COMMIT_REF_NAME", "CI_MERGE_REQUEST_IID",
	"CI", "GITHUB_ACTIONS", "GITHUB_REPOSITORY", "GITHUB_EVENT_NAME", "GITEA_ACTIONS", "FORGEJO_ACTIONS", "GITLAB_CI", "CI_PROJECT_NAME",
	"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "JENKINS_URL", "TEAMCITY_VERSION", "BUILDKITE",
}

// newModule makes a module repository with one commit on branch main and makes
// it the current directory.
func newModule(t *testing.T, env map[string]string) string {
	t.Helper()
	for _, name := range ciVariables {
		t.Setenv(name, "")
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	dir := filepath.Join(t.TempDir(), "fallback-name")
	write(t, filepath.Join(dir, "werf.yaml"), "project: x\n")
	write(t, filepath.Join(dir, "module.yaml"), "name: echo\n")
	gitRun(t, dir, "init", "-q", "-b", "main")
	gitRun(t, dir, "add", "-A")
	gitRun(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "one")
	t.Chdir(dir)
	return dir
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

func gitRun(t *testing.T, dir string, args ...string) {
	t.Helper()
	if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
}

func TestResolveTag(t *testing.T) {
	for _, tc := range []struct {
		name  string
		env   map[string]string
		flag  string
		setup func(t *testing.T, dir string)
		want  Value
		notes int
	}{
		{name: "flag wins", env: map[string]string{EnvTag: "v1.0.0"}, flag: "v2.0.0", want: Value{"v2.0.0", "--tag"}},
		{name: "environment", env: map[string]string{EnvTag: "v1.0.0", "CI_COMMIT_TAG": "v3.0.0"}, want: Value{"v1.0.0", EnvTag}},
		{name: "a branch in the environment", env: map[string]string{EnvTag: "feature/x"}, want: Value{"feature-x", EnvTag + " made valid"}, notes: 1},
		{name: "GitLab tag", env: map[string]string{"CI_COMMIT_TAG": "v3.0.0"}, want: Value{"v3.0.0", "CI_COMMIT_TAG"}},
		{name: "GitHub tag", env: map[string]string{"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v4.0.0"}, want: Value{"v4.0.0", "GITHUB_REF_NAME"}},
		{
			name: "highest git tag on HEAD",
			setup: func(t *testing.T, dir string) {
				for _, tag := range []string{"v1.9.0", "v1.10.0", "api/v2.0.0", "latest"} {
					gitRun(t, dir, "tag", tag)
				}
			},
			want: Value{"v1.10.0", "git tag on HEAD"},
		},
		{
			name: "a version before what looks higher",
			setup: func(t *testing.T, dir string) {
				for _, tag := range []string{"v1.4.0", "v1.4", "2026.11.25", "20261125", "v1.5.0-rc.1", "v2"} {
					gitRun(t, dir, "tag", tag)
				}
			},
			want: Value{"v1.4.0", "git tag on HEAD"},
		},
		{
			name: "a prerelease before another name",
			setup: func(t *testing.T, dir string) {
				for _, tag := range []string{"2026.11.25", "v1.5.0-rc.1", "v1.5.0-rc.2"} {
					gitRun(t, dir, "tag", tag)
				}
			},
			want: Value{"v1.5.0-rc.2", "git tag on HEAD"},
		},
		{name: "merge request of a tagged commit", env: map[string]string{"CI_MERGE_REQUEST_IID": "7"}, setup: tagged, want: Value{"mr7", "CI_MERGE_REQUEST_IID mr7"}},
		{name: "branch of CI on a tagged commit", env: map[string]string{"GITHUB_REF_TYPE": "branch", "GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main"}, setup: tagged, want: Value{"main", "GITHUB_REF_NAME main"}},
		{name: "carriage return", env: map[string]string{EnvTag: "v1.2.3\r"}, want: Value{"v1.2.3", EnvTag}, notes: 1},
		{name: "invisible characters", env: map[string]string{"CI_COMMIT_TAG": "\ufeff v1.2.3\u200b\n"}, want: Value{"v1.2.3", "CI_COMMIT_TAG"}, notes: 1},
		{name: "quotes and refs/tags/", env: map[string]string{EnvTag: `"refs/tags/v1.2.3"`}, want: Value{"v1.2.3", EnvTag}, notes: 1},
		{name: "space in the flag", flag: "v1.2.3 ", want: Value{"v1.2.3", "--tag"}, notes: 1},
		{name: "refs/heads/", env: map[string]string{EnvTag: "refs/heads/feature/x"}, want: Value{"feature-x", EnvTag + " made valid"}, notes: 2},
		{name: "branch", setup: func(t *testing.T, dir string) { gitRun(t, dir, "checkout", "-q", "-b", "feature/x") }, want: Value{"feature-x", "git branch feature/x"}},
		{name: "pull request", env: map[string]string{"GITHUB_REF": "refs/pull/12/merge", "GITHUB_REF_NAME": "12/merge"}, want: Value{"pr12", "GITHUB_REF pr12"}},
		{name: "merge request", env: map[string]string{"CI_MERGE_REQUEST_IID": "7", "CI_COMMIT_REF_NAME": "x"}, want: Value{"mr7", "CI_MERGE_REQUEST_IID mr7"}},
		{name: "name of a pull request's ref", env: map[string]string{EnvTag: "12/merge"}, want: Value{"pr12", EnvTag + " made valid"}, notes: 1},
		{name: "Jenkins tag", env: map[string]string{"JENKINS_URL": "https://j/", "TAG_NAME": "v5.0.0"}, want: Value{"v5.0.0", "TAG_NAME"}},
		{name: "Buildkite pull request", env: map[string]string{"BUILDKITE": "true", "BUILDKITE_PULL_REQUEST": "6"}, want: Value{"pr6", "BUILDKITE_PULL_REQUEST pr6"}},
		{name: "branch of CI", env: map[string]string{"CI_COMMIT_REF_NAME": "release-1.2"}, want: Value{"release-1.2", "CI_COMMIT_REF_NAME release-1.2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := newModule(t, tc.env)
			if tc.setup != nil {
				tc.setup(t, dir)
			}
			s, err := Resolve(context.Background(), Input{Tag: tc.flag})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, s.Tag); diff != "" {
				t.Error(diff)
			}
			if len(s.Notes) != tc.notes {
				t.Errorf("notes = %q", s.Notes)
			}
			if tc.flag == "" && tc.setup == nil && tc.env[EnvTag] == "" && tc.env["CI_COMMIT_TAG"] == "" && tc.env["GITHUB_REF_TYPE"] == "" && tc.env["TAG_NAME"] == "" && module.IsVersion(s.Tag.Value) {
				t.Errorf("dev tag %s is a version", s.Tag.Value)
			}
		})
	}
}

func tagged(t *testing.T, dir string) { gitRun(t, dir, "tag", "v1.4.0") }

// TestUncommittedWorkIsNoVersion: the first edit after a release.
func TestUncommittedWorkIsNoVersion(t *testing.T) {
	dir := newModule(t, nil)
	gitRun(t, dir, "checkout", "-q", "-b", "feature/x")
	gitRun(t, dir, "tag", "v1.0.0")
	for uncommitted, want := range map[bool]string{false: "v1.0.0", true: "feature-x"} {
		s, err := Resolve(context.Background(), Input{Uncommitted: uncommitted})
		if err != nil {
			t.Fatal(err)
		}
		if s.Tag.Value != want {
			t.Errorf("uncommitted %t: tag = %+v, want %s", uncommitted, s.Tag, want)
		}
	}
}

func TestDetachedHeadHasADevTag(t *testing.T) {
	dir := newModule(t, nil)
	gitRun(t, dir, "checkout", "-q", "--detach")
	s, err := Resolve(context.Background(), Input{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s.Tag.Value, "commit-") {
		t.Errorf("tag = %+v", s.Tag)
	}
}

func TestResolveSourceAndName(t *testing.T) {
	for _, tc := range []struct {
		name       string
		env        map[string]string
		in         Input
		wantSource Value
		wantName   Value
		embedded   bool
	}{
		{name: "defaults", wantSource: Value{EmbeddedSource, "default (embedded registry)"}, wantName: Value{"echo", "module.yaml"}, embedded: true},
		{
			name: "environment", env: map[string]string{EnvSource: "registry.example.com/modules/", EnvName: "other"},
			wantSource: Value{"registry.example.com/modules", EnvSource}, wantName: Value{"other", EnvName},
		},
		{
			name: "flags", env: map[string]string{EnvSource: "a.example.com/m", EnvName: "other"}, in: Input{Source: "b.example.com/m", Name: "mine"},
			wantSource: Value{"b.example.com/m", "--source"}, wantName: Value{"mine", "--name"},
		},
		{
			name: "WERF_REPO", env: map[string]string{"WERF_REPO": "r.example.com/x/echo"},
			wantSource: Value{"r.example.com/x", "WERF_REPO"}, wantName: Value{"echo", "module.yaml"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			newModule(t, tc.env)
			s, err := Resolve(context.Background(), tc.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]any{tc.wantSource, tc.wantName, tc.embedded}, []any{s.Source, s.Name, s.Embedded}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestForkPublishesToTheEmbeddedRegistry: its pipeline has no right to write
// elsewhere, and a flag says that it has.
func TestForkPublishesToTheEmbeddedRegistry(t *testing.T) {
	event := filepath.Join(t.TempDir(), "event.json")
	write(t, event, `{"pull_request": {"head": {"repo": {"full_name": "guest/echo"}}, "base": {"repo": {"full_name": "acme/echo"}}}}`)
	newModule(t, map[string]string{
		EnvSource: "r.example.com/m", "GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/pull/12/merge",
		"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": event,
	})
	s, err := Resolve(t.Context(), Input{})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Embedded || s.Tag.Value != "pr12" || len(s.Notes) != 1 {
		t.Errorf("source %+v, tag %+v, notes %q", s.Source, s.Tag, s.Notes)
	}
	if s, err = Resolve(t.Context(), Input{Source: "r.example.com/mine"}); err != nil || s.Embedded {
		t.Errorf("with --source: %+v, %v", s, err)
	}
}

// TestNameOfCI: module.yaml wins, the name of the checkout comes last.
func TestNameOfCI(t *testing.T) {
	dir := newModule(t, map[string]string{"GITLAB_CI": "true", "CI_PROJECT_NAME": "Csi-Ceph"})
	write(t, filepath.Join(dir, "module.yaml"), "description: no name\n")
	s, err := Resolve(t.Context(), Input{})
	if err != nil || s.Name != (Value{"csi-ceph", "CI_PROJECT_NAME"}) {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestResolveErrors(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  map[string]string
		in   Input
		want string
	}{
		{"bad tag flag", nil, Input{Tag: "feature/x"}, "feature/x"},
		{"a space within the tag", map[string]string{EnvTag: "v1.2.3 v1.2.4"}, Input{}, `MODULES_MODULE_TAG="v1.2.3 v1.2.4"`},
		{"a variable that was not expanded", map[string]string{EnvTag: "$CI_COMMIT_TAG"}, Input{}, EnvTag},
		{"nothing visible", map[string]string{EnvTag: "\r\n"}, Input{}, EnvTag},
		{"bad channel", nil, Input{Channels: []string{"gamma"}}, "gamma"},
		{"channel of the environment", map[string]string{EnvChannel: "stabel"}, Input{}, EnvChannel},
		{"bad source", nil, Input{Source: "https://registry.example.com/m"}, "scheme"},
		{"bad name", nil, Input{Name: "Echo"}, "--name"},
		{"WERF_REPO with a login", map[string]string{"WERF_REPO": "user:s3cret@r.example.com/x/other"}, Input{}, "WERF_REPO: module source holds an @"},
		{"relative folders", map[string]string{EnvHome: "rel"}, Input{}, "MODSHIP_HOME=rel is a relative path"},
		{"WERF_REPO of another module", map[string]string{"WERF_REPO": "r.example.com/x/other"}, Input{}, "WERF_REPO"},
		{"no such directory", nil, Input{Dir: "nowhere"}, "nowhere"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			newModule(t, tc.env)
			_, err := Resolve(context.Background(), tc.in)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v does not mention %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error holds the password: %v", err)
			}
			if exit.CodeOf(err) != exit.Usage {
				t.Errorf("exit code %d", exit.CodeOf(err))
			}
		})
	}
}

// TestRefusedRepository: git's own reason, not that there is no repository.
func TestRefusedRepository(t *testing.T) {
	dir := newModule(t, nil)
	t.Setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
	_, err := Resolve(t.Context(), Input{})
	if !errors.Is(err, git.ErrOtherOwner) || !strings.Contains(exit.HintOf(err), "safe.directory") || !strings.Contains(err.Error(), filepath.Base(dir)) {
		t.Errorf("%v (hint %s)", err, exit.HintOf(err))
	}
	write(t, filepath.Join(dir, "module.yaml"), "stage: Preview\n")
	if _, err := Resolve(t.Context(), Input{Tag: "v1.0.0"}); !errors.Is(err, git.ErrOtherOwner) {
		t.Errorf("name of the repository: %v", err)
	}
}

func TestNoRepository(t *testing.T) {
	newModule(t, nil)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "werf.yaml"), "project: x\n")
	t.Chdir(dir)
	_, err := Resolve(t.Context(), Input{})
	if !errors.Is(err, git.ErrNotRepository) || !strings.Contains(exit.HintOf(err), "git init") {
		t.Errorf("%v (hint %s)", err, exit.HintOf(err))
	}
	gitRun(t, dir, "init", "-q", "-b", "first")
	if s, err := Resolve(t.Context(), Input{}); err != nil || s.Tag.Value != "first" {
		t.Errorf("without a commit: %+v, %v", s, err)
	}
}

func TestSubdirectoryFindsTheProject(t *testing.T) {
	dir := newModule(t, nil)
	write(t, filepath.Join(dir, "images/app/x"), "")
	t.Chdir(filepath.Join(dir, "images/app"))
	s, err := Resolve(context.Background(), Input{})
	if err != nil {
		t.Fatal(err)
	}
	if resolved, _ := filepath.EvalSymlinks(dir); s.Dir.Value != dir && s.Dir.Value != resolved {
		t.Errorf("dir = %s, want %s", s.Dir.Value, dir)
	}
	t.Chdir(t.TempDir())
	if _, err := Resolve(context.Background(), Input{}); exit.CodeOf(err) != exit.Usage {
		t.Errorf("outside a module: %v", err)
	}
}

func TestTargetNeedsNoRepository(t *testing.T) {
	newModule(t, nil)
	t.Chdir(t.TempDir())
	s, err := ResolveTarget(context.Background(), Input{Name: "echo", Source: "r.example.com/m", Tag: "v1.0.0", Channels: []string{"alpha"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]module.Channel{module.Alpha}, s.Channels); diff != "" {
		t.Error(diff)
	}
	t.Setenv(EnvTag, "feature/y")
	if s, err = ResolveTarget(t.Context(), Input{Name: "echo", Source: "r.example.com/m"}); err != nil || s.Tag.Value != "feature-y" || len(s.Notes) != 1 {
		t.Errorf("tag of a branch: %+v, %v", s, err)
	}
	if _, err := ResolveTarget(context.Background(), Input{Source: "r.example.com/m"}); exit.CodeOf(err) != exit.Usage {
		t.Errorf("without a name: %v", err)
	}
}

// TestChannelsOfTheEnvironment: the variable takes the list that --channel takes,
// which wins over it.
func TestChannelsOfTheEnvironment(t *testing.T) {
	newModule(t, map[string]string{EnvChannel: "alpha,early-access"})
	for from, in := range map[string]Input{EnvChannel: {}, "--channel": {Channels: []string{"beta"}}} {
		want := []module.Channel{module.Beta}
		if from == EnvChannel {
			want = []module.Channel{module.Alpha, module.EarlyAccess}
		}
		s, err := Resolve(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, s.Channels); diff != "" || s.ChannelsFrom != from {
			t.Errorf("from %s, want %s\n%s", s.ChannelsFrom, from, diff)
		}
	}
}

// TestHomeWithoutFiles: a user without a home has werf's caches in MODSHIP_HOME.
func TestHomeWithoutFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	own := t.TempDir()
	for _, tc := range []struct{ home, werf, want string }{
		{t.TempDir(), "", ""},
		{file, "", filepath.Join(own, "werf")},
		{file, "/elsewhere", ""},
	} {
		t.Setenv("HOME", tc.home)
		t.Setenv("WERF_HOME", tc.werf)
		t.Setenv(EnvHome, own)
		if got, err := UserDirs().Werf(); got != tc.want || err != nil {
			t.Errorf("%+v: %s, %v", tc, got, err)
		}
	}
	t.Setenv("WERF_HOME", "")
	t.Setenv("WERF_TMP_DIR", "")
	if _, err := (Dirs{State: file}).NewRunDir(); !strings.Contains(exit.HintOf(err), EnvHome) {
		t.Errorf("state cannot be written: %v (hint %s)", err, exit.HintOf(err))
	}
}

func TestRunDirsOfKilledRunsAreRemoved(t *testing.T) {
	base := t.TempDir()
	t.Setenv("WERF_TMP_DIR", base)
	abandoned := filepath.Join(base, "modship-abandoned")
	write(t, filepath.Join(abandoned, "lock"), "")
	write(t, filepath.Join(abandoned, "werf.rendered.yaml"), "secret")
	elsewhere := filepath.Join(t.TempDir(), "instance1")
	write(t, filepath.Join(elsewhere, "x"), "")
	links := (&RunDir{Path: abandoned}).Outside()
	if err := errors.Join(os.Mkdir(links, 0o700), os.Symlink(elsewhere, filepath.Join(links, "buildah"))); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(base, "modship-starting", "x"), "") // has no lock yet
	write(t, filepath.Join(base, "of-werf"), "")

	first, err := Dirs{}.NewRunDir()
	if err != nil {
		t.Fatal(err)
	}
	second, err := Dirs{}.NewRunDir()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		abandoned: false, elsewhere: false, first.Path: true, second.Path: true,
		filepath.Join(base, "modship-starting"): true, filepath.Join(base, "of-werf"): true,
	} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: exists = %t, want %t", filepath.Base(path), err == nil, want)
		}
	}
	for _, dir := range []*RunDir{first, second} {
		if err := dir.Remove(); err != nil {
			t.Error(err)
		}
		if isDir(dir.Path) {
			t.Errorf("%s is still there", dir.Path)
		}
	}
}

// TestPackageRepository: a package is called one, and the user told what to do.
func TestPackageRepository(t *testing.T) {
	newModule(t, nil)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "package.yaml"), "apiVersion: deckhouse.io/v1alpha1\ntype: Application\n")
	t.Chdir(dir)
	_, err := Resolve(t.Context(), Input{})
	if exit.CodeOf(err) != exit.Usage || !strings.Contains(err.Error(), "is a package (package.yaml) and has no werf.yaml") || !strings.Contains(exit.HintOf(err), "d8 package") {
		t.Errorf("%v (hint %s)", err, exit.HintOf(err))
	}
}
