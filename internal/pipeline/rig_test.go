package pipeline

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/schedule"
	"github.com/modship/modship/pkg/werfcfg"
)

// rig is a module repository beside a registry. Everything is real but the
// builder: werf reads the configuration, the contract is checked, and the
// registry records published content.
type rig struct {
	t        *testing.T
	dir      string // the module
	home     string // directories of the program
	registry string // host:port
	builder  *fakeBuilder
	// change, when set, puts something else in the place of a dependency.
	change func(*Deps)

	mu       sync.Mutex
	messages []string
}

// moduleFiles are those of a small module.
var moduleFiles = map[string]string{
	"werf.yaml": `project: echo
configVersion: 1
---
image: base
from: alpine:3
final: false
---
image: hello
fromImage: base
git: [{add: /images/hello, to: /app}]
---
image: digests
from: alpine:3
final: false
dependencies:
- {image: hello, before: setup, imports: [{type: ImageDigest, targetEnv: MODULE_IMAGE_DIGEST_hello}]}
---
image: bundle
from: scratch
import: [{image: digests, add: /images_digests.json, to: /images_digests.json, after: setup}]
git: [{add: /, to: /, includePaths: [module.yaml, Chart.yaml, .helmignore, templates, openapi]}]
---
image: release-channel-version
from: scratch
shell: {setup: ["print the version > /version.json"]}
git: [{add: /, to: /, includePaths: [module.yaml]}]
`,
	"module.yaml":                "name: echo\nstage: Experimental\ndescriptions: {en: A module.}\n",
	"Chart.yaml":                 "name: echo\nversion: 0.0.1\n",
	".helmignore":                "charts\nimages\nhooks\nopenapi\ndocs\ncrds\n",
	"openapi/values.yaml":        "type: object\n",
	"openapi/config-values.yaml": "type: object\n",
	"docs/README.md":             "# echo\n",
	"changelog.yaml":             "features: []\n",
	"templates/cm.yaml":          "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n",
	"images/hello/hello.txt":     "hello\n",
}

// committed is a repository with one commit of moduleFiles, made once: git takes
// longer for it than most tests do.
var committed = sync.OnceValue(func() string {
	dir := filepath.Join(scratch, "committed")
	for name, text := range moduleFiles {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			panic(err)
		}
	}
	if out, err := script(dir, "git init -q -b main && git add -A && git commit -q -m one").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v: %s", err, out))
	}
	return dir
})

// scratch is a directory for the time of all tests.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "pipeline"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// script is a shell script in a repository, with an author for commits.
func script(dir, text string) *exec.Cmd {
	cmd := exec.Command("sh", "-ec", text)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com",
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=maintenance.auto", "GIT_CONFIG_VALUE_0=false")
	return cmd
}

func newRig(t *testing.T) *rig {
	t.Helper()
	for _, variable := range []string{
		settings.EnvSource, settings.EnvName, settings.EnvTag, settings.EnvChannel, settings.EnvRegistry, settings.EnvLogin, settings.EnvPassword, settings.EnvTarget,
		"WERF_REPO", "CI_COMMIT_TAG", "CI_COMMIT_REF_NAME", "CI_MERGE_REQUEST_IID", "GITHUB_REF", "GITHUB_REF_NAME", "GITHUB_REF_TYPE", "DOCKER_CONFIG",
	} {
		t.Setenv(variable, "")
	}
	r := &rig{t: t, dir: filepath.Join(t.TempDir(), "echo"), home: t.TempDir(), builder: &fakeBuilder{plan: &build.Plan{}}}
	t.Setenv("HOME", r.home)
	t.Setenv("WERF_HOME", filepath.Join(r.home, "werf"))
	t.Setenv("WERF_TMP_DIR", "")
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	if err := os.CopyFS(r.dir, os.DirFS(committed())); err != nil {
		t.Fatal(err)
	}
	r.git("git update-index -q --refresh") // the files are new
	server, err := localregistry.Serve(context.Background(), localregistry.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = server.Close(ctx)
	})
	r.registry = server.Addr()
	return r
}

