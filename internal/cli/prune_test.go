package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/localregistry"
)

// oldRegistry cannot delete a tag without its image, as distribution before v3.
// Of images it deletes so many and refuses the rest.
func oldRegistry(t *testing.T, images int) *counted {
	t.Helper()
	server, err := localregistry.Serve(context.Background(), localregistry.Options{Addr: "127.0.0.1:0", Wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodDelete && !strings.Contains(r.URL.Path, "sha256:"):
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			case r.Method == http.MethodDelete:
				if images--; images < 0 {
					w.WriteHeader(http.StatusForbidden)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	c := &counted{Server: server, t: t, requests: map[string]int{}}
	c.version("v1.0.0", 1, nil, "alpha")
	for _, tag := range []string{"pr1", "pr2", "pr3"} {
		release := tag
		if tag == "pr2" {
			release = "v1.0.0" // its release image is that of the version
		}
		c.push(c.Addr()+"/modules/echo:"+tag, map[string]string{"images_digests.json": "{}", "module.yaml": "name: " + tag})
		c.push(c.Addr()+"/modules/echo/release:"+tag, map[string]string{"version.json": `{"version":"` + release + `"}`})
	}
	return c
}

// outcome is the result without the address.
func (c *counted) outcome(text string) string {
	return strings.ReplaceAll(text, c.Addr()+"/modules/", "")
}

func TestPruneTellsWhatStays(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	const stays = "the registry cannot delete a tag without its image, which is still needed"
	want := `deleted echo:pr1 (dev tag)
deleted echo:pr2 (dev tag)
deleted echo:pr3 (dev tag)
deleted echo/release:pr1 (dev tag)
kept echo/release:pr2: ` + stays + `
deleted echo/release:pr3 (dev tag)
5 of 6 tags deleted, 3 digests protected
`
	c := oldRegistry(t, 6)
	if diff := cmp.Diff(want, c.outcome(c.modship(exit.OK, "prune", "--pattern", "pr*", "--yes"))); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	var got struct {
		Done      bool
		Deletions []struct {
			Ref, Stays string
			Done       bool
		}
	}
	if err := json.Unmarshal([]byte(c.modship(exit.OK, "prune", "--pattern", "pr*", "--yes", "--format", "json")), &got); err != nil {
		t.Fatal(err)
	}
	if got.Done || len(got.Deletions) != 1 || got.Deletions[0].Done || got.Deletions[0].Stays != stays {
		t.Errorf("JSON: %+v", got)
	}
}

func TestPruneTellsHowFarItCame(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	want := `deleted echo:pr1 (dev tag)
deleted echo:pr2 (dev tag)
not deleted echo:pr3 (dev tag)
not deleted echo/release:pr1 (dev tag)
not deleted echo/release:pr2 (dev tag)
not deleted echo/release:pr3 (dev tag)
2 of 6 tags deleted, 3 digests protected
`
	c := oldRegistry(t, 2)
	if diff := cmp.Diff(want, c.outcome(c.modship(exit.Refused, "prune", "--pattern", "pr*", "--yes"))); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	c = oldRegistry(t, 2)
	text := c.modship(exit.Refused, "prune", "--pattern", "pr*", "--yes", "--format", "json")
	if n := strings.Count(text, `"done": true`); n != 2 {
		t.Errorf("JSON with %d things done, want 2:\n%s", n, text)
	}
}

func TestPruneOfNothing(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	c := serveCounted(t)
	for _, format := range []string{"text", "json"} {
		var out, errOut bytes.Buffer
		args := []string{"prune", "--name", "echo", "--source", c.Addr() + "/modules", "--dir", t.TempDir(), "--pattern", "pr*", "--format", format}
		code := Run(context.Background(), args, &out, &errOut)
		want := fmt.Sprintf("nothing to prune: neither %[1]s/modules/echo nor %[1]s/modules/echo/release has a tag\n", c.Addr())
		if code != int(exit.OK) || errOut.String() != want {
			t.Errorf("%s: code %d, %q, want %q", format, code, errOut.String(), want)
		}
	}
}
