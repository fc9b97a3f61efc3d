package e2e

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/localregistry"
)

// TestDocker builds with a real Docker daemon what does not need its network,
// and finds all of it again with Buildah: the content digests are the same.
func TestDocker(t *testing.T) {
	needBuilds(t)
	d := startDocker(t)
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	dir := shapeNamed("echo").repo(t, r.Addr())
	// A Dockerfile, and files from git with shell instructions. Imports go over
	// the network.
	build := []string{
		"build", "--source", r.source(), "--tag", "dev", "--format", "json",
		"echo-probe", "echo-server-src-artifact", "release-channel-version-artifact",
	}

	built := d.home(t).run(t, dir, "modship", build...)
	if built.code != 0 || !strings.Contains(built.stdout, `"rebuilt": true`) {
		t.Fatalf("exit code %d\n%s%s", built.code, built.stdout, built.stderr)
	}
	if want := "backend: docker (a Docker daemon answers at unix://" + d.socket + ")"; !strings.Contains(built.stderr, want) {
		t.Errorf("it does not say %q:\n%s", want, built.stderr)
	}
	again := newHome(t).modship(t, dir, build...)
	if strings.Contains(again, `"rebuilt": true`) {
		t.Errorf("Buildah builds again what Docker has built:\n%s", again)
	}
}

