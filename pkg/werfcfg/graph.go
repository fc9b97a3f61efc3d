package werfcfg

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/werf/werf/v2/pkg/config"

	"github.com/modship/modship/pkg/graph"
)

// digestEnvPrefix begins the names of the environment variables that carry
// image digests into the image which writes images_digests.json; the rest of
// the name is the key. All DKP modules use it.
const digestEnvPrefix = "MODULE_IMAGE_DIGEST_"

// makeGraph adds everything that werf knows, and what it leaves out: external
// bases, git sources, Dockerfile stages, digest keys and the artifacts.
func (c *Config) makeGraph(ctx context.Context, targets Targets) (*graph.Graph, error) {
	b := &builder{Builder: graph.NewBuilder(), config: c, images: map[string]bool{}}
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
	images   map[string]bool // names; werf looks through all of them for each one it does not have
	problems []graph.Problem
}

func (b *builder) addImage(ctx context.Context, image config.ImageInterface) {
	section := b.config.Sections[image.GetName()]
	node := graph.Node{
		Kind: graph.Image, Name: image.GetName(), Final: image.IsFinal(), Platforms: b.platforms(image),
		Fingerprint: section.fingerprint(b.config.meta, ""),
	}
	switch image := image.(type) {
	case config.StapelImageInterface:
		node.Builder, node.Frozen = graph.Stapel, image.IsGitAfterPatchDisabled()
		if node.Frozen {
			node.Watched = watchedPaths(image.ImageBaseConfig())
		}
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
	return b.AddNode(graph.Node{Kind: graph.Base, Name: name, Ref: name})
}

func (b *builder) importSource(imp *config.Import) string {
	switch {
	case imp.ArtifactName != "":
		return graph.ID(graph.Image, imp.ArtifactName)
	case imp.ExternalImage:
		return b.AddNode(graph.Node{Kind: graph.Base, Name: imp.ImageName, Ref: imp.ImageName})
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

// localGit is the set of paths of this repository that one git entry adds.
func localGit(local *config.GitLocal) graph.Node {
	paths := gitPaths(local.Add, local.IncludePaths)
	name := gitName(paths, local.ExcludePaths)
	for _, p := range local.ExcludePaths {
		paths = append(paths, "!"+path.Join(strings.Trim(local.Add, "/"), p))
	}
	return graph.Node{Kind: graph.Git, Name: name, Paths: paths}
}

func remoteGit(remote *config.GitRemote) graph.Node {
	rev := firstOf(remote.Commit, remote.Tag, remote.Branch, "HEAD")
	return graph.Node{
		Kind: graph.Git, Name: stripUserinfo(remote.Url) + "@" + rev, Ref: stripUserinfo(remote.Url),
		Paths: gitPaths(remote.Add, remote.IncludePaths),
	}
}

// gitPaths are the slash-separated paths of the repository that a git entry
// reads; none means everything.
func gitPaths(add string, include []string) []string {
	root := strings.Trim(add, "/")
	if len(include) == 0 {
		if root == "" {
			return nil
		}
		return []string{root}
	}
	var paths []string
	for _, p := range include {
		paths = append(paths, path.Join(root, p))
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func gitName(paths, exclude []string) string {
	name := "."
	if len(paths) > 0 {
		name = strings.Join(paths, ",")
	}
	if len(exclude) > 0 {
		name += " -" + strings.Join(exclude, ",-")
	}
	return name
}

// stripUserinfo removes a user and password from an address: graphs are
// printed in logs.
func stripUserinfo(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	host, tail, _ := strings.Cut(rest, "/")
	if _, bare, ok := strings.Cut(host, "@"); ok {
		host = bare
	}
	return scheme + "://" + host + "/" + tail
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// addTargets adds what is published. The edges say what has to be in the
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
