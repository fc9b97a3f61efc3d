package e2e

import (
	"archive/tar"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/modship/modship/internal/localregistry"
)

// TestUmask: the umask of the shell that starts a build does not enter images.
func TestUmask(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	s := shapeNamed("echo")
	var want map[string]fs.FileMode
	for _, umask := range []string{"022", "077", "002"} {
		r := newRegistry(t, localregistry.Options{})
		r.pushBase(t)
		const script = `umask "$0" && exec modship build --tag v0.1.0 --format json --progress quiet "$@"`
		got := newHome(t).run(t, s.repo(t, r.Addr()), "sh", "-c", script, umask, "--source", r.source())
		if got.code != 0 {
			t.Fatalf("umask %s: exit code %d\n%s", umask, got.code, got.stderr)
		}
		modes := map[string]fs.FileMode{}
		for name, image := range fromJSON(t, got.stdout) {
			addModes(t, modes, name, image.Ref)
		}
		if want == nil {
			want = modes
		}
		if diff := cmp.Diff(want, modes); diff != "" {
			t.Errorf("modes of files in images (-umask 022 +umask %s):\n%s", umask, diff)
		}
	}
}

// addModes adds the mode of every file of an image.
func addModes(t *testing.T, modes map[string]fs.FileMode, name, ref string) {
	t.Helper()
	image, err := crane.Pull(ref)
	if err != nil {
		t.Fatal(err)
	}
	content := mutate.Extract(image)
	defer content.Close()
	for files := tar.NewReader(content); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		modes[name+": "+header.Name] = header.FileInfo().Mode()
	}
}

// TestAgentInALongHome: a key in a home with a long path is used, and the socket
// of the agent that has it is gone at the end.
func TestAgentInALongHome(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	s := shapeNamed("minimal")
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	h := newHome(t)
	long := filepath.Join(h.dir, strings.Repeat("long", 30))
	writeSSHKey(t, filepath.Join(long, "home", ".ssh", "id_rsa"))
	runtime := t.TempDir() // short enough, unlike the others
	if len(runtime) > 45 {
		var err error
		if runtime, err = os.MkdirTemp("", "xdg"); err != nil { //nolint:usetesting // t.TempDir is the long one
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(runtime) })
	}
	h = h.with("HOME="+filepath.Join(long, "home"), "MODSHIP_HOME="+filepath.Join(long, "modship"), "XDG_RUNTIME_DIR="+runtime, "SSH_AUTH_SOCK=")
	dir := s.repo(t, r.Addr())
	for _, command := range []string{"explain", "build"} {
		h.modship(t, dir, command, "--source", r.source(), "--tag", version)
		checkEmpty(t, runtime)
	}
}

func writeSSHKey(t *testing.T, path string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, text, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestOverlayOnOverlay: as root of a container without a volume the build copies
// images, and says so.
func TestOverlayOnOverlay(t *testing.T) {
	needBuilds(t)
	needProgram(t, "unshare")
	t.Parallel()
	s := shapeNamed("minimal")
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	h := newHome(t)
	const script = `set -e
mkdir -p "$MODSHIP_HOME"; mount -t tmpfs tmpfs "$MODSHIP_HOME"; cd "$MODSHIP_HOME"
mkdir lower upper work data
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work data
cd "$1"
exec modship build --source "$0" --tag v0.1.0`
	got := h.run(t, t.TempDir(), "unshare", "--mount", "sh", "-c", script, r.source(), s.repo(t, r.Addr()))
	if got.code != 0 || strings.Count(got.stderr, "storage driver vfs") != 1 {
		t.Errorf("exit code %d, want 0 and one note of the storage driver:\n%s", got.code, got.stderr)
	}
	got = h.with("WERF_BUILDAH_STORAGE_DRIVER=overlay").run(t, t.TempDir(), "unshare", "--mount", "sh", "-c", script, r.source(), s.repo(t, r.Addr()))
	if got.code != 1 || !strings.Contains(got.stderr, "error: prepare: WERF_BUILDAH_STORAGE_DRIVER=overlay cannot be used: ") || !strings.Contains(got.stderr, "hint: Point MODSHIP_HOME to a volume") {
		t.Errorf("exit code %d, want 1 with the ways out:\n%s", got.code, got.stderr)
	}
}

// TestFixedProcessLimit: root without CAP_SYS_RESOURCE in a PID namespace of its
// own, as in containers of some runners, cannot raise its limit of processes.
func TestFixedProcessLimit(t *testing.T) {
	needBuilds(t)
	for _, program := range []string{"unshare", "prlimit", "setpriv"} {
		needProgram(t, program)
	}
	t.Parallel()
	s := shapeNamed("minimal")
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	h, dir := newHome(t), s.repo(t, r.Addr())
	got := h.run(t, dir, "unshare", "--pid", "--fork", "--mount-proc", "prlimit", "--nproc=50000:50000",
		"setpriv", "--bounding-set", "-sys_resource", "--inh-caps", "-sys_resource",
		"modship", "build", "--source", r.source(), "--tag", version)
	if got.code != 0 {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
}
