package graph

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNear(t *testing.T) {
	candidates := []string{"builder/golang", "controller", "webhooks", "alt", "csi-nfs", "csi-nfx"}
	for name, want := range map[string]string{
		"builder/golnag": "builder/golang", // swapped
		"contoller":      "controller",     // missing
		"webbhookss":     "webhooks",       // two more
		"Controller":     "controller",
		"csi-nf":         "csi-nfs", // the first of two
		"alt":            "",        // is one
		"olt":            "alt",
		"art":            "alt",
		"bolt":           "", // two errors are too many for a short name
		"alpine":         "",
		"controllers-xy": "",
		"":               "",
	} {
		got, ok := Near(name, candidates)
		if got != want || ok != (want != "") {
			t.Errorf("Near(%q) = %q, %t, want %q", name, got, ok, want)
		}
	}
}

func codes(problems []Problem) map[string]string {
	m := map[string]string{}
	for _, p := range problems {
		m[p.Code] = p.Message
	}
	return m
}

func TestProblems(t *testing.T) {
	image := func(b *Builder, name, key string) string {
		return b.AddNode(Node{Kind: Image, Name: name, Final: key != "", DigestKey: key})
	}
	base := func(b *Builder, name string) string { return b.AddNode(Node{Kind: Base, Name: name}) }
	for name, tc := range map[string]struct {
		make func(b *Builder)
		opts ProblemsOptions
		want map[string]string
	}{
		"nothing wrong": {func(b *Builder) {
			b.AddEdge(base(b, "alpine:3.20"), image(b, "a", "a"), From)
			b.AddEdge(base(b, "docker.io/aa"), image(b, "aa", "aa"), From)
		}, ProblemsOptions{UsedKeys: []KeyUse{{"a", "templates/a.yaml"}}}, map[string]string{}},
		"typing error": {func(b *Builder) {
			image(b, "builder/golang", "golang")
			b.AddEdge(base(b, "builder/golnag"), image(b, "a", "a"), From)
		}, ProblemsOptions{}, map[string]string{
			ProblemNearMiss: `image a is made from "builder/golnag", which is no image of the configuration and so is pulled from a registry: did you mean "builder/golang"?`,
		}},
		"no value": {func(b *Builder) { b.AddEdge(base(b, "<no value>"), image(b, "a", "a"), From) }, ProblemsOptions{}, map[string]string{
			ProblemNoValue: `image a is made from "<no value>": a template looked up a key that is not there`,
		}},
		"two images with one key": {func(b *Builder) {
			image(b, "x/ceph-1-20", "ceph120")
			image(b, "x/ceph-12-0", "ceph120")
		}, ProblemsOptions{}, map[string]string{
			ProblemDigestKey: `images x/ceph-1-20 and x/ceph-12-0 have the same key "ceph120" in images_digests.json, so only one of them can be used`,
		}},
		"key without an image": {func(b *Builder) { image(b, "operator-redis", "operatorRedis") }, ProblemsOptions{UsedKeys: []KeyUse{{"redisOperator", "templates/d.yaml"}, {"redisOperator", "templates/d.yaml"}}}, map[string]string{
			ProblemUnknownKey: `templates/d.yaml uses the image "redisOperator", but images_digests.json will have no such key`,
		}},
		"a circle": {func(b *Builder) {
			b.AddEdge(image(b, "a", "a"), image(b, "b", "b"), Import)
			b.AddEdge(image(b, "b", "b"), image(b, "a", "a"), Import)
		}, ProblemsOptions{}, map[string]string{
			ProblemCycle: "these images need each other in a circle, so none of them can be built: a -> b -> a",
		}},
		"one unused":  {func(b *Builder) { image(b, "a", "") }, ProblemsOptions{}, map[string]string{ProblemUnusedImages: "image a is not final and nothing needs it, so it is never built"}},
		"some unused": {func(b *Builder) { image(b, "a", ""); image(b, "b", "") }, ProblemsOptions{}, map[string]string{ProblemUnusedImages: "2 images are not final and nothing needs them, so they are never built: a, b"}},
		"many unused": {func(b *Builder) {
			for _, n := range []string{"a", "b", "c", "d", "e", "f", "g"} {
				image(b, n, "")
			}
		}, ProblemsOptions{}, map[string]string{ProblemUnusedImages: "7 images are not final and nothing needs them, so they are never built: a, b, c, d, e and 2 more"}},
	} {
		b := NewBuilder()
		tc.make(b)
		problems := Problems(mustBuild(t, b), tc.opts)
		if diff := cmp.Diff(tc.want, codes(problems)); diff != "" || len(problems) != len(tc.want) {
			t.Errorf("%s: %d problems (-want +got):\n%s", name, len(problems), diff)
		}
	}
}

func TestUnknownKeyHint(t *testing.T) {
	b := NewBuilder()
	b.AddNode(Node{Kind: Image, Name: "web-hooks", Final: true, DigestKey: "webHooks"})
	problems := Problems(mustBuild(t, b), ProblemsOptions{UsedKeys: []KeyUse{{"webhooks", "t.yaml"}}})
	if len(problems) != 1 || problems[0].Hint != `Did you mean "webHooks"?` || problems[0].File != "t.yaml" {
		t.Errorf("%+v", problems)
	}
}
