// Package sample makes graphs for tests.
package sample

import (
	"testing"

	"github.com/modship/modship/pkg/graph"
)

// component is one product of the sample module: a source image, what is built
// from it, and the final image.
type component struct {
	name     string
	builder  string // image it is compiled in
	runtime  string // base of the final image
	upstream bool   // its source comes from a remote
}

var components = []component{
	{"controller", "builder/golang", "distroless", false},
	{"webhooks", "builder/golang", "distroless", false},
	{"csi-nfs", "builder/golang", "alt-nfs", true},
	{"csi-ceph", "builder/golang", "alt-ceph", true},
	{"csi-external-attacher", "builder/golang", "distroless", true},
	{"csi-external-provisioner", "builder/golang", "distroless", true},
	{"csi-external-resizer", "builder/golang", "distroless", true},
	{"csi-external-snapshotter", "builder/golang", "distroless", true},
	{"csi-livenessprobe", "builder/golang", "distroless", true},
	{"csi-node-driver-registrar", "builder/golang", "distroless", true},
	{"drbd-reactor", "builder/rust", "alt-drbd", true},
	{"linstor-affinity-controller", "builder/golang", "distroless", true},
	{"linstor-server", "builder/java", "alt-drbd", true},
	{"spaas", "builder/golang", "alt-drbd", false},
	{"metadata-backup", "builder/golang", "distroless", false},
	{"scheduler-extender", "builder/golang", "distroless", false},
	{"thin-send-recv", "builder/alt", "alt-drbd", true},
}

// Module is a module of 60 images in the shape of a storage module of
// DKP: builders, source images, artifacts, finals, digests, bundle, release
// image, attestations, and what is published.
func Module(t testing.TB) *graph.Graph {
	t.Helper()
	b := graph.NewBuilder()
	base := func(name string) string {
		ref := "registry.deckhouse.io/base_images/" + name + "@sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
		return b.AddNode(graph.Node{Kind: graph.Base, Name: name, Ref: ref})
	}
	git := func(paths ...string) string {
		return b.AddNode(graph.Node{Kind: graph.Git, Name: paths[0], Paths: paths})
	}
	image := func(name string, final bool) string {
		return b.AddNode(graph.Node{Kind: graph.Image, Name: name, Final: final, Builder: graph.Stapel})
	}
	for _, tool := range []string{"golang", "rust", "java", "alt"} {
		b.AddEdge(base("builder/"+tool), image("builder/"+tool, false), graph.From)
	}
	for _, name := range []string{"alt-nfs", "alt-ceph", "alt-drbd", "distroless"} {
		b.AddEdge(base(name), image("base/"+name, false), graph.From)
	}
	digests := image("images-digests", false)
	b.AddEdge(base("builder/alpine"), digests, graph.From)
	bundle := image("bundle", true)
	for _, c := range components {
		final := addComponent(b, c, base, git, image)
		b.AddEdge(final, digests, graph.Digest)
		b.AddEdge(final, digests, graph.Dependency)
	}
	b.AddEdge(digests, bundle, graph.Import)
	b.AddEdge(base("scratch"), bundle, graph.From)
	b.AddEdge(git("module.yaml", "templates", "openapi", "crds", "docs", "charts", "Chart.yaml"), bundle, graph.FromGit)
	hooks := image("go-hooks-artifact", false)
	b.AddEdge("image:builder/golang", hooks, graph.From)
	b.AddEdge(git("hooks/go"), hooks, graph.FromGit)
	b.AddEdge(hooks, bundle, graph.Import)
	addPublished(b, bundle, base, git, image)
	return MustBuild(t, b)
}

func addComponent(b *graph.Builder, c component, base func(string) string, git func(...string) string, image func(string, bool) string) string {
	src, artifact, final := image(c.name+"-src-artifact", false), image(c.name+"-artifact", false), image(c.name, true)
	b.AddNode(graph.Node{ID: final, DigestKey: c.name})
	b.AddEdge(base("builder/src"), src, graph.From)
	if c.upstream {
		remote := b.AddNode(graph.Node{Kind: graph.Git, Name: "github.com/upstream/" + c.name, Ref: "https://github.com/upstream/" + c.name})
		b.AddEdge(remote, src, graph.FromGit)
		b.AddEdge(git("images/"+c.name+"/patches"), src, graph.FromGit)
	} else {
		from := git("images/"+c.name+"/src", "api", "lib/go")
		b.AddEdge(from, src, graph.FromGit)
		b.AddNode(graph.Node{ID: src, Adds: []graph.GitEntry{
			{
				Source: from, Add: "/", To: "/src", IncludePaths: []string{"images/" + c.name + "/src", "api", "lib/go"},
				StageDependencies: map[string][]string{"install": {"**/go.mod", "**/go.sum"}, "setup": {"**/*"}},
			},
		}})
	}
	b.AddEdge(src, artifact, graph.Import)
	b.AddEdge("image:"+c.builder, artifact, graph.From)
	b.AddEdge(artifact, final, graph.Import)
	b.AddEdge("image:base/"+c.runtime, final, graph.From)
	return final
}

func addPublished(b *graph.Builder, bundle string, base func(string) string, git func(...string) string, image func(string, bool) string) {
	release := image("release-channel-version", true)
	version := image("release-channel-version-artifact", false)
	b.AddEdge(base("builder/alpine"), version, graph.From)
	b.AddEdge(git("changelog.yaml", "module.yaml"), version, graph.FromGit)
	b.AddEdge(version, release, graph.Import)
	b.AddEdge(base("scratch"), release, graph.From)
	bundleTag := b.AddNode(graph.Node{Kind: graph.Bundle, Name: "v1.4.2"})
	releaseTag := b.AddNode(graph.Node{Kind: graph.Release, Name: "v1.4.2"})
	registration := b.AddNode(graph.Node{Kind: graph.Registration, Name: "sds-sample"})
	b.AddEdge(bundle, bundleTag, graph.Tag)
	b.AddEdge(release, releaseTag, graph.Tag)
	b.AddEdge(bundleTag, registration, graph.Tag)
	for _, name := range []string{"alpha", "beta"} {
		b.AddEdge(releaseTag, b.AddNode(graph.Node{Kind: graph.Channel, Name: name}), graph.Tag)
	}
	vex := image("bundle-vex-artifact", true)
	b.AddEdge(bundle, vex, graph.Dependency)
	b.AddEdge(base("builder/alpine"), vex, graph.From)
	image("unused", false)
}

// MustBuild returns the graph of b.
func MustBuild(t testing.TB, b *graph.Builder) *graph.Graph {
	t.Helper()
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Toy makes a graph of images from edges written as {"needed", "needs it"}.
func Toy(t testing.TB, pairs ...[2]string) *graph.Graph {
	t.Helper()
	b := graph.NewBuilder()
	for _, p := range pairs {
		from := b.AddNode(graph.Node{Kind: graph.Image, Name: p[0]})
		b.AddEdge(from, b.AddNode(graph.Node{Kind: graph.Image, Name: p[1]}), graph.Import)
	}
	return MustBuild(t, b)
}
