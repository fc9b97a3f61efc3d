package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/localregistry"
)

// The ordinary user of the tests exists in a mount namespace only: passwd,
// subuid and subgid are replaced there, and the machine's are left alone. Its
// /var/lib has no directory for containers, which the user could not make.
const (
	userID     = "61234"
	userPasswd = "root:x:0:0::/root:/bin/sh\ndeveloper:x:61234:61234::/:/bin/sh\n"
	userRange  = "developer:700000:65536\n"
	userScript = `set -e
mount --bind "$USER_FILES/passwd" /etc/passwd
mount --bind "$USER_FILES/range" /etc/subuid
mount --bind "$USER_FILES/range" /etc/subgid
mount -t tmpfs -o mode=755 tmpfs /var/lib
exec setpriv --reuid ` + userID + ` --regid ` + userID + ` --clear-groups -- "$@"`
)

// newUser is a home of an ordinary user. Its commands are to be run with
// [home.asUser].
func newUser(t *testing.T) *home {
	t.Helper()
	needBuilds(t)
	for _, program := range []string{"setpriv", "unshare", "newuidmap"} {
		needProgram(t, program)
	}
	h := newHome(t)
	files := t.TempDir()
	for name, text := range map[string]string{"passwd": userPasswd, "range": userRange} {
		if err := os.WriteFile(filepath.Join(files, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	binary, err := exec.LookPath("modship")
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(h.dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(binary, filepath.Join(bin, "modship")); err != nil {
		t.Fatal(err)
	}
	h = h.with("USER_FILES="+files, "PATH="+bin+":"+os.Getenv("PATH"))
	// What Go makes for a test is readable for its user only.
	if err := os.Chmod(filepath.Dir(h.dir), 0o755); err != nil {
		t.Fatal(err)
	}
	h.own(t, h.dir)
	return h
}

// own gives the user everything below dir.
func (h *home) own(t *testing.T, dir string) {
	t.Helper()
	if out, err := exec.Command("chown", "-R", userID+":"+userID, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// asUser calls modship as the ordinary user.
var asUser = []string{"unshare", "--mount", "sh", "-c", userScript, "sh", "modship"}

// asUser runs modship as the ordinary user.
func (h *home) asUser(t *testing.T, dir string, args ...string) result {
	t.Helper()
	return h.run(t, dir, asUser[0], slices.Concat(asUser[1:], args)...)
}

// take moves a repository into the user's home and gives it to the user.
func (h *home) take(t *testing.T, repo string) string {
	t.Helper()
	dir := filepath.Join(h.dir, "repo")
	if err := os.Rename(repo, dir); err != nil {
		t.Fatal(err)
	}
	h.own(t, dir)
	return dir
}

// TestOrdinaryUser builds without Docker as an ordinary user; root then finds
// everything built. Both get the same content digests in an empty registry.
func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	h := newUser(t)
	s := shapeNamed("echo")
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	dir := h.take(t, s.repo(t, r.Addr()))
	got := h.asUser(t, dir, "build", "--source", r.source(), "--tag", version, "--format", "json", "--progress", "quiet")
	if got.code != 0 {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	built := fromJSON(t, got.stdout)
	if len(built) != s.images {
		t.Errorf("%d images were built, want %d", len(built), s.images)
	}
	found := byModship(t, s, s.repo(t, r.Addr()), r.source()+"/"+s.name)
	if diff := cmp.Diff(withoutRebuilt(built), found); diff != "" {
		t.Errorf("images (-user +root):\n%s", diff)
	}
	for _, sub := range []string{"tmp", "modship/state/run"} {
		checkEmpty(t, filepath.Join(h.dir, sub))
	}
}

// TestOrdinaryUserWithoutNewuidmap is told in one sentence what to do.
func TestOrdinaryUserWithoutNewuidmap(t *testing.T) {
	h := newUser(t)
	r := newRegistry(t, localregistry.Options{})
	dir := h.take(t, shapeNamed("minimal").repo(t, r.Addr()))
	programs := filepath.Join(h.dir, "programs")
	if err := os.Mkdir(programs, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"git", "sh", "mount", "setpriv", "unshare"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(programs, name)); err != nil {
			t.Fatal(err)
		}
	}
	h = h.with("PATH=" + filepath.Join(h.dir, "bin") + ":" + programs)
	got := h.asUser(t, dir, "build", "--source", r.source(), "--tag", version)
	const want = "error: building as an ordinary user without Docker needs newuidmap\nhint: Install newuidmap (Debian: apt-get install uidmap)"
	if got.code != 1 || !strings.HasPrefix(got.stderr, want) || strings.Count(got.stderr, "\n") != 2 {
		t.Errorf("exit code %d, want 1 and %q:\n%s", got.code, want, got.stderr)
	}
	if writes := r.takeWrites(); len(writes) > 0 {
		t.Errorf("the registry was written to: %v", writes)
	}
	if out := h.asUser(t, dir, "graph", "--tag", version); out.code != 0 {
		t.Errorf("reading the repository needs no namespace, but: %s", out.stderr)
	}
}
