package publish

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// changedLists changes the answers to requests for lists of tags.
func changedLists(change func(w http.ResponseWriter, r *http.Request, next http.Handler)) registrytest.Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/tags/list") {
				change(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// TestPromoteDoesNotTrustAList that may not be read, or lacks what is there:
// the channel would look as if it was empty, and step down unseen.
func TestPromoteDoesNotTrustAList(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(w http.ResponseWriter, r *http.Request, next http.Handler)
		kind   func(error) bool
	}{
		"that may not be read": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			registrytest.Refuse(w, http.StatusForbidden, "DENIED")
		}, func(err error) bool { return remote.StatusOf(err) == http.StatusForbidden }},
		"that lacks what is there": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			_ = json.NewEncoder(w).Encode(map[string]any{"tags": []string{}})
		}, isViolation},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.publish(newPublisher(r), "echo", "v1.0.0")
			r.publish(newPublisher(r), "echo", "v1.1.0")
			r.mustPromote(newPublisher(r), "v1.1.0", module.Alpha)
			r.Around(changedLists(tc.change))
			if err := r.promote(newPublisher(r), "v1.0.0", module.Alpha); !tc.kind(err) {
				t.Errorf("a step down: %v", err)
			}
			r.Around()
			if on := r.on(newPublisher(r))[module.Alpha]; on != "v1.1.0" {
				t.Errorf("alpha is on %s", on)
			}
		})
	}
}

// TestPublishWithAListThatLags goes on without knowing of others, and says so.
func TestPublishWithAListThatLags(t *testing.T) {
	r := newRig(t)
	r.publish(newPublisher(r), "echo", "v1.0.0")
	request := r.request("echo", "v1.1.0", r.Build("echo", "v1.1.0", ""))
	r.Around(changedLists(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		_ = json.NewEncoder(w).Encode(map[string]any{"tags": []string{"v1.0.0"}})
	}))
	var told []string
	s := newPublisher(r, func(o *remote.ClientOptions) {
		o.Log = func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
	})
	if err := publishRequest(t.Context(), s, request); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(told, "\n"), "lacks what was just written") {
		t.Errorf("told %q", told)
	}
}

// TestReservedTags cannot be published: they mean something else in a registry.
func TestReservedTags(t *testing.T) {
	r := newRig(t)
	for _, tag := range []string{"alpha", "rock-solid", "modship_publish_x", "sha256-" + strings.Repeat("0", 64) + ".att"} {
		if _, err := newPublisher(r).Plan(t.Context(), r.request("echo", tag, registrytest.Built{})); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: %v, want %v", tag, err, ErrRequest)
		}
	}
}
