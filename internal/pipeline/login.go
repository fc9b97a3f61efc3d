package pipeline

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/module"
)

// login is the registry login of the existing CI templates.
type login struct{ host, username, password string }

// templateLogin reads the login from the environment; without a host it is
// for the registry of the module source.
func templateLogin(repository module.Repository) (login, bool) {
	l := login{host: os.Getenv(settings.EnvRegistry), username: os.Getenv(settings.EnvLogin), password: os.Getenv(settings.EnvPassword)}
	if l.host == "" {
		l.host = repository.Host()
	}
	return l, l.username != "" && l.password != ""
}

// TemplateLogin reports whether the environment holds a login of the CI
// templates, and for which registry.
func TemplateLogin(repository module.Repository) (host string, set bool) {
	l, set := templateLogin(repository)
	return l.host, set
}

// writeTemplateLogin makes the login known to werf and Buildah, which read
// Docker's configuration only: a copy of the user's with the login added, below
// the directory of this run, readable by the user alone. It returns the place of
// the copy, empty if there is no login.
func writeTemplateLogin(repository module.Repository, runDir string) (dir string, err error) {
	l, ok := templateLogin(repository)
	if !ok {
		return "", nil
	}
	config, err := dockerConfig(userDockerConfig())
	if err != nil {
		return "", err
	}
	config.add(l)
	data, err := json.Marshal(config)
	if err != nil {
		return "", err
	}
	dir = filepath.Join(runDir, "docker")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("write registry login: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), data, 0o600); err != nil {
		return "", fmt.Errorf("write registry login: %w", err)
	}
	return dir, nil
}

func userDockerConfig() string {
	for _, name := range []string{"WERF_DOCKER_CONFIG", "DOCKER_CONFIG"} {
		if dir := os.Getenv(name); dir != "" {
			return filepath.Join(dir, "config.json")
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".docker", "config.json")
}

// jsonObject keeps the fields that are not ours as they are.
type jsonObject map[string]any

func dockerConfig(file string) (jsonObject, error) {
	config := jsonObject{}
	data, err := os.ReadFile(file)
	switch {
	case file == "" || errors.Is(err, os.ErrNotExist):
		return config, nil
	case err != nil:
		return nil, fmt.Errorf("read registry logins: %w", err)
	}
	// The JSON error may quote the file, which holds passwords.
	if json.Unmarshal(data, &config) != nil {
		return nil, fmt.Errorf("read registry logins: %s is not valid JSON", file)
	}
	return config, nil
}

// add puts the login into auths, and keeps a credential store from being asked
// about that host: an empty helper means the file itself.
func (c jsonObject) add(l login) {
	auth := base64.StdEncoding.EncodeToString([]byte(l.username + ":" + l.password))
	c.child("auths")[l.host] = map[string]any{"auth": auth}
	if _, ok := c["credsStore"]; ok {
		c.child("credHelpers")[l.host] = ""
	}
}

func (c jsonObject) child(name string) map[string]any {
	if m, ok := c[name].(map[string]any); ok {
		return m
	}
	m := map[string]any{}
	c[name] = m
	return m
}
