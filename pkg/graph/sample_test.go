package graph

import (
	"testing"
)

// component is one product of the sample module: a source image, what is built
// from it, and the final image.
type component struct {
	name     string
	builder  string // image it is compiled in
	runtime  string // base of the final image
	upstream bool   // its source comes from a remote
}

var sampleComponents = []component{
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

// sampleModule is a module of 60 images in the shape of a storage module of
// DKP: builders, source images, artifacts, finals, digests, bundle, release
// image, attestations, and what is published.
func sampleModule(t testing.TB) *Graph {
	t.Helper()
	b := NewBuilder()
	base := func(name string) string {
		ref := "registry.deckhouse.io/base_images/" + name + "@sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
		return b.AddNode(Node{Kind: Base, Name: name, Ref: ref})
	}
	git := func(paths ...string) string { return b.AddNode(Node{Kind: Git, Name: paths[0], Paths: paths}) }
	image := func(name string, final bool) string {
		return b.AddNode(Node{Kind: Image, Name: name, Final: final, Builder: Stapel})
	}
	for _, tool := range []string{"golang", "rust", "java", "alt"} {
		b.AddEdge(base("builder/"+tool), image("builder/"+tool, false), From)
	}
	for _, name := range []string{"alt-nfs", "alt-ceph", "alt-drbd", "distroless"} {
		b.AddEdge(base(name), image("base/"+name, false), From)
	}
	digests := image("images-digests", false)
	b.AddEdge(base("builder/alpine"), digests, From)
	bundle := image("bundle", true)
	for _, c := range sampleComponents {
		final := sampleComponent(b, c, base, git, image)
		b.AddEdge(final, digests, Digest)
		b.AddEdge(final, digests, Dependency)
	}
	b.AddEdge(digests, bundle, Import)
	b.AddEdge(base("scratch"), bundle, From)
	b.AddEdge(git("module.yaml", "templates", "openapi", "crds", "docs", "charts", "Chart.yaml"), bundle, FromGit)
	hooks := image("go-hooks-artifact", false)
	b.AddEdge("image:builder/golang", hooks, From)
	b.AddEdge(git("hooks/go"), hooks, FromGit)
	b.AddEdge(hooks, bundle, Import)
	samplePublished(b, bundle, base, git, image)
	return mustBuild(t, b)
}

func sampleComponent(b *Builder, c component, base func(string) string, git func(...string) string, image func(string, bool) string) string {
	src, artifact, final := image(c.name+"-src-artifact", false), image(c.name+"-artifact", false), image(c.name, true)
	b.AddNode(Node{ID: final, DigestKey: c.name})
	b.AddEdge(base("builder/src"), src, From)
	if c.upstream {
		remote := b.AddNode(Node{Kind: Git, Name: "github.com/upstream/" + c.name, Ref: "https://github.com/upstream/" + c.name})
		b.AddEdge(remote, src, FromGit)
		b.AddEdge(git("images/"+c.name+"/patches"), src, FromGit)
	} else {
		from := git("images/"+c.name+"/src", "api", "lib/go")
		b.AddEdge(from, src, FromGit)
		b.AddNode(Node{ID: src, Adds: []GitEntry{
			{Source: from, Add: "/", To: "/src", IncludePaths: []string{"images/" + c.name + "/src", "api", "lib/go"},
				StageDependencies: map[string][]string{"install": {"**/go.mod", "**/go.sum"}, "setup": {"**/*"}}},
		}})
	}
	b.AddEdge(src, artifact, Import)
	b.AddEdge("image:"+c.builder, artifact, From)
	b.AddEdge(artifact, final, Import)
	b.AddEdge("image:base/"+c.runtime, final, From)
	return final
}

func samplePublished(b *Builder, bundle string, base func(string) string, git func(...string) string, image func(string, bool) string) {
	release := image("release-channel-version", true)
	version := image("release-channel-version-artifact", false)
	b.AddEdge(base("builder/alpine"), version, From)
	b.AddEdge(git("changelog.yaml", "module.yaml"), version, FromGit)
	b.AddEdge(version, release, Import)
	b.AddEdge(base("scratch"), release, From)
	bundleTag := b.AddNode(Node{Kind: Bundle, Name: "v1.4.2"})
	releaseTag := b.AddNode(Node{Kind: Release, Name: "v1.4.2"})
	registration := b.AddNode(Node{Kind: Registration, Name: "sds-sample"})
	b.AddEdge(bundle, bundleTag, Tag)
	b.AddEdge(release, releaseTag, Tag)
	b.AddEdge(bundleTag, registration, Tag)
	for _, name := range []string{"alpha", "beta"} {
		b.AddEdge(releaseTag, b.AddNode(Node{Kind: Channel, Name: name}), Tag)
	}
	vex := image("bundle-vex-artifact", true)
	b.AddEdge(bundle, vex, Dependency)
	b.AddEdge(base("builder/alpine"), vex, From)
	image("unused", false)
}

func mustBuild(t testing.TB, b *Builder) *Graph {
	t.Helper()
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// toy makes a graph of images from edges written as {"needed", "needs it"}.
func toy(t testing.TB, pairs ...[2]string) *Graph {
	t.Helper()
	b := NewBuilder()
	for _, p := range pairs {
		from := b.AddNode(Node{Kind: Image, Name: p[0]})
		b.AddEdge(from, b.AddNode(Node{Kind: Image, Name: p[1]}), Import)
	}
	return mustBuild(t, b)
}
