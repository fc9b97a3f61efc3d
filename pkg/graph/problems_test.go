package graph_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/internal/sample"
)

func TestNear(t *testing.T) {
	candidates := []string{"builder/golang", "controller", "webhooks", "alt", "csi-nfs", "csi-nfx", "bundle"}
	for name, want := range map[string]string{
		"builder/golnag": "builder/golang", // swapped
		"contoller":      "controller",     // missing
		"webbhookss":     "webhooks",       // two more
		"Controller":     "controller",
		"csi-nf":         "csi-nfs", // the first of two
		"alt":            "",        // is one
		"olt":            "alt",
		"atl":            "alt", // swapped, in a short name
		"art":            "alt",
		"bolt":           "", // two errors are too many for a short name
		"alpine":         "",
		"controllers-xy": "",
		"":               "",
		"scratch":        "", // nothing in common with bundle
	} {
		got, ok := graph.Near(name, candidates)
		if got != want || ok != (want != "") {
			t.Errorf("Near(%q) = %q, %t, want %q", name, got, ok, want)
		}
	}
}

func codes(problems []graph.Problem) map[string]string {
	m := map[string]string{}
	for _, p := range problems {
		m[p.Code] = p.Message
	}
	return m
}

func TestProblems(t *testing.T) {
	image := func(b *graph.Builder, name, key string) string {
		return b.AddNode(graph.Node{Kind: graph.Image, Name: name, Final: key != "", DigestKey: key})
	}
	base := func(b *graph.Builder, name string) string { return b.AddNode(graph.Node{Kind: graph.Base, Name: name}) }
	for name, tc := range map[string]struct {
		make func(b *graph.Builder)
		opts graph.ProblemsOptions
		want map[string]string
	}{
		"nothing wrong": {func(b *graph.Builder) {
			b.AddEdge(base(b, "alpine:3.20"), image(b, "a", "a"), graph.From)
			b.AddEdge(base(b, "docker.io/aa"), image(b, "aa", "aa"), graph.From)
		}, graph.ProblemsOptions{UsedKeys: []graph.KeyUse{{"a", "templates/a.yaml"}}}, map[string]string{}},
		"typing error": {func(b *graph.Builder) {
			image(b, "builder/golang", "golang")
			b.AddEdge(base(b, "builder/golnag"), image(b, "a", "a"), graph.From)
		}, graph.ProblemsOptions{}, map[string]string{
			graph.ProblemNearMiss: `image a is made from "builder/golnag", which is no image of the configuration and so is pulled from a registry: did you mean "builder/golang"?`,
		}},
		"no value": {func(b *graph.Builder) { b.AddEdge(base(b, "<no value>"), image(b, "a", "a"), graph.From) }, graph.ProblemsOptions{}, map[string]string{
			graph.ProblemNoValue: `image a is made from "<no value>": a template looked up a key that is not there`,
		}},
		"two images with one key": {func(b *graph.Builder) {
			image(b, "x/ceph-1-20", "ceph120")
			image(b, "x/ceph-12-0", "ceph120")
		}, graph.ProblemsOptions{}, map[string]string{
			graph.ProblemDigestKey: `images x/ceph-1-20 and x/ceph-12-0 have the same key "ceph120" in images_digests.json, so only one of them can be used`,
		}},
		"key without an image": {func(b *graph.Builder) { image(b, "operator-redis", "operatorRedis") }, graph.ProblemsOptions{UsedKeys: []graph.KeyUse{{"redisOperator", "templates/d.yaml"}, {"redisOperator", "templates/d.yaml"}}}, map[string]string{
			graph.ProblemUnknownKey: `templates/d.yaml uses the image "redisOperator", but images_digests.json will have no such key`,
		}},
		"a circle": {func(b *graph.Builder) {
			b.AddEdge(image(b, "a", "a"), image(b, "b", "b"), graph.Import)
			b.AddEdge(image(b, "b", "b"), image(b, "a", "a"), graph.Import)
		}, graph.ProblemsOptions{}, map[string]string{
			graph.ProblemCycle: "these images need each other in a circle, so none of them can be built: a -> b -> a",
		}},
		"one unused":  {func(b *graph.Builder) { image(b, "a", "") }, graph.ProblemsOptions{}, map[string]string{graph.ProblemUnusedImages: "image a is not final and nothing needs it, so it is never built"}},
		"some unused": {func(b *graph.Builder) { image(b, "a", ""); image(b, "b", "") }, graph.ProblemsOptions{}, map[string]string{graph.ProblemUnusedImages: "2 images are not final and nothing needs them, so they are never built: a, b"}},
		"many unused": {func(b *graph.Builder) {
			for _, n := range []string{"a", "b", "c", "d", "e", "f", "g"} {
				image(b, n, "")
			}
		}, graph.ProblemsOptions{}, map[string]string{graph.ProblemUnusedImages: "7 images are not final and nothing needs them, so they are never built: a, b, c, d, e and 2 more"}},
	} {
		b := graph.NewBuilder()
		tc.make(b)
		problems := graph.Problems(sample.MustBuild(t, b), tc.opts)
		if diff := cmp.Diff(tc.want, codes(problems)); diff != "" || len(problems) != len(tc.want) {
			t.Errorf("%s: %d problems (-want +got):\n%s", name, len(problems), diff)
		}
	}
}

func TestUnknownKeyHint(t *testing.T) {
	b := graph.NewBuilder()
	b.AddNode(graph.Node{Kind: graph.Image, Name: "web-hooks", Final: true, DigestKey: "webHooks"})
	problems := graph.Problems(sample.MustBuild(t, b), graph.ProblemsOptions{UsedKeys: []graph.KeyUse{{"webhooks", "t.yaml"}}})
	if len(problems) != 1 || problems[0].Hint != `Did you mean "webHooks"?` || problems[0].File != "t.yaml" {
		t.Errorf("%+v", problems)
	}
}
