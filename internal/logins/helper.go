package logins

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// helperPrefix begins the names of the programs that are credential helpers.
const helperPrefix = "docker-credential-"

// helperTimeout is how long a helper may take: one that asks the user for
// something waits for ever in CI.
const helperTimeout = 30 * time.Second

// helperRunner asks a credential helper for the login for a registry.
type helperRunner func(ctx context.Context, helper, registry string) (Login, error)

// HelperError means that a credential helper gave no login. It does not hold
// what the helper printed, which may be a login.
type HelperError struct {
	Helper string // name of the program
	reason string
}

// Error says which helper failed, and how.
func (e *HelperError) Error() string {
	return fmt.Sprintf("the credential helper %s %s", e.Helper, e.reason)
}

// notFound is how a helper says that it has no login, see
// docker-credential-helpers, credentials/error.go.
const notFound = "credentials not found in native keychain"

// runHelper speaks the protocol of docker-credential-helpers: the registry on
// standard input, JSON on standard output.
func runHelper(ctx context.Context, helper, registry string) (Login, error) {
	program := helperPrefix + helper
	ctx, cancel := context.WithTimeoutCause(ctx, helperTimeout, fmt.Errorf("no answer within %s", helperTimeout))
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "get")
	cmd.Stdin, cmd.WaitDelay = strings.NewReader(registry), time.Second
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return Login{}, context.Cause(ctx)
	case ctx.Err() != nil:
		return Login{}, &HelperError{Helper: program, reason: "gave " + context.Cause(ctx).Error()}
	case err != nil && strings.Contains(out.String(), notFound):
		return Login{}, nil
	case err != nil:
		return Login{}, &HelperError{Helper: program, reason: "failed: " + err.Error()}
	}
	var answer struct{ Username, Secret string }
	if json.Unmarshal(out.Bytes(), &answer) != nil {
		return Login{}, &HelperError{Helper: program, reason: "gave an answer that is not understood"}
	}
	if answer.Username == "<token>" { // the secret is an identity token
		return Login{IdentityToken: answer.Secret}, nil
	}
	return Login{Username: answer.Username, Password: answer.Secret}, nil
}
