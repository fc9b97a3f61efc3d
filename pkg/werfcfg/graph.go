package werfcfg

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/werf/werf/v2/pkg/config"

	"github.com/modship/modship/internal/werfsrc"
	"github.com/modship/modship/pkg/graph"
)

// digestEnvPrefix begins the names of the environment variables that carry
// image digests into the image which writes images_digests.json; the rest of
// the name is the key. All DKP modules use it.
const digestEnvPrefix = "MODULE_IMAGE_DIGEST_"

// makeGraph adds everything that werf knows, and what it leaves out: external
// bases, git sources, Dockerfile stages, digest keys and the artifacts.
func (c *Config) makeGraph(ctx context.Context, targets Targets) (*graph.Graph, error) {
	b := &builder{Builder: graph.NewBuilder(), config: c, images: map[string]bool{}, keys: werfsrc.Project{FS: os.DirFS(c.Giterminism.ProjectDir())}.BaseKeys()}
	images := c.Werf.Images(false)
	for _, image := range images {
		b.images[image.GetName()] = true
	}
	for _, image := range images {
		b.addImage(ctx, image)
	}
	b.addTargets(targets)
	g, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("make the build graph: %w", err)
	}
	c.Problems = b.problems
	return g, nil
}

type builder struct {
	*graph.Builder
	config   *Config
	images   map[string]bool   // names; werf looks through all of them for each one it does not have
	keys     map[string]string // of base images, by digest
	problems []graph.Problem
}

func (b *builder) addImage(ctx context.Context, image config.ImageInterface) {
	node := graph.Node{Kind: graph.Image, Name: image.GetName(), Final: image.IsFinal(), Platforms: b.platforms(image)}
	switch image := image.(type) {
	case config.StapelImageInterface:
		node.Builder, node.Frozen = graph.Stapel, image.IsGitAfterPatchDisabled()
		if node.Frozen {
			node.Watched = watchedPaths(image.ImageBaseConfig())
		}
		node.Adds = gitEntries(image.ImageBaseConfig())
		b.addStapel(b.AddNode(node), image.ImageBaseConfig())
	case *config.ImageFromDockerfile:
		node.Builder = graph.Dockerfile
		b.addDockerfile(ctx, node, image)
	}
}

func (b *builder) platforms(image config.ImageInterface) []string {
	if p := image.Platform(); len(p) > 0 {
		return p
	}
	return b.config.Werf.Meta.Build.Platform
}

func (b *builder) addStapel(id string, image *config.StapelImageBase) {
	b.AddEdge(b.imageOrBase(image.GetFrom()), id, graph.From)
	for _, imp := range image.Import {
		b.AddEdge(b.importSource(imp), id, graph.Import)
	}
	b.addDependencies(id, image.Dependencies)
	if image.Git == nil {
		return
	}
	for _, local := range image.Git.Local {
		b.AddEdge(b.AddNode(localGit(local)), id, graph.FromGit)
	}
	for _, remote := range image.Git.Remote {
		b.AddEdge(b.AddNode(remoteGit(remote)), id, graph.FromGit)
	}
}

// imageOrBase resolves a `from` the way werf does: a name of the configuration
// if there is such an image, else a reference of a registry.
func (b *builder) imageOrBase(name string) string {
	if b.images[name] {
		return graph.ID(graph.Image, name)
	}
	return b.addBase(name)
}

func (b *builder) addBase(ref string) string {
	return b.AddNode(graph.Node{Kind: graph.Base, Name: ref, Ref: ref, Key: b.keys[werfsrc.DigestOf(ref)]})
}

func (b *builder) importSource(imp *config.Import) string {
	switch {
	case imp.ArtifactName != "":
		return graph.ID(graph.Image, imp.ArtifactName)
	case imp.ExternalImage:
		return b.addBase(imp.ImageName)
	default:
		return graph.ID(graph.Image, imp.ImageName)
	}
}

func (b *builder) addDependencies(id string, dependencies []*config.Dependency) {
	for _, d := range dependencies {
		from := graph.ID(graph.Image, d.ImageName)
		b.AddEdge(from, id, graph.Dependency)
		for _, imp := range d.Imports {
			key, isDigest := strings.CutPrefix(imp.TargetEnv, digestEnvPrefix)
			if isDigest && imp.Type == config.ImageDigestImport {
				b.AddNode(graph.Node{ID: from, DigestKey: key})
				b.AddEdge(from, id, graph.Digest)
			}
		}
	}
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// addTargets adds the published artifacts. The edges say what has to be in the
// registry before the next is written.
func (b *builder) addTargets(t Targets) {
	if t.Bundle == "" || b.config.Werf.GetImage(BundleImage) == nil {
		return
	}
	bundle := b.AddNode(graph.Node{Kind: graph.Bundle, Name: t.Tag, Ref: t.Bundle})
	b.AddEdge(graph.ID(graph.Image, BundleImage), bundle, graph.Tag)
	b.AddEdge(bundle, b.AddNode(graph.Node{Kind: graph.Registration, Name: t.Registration, Ref: t.Registration}), graph.Tag)
	if b.config.Werf.GetImage(ReleaseImage) == nil {
		return
	}
	release := b.AddNode(graph.Node{Kind: graph.Release, Name: t.Tag, Ref: t.Release})
	b.AddEdge(graph.ID(graph.Image, ReleaseImage), release, graph.Tag)
	for _, ch := range t.Channels {
		b.AddEdge(release, b.AddNode(graph.Node{Kind: graph.Channel, Name: ch.Name, Ref: ch.Ref}), graph.Tag)
	}
}
