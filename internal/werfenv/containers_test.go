package werfenv

import (
	"os"
	"path/filepath"
	"testing"
)

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The user's own registry settings stay in force beside the addition.
func TestAllowPlainHTTPKeepsTheUsersSettings(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("CONTAINERS_REGISTRIES_CONF", "")
	user := filepath.Join(home, ".config/containers/registries.conf")
	put(t, user, "# user\n")
	put(t, user+".d/10-mirror.conf", "# drop-in\n")
	put(t, user+".d/notes.txt", "no setting\n")

	runDir := t.TempDir()
	if err := allowPlainHTTP(runDir, []string{"127.0.0.1:5555"}, &variables{}); err != nil {
		t.Fatal(err)
	}
	own := os.Getenv("CONTAINERS_REGISTRIES_CONF")
	for file, want := range map[string]string{
		own:                        "# user\n",
		own + ".d/10-mirror.conf":  "# drop-in\n",
		own + ".d/zz-modship.conf": "[[registry]]\nlocation = \"127.0.0.1:5555\"\ninsecure = true\n\n",
	} {
		got, err := os.ReadFile(file)
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", filepath.Base(file), got, err, want)
		}
	}
	if _, err := os.Stat(own + ".d/notes.txt"); err == nil {
		t.Error("a file that is no setting was copied")
	}
}

func TestAllowPlainHTTPWithoutHostsChangesNothing(t *testing.T) {
	t.Setenv("CONTAINERS_REGISTRIES_CONF", "/of/the/user")
	if err := allowPlainHTTP(t.TempDir(), nil, &variables{}); err != nil {
		t.Fatal(err)
	}
	if got := os.Getenv("CONTAINERS_REGISTRIES_CONF"); got != "/of/the/user" {
		t.Errorf("CONTAINERS_REGISTRIES_CONF = %s", got)
	}
}

func TestUseCNIRespectsTheUser(t *testing.T) {
	t.Setenv("CONTAINERS_CONF_OVERRIDE", "/of/the/user")
	dir := t.TempDir()
	if err := configureContainers(dir, &variables{}); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 || os.Getenv("CONTAINERS_CONF_OVERRIDE") != "/of/the/user" {
		t.Error("the user's choice was replaced")
	}
}

func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.0.0.1:5000": true, "127.9.9.9:1": true, "localhost": true, "localhost:5000": true, "[::1]:5000": true,
		"registry.example.com": false, "10.0.0.1:5000": false, "localhost.example.com": false, "": false,
	} {
		if got := IsLoopback(host); got != want {
			t.Errorf("IsLoopback(%q) = %t", host, got)
		}
	}
}

func TestBackendFollowsTheMode(t *testing.T) {
	t.Setenv(envReason, "")
	for mode, want := range map[string]BackendChoice{
		"docker":        {Docker, "WERF_BUILDAH_MODE=docker", "docker"},
		"native-chroot": {Buildah, "WERF_BUILDAH_MODE=native-chroot", "native-chroot"},
		"auto":          {Buildah, "WERF_BUILDAH_MODE=auto", "auto"},
	} {
		t.Setenv(envMode, mode)
		got, err := ChooseBackend(t.Context())
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", mode, got, err)
		}
	}
}

// The choice changes nothing before it is used; started again in its
// namespaces the program finds it, with the same reason.
func TestBackendWithoutDocker(t *testing.T) {
	t.Setenv(envMode, "")
	t.Setenv(envReason, "")
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "none.sock"))
	got, err := ChooseBackend(t.Context())
	if err != nil || got != (BackendChoice{Buildah, "no Docker daemon answers", "native-chroot"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if mode := os.Getenv(envMode); mode != "" {
		t.Errorf("%s=%s after the choice", envMode, mode)
	}
	if err := got.Use(); err != nil {
		t.Fatal(err)
	}
	if again, err := ChooseBackend(t.Context()); again != got || err != nil {
		t.Errorf("second choice %+v, %v", again, err)
	}
}

// TestEnvironment: what the options name is in the environment of the process,
// until it is restored.
func TestEnvironment(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"WERF_TMP_DIR", "DOCKER_CONFIG", "TMPDIR", "MODULES_MODULE_TAG"} {
		t.Setenv(name, "of the user")
	}
	t.Setenv("OTHER", "")
	if err := os.Unsetenv("OTHER"); err != nil {
		t.Fatal(err)
	}
	changed := &variables{}
	// modship.yaml may set any variable.
	opts := OpenOptions{RunDir: dir, DockerConfig: "/logins", Variables: map[string]string{"MODULES_MODULE_TAG": "v1.0.0", "WERF_TMP_DIR": "x", "OTHER": "y"}}
	if err := prepareEnvironment(opts, changed); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"WERF_TMP_DIR": dir, "DOCKER_CONFIG": "/logins", "MODULES_MODULE_TAG": "v1.0.0", "TMPDIR": "of the user",
	} {
		if got := os.Getenv(name); got != want {
			t.Errorf("%s=%s, want %s", name, got, want)
		}
	}
	changed.restore()
	for _, name := range []string{"WERF_TMP_DIR", "DOCKER_CONFIG", "TMPDIR", "MODULES_MODULE_TAG"} {
		if got := os.Getenv(name); got != "of the user" {
			t.Errorf("%s=%s after restore", name, got)
		}
	}
	if _, set := os.LookupEnv("OTHER"); set {
		t.Error("OTHER is set after restore")
	}
	if err := prepareEnvironment(OpenOptions{}, &variables{}); err == nil {
		t.Error("no directory for temporary files is not an error")
	}
}
