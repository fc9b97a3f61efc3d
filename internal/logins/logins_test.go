package logins

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// clean is an environment without logins.
func clean(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	for _, name := range []string{
		EnvRegistry, EnvLogin, EnvPassword, "DEV_MODULES_REGISTRY", "DEV_MODULES_REGISTRY_LOGIN", "DEV_MODULES_REGISTRY_PASSWORD",
		"CI_REGISTRY", "CI_REGISTRY_USER", "CI_REGISTRY_PASSWORD", "GITHUB_ACTOR", "GITHUB_TOKEN", "DOCKER_AUTH_CONFIG", "DOCKER_CONFIG",
		"WERF_DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_CONFIG_HOME",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	t.Setenv("XDG_RUNTIME_DIR", filepath.Join(home, "run"))
	return home
}

func write(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

func auths(login ...string) string {
	config := map[string]map[string]map[string]string{"auths": {}}
	for i := 0; i+1 < len(login); i += 2 {
		config["auths"][login[i]] = map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(login[i+1]))}
	}
	data, _ := json.Marshal(config)
	return string(data)
}

func read(t *testing.T, registry string) *Set {
	t.Helper()
	s, err := Read(ReadOptions{Registry: registry})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// found lists the user for each repository.
func found(t *testing.T, s *Set, repositories ...string) string {
	t.Helper()
	var users []string
	for _, r := range repositories {
		l, err := s.Find(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		users = append(users, l.Username)
	}
	return strings.Join(users, " ")
}

func TestFind(t *testing.T) {
	const r = "r.example"
	for _, tt := range []struct {
		name, registry string
		env            map[string]string
		docker, podman string // files
		ask            string // repositories
		want           string // users
	}{
		{name: "nothing", ask: r + "/m", want: ""},
		{name: "template", registry: r, env: map[string]string{EnvLogin: "u", EnvPassword: "p"}, ask: r + "/m x.example/m", want: "u "},
		{name: "template, half", registry: r, env: map[string]string{EnvLogin: "u"}, ask: r + "/m", want: ""},
		{name: "template, with a scheme and a slash", env: map[string]string{EnvLogin: "u", EnvPassword: "p", EnvRegistry: "https://R.example:443/"}, ask: r + "/m", want: "u"},
		{name: "template, a path", env: map[string]string{EnvLogin: "u", EnvPassword: "p", EnvRegistry: r + "/a"}, ask: r + "/a/m " + r + "/a " + r + "/ab/m", want: "u u "},
		{name: "template before files", registry: r, env: map[string]string{EnvLogin: "u", EnvPassword: "p"}, docker: auths(r, "d:p"), ask: r + "/m", want: "u"},
		{name: "second login", env: map[string]string{"DEV_MODULES_REGISTRY": "dev.example", "DEV_MODULES_REGISTRY_LOGIN": "v", "DEV_MODULES_REGISTRY_PASSWORD": "p"}, ask: "dev.example/m " + r + "/m", want: "v "},
		{name: "GitLab", env: map[string]string{"CI_REGISTRY": r + ":5050", "CI_REGISTRY_USER": "job", "CI_REGISTRY_PASSWORD": "p"}, ask: r + ":5050/m " + r + "/m", want: "job "},
		{name: "GitLab, logged in before", env: map[string]string{"CI_REGISTRY": r, "CI_REGISTRY_USER": "job", "CI_REGISTRY_PASSWORD": "p"}, docker: auths(r, "d:p"), ask: r + "/m", want: "d"},
		{name: "GitHub", env: map[string]string{"GITHUB_ACTOR": "me", "GITHUB_TOKEN": "t"}, ask: "ghcr.io/me/m " + r + "/m", want: "me "},
		{name: "DOCKER_AUTH_CONFIG before the file", env: map[string]string{"DOCKER_AUTH_CONFIG": auths(r, "e:p")}, docker: auths(r, "d:p", "o.example", "o:p"), ask: r + "/m o.example/m", want: "e o"},
		{name: "fields", docker: `{"auths": {"r.example": {"username": "f", "password": "p"}}}`, ask: r + "/m", want: "f"},
		{name: "longest path", docker: auths(r, "h:p", r+"/a", "a:p", r+"/a/b", "b:p"), ask: r + "/a/b/c " + r + "/a/bc " + r + "/x " + r, want: "b a h h"},
		{name: "path in another file", docker: auths(r, "h:p"), podman: auths(r+"/a", "a:p"), ask: r + "/a/m " + r + "/m", want: "a h"},
		{name: "Podman", podman: auths(r, "pod:p"), ask: r + "/m", want: "pod"},
		{name: "Podman before ~/.docker", podman: auths(r, "pod:p"), docker: auths(r, "d:p"), ask: r + "/m", want: "pod"},
		{name: "Docker Hub", docker: auths("https://index.docker.io/v1/", "hub:p"), ask: "docker.io/library/x index.docker.io/library/x", want: "hub hub"},
		{name: "an old address", docker: auths("https://r.example/v2/", "d:p"), ask: r + "/m", want: "d"},
		{name: "default port", docker: auths(r+":443", "d:p"), ask: r + "/m " + r + ":443/m " + r + ":5000/m", want: "d d "},
		{name: "empty file", docker: " \n", ask: r, want: ""},
		{name: "marker of a store", docker: `{"auths": {"r.example": {}}}`, ask: r, want: ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			home := clean(t)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			if tt.docker != "" {
				write(t, home+"/.docker/config.json", tt.docker)
			}
			if tt.podman != "" {
				write(t, home+"/run/containers/auth.json", tt.podman)
			}
			if got := found(t, read(t, tt.registry), strings.Fields(tt.ask)...); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestReadFileThatIsAskedFor(t *testing.T) {
	home := clean(t)
	write(t, home+"/.docker/config.json", auths("r.example", "home:p"))
	write(t, home+"/asked/config.json", auths("r.example", "asked:p"))
	t.Setenv("REGISTRY_AUTH_FILE", write(t, home+"/auth.json", auths("r.example", "file:p", "o.example", "o:p")))
	if got := found(t, read(t, ""), "r.example"); got != "file" {
		t.Errorf("REGISTRY_AUTH_FILE: %q", got)
	}
	t.Setenv("DOCKER_CONFIG", home+"/asked")
	if got := found(t, read(t, ""), "r.example", "o.example"); got != "asked o" {
		t.Errorf("DOCKER_CONFIG: %q", got)
	}
}

// Errors name the file and never quote it.
func TestBrokenFiles(t *testing.T) {
	for text, want := range map[string]string{
		`{"auths":{"r":{"auth":"c2VjcmV0"}`:           "not valid JSON",
		`{"auths":{"r":{"auth":"!c2VjcmV0"}}}`:        "login for r: auth is not a user name",
		`{"auths":{"r":{"auth":"c2VjcmV0c2VjcmV0"}}}`: "login for r: auth is not a user name",
	} {
		home := clean(t)
		file := write(t, home+"/.docker/config.json", text)
		_, err := Read(ReadOptions{})
		var broken *FileError
		if !errors.As(err, &broken) || broken.File != file || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// helpers puts credential helpers into the PATH.
func helpers(t *testing.T, scripts map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, script := range scripts {
		write(t, filepath.Join(dir, helperPrefix+name), "#!/bin/sh\n"+script)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

func TestHelpers(t *testing.T) {
	home := clean(t)
	helpers(t, map[string]string{
		"one":    `read host; echo '{"Username":"of-'$host'","Secret":"s3cret"}'`,
		"none":   `echo 'credentials not found in native keychain'; exit 1`,
		"token":  `echo '{"Username":"<token>","Secret":"s3cret"}'`,
		"broken": `echo s3cret; exit 2`,
		"odd":    `echo s3cret`,
	})
	write(t, home+"/.docker/config.json", `{"credsStore":"none","credHelpers":{"one.example":"one","t.example":"token","b.example":"broken","o.example":"odd","gone.example":"no-such-helper"}}`)
	t.Setenv("CI_REGISTRY", "ci.example")
	t.Setenv("CI_REGISTRY_USER", "job")
	t.Setenv("CI_REGISTRY_PASSWORD", "p")
	s := read(t, "")
	if got := found(t, s, "one.example/m", "other.example/m", "gone.example/m", "ci.example/m"); got != "of-one.example   job" {
		t.Errorf("got %q", got)
	}
	if l, err := s.Find(t.Context(), "t.example/m"); l.IdentityToken != "s3cret" || err != nil {
		t.Errorf("token: %+v, %v", l, err)
	}
	for _, host := range []string{"b.example", "o.example"} {
		_, err := s.Find(t.Context(), host+"/m")
		var helper *HelperError
		if !errors.As(err, &helper) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", host, err)
		}
	}
	notes := s.Notes()
	if len(notes) != 1 || !strings.Contains(notes[0], "docker-credential-no-such-helper") || !strings.Contains(notes[0], "config.json") || len(s.Notes()) != 0 {
		t.Errorf("notes: %v", notes)
	}
	if err := s.Write(t.Context(), t.TempDir(), WriteOptions{Others: []string{"b.example/base"}}); err != nil || len(s.Notes()) != 1 {
		t.Errorf("a base image that may be public: %v", err)
	}
	if err := s.Write(t.Context(), t.TempDir(), WriteOptions{Repositories: []string{"b.example/base"}}); err == nil {
		t.Error("a helper that fails for a repository of the run is no error")
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Find(canceled, "one.example"); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestWrite(t *testing.T) {
	home := clean(t)
	helpers(t, map[string]string{"one": `echo '{"Username":"stored","Secret":"p"}'`})
	write(t, home+"/.docker/config.json", `{"auths":{"p.example/a":{"auth":"YTpw"},"q.example:5000":{"username":"q","password":"p"}},"credsStore":"one","currentContext":"far"}`)
	write(t, home+"/.docker/contexts/meta", "x")
	t.Setenv(EnvLogin, "u")
	t.Setenv(EnvPassword, "p")
	s, dir := read(t, "r.example"), t.TempDir()
	for range 2 { // again, once the base images are known
		if err := s.Write(t.Context(), dir, WriteOptions{Repositories: []string{"r.example/m/echo", "p.example/a/echo"}, Others: []string{"x.example/base"}}); err != nil {
			t.Fatal(err)
		}
	}
	var got struct {
		Auths          map[string]auth
		CredsStore     string
		CurrentContext string
	}
	data, err := os.ReadFile(dir + "/config.json")
	if err != nil || json.Unmarshal(data, &got) != nil {
		t.Fatal(err, string(data))
	}
	users := map[string]string{}
	for key, a := range got.Auths {
		l, err := a.login()
		if err != nil {
			t.Fatal(err)
		}
		users[key] = l.Username
	}
	want := map[string]string{
		"r.example": "u", "r.example:443": "u", "r.example/m/echo": "u", "r.example:443/m/echo": "u",
		"p.example": "stored", "p.example:443": "stored", "p.example/a": "a", "p.example:443/a": "a", "p.example/a/echo": "a", "p.example:443/a/echo": "a",
		"q.example:5000": "q", "x.example": "stored", "x.example:443": "stored", "x.example/base": "stored", "x.example:443/base": "stored",
	}
	if diff := cmp.Diff(want, users); diff != "" {
		t.Error(diff)
	}
	if got.CredsStore != "" || got.CurrentContext != "far" {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(dir + "/contexts/meta"); err != nil {
		t.Error(err)
	}
}

func TestCheckBuildah(t *testing.T) {
	home := clean(t)
	write(t, home+"/run/containers/auth.json", auths("r.example", "pod:p", "o.example", "pod:p"))
	t.Setenv(EnvLogin, "u")
	t.Setenv(EnvPassword, "p")
	s := read(t, "r.example")
	if err := s.CheckBuildah(t.Context(), []string{"o.example/m", "x.example/m"}); err != nil {
		t.Error(err)
	}
	err := s.CheckBuildah(t.Context(), []string{"r.example/m"})
	var conflict *ConflictError
	if !errors.As(err, &conflict) || !strings.Contains(err.Error(), "auth.json") || !strings.Contains(err.Error(), EnvLogin) {
		t.Errorf("error %v", err)
	}
}

// TestWriteForDocker: Docker looks up the login of the host, whatever the path.
func TestWriteForDocker(t *testing.T) {
	home := clean(t)
	write(t, home+"/.docker/config.json", `{"auths":{"r.example/a":{"auth":"YTpw"},"r.example/b":{"auth":"Yjpw"},"r.example":{"auth":"aDpw"}}}`)
	s, dir := read(t, "r.example"), t.TempDir()
	if err := s.Write(t.Context(), dir, WriteOptions{Docker: []string{"r.example/a/echo", "r.example/a/cache"}}); err != nil {
		t.Fatal(err)
	}
	var got struct{ Auths map[string]auth }
	data, err := os.ReadFile(dir + "/config.json")
	if err != nil || json.Unmarshal(data, &got) != nil {
		t.Fatal(err, string(data))
	}
	if l, err := got.Auths["r.example"].login(); err != nil || l.Username != "a" {
		t.Errorf("the host has the login of %q, %v: want that of the repository", l.Username, err)
	}
	err = s.Write(t.Context(), dir, WriteOptions{Docker: []string{"r.example/a/echo", "r.example/b/cache"}})
	var conflict *HostError
	if !errors.As(err, &conflict) || conflict.Host != "r.example" || conflict.Second != "r.example/b/cache" {
		t.Errorf("two logins: %v", err)
	}
}
