package cli

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/crane"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/pkg/contract"
)

// counted is a registry that counts requests and may be slow.
type counted struct {
	*localregistry.Server
	t     testing.TB
	delay time.Duration

	mu       sync.Mutex
	requests map[string]int // by method and kind of path
	refused  string         // end of the path of a PUT that is answered 403
}

func serveCounted(t testing.TB) *counted {
	t.Helper()
	c := &counted{t: t, requests: map[string]int{}}
	server, err := localregistry.Serve(context.Background(), localregistry.Options{Addr: "127.0.0.1:0", Wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.mu.Lock()
			delay := c.delay
			switch path := r.URL.Path; {
			case strings.Contains(path, "/manifests/sha256:"):
				c.requests[r.Method+" digest"]++
			case strings.Contains(path, "/manifests/"):
				c.requests[r.Method+" tag"]++
			case strings.Contains(path, "/blobs/"):
				c.requests[r.Method+" blob"]++
			default:
				c.requests[r.Method+" other"]++
			}
			refused := c.refused != "" && r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, c.refused)
			c.mu.Unlock()
			if refused {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			time.Sleep(delay)
			next.ServeHTTP(w, r)
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	c.Server = server
	return c
}

// take returns the requests since the last take.
func (c *counted) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.requests
	c.requests = map[string]int{}
	return taken
}

// push puts an image of one layer at a reference and returns its digest.
func (c *counted) push(ref string, files map[string]string) string {
	c.t.Helper()
	var content bytes.Buffer
	w := tar.NewWriter(&content)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			c.t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		c.t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content.Bytes())), nil })
	if err != nil {
		c.t.Fatal(err)
	}
	config := &v1.ConfigFile{OS: "linux", Architecture: "amd64", Created: v1.Time{Time: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}}
	image, err := mutate.ConfigFile(empty.Image, config)
	if err == nil {
		image, err = mutate.AppendLayers(image, layer)
	}
	if err == nil {
		err = crane.Push(image, ref)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		c.t.Fatal(err)
	}
	return digest.String()
}

// version publishes a version of so many images, those in gone left out, and
// puts channels on it.
func (c *counted) version(tag string, images int, gone map[int]bool, channels ...string) (digests map[string]string) {
	c.t.Helper()
	repo := c.Addr() + "/modules/echo"
	digests = map[string]string{}
	for n := range images {
		digest := "sha256:" + strings.Repeat("0", 62) + fmt.Sprintf("%02d", n)
		if !gone[n] {
			digest = c.push(fmt.Sprintf("%s:%s-%d", repo, tag, n), map[string]string{"app": fmt.Sprint(tag, n)})
		}
		digests[fmt.Sprintf("app%d", n)] = digest
	}
	// Two keys for one image are one look.
	digests["again"] = digests["app0"]
	text, err := json.Marshal(digests)
	if err != nil {
		c.t.Fatal(err)
	}
	c.push(repo+":"+tag, map[string]string{"images_digests.json": string(text), "module.yaml": "name: echo\n"})
	for _, at := range append([]string{tag}, channels...) {
		c.push(repo+"/release:"+at, map[string]string{"version.json": `{"version":"` + tag + `"}`})
	}
	c.push(c.Addr()+"/modules:echo", map[string]string{"echo": ""})
	return digests
}

// status runs the command.
func (c *counted) status(args ...string) string {
	c.t.Helper()
	return c.modship(exit.OK, "status", args...)
}

// modship runs a command on the module and returns its result.
func (c *counted) modship(want exit.Code, command string, args ...string) string {
	c.t.Helper()
	out, _ := c.both(want, command, args...)
	return out
}

// both returns what the command prints to the standard streams.
func (c *counted) both(want exit.Code, command string, args ...string) (stdout, stderr string) {
	c.t.Helper()
	var out, errOut bytes.Buffer
	args = append([]string{command, "--name", "echo", "--source", c.Addr() + "/modules", "--dir", c.t.TempDir()}, args...)
	if code := Run(context.Background(), args, &out, &errOut); exit.Code(code) != want {
		c.t.Fatalf("%v: exit code %d, want %d: %s", args, code, want, errOut.String())
	}
	return out.String(), errOut.String()
}

// TestStatusShowsWhatIsGone: images of versions on channels in every format,
// those of other versions with --check only.
func TestStatusShowsWhatIsGone(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	c := serveCounted(t)
	c.version("v1.0.0", 2, map[int]bool{0: true})
	digests := c.version("v1.1.0", 3, map[int]bool{1: true, 2: true}, "alpha", "beta")
	var status struct{ Violations []contract.Violation }
	if err := json.Unmarshal([]byte(c.status("--format", "json")), &status); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range status.Violations {
		got = append(got, fmt.Sprintf("%d %s %s %s", v.Rule, strings.TrimPrefix(v.Artifact, c.Addr()), v.Image, v.Digest))
	}
	want := []string{"45 /modules/echo:v1.1.0 app1 " + digests["app1"], "45 /modules/echo:v1.1.0 app2 " + digests["app2"]}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
	for _, format := range []string{"text", "html"} {
		text := c.status("--format", format)
		if !strings.Contains(text, "app1") || !strings.Contains(text, digests["app2"]) || strings.Contains(text, "v1.0.0: the image") {
			t.Errorf("%s:\n%s", format, text)
		}
	}
	if text := c.modship(exit.Violated, "status", "--check"); !strings.Contains(text, "echo:v1.0.0: the image") || !strings.Contains(text, digests["app2"]) {
		t.Errorf("with --check:\n%s", text)
	}
}

