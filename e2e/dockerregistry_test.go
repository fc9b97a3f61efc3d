package e2e

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/modship/modship/internal/baseimage"
)

// withDockerLogin writes what `docker login` writes.
func (h *home) withDockerLogin(t *testing.T, addr string) *home {
	t.Helper()
	dir := filepath.Join(h.dir, "home", ".docker")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	auth := base64.StdEncoding.EncodeToString([]byte(registryUser + ":" + registryPassword))
	writeFile(t, filepath.Join(dir, "config.json"), fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, addr, auth))
	return h
}

// TestDebianRegistry does the main job against docker-registry with TLS and a
// password, with both ways to give the login.
func TestDebianRegistry(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	r := startDebianRegistry(t)
	opts := baseimage.PushOptions{Keychain: r, Transport: r.transport()}
	if _, err := baseimage.Push(context.Background(), r.addr, opts); err != nil {
		t.Fatal(err)
	}
	s := shapeNamed("echo")
	dir := s.repo(t, r.addr)
	source := r.addr + "/modules"

	dockerLogin := newHome(t).with("SSL_CERT_FILE="+r.ca).withDockerLogin(t, r.addr)
	mainJob(t, dockerLogin, dir, source)
	before := r.snapshot(t)

	ciLogin := newHome(t).with("SSL_CERT_FILE="+r.ca, "MODULES_REGISTRY_LOGIN="+registryUser, "MODULES_REGISTRY_PASSWORD="+registryPassword)
	files := r.files(t)
	mainJob(t, ciLogin, dir, source)
	if diff := cmp.Diff(files, r.files(t)); diff != "" {
		t.Errorf("the second time wrote to the registry's folder (-first +second):\n%s", diff)
	}
	checkNoLogin(t, ciLogin)

	pipeline := newHome(t).with("SSL_CERT_FILE="+r.ca, "MODULES_MODULE_TAG="+version).withDockerLogin(t, r.addr)
	report := pipeline.werfBuild(t, dir, source+"/"+s.name)
	for name, image := range fromReport(t, report) {
		if image.Rebuilt {
			t.Errorf("werf rebuilt %s, which modship had built", name)
		}
	}
	publishReport(t, report, s, source, crane.WithAuthFromKeychain(r), crane.WithTransport(r.transport()))
	if diff := cmp.Diff(before, r.snapshot(t)); diff != "" {
		t.Errorf("tags and digests (-modship +pipeline):\n%s", diff)
	}

	checkRefused(t, r, dir, source)
}

// files lists the files of the registry's storage with the time of their last
// change.
func (r *debianRegistry) files(t *testing.T) map[string]time.Time {
	t.Helper()
	files := map[string]time.Time{}
	if err := filepath.WalkDir(r.dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			files[path] = info.ModTime()
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

// checkNoLogin looks for the login, plain and as Docker writes it, in all that
// the program left in a home.
func checkNoLogin(t *testing.T, h *home) {
	t.Helper()
	encoded := base64.StdEncoding.EncodeToString([]byte(registryUser + ":" + registryPassword))
	for _, secret := range []string{registryPassword, encoded} {
		if found, err := filesWith(h.dir, secret, "containers"); err != nil || len(found) > 0 {
			t.Errorf("the login is left in %v (%v)", found, err)
		}
	}
}

// mainJob publishes, promotes, verifies and asks for the status; nothing that
// it prints holds the password.
func mainJob(t *testing.T, h *home, dir, source string) {
	t.Helper()
	for _, args := range [][]string{
		{"publish", "--source", source, "--tag", version},
		{"promote", "--source", source, "--tag", version, "--channel", "alpha"},
		{"verify", "--source", source, "--all"},
		{"status", "--source", source},
	} {
		r := h.run(t, dir, "modship", args...)
		if r.code != 0 {
			t.Fatalf("modship %v: exit code %d\n%s%s", args, r.code, r.stdout, r.stderr)
		}
		if strings.Contains(r.stdout+r.stderr, registryPassword) {
			t.Errorf("modship %v printed the password:\n%s%s", args, r.stdout, r.stderr)
		}
	}
}

// checkRefused tries without a login, with a wrong password and without trust.
func checkRefused(t *testing.T, r *debianRegistry, dir, source string) {
	t.Helper()
	for _, tt := range []struct {
		name, want, hint string
		env              []string
		code             int
	}{
		{"no login", "401", "hint: Log in with docker login " + r.addr + ", or set MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD", []string{"SSL_CERT_FILE=" + r.ca}, 4},
		{
			"wrong password", "401", " in MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD: ",
			[]string{"SSL_CERT_FILE=" + r.ca, "MODULES_REGISTRY_LOGIN=" + registryUser, "MODULES_REGISTRY_PASSWORD=wr0ng-pa55word"},
			4,
		},
		{"certificate not trusted", "certificate", "hint: Add its certificate authority to those of the system", []string{"MODULES_REGISTRY_LOGIN=" + registryUser, "MODULES_REGISTRY_PASSWORD=" + registryPassword}, 1},
	} {
		for _, verb := range []string{"publish", "status"} {
			got := newHome(t).with(tt.env...).run(t, dir, "modship", verb, "--source", source)
			if got.code != tt.code || !strings.Contains(got.stderr, tt.want) || !strings.Contains(got.stderr, tt.hint) {
				t.Errorf("%s, %s: exit code %d, want %d with %q and %q:\n%s", tt.name, verb, got.code, tt.code, tt.want, tt.hint, got.stderr)
			}
			if strings.Contains(got.stderr, "pa55word") || strings.Contains(got.stderr, registryPassword) {
				t.Errorf("%s, %s: a password was printed:\n%s", tt.name, verb, got.stderr)
			}
		}
	}
}