func (r *rig) write(files map[string]string) {
	r.t.Helper()
	for name, text := range files {
		file := filepath.Join(r.dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
}

// git runs a shell script in the module's repository.
func (r *rig) git(text string) string {
	r.t.Helper()
	out, err := script(r.dir, text).CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s: %v: %s", text, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *rig) commit(subject string) string {
	r.t.Helper()
	r.git("git add -A && git commit -q -m " + subject)
	return r.git("git rev-parse HEAD")
}

func (r *rig) repository() module.Repository {
	return module.Repository{Source: r.registry + "/modules", Name: "echo"}
}

// options are those of a command line with the tag and the channels. flags are
// werf's own.
func (r *rig) options(tag string, channels []module.Channel, flags ...string) Options {
	r.t.Helper()
	werf, err := werfenv.NewFlags()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, flag := range flags {
		if err := werf.Set(flag, "true"); err != nil {
			r.t.Fatal(err)
		}
	}
	in := settings.Input{Dir: r.dir, Source: r.repository().Source, Tag: tag}
	for _, ch := range channels {
		in.Channels = append(in.Channels, string(ch))
	}
	s, err := settings.Resolve(r.t.Context(), in)
	if err != nil {
		r.t.Fatal(err)
	}
	return Options{Settings: s, Dirs: settings.Dirs{Data: filepath.Join(r.home, "data"), State: filepath.Join(r.home, "state")}, Flags: werf, Reporter: r}
}

// job is one with the rig's dependencies.
func (r *rig) job(opts Options) *job {
	j := newJob(opts)
	open := j.OpenWerf
	j.OpenWerf = func(ctx context.Context, o werfenv.OpenOptions) (Werf, context.Context, error) {
		o.Use = werfenv.ReadConfig
		werf, ctx, err := open(ctx, o)
		return fakeWerf{werf, r.builder}, ctx, err
	}
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	j.Now = func() time.Time {
		now = now.Add(time.Second)
		return now
	}
	if r.change != nil {
		r.change(&j.Deps)
	}
	return j
}

// publish publishes with the options.
func (r *rig) publish(opts Options) (*Result, error) {
	return r.job(opts).run(r.t.Context(), (*job).publish)
}

// plan plans with the options.
func (r *rig) plan(opts Options) (*PlanResult, error) {
	j := r.job(opts)
	j.dry = true
	return j.plan(r.t.Context())
}

func (r *rig) mustPublish(tag string, channels ...module.Channel) *Result {
	r.t.Helper()
	result, err := r.publish(r.options(tag, channels))
	if err != nil {
		r.t.Fatal(err)
	}
	return result
}

// Message implements Reporter.
func (r *rig) Message(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = append(r.messages, fmt.Sprintf(format, args...))
}

func (r *rig) Expect([]schedule.Task, int) {}
func (r *rig) Event(schedule.Event)        {}
func (r *rig) Log(string, string)          {}

// said reports whether a message holds the text.
func (r *rig) said(text string) bool {
	return slices.ContainsFunc(r.messages, func(m string) bool { return strings.Contains(m, text) })
}

// digest is what a reference of the registry is on, empty if it is not there.
func (r *rig) digest(ref string) string {
	r.t.Helper()
	parsed, err := name.ParseReference(ref)
	if err != nil {
		r.t.Fatal(err)
	}
	head, err := remote.Head(parsed)
	if err != nil {
		return ""
	}
	return head.Digest.String()
}

// fakeWerf reads with werf and builds with the fake.
type fakeWerf struct {
	Configuration
	*fakeBuilder
}

func (f fakeWerf) Close() { f.Configuration.(Werf).Close() }

// fakeBuilder has the outcome of a build.
type fakeBuilder struct {
	result *build.Result
	plan   *build.Plan
	err    error
	builds int
}

func (f *fakeBuilder) Build(context.Context, *werfcfg.Config, build.Options) (*build.Result, error) {
	f.builds++
	return f.result, f.err
}

func (f *fakeBuilder) Plan(context.Context, *werfcfg.Config, build.Options) (*build.Plan, error) {
	return f.plan, f.err
}

// builds lets the builder come to images of a version, pushed as a build does.
// extra are more files of the bundle; content tells builds of one version apart.
func (r *rig) builds(tag, content string, extra ...string) {
	r.t.Helper()
	app := r.push(image(r.t, "app.txt", content))
	bundle := []string{"images_digests.json", fmt.Sprintf(`{"hello":%q}`, app), "version.json", fmt.Sprintf(`{"version":%q}`, tag)}
	for _, file := range []string{"module.yaml", "Chart.yaml", ".helmignore", "openapi/values.yaml", "openapi/config-values.yaml", "templates/cm.yaml", "docs/README.md"} {
		bundle = append(bundle, file, moduleFiles[file])
	}
	version, err := json.Marshal(map[string]string{"version": tag})
	if err != nil {
		r.t.Fatal(err)
	}
	r.built(map[string]string{
		"hello":                   app,
		"bundle":                  r.push(image(r.t, append(bundle, extra...)...)),
		"release-channel-version": r.push(image(r.t, "version.json", string(version), "module.yaml", moduleFiles["module.yaml"], "changelog.yaml", moduleFiles["changelog.yaml"], "content.txt", content)),
	})
}

// built lets the builder come to images by digest, rebuilt ones.
func (r *rig) built(digests map[string]string) {
	result, plan := &build.Result{Report: []byte("{}")}, &build.Plan{Commits: map[string][]string{}}
	for name, digest := range digests {
		result.Images = append(result.Images, build.Image{Name: name, Ref: r.repository().String() + ":content-" + name, Digest: digest, Rebuilt: true, Final: true})
		plan.Images = append(plan.Images, build.ImagePlan{Name: name, Action: build.Reuse, Digest: digest, Final: true})
	}
	r.builder.result, r.builder.plan = result, plan
}

// push puts an image into the module's repository and returns its digest.
func (r *rig) push(img v1.Image) string {
	r.t.Helper()
	digest, err := img.Digest()
	if err != nil {
		r.t.Fatal(err)
	}
	r.tag(r.repository().Image(digest.String()), img)
	return digest.String()
}

func (r *rig) tag(ref string, img v1.Image) {
	r.t.Helper()
	parsed, err := name.ParseReference(ref)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := remote.Write(parsed, img); err != nil {
		r.t.Fatal(err)
	}
}

// image makes an image of one layer from names and contents.
func image(t *testing.T, files ...string) v1.Image {
	t.Helper()
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	dirs := map[string]bool{".": true}
	for i := 0; i < len(files); i += 2 {
		if dir := path.Dir(files[i]); !dirs[dir] {
			dirs[dir] = true
			if err := writer.WriteHeader(&tar.Header{Name: dir + "/", Mode: 0o755, Typeflag: tar.TypeDir}); err != nil {
				t.Fatal(err)
			}
		}
		if err := writer.WriteHeader(&tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1])), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(buffer.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		t.Fatal(err)
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	made, err := mutate.AppendLayers(base, layer)
	if err == nil {
		var config *v1.ConfigFile
		if config, err = made.ConfigFile(); err == nil {
			config = config.DeepCopy()
			config.OS, config.Architecture = "linux", "amd64"
			made, err = mutate.ConfigFile(made, config)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return made
}
