package publish

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
)

// changedLists changes the answers to requests for lists of tags.
func changedLists(change func(w http.ResponseWriter, r *http.Request, next http.Handler)) middleware {
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
// the channel would look as if it was on nothing, and step down unseen.
func TestPromoteDoesNotTrustAList(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(w http.ResponseWriter, r *http.Request, next http.Handler)
		code   exit.Code
	}{
		"that may not be read": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			refuse(w, http.StatusForbidden, "DENIED")
		}, exit.Refused},
		"that lacks what is there": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			_ = json.NewEncoder(w).Encode(map[string]any{"tags": []string{}})
		}, exit.Violated},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.publish(newSession(r), "echo", "v1.0.0")
			r.publish(newSession(r), "echo", "v1.1.0")
			r.mustPromote(newSession(r), "v1.1.0", module.Alpha)
			r.around(changedLists(tc.change))
			if err := r.promote(newSession(r), "v1.0.0", module.Alpha); exit.CodeOf(err) != tc.code {
				t.Errorf("a step down: %v, want code %d", err, tc.code)
			}
			r.around()
			if on := r.on(newSession(r))[module.Alpha]; on != "v1.1.0" {
				t.Errorf("alpha is on %s", on)
			}
		})
	}
}

// TestPublishWithAListThatLags goes on without knowing of others, and says so.
func TestPublishWithAListThatLags(t *testing.T) {
	r := newRig(t)
	r.publish(newSession(r), "echo", "v1.0.0")
	request := r.request("echo", "v1.1.0", r.build("echo", "v1.1.0", ""))
	r.around(changedLists(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		_ = json.NewEncoder(w).Encode(map[string]any{"tags": []string{"v1.0.0"}})
	}))
	var told []string
	s := newSession(r, func(o *SessionOptions) {
		o.Log = func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
	})
	if err := publishRequest(t.Context(), s, request); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(told, "\n"), "lacks what was just written") {
		t.Errorf("told %q", told)
	}
}

// TestPruneNeedsTheWholeList: versions are on the second page, behind stages.
func TestPruneNeedsTheWholeList(t *testing.T) {
	r := newRig(t)
	r.publish(newSession(r), "echo", "v1.0.0")
	r.tag(r.repository("echo").Bundle(stageTag(1, time.UnixMilli(1e12))), image(t, []file{{name: "unused"}}))
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound} {
		r.around(changedLists(func(w http.ResponseWriter, req *http.Request, next http.Handler) {
			if req.URL.Query().Get("last") != "" {
				refuse(w, status, "UNKNOWN")
				return
			}
			w.Header().Set("Link", fmt.Sprintf("<%s?n=1000&last=x>; rel=\"next\"", req.URL.Path))
			next.ServeHTTP(w, req)
		}))
		r.log.take()
		if _, err := newSession(r).Prune(t.Context(), PruneRequest{Repository: r.repository("echo"), Stages: true}); err == nil {
			t.Errorf("%d for the second page was taken for its end", status)
		}
		for _, line := range r.log.take() {
			if strings.HasPrefix(line, http.MethodDelete) {
				t.Errorf("%d: %s", status, line)
			}
		}
	}
}

// TestPruneNeedsTheReleases: a list that is empty by mistake names nothing that
// has to stay.
func TestPruneNeedsTheReleases(t *testing.T) {
	r := newRig(t)
	r.publish(newSession(r), "echo", "v1.0.0")
	r.around(changedLists(func(w http.ResponseWriter, req *http.Request, next http.Handler) {
		if strings.Contains(req.URL.Path, "/release/") {
			refuse(w, http.StatusNotFound, "NAME_UNKNOWN")
			return
		}
		next.ServeHTTP(w, req)
	}))
	_, err := newSession(r).PlanPrune(t.Context(), PruneRequest{Repository: r.repository("echo"), Stages: true})
	if exit.CodeOf(err) != exit.Violated {
		t.Errorf("%v, want code %d", err, exit.Violated)
	}
}

// TestReservedTags cannot be published: they mean something else in a registry.
func TestReservedTags(t *testing.T) {
	r := newRig(t)
	for _, tag := range []string{"alpha", "rock-solid", "modship_publish_x", "sha256-" + strings.Repeat("0", 64) + ".att"} {
		if _, err := newSession(r).Plan(t.Context(), r.request("echo", tag, built{})); exit.CodeOf(err) != exit.Usage {
			t.Errorf("%s: %v, want code %d", tag, err, exit.Usage)
		}
	}
}
