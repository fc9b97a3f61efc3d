package remote

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modship/modship/internal/registrytest"
)

// TestCredentialHelpersThatFail: what one prints may be the login itself.
func TestCredentialHelpersThatFail(t *testing.T) {
	const secret = "S3cr3tPassw0rd"
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, test := range []struct{ name, script, want string }{
		{"fails", "echo 'oops " + secret + "'; exit 7", "the credential helper docker-credential-modship-test failed: exit status 7"},
		{"prints no JSON", "echo " + secret, "the answer of the credential helper docker-credential-modship-test is not understood"},
		{"says nothing", "true", "the answer of the credential helper docker-credential-modship-test is not understood"},
		{"is not there", "", `the credential helper docker-credential-modship-test failed: exec: "docker-credential-modship-test": executable file not found in $PATH`},
		// The last one: the library looks up one login at a time.
		{"hangs", "exec sleep 3", "the credential helper docker-credential-modship-test gave no answer within 300ms"},
	} {
		program := filepath.Join(dir, "docker-credential-modship-test")
		if err := os.WriteFile(program, []byte("#!/bin/sh\n"+test.script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if test.script == "" {
			os.Remove(program)
		}
		for _, byVariable := range []bool{false, true} {
			config := t.TempDir()
			content := `{"credHelpers":{"registry.example.com":"modship-test"}}`
			if err := os.WriteFile(filepath.Join(config, "config.json"), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			var log registrytest.LogLines
			opts := ClientOptions{DockerConfig: config, Log: log.Add, Transport: registrytest.HangsUp{}}
			if byVariable {
				t.Setenv("DOCKER_CONFIG", config)
				t.Setenv("HOME", config)
				opts.DockerConfig = ""
			}
			s := NewClient(opts)
			s.opts.LoginTimeout = 5 * time.Second
			if test.name == "hangs" {
				s.opts.LoginTimeout = 300 * time.Millisecond
			}
			_, _, err := s.Digest(t.Context(), "registry.example.com/modules/echo:v1")
			want := "find the login for registry.example.com: " + test.want
			if !errors.Is(err, ErrCredentials) || err.Error() != want {
				t.Errorf("%s: error %v, want %q", test.name, err, want)
			}
			if text := fmt.Sprint(err, log.Text()); strings.Contains(text, secret) || strings.Contains(text, "'S'") {
				t.Errorf("%s: the secret is in %q", test.name, text)
			}
			if waited := strings.Contains(log.Text(), "waiting for the credential helper for registry.example.com"); waited != (test.name == "hangs") {
				t.Errorf("%s: log %q", test.name, log.Text())
			}
		}
	}
}
