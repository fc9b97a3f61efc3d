package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/remote"
)

// TestRegistryFailures has what registries and their logins do, and what the user
// reads and scripts see.
func TestRegistryFailures(t *testing.T) {
	const variables = "MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD"
	status := func(code int, login remote.Login) error {
		return fmt.Errorf("publish: %w", &remote.Error{Registry: "r.io", Status: code, Login: login})
	}
	refused := func(cause publish.Cause, remedy string) error {
		return &publish.RefusedError{Refusals: []publish.Refusal{{Ref: "r", Cause: cause, Remedy: remedy}}}
	}
	for name, c := range map[string]struct {
		err  error
		code exit.Code
		hint string
	}{
		"no login":               {status(401, remote.Login{}), exit.Refused, "Log in with docker login r.io, or set " + variables},
		"login for another":      {status(401, remote.Login{GivenFor: "q.io"}), exit.Refused, "is for q.io only"},
		"wrong login":            {status(401, remote.Login{Origin: remote.FromOptions, GivenFor: "r.io"}), exit.Refused, "Check the user name and password in " + variables},
		"wrong login of Docker":  {status(401, remote.Login{Origin: remote.FromKeychain}), exit.Refused, "Check Docker's login for r.io"},
		"no permission":          {status(403, remote.Login{}), exit.Refused, "lacks the permission"},
		"read-only":              {status(405, remote.Login{}), exit.Refused, "read-only"},
		"rate limit":             {status(429, remote.Login{}), exit.Failed, "limits requests"},
		"broken":                 {status(503, remote.Login{}), exit.Failed, "has a problem"},
		"full":                   {&remote.Error{Status: 500, Full: true}, exit.Failed, "no space left"},
		"bad request":            {status(400, remote.Login{}), exit.Failed, ""},
		"login in the clear":     {remote.ErrExposed, exit.Failed, "certificate"},
		"downgrade":              {remote.ErrDowngrade, exit.Failed, "X-Forwarded-Proto"},
		"login at a proxy":       {&remote.ProxyError{Status: 407}, exit.Failed, "HTTPS_PROXY"},
		"proxy refuses":          {&remote.ProxyError{Status: 403}, exit.Failed, "NO_PROXY"},
		"missing repositories":   {&remote.MissingError{Repositories: []string{"a/b", "a"}}, exit.Failed, "Create a/b and a"},
		"too large":              {&remote.Error{Status: 413}, exit.Failed, "client_max_body_size"},
		"plain HTTP":             {remote.ErrPlainHTTP, exit.Failed, "WERF_INSECURE_REGISTRY=1"},
		"unknown authority":      {remote.ErrUntrusted, exit.Failed, "WERF_SKIP_TLS_VERIFY_REGISTRY=1"},
		"login in a reference":   {remote.ErrLoginInReference, exit.Usage, "docker login"},
		"content differs":        {refused(publish.ContentDiffers, "publish a new version"), exit.Violated, "Publish a new version; --force overwrites"},
		"ladder":                 {refused(publish.LadderSkipped, "promote first"), exit.Violated, "--skip-ladder"},
		"step down":              {refused(publish.StepDown, "publish a higher version"), exit.Violated, "--allow-downgrade"},
		"another run":            {&publish.ConflictError{Clash: publish.ChannelMoved}, exit.Violated, "modship status --history"},
		"not published":          {&publish.NotPublishedError{Tag: "v1.0.0"}, exit.Violated, "modship publish --tag v1.0.0"},
		"interrupted on the way": {fmt.Errorf("read: %w", context.Canceled), exit.Interrupted, ""},
	} {
		if got := judge(c.err); got.code != c.code || !strings.Contains(got.hint, c.hint) || c.hint == "" && got.hint != "" {
			t.Errorf("%s: code %d, hint %q, want %d, %q", name, got.code, got.hint, c.code, c.hint)
		}
	}
}

// TestRefusalsOfARegistry asks a real registry without a login.
func TestRefusalsOfARegistry(t *testing.T) {
	r := registrytest.New(t)
	client := remote.NewClient(remote.ClientOptions{DockerConfig: t.TempDir()})
	defer client.Close()
	_, err := client.Tags(t.Context(), r.Repository("echo").BundleRepo())
	var response *remote.Error
	if got := judge(err); !errors.As(err, &response) || got.code != exit.Refused || !strings.Contains(got.hint, "docker login "+r.Addr) {
		t.Errorf("%v: code %d, hint %q", err, got.code, got.hint)
	}
}