// TestDockerCommandsFail: what the commands of a stage print is theirs, whatever
// Docker makes of it.
func TestDockerCommandsFail(t *testing.T) {
	needBuilds(t)
	d := startDocker(t)
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	dir := shapeNamed("echo").repo(t, r.Addr())
	const fails = "echo 403 Forbidden by " // and the registry's address
	for file, command := range map[string]string{
		"images/echo-server/werf.inc.yaml": "find /src -type f", "images/echo-probe/Dockerfile": "chmod 0755",
	} {
		file = filepath.Join(dir, file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		failing := strings.Replace(string(text), command, fails+r.Addr()+" >&2; exit 7; "+command, 1)
		if err := os.WriteFile(file, []byte(failing), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := modulerepo.Commit(t.Context(), dir, "Fail"); err != nil {
		t.Fatal(err)
	}
	for _, image := range []string{"echo-server-src-artifact", "echo-probe"} {
		got := d.home(t).run(t, dir, "modship", "build", "--source", r.source(), "--tag", "dev", image)
		if got.code != 5 || strings.Contains(got.stderr, "hint:") || !strings.Contains(got.stderr, "the commands ended with exit code 7") {
			t.Errorf("%s: exit code %d, want 5 without a hint:\n%s", image, got.code, got.stderr)
		}
		if !strings.Contains(got.stderr, "| 403 Forbidden by "+r.Addr()) && !strings.Contains(got.stderr, "403 Forbidden by "+r.Addr()+"\n") {
			t.Errorf("%s: what the commands printed is not shown:\n%s", image, got.stderr)
		}
	}
}

// TestDockerInterrupt: the shell instruction runs in a container of the
// daemon, which ends with the build all the same.
func TestDockerInterrupt(t *testing.T) {
	needBuilds(t)
	d := startDocker(t)
	b := startSleepingBuild(t, sleepOptions{home: d.home(t)})
	sent := time.Now()
	if err := syscall.Kill(b.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-b.ended
	if took := time.Since(sent); took > endsWithin {
		t.Errorf("the build went on for %s", took)
	}
	if code := b.cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d, want 130; it said:\n%s", code, b.stderr.String())
	}
	if left := d.running(t); len(left) > 0 {
		t.Errorf("containers still run: %v; it said:\n%s", left, b.stderr.String())
	}
	b.checkLeftovers(t)
	for len(b.shells(t)) > 0 && time.Since(sent) < waitsFor { // the daemon answers before they are gone
		time.Sleep(50 * time.Millisecond)
	}

	// One that is killed cannot end its container: the next build does.
	b.start(t, b.cmd.Args)
	b.awaitSleep(t)
	if err := b.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-b.ended
	if len(d.running(t)) == 0 {
		t.Fatal("the killed build left no container: this test proves nothing")
	}
	b.home.modship(t, b.dir, "build", "--source", b.source, "batch-hooks")
	if left := d.running(t); len(left) > 0 {
		t.Errorf("containers of the killed build still run: %v", left)
	}
}

// dockerDaemon is a Docker daemon of the test's own, without a network for
// containers: the machine's is left alone.
type dockerDaemon struct {
	socket string
	client *client.Client
}

// What werf takes its own tools from in a stage's container. The real image
// cannot be pulled here; the tests make one of the machine's programs.
const (
	stapelImage   = "modship.test/stapel"
	stapelVersion = "1"
)

func startDocker(t *testing.T) *dockerDaemon {
	t.Helper()
	for _, program := range []string{"dockerd", "unshare", "bash-static", "ldd"} {
		needProgram(t, program)
	}
	// Unix sockets have short names, and what the daemon leaves is not to fail
	// the test's own cleanup.
	dir, err := os.MkdirTemp("", "dockerd") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	d := &dockerDaemon{socket: filepath.Join(dir, "sock")}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	// Its mounts are in a namespace that ends with it.
	cmd := exec.Command("unshare", "--mount", "dockerd", "--host", "unix://"+d.socket,
		"--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "exec"), "--pidfile", filepath.Join(dir, "pid"),
		"--bridge=none", "--iptables=false", "--ip6tables=false", "--log-level=error")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // ended by a signal
		log.Close()
		if t.Failed() {
			if text, err := os.ReadFile(log.Name()); err == nil {
				t.Logf("dockerd:\n%s", text)
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the daemon's folder: %v", err)
		}
	})
	if d.client, err = client.NewClientWithOpts(client.WithHost("unix://"+d.socket), client.WithAPIVersionNegotiation()); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		if _, err = d.client.Ping(t.Context()); err == nil {
			break
		}
		if time.Since(start) > waitsFor {
			t.Fatalf("the Docker daemon does not answer: %v", err)
		}
	}
	d.importStapel(t)
	return d
}

// home is a home where the daemon is found.
func (d *dockerDaemon) home(t *testing.T) *home {
	return newHome(t).with("DOCKER_HOST=unix://"+d.socket, "WERF_BACKEND_NETWORK=none",
		"WERF_STAPEL_IMAGE_NAME="+stapelImage, "WERF_STAPEL_IMAGE_VERSION="+stapelVersion)
}

// running are the names of the running containers.
func (d *dockerDaemon) running(t *testing.T) []string {
	t.Helper()
	list, err := d.client.ContainerList(t.Context(), container.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range list {
		names = append(names, c.Names...)
	}
	return names
}

// stapelPrograms are those that werf calls in containers.
var stapelPrograms = []string{"true", "base64", "install", "tar", "rm", "mkdir", "chown", "ls", "sort", "cut", "head", "stat", "md5sum", "xargs"}

// importStapel puts bash and the machine's programs with their libraries where
// werf expects them. Programs are started through the loader that is brought
// along: images from scratch have none.
func (d *dockerDaemon) importStapel(t *testing.T) {
	t.Helper()
	const root = "/.werf/stapel/embedded"
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	add := func(name string, content []byte) {
		header := &tar.Header{Name: strings.TrimPrefix(path.Join(root, name), "/"), Mode: 0o755, Size: int64(len(content))}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	addFile := func(name, file string) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		add(name, content)
	}
	find := func(program string) string {
		file, err := exec.LookPath(program)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	addFile("bin/bash", find("bash-static"))
	libraries := map[string]bool{}
	for _, program := range stapelPrograms {
		file := find(program)
		addFile("real/"+program, file)
		needed, err := exec.Command("ldd", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		loader := ""
		for _, library := range regexp.MustCompile(`/\S+`).FindAllString(string(needed), -1) {
			name := "lib/" + path.Base(library)
			if strings.HasPrefix(path.Base(library), "ld-linux") {
				loader = path.Join(root, name)
			}
			if !libraries[name] {
				libraries[name] = true
				addFile(name, library)
			}
		}
		add("bin/"+program, []byte("#!"+root+"/bin/bash\nexec "+loader+" --library-path "+root+"/lib "+root+"/real/"+program+" \"$@\"\n"))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	answer, err := d.client.ImageImport(t.Context(), types.ImageImportSource{Source: &buffer, SourceName: "-"}, stapelImage+":"+stapelVersion,
		types.ImageImportOptions{Changes: []string{"VOLUME /.werf/stapel", `CMD ["` + root + `/bin/bash", "-c", "true"]`}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Close()
	if _, err := io.Copy(io.Discard, answer); err != nil && context.Cause(t.Context()) == nil {
		t.Fatal(err)
	}
}
