package publish

import (
	"archive/tar"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
)

// consumer reads a registry as the controller does, with ggcr's client and
// none of our own code for registries: channels, then every version the bundle
// repository lists, in the order of consumer-contract 1.2 to 1.8.
type consumer struct {
	rig    *rig
	client ggcr.Option
	broken bool
	read   map[string]bool // versions read already
}

// checkConsumable reports what a cluster would stumble over.
func (r *rig) checkConsumable() bool {
	r.T.Helper()
	r.Tokens.Open = true
	defer func() { r.Tokens.Open = false }()
	c := &consumer{rig: r, client: ggcr.WithTransport(registrytest.InProcess{Handler: r.Plain}), read: map[string]bool{}}
	for _, source := range []string{r.Addr + "/modules", r.Addr + "/air/gapped"} {
		for _, name := range c.tags(source) {
			repository, err := module.NewRepository(source, name)
			if err != nil {
				c.complain("the source lists %q: %v", name, err)
				continue
			}
			c.readModule(repository)
		}
		// A module that is not registered yet is not read by clusters, but
		// what of it is visible has to be whole as well.
		repository, err := module.NewRepository(source, "echo")
		if err != nil {
			c.complain("%v", err)
		}
		c.readModule(repository)
	}
	return !c.broken
}

func (c *consumer) complain(format string, args ...any) {
	c.rig.T.Helper()
	c.broken = true
	c.rig.T.Errorf("consumer: "+format, args...)
}

func (c *consumer) readModule(repository module.Repository) {
	releases := c.tags(repository.ReleaseRepo())
	for _, channel := range module.Channels() {
		if !slices.Contains(releases, string(channel)) {
			continue
		}
		files := c.files(repository.Channel(channel))
		version, err := module.ParseVersionFile(files["version.json"])
		if err != nil {
			c.complain("%s: %v", repository.Channel(channel), err)
			continue
		}
		c.readVersion(repository, version)
	}
	for _, tag := range c.tags(repository.BundleRepo()) {
		if module.IsVersion(tag) {
			c.readVersion(repository, tag)
		}
	}
}

func (c *consumer) readVersion(repository module.Repository, version string) {
	if c.read[repository.Release(version)] {
		return
	}
	c.read[repository.Release(version)] = true
	files := c.files(repository.Release(version))
	if got, err := module.ParseVersionFile(files["version.json"]); err != nil || got != version {
		c.complain("%s: version.json says %q, %v", repository.Release(version), got, err)
	}
	bundle := c.files(repository.Bundle(version))
	if _, err := module.ParseDefinition(bundle["module.yaml"]); err != nil {
		c.complain("%s: %v", repository.Bundle(version), err)
	}
	digests, err := module.ParseDigests(bundle["images_digests.json"])
	if err != nil {
		c.complain("%s: %v", repository.Bundle(version), err)
	}
	for key, digest := range digests {
		ref, err := name.ParseReference(repository.Image(digest))
		if err == nil {
			_, err = ggcr.Head(ref, c.client)
		}
		if err != nil {
			c.complain("%s names image %s: %v", repository.Bundle(version), key, err)
		}
	}
}

func (c *consumer) tags(repository string) []string {
	repo, err := name.NewRepository(repository)
	if err != nil {
		c.complain("%v", err)
		return nil
	}
	tags, err := ggcr.List(repo, c.client)
	if err != nil {
		if !strings.Contains(err.Error(), "NAME_UNKNOWN") {
			c.complain("list %s: %v", repository, err)
		}
		return nil
	}
	return tags
}

// files reads an image down to its last byte.
func (c *consumer) files(ref string) map[string][]byte {
	files := map[string][]byte{}
	parsed, err := name.ParseReference(ref)
	if err != nil {
		c.complain("%v", err)
		return files
	}
	image, err := ggcr.Image(parsed, c.client)
	if err != nil {
		c.complain("%s: %v", ref, err)
		return files
	}
	stream := mutate.Extract(image)
	defer stream.Close()
	reader := tar.NewReader(stream)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			c.complain("%s: %v", ref, err)
			return files
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			c.complain("%s: %v", ref, err)
		}
		files[header.Name] = content
	}
}

// state is every tag of the registry with its digest.
func (r *rig) state() map[string]string {
	r.T.Helper()
	var repos []string
	for _, source := range []string{r.Addr + "/modules", r.Addr + "/air/gapped"} {
		repository, err := module.NewRepository(source, "echo")
		if err != nil {
			r.T.Fatal(err)
		}
		repos = append(repos, source, repository.BundleRepo(), repository.ReleaseRepo(), repository.ExtraRepo("tool"))
	}
	return r.tagsIn(r.faultSession(r.Transport), repos...)
}

// tagsIn is where the tags of repositories are. Entries of the history go
// without time and name, which differ from run to run; first placements are left
// out, because either the entry of the publication names them or one of their own.
func (r *rig) tagsIn(s *Publisher, repos ...string) map[string]string {
	r.T.Helper()
	state := map[string]string{}
	for _, repo := range repos {
		tags, err := s.client.Tags(r.T.Context(), repo)
		if err != nil {
			r.T.Fatal(err)
		}
		for _, tag := range tags {
			if move, ok := parseMoveTag(tag); ok && move.From == "" {
				continue
			}
			digest, _, err := s.client.Digest(r.T.Context(), repo+":"+tag)
			if err != nil {
				r.T.Fatal(err)
			}
			state[strings.TrimPrefix(repo, r.Addr)+":"+timeless(tag)] = digest
		}
	}
	return state
}

func timeless(tag string) string {
	if move, ok := parseMoveTag(tag); ok {
		move.Time, move.Actor = time.Time{}, ""
		return newMoveTag(move)
	}
	if publication, ok := parseClaimTag(tag); ok {
		publication.Time, publication.Actor = time.Time{}, ""
		return newClaimTag(publication)
	}
	return tag
}
