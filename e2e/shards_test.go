package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/localregistry"
)

// startLocks runs werf's lock service and returns its address.
func startLocks(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	home := newHome(t)
	cmd := home.with(werfEnv(home.dir)...).command(t, home.dir, "werf", "synchronization", "--host", host, "--port", port)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return "http://" + addr
		}
		if time.Since(start) > time.Minute {
			t.Fatal("werf's lock service does not start")
		}
	}
}

type builtImage struct {
	Name, Ref string
	Rebuilt   bool
}

// stageDigest is the part of a stage's tag that says what is in it; the rest is
// the time when it was built.
func (i builtImage) stageDigest() string {
	tag := i.Ref[strings.LastIndexByte(i.Ref, ':')+1:]
	digest, _, _ := strings.Cut(tag, "-")
	return digest
}

func builtImages(t *testing.T, stdout string) (images []builtImage) {
	t.Helper()
	var out struct{ Images []builtImage }
	if err := json.Unmarshal([]byte(stdout), &out); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	return out.Images
}

// holdsDigests are the images of the shape prepare-bundle that hold digests of
// others.
var holdsDigests = map[string]bool{"images-digests": true, "prepare-bundle": true, "bundle": true}

// TestShards builds a module on three machines, with storages and homes of their
// own: each image is built exactly once, all machines end with the same images,
// and their content is that of a build on one machine.
func TestShards(t *testing.T) {
	needBuilds(t)
	locks := startLocks(t)
	for name, shards := range map[string][]string{"parts": {"1/3", "2/3", "3/3"}, "auto": {"auto", "auto", "auto"}} {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t, localregistry.Options{})
			r.pushBase(t)
			r.around(slow)
			dir := shapeNamed("prepare-bundle").repo(t, r.Addr())
			args := []string{"build", "--tag", "dev", "--format", "json", "--source"}
			one := map[string]string{}
			for _, img := range builtImages(t, newHome(t).with("CI_JOB_TOKEN="+token).modship(t, dir, append(args, r.Addr()+"/one")...)) {
				one[img.Name] = img.stageDigest()
			}
			outputs := make([]result, len(shards))
			var machines sync.WaitGroup
			for i, shard := range shards {
				home := newHome(t).with("WERF_SYNCHRONIZATION="+locks, "CI_JOB_TOKEN="+token)
				machines.Go(func() { outputs[i] = home.run(t, dir, "modship", append(args, r.source(), "--shard", shard)...) })
			}
			machines.Wait()
			refs, builders := map[string]string{}, map[string]int{}
			for i, out := range outputs {
				if out.code != 0 {
					t.Fatalf("shard %s: exit code %d\n%s", shards[i], out.code, out.stderr)
				}
				for _, img := range builtImages(t, out.stdout) {
					if img.Rebuilt {
						builders[img.Name]++
					}
					if refs[img.Name] != "" && refs[img.Name] != img.Ref {
						t.Errorf("shard %s: image %s is %s, to another machine %s", shards[i], img.Name, img.Ref, refs[img.Name])
					}
					refs[img.Name] = img.Ref
					// A digest of another image depends on the time when that was built.
					if !holdsDigests[img.Name] && img.stageDigest() != one[img.Name] {
						t.Errorf("shard %s: image %s is %s, of one machine %s", shards[i], img.Name, img.stageDigest(), one[img.Name])
					}
				}
			}
			want := map[string]int{}
			for name := range one {
				want[name] = 1
			}
			if diff := cmp.Diff(want, builders); diff != "" {
				t.Errorf("how often each image was built (-want +got):\n%s", diff)
			}
			if matrix := newHome(t).with("CI_JOB_TOKEN="+token).modship(t, dir, "matrix", "--tag", "dev", "--source", r.source(), "--shards", "3", "--format", "github"); matrix != "{\"shard\":[]}\n" {
				t.Errorf("with everything built, the matrix is %s", matrix)
			}
		})
	}
}

// slow answers after up to 40 ms, so that the machines get out of step.
func slow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(rand.N(40 * time.Millisecond))
		next.ServeHTTP(w, r)
	})
}

// TestKilledShard: what a machine had begun when it was killed is built by
// another one.
func TestKilledShard(t *testing.T) {
	needBuilds(t)
	env := []string{"WERF_SYNCHRONIZATION=" + startLocks(t), "MODULES_MODULE_TAG=dev", "CI_JOB_TOKEN=" + token}
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	b := &sleepingBuild{marker: fmt.Sprintf("5.%09d", time.Now().Nanosecond()), home: newHome(t).with(env...)}
	b.dir, b.source = shapeNamed("prepare-bundle").repo(t, r.Addr()), r.source()
	b.addSleep(t)
	args := []string{"build", "--source", b.source, "--shard", "auto", "--format", "json"}
	b.start(t, append([]string{"modship"}, args...))
	b.awaitSleep(t)
	if err := syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-b.ended
	for _, pid := range b.shells(t) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	rebuilt := false
	for _, img := range builtImages(t, newHome(t).with(env...).modship(t, b.dir, args...)) {
		rebuilt = rebuilt || img.Name == "controller" && img.Rebuilt
	}
	if !rebuilt {
		t.Error("the image that the killed machine had begun was not built")
	}
}
