package e2e

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/localregistry"
)

// TestImage builds the container image of modship with modship, on a base image
// made of this machine's programs, and uses it as the ordinary user inside.
func TestImage(t *testing.T) {
	needBuilds(t)
	for _, name := range []string{"git", "newuidmap", "ldd", "chroot", "unshare", "tar"} {
		needProgram(t, name)
	}
	t.Parallel()
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	base := r.Addr() + "/own/base:1"
	pushMachine(t, base, "sh", "bash", "git", "newuidmap", "newgidmap", "mkdir", "chown", "cat", "ls", "rm")
	h := newHome(t)
	repo := filepath.Join(h.dir, "image")
	for _, name := range []string{"werf.yaml", "werf-giterminism.yaml", ".gitignore", "image/Dockerfile"} {
		copyFile(t, filepath.Join("..", name), filepath.Join(repo, name))
	}
	if r := h.run(t, repo, "git", "init", "-q", "--initial-branch=main"); r.code != 0 {
		t.Fatal(r.stderr)
	}
	if err := modulerepo.Commit(t.Context(), repo, "The image"); err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("modship")
	if err != nil {
		t.Fatal(err)
	}
	copyFile(t, program, filepath.Join(repo, "image", "modship"))
	h.with("MODSHIP_BASE_IMAGE="+base).modship(t, repo, "build", "--source", r.Addr()+"/tools", "--name", "modship", "--add-custom-tag", "v0.1.0", "--progress", "plain")

	root := filepath.Join(h.dir, "root")
	extract(t, r.Addr()+"/tools/modship:v0.1.0", root)
	module := filepath.Join(root, "home", "modship", "module")
	if err := modulerepo.Materialise(t.Context(), module, moduleDir("minimal"), modulerepo.Options{Registry: r.Addr()}); err != nil {
		t.Fatal(err)
	}
	h.modship(t, module, "publish", "--source", r.source(), "--tag", version, "--progress", "quiet")
	if out, err := exec.Command("chown", "-R", "1000:1000", filepath.Join(root, "home")).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	for _, args := range [][]string{
		{"version"},
		{"plan", "--source", r.source(), "--tag", version},
		{"verify", "--source", r.source(), "--tag", version},
		{"promote", "--source", r.source(), "--tag", version, "--channel", "alpha"},
		{"copy", "--source", r.source(), "--tag", version, "--to", r.Addr() + "/elsewhere"},
	} {
		if got := h.inRoot(t, root, args...); got.code != 0 {
			t.Errorf("modship %v in the image: exit code %d\n%s%s", args, got.code, got.stdout, got.stderr)
		}
	}
}

// inRoot runs modship as the user of the image in its file system.
func (h *home) inRoot(t *testing.T, root string, args ...string) result {
	t.Helper()
	const script = `set -e
mkdir -p "$ROOT/proc" "$ROOT/dev" "$ROOT/tmp" && chmod 1777 "$ROOT/tmp"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
exec chroot --userspec=1000:1000 "$ROOT" /bin/sh -c 'cd /home/modship/module && exec /usr/local/bin/modship "$@"' sh "$@"`
	env := []string{"ROOT=" + root, "HOME=/home/modship", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "TMPDIR=/tmp", "MODSHIP_HOME="}
	return h.with(env...).run(t, h.dir, "unshare", append([]string{"--mount", "sh", "-c", script, "sh"}, args...)...)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, data, info.Mode().Perm())); err != nil {
		t.Fatal(err)
	}
}

// extract writes the files of an image into a directory.
func extract(t *testing.T, ref, root string) {
	t.Helper()
	image, err := crane.Pull(ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	files := mutate.Extract(image)
	defer files.Close()
	cmd := exec.Command("tar", "-x", "-C", root)
	cmd.Stdin = files
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

var library = regexp.MustCompile(`/[^\s)]+`)

// pushMachine pushes an image of this machine's programs, their libraries, git's
// own programs and the certificates.
func pushMachine(t *testing.T, ref string, programs ...string) {
	t.Helper()
	files := map[string]string{"/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "/etc/subuid": "", "/etc/subgid": ""}
	paths := map[string]bool{"/etc/ssl/certs/ca-certificates.crt": true}
	for _, name := range programs {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		paths[path] = true
		out, err := exec.Command("ldd", path).Output()
		if err != nil {
			continue // a static program
		}
		for _, found := range library.FindAllString(string(out), -1) {
			paths[found] = true
		}
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, text := range files {
		put(t, w, name, 0o644, []byte(text))
	}
	for path := range paths {
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		put(t, w, path, 0o755, data)
		if strings.HasPrefix(path, "/usr/bin/") {
			put(t, w, "/bin/"+filepath.Base(path), 0o755, data)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Config.Env = "linux", runtime.GOARCH, []string{"PATH=/usr/local/bin:/usr/bin:/bin"}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		t.Fatal(err)
	}
	if err := crane.Push(image, ref); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, w *tar.Writer, name string, mode int64, data []byte) {
	t.Helper()
	if err := w.WriteHeader(&tar.Header{Name: strings.TrimPrefix(name, "/"), Mode: mode, Size: int64(len(data))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
}