// TestStatusCheckFails with the exit code of verify --all, in every format and
// with the whole result.
func TestStatusCheckFails(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	c := serveCounted(t)
	c.version("v1.0.0", 1, map[int]bool{0: true}, "alpha")
	for _, format := range []string{"text", "json", "html"} {
		if text := c.modship(exit.Violated, "status", "--check", "--format", format); !strings.Contains(text, "app0") {
			t.Errorf("%s:\n%s", format, text)
		}
		c.status("--format", format)
	}
	c.modship(exit.Violated, "verify", "--all")
}

// TestStatusHistory: the first version of a channel has no time, a return is
// told as one, and the list is there when it is empty.
func TestStatusHistory(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	c := serveCounted(t)
	if text := c.status("--history", "--format", "json"); !strings.Contains(text, `"history": []`) {
		t.Errorf("of no module:\n%s", text)
	}
	c.version("v1.0.0", 1, nil, "alpha", "beta")
	c.version("v1.1.0", 1, nil)
	c.modship(exit.OK, "promote", "--tag", "v1.1.0", "--channel", "alpha")
	c.modship(exit.OK, "promote", "--back", "--channel", "alpha")
	var status struct{ History []map[string]any }
	if err := json.Unmarshal([]byte(c.status("--history", "--format", "json")), &status); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, move := range status.History {
		_, timed := move["time"]
		got = append(got, fmt.Sprint(move["channel"], " ", move["from"], "→", move["to"], " ", timed, " ", move["back"]))
	}
	want := []string{"alpha →v1.0.0 false <nil>", "beta →v1.0.0 false <nil>", "alpha v1.0.0→v1.1.0 true <nil>", "alpha v1.1.0→v1.0.0 true true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	lines := strings.Split(c.status("--history"), "\n")
	last := strings.Join(strings.Fields(lines[len(lines)-2]), " ")
	if last != "- alpha - v1.0.0 -" || !strings.Contains(strings.Join(lines, "\n"), "v1.0.0 (back)") {
		t.Errorf("text:\n%s", strings.Join(lines, "\n"))
	}
	if text := c.status("--format", "html"); !strings.Contains(text, "<td></td><td>beta</td><td></td><td>v1.0.0</td>") {
		t.Errorf("html:\n%s", text)
	}
	if text := c.status("--format", "json"); strings.Contains(text, "history") {
		t.Errorf("not asked for:\n%s", text)
	}
}

// TestStatusOfABrokenBundle: what cannot be read does not hide the rest.
func TestStatusOfABrokenBundle(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	c := serveCounted(t)
	c.version("v1.0.0", 1, nil, "alpha")
	c.push(c.Addr()+"/modules/echo:v1.0.0", map[string]string{"images_digests.json": "{"})
	if text := c.status(); !strings.Contains(text, "v1.0.0") || !strings.Contains(text, "rule 26") {
		t.Errorf("status:\n%s", text)
	}
}

// TestStatusRequests counts what status costs on a module with 60 images and
// one channel.
func TestStatusRequests(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	c := serveCounted(t)
	c.version("v1.0.0", 60, nil, "alpha")
	c.take()
	c.status()
	want := map[string]int{
		"GET other":   3, // the ping, two lists of tags
		"HEAD tag":    4, // registration, bundle, release image, channel
		"GET digest":  2, // manifests of the release image and of the bundle
		"GET blob":    2, // its config, the layer of the bundle
		"HEAD digest": 60,
	}
	if diff := cmp.Diff(want, c.take()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// BenchmarkStatus is the time of status at 40 ms a request, 64 images on one
// channel, and without the look at them.
func BenchmarkStatus(b *testing.B) {
	b.Setenv("HOME", b.TempDir())
	for _, images := range []int{64, 0} {
		c := serveCounted(b)
		c.version("v1.0.0", images, map[int]bool{}, "alpha")
		c.mu.Lock()
		c.delay = 40 * time.Millisecond
		c.mu.Unlock()
		b.Run(fmt.Sprint(images), func(b *testing.B) {
			for b.Loop() {
				c.status()
			}
		})
	}
}

// TestVerifyTellsWaivers: waiving a rule does not make an artifact readable.
func TestVerifyTellsWaivers(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	c := serveCounted(t)
	c.version("v1.0.0", 1, map[int]bool{0: true})
	c.modship(exit.Violated, "verify", "--tag", "v1.0.0")
	text := c.modship(exit.OK, "verify", "--tag", "v1.0.0", "--waive", "12", "--waive", "29")
	if !strings.Contains(text, "except for the waived rules ") {
		t.Errorf("text:\n%s", text)
	}
}
