package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/module"
)

func TestLoginIsAddedToTheUsersConfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.json")
	text := `{"auths":{"other.example.com":{"auth":"b3RoZXI="}},"credsStore":"desktop","HttpHeaders":{"X":"y"}}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := dockerConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	config.add(login{host: "r.example.com", username: "u", password: "p"})
	want := jsonObject{
		"auths":       map[string]any{"other.example.com": map[string]any{"auth": "b3RoZXI="}, "r.example.com": map[string]any{"auth": "dTpw"}},
		"credsStore":  "desktop",
		"credHelpers": map[string]any{"r.example.com": ""}, // the store is not asked for this host
		"HttpHeaders": map[string]any{"X": "y"},
	}
	if diff := cmp.Diff(want, config); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenDockerConfigIsNotQuoted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, []byte(`{"auths":{"r":{"auth":"c2VjcmV0"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := dockerConfig(file)
	if err == nil || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "c2VjcmV0") {
		t.Errorf("error %v", err)
	}
	if config, err := dockerConfig(file + ".missing"); err != nil || len(config) != 0 {
		t.Errorf("missing file: %v, %v", config, err)
	}
}

func TestTemplateLogin(t *testing.T) {
	repository := module.Repository{Source: "r.example.com/modules", Name: "echo"}
	for _, tc := range []struct {
		registry, user, password string
		want                     login
		ok                       bool
	}{
		{"", "u", "p", login{"r.example.com", "u", "p"}, true},
		{"other.example.com", "u", "p", login{"other.example.com", "u", "p"}, true},
		{"", "u", "", login{"r.example.com", "u", ""}, false},
		{"", "", "", login{"r.example.com", "", ""}, false},
	} {
		t.Setenv(settings.EnvRegistry, tc.registry)
		t.Setenv(settings.EnvLogin, tc.user)
		t.Setenv(settings.EnvPassword, tc.password)
		if got, ok := templateLogin(repository); got != tc.want || ok != tc.ok {
			t.Errorf("%+v: %+v, %t", tc, got, ok)
		}
	}
}

func TestWithoutDetails(t *testing.T) {
	for text, want := range map[string]string{
		"UNAUTHORIZED: authentication required; [map[Action:pull Class: Name:m/echo Type:repository]]":                              "UNAUTHORIZED: authentication required",
		"DENIED: denied; [map[Action:pull Class: Name:m Type:repository] map[Action:push Class: Name:m Type:repository]]: and more": "DENIED: denied: and more",
		"UNKNOWN: x; map[Err:28]": "UNKNOWN: x",
		"a [map] of nothing":      "a [map] of nothing",
	} {
		err := withoutDetails(exit.With(exit.Refused, errors.New(text), "a hint"))
		if err.Error() != want || exit.CodeOf(err) != exit.Refused || exit.HintOf(err) != "a hint" {
			t.Errorf("%q (code %d, hint %q), want %q", err, exit.CodeOf(err), exit.HintOf(err), want)
		}
	}
}
