package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/localregistry"
)

// TestContentDigests builds one commit in two directories with two homes, the
// second time into a registry that is empty again: each image has the same
// content digest, which is its tag before the dash. Only an image that another
// one's digest or name enters is different: by werf's rules that is the name
// with the time of its creation.
func TestContentDigests(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	for _, name := range []string{"echo", "old-artifact"} {
		t.Run(name, func(t *testing.T) {
			s := shapeNamed(name)
			r := newRegistry(t, localregistry.Options{})
			r.pushBase(t)
			first := contentDigests(t, s, r)
			if err := r.Close(context.Background()); err != nil {
				t.Fatal(err)
			}
			r = newRegistry(t, localregistry.Options{Addr: r.Addr()})
			r.pushBase(t)
			second := contentDigests(t, s, r)
			if len(first) == 0 {
				t.Fatal("no image to compare")
			}
			if diff := cmp.Diff(first, second); diff != "" {
				t.Errorf("content digests (-first +second):\n%s", diff)
			}
		})
	}
}

// contentDigests builds the module in a new directory with a new home and
// returns the content digests of the images that no dependency enters.
func contentDigests(t *testing.T, s shape, r *testRegistry) map[string]string {
	t.Helper()
	dir := s.repo(t, r.Addr())
	digests := map[string]string{}
	dependent := dependentImages(t, s, dir)
	for name, image := range byModship(t, s, dir, r.source()+"/"+s.name) {
		if !dependent[name] {
			digests[name] = contentDigest(image.Ref)
		}
	}
	return digests
}

func contentDigest(ref string) string {
	tag := ref[strings.LastIndexByte(ref, ':')+1:]
	digest, _, _ := strings.Cut(tag, "-")
	return digest
}

// dependentImages are the images that another image's name enters, directly or
// through an import: by `modship graph`.
func dependentImages(t *testing.T, s shape, dir string) map[string]bool {
	t.Helper()
	g := readGraph(t, newHome(t).with(s.env...).modship(t, dir, "graph", "--all", "--tag", version, "--format", "json"))
	dependent := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for _, e := range g.Edges {
			from, to := strings.TrimPrefix(e.From, "image:"), strings.TrimPrefix(e.To, "image:")
			if (e.Kind == "dependency" || dependent[from]) && !dependent[to] {
				dependent[to], changed = true, true
			}
		}
	}
	return dependent
}

// graphJSON is `modship graph --format json`.
type graphJSON struct {
	Nodes []struct {
		ID, Kind, Name, Builder string
		Final                   bool
	}
	Edges []struct{ From, To, Kind string }
}

func readGraph(t testing.TB, text string) graphJSON {
	t.Helper()
	var g graphJSON
	if err := json.Unmarshal([]byte(text), &g); err != nil {
		t.Fatal(err)
	}
	return g
}
