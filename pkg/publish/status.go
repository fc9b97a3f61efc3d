package publish

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// Status is what a registry has of a module.
type Status struct {
	Module     string `json:"module"`
	Repository string `json:"repository"`
	// Registered reports whether the registration tag exists.
	Registered bool `json:"registered"`
	// Versions are the published versions, the lowest first.
	Versions []VersionStatus `json:"versions"`
	// Channels are all release channels in the order of the ladder.
	Channels []ChannelStatus `json:"channels"`
	// DevTags are the other tags under which both a bundle and a release image
	// exist.
	DevTags []string `json:"devTags"`
	// Problems are sentences about the module as a whole.
	Problems []string `json:"problems"`
}

// VersionStatus is one version in a registry.
type VersionStatus struct {
	Version string `json:"version"`
	// Bundle and Release are digests, empty when the tag does not exist.
	Bundle  string `json:"bundle"`
	Release string `json:"release"`
	// Published is when the release image, or else the bundle, says it was
	// made. Nil when neither says.
	Published *time.Time       `json:"published,omitempty"`
	Channels  []module.Channel `json:"channels"`
	Problems  []string         `json:"problems"`
}

// ChannelStatus is one release channel in a registry.
type ChannelStatus struct {
	Channel module.Channel `json:"channel"`
	// Digest is empty when the channel is empty.
	Digest string `json:"digest"`
	// Version is the version tag whose release image the channel is on, or the
	// version in the image when there is no such tag.
	Version  string   `json:"version"`
	Problems []string `json:"problems"`
}

// Status reads the versions and channels of a module.
func (s *Publisher) Status(ctx context.Context, repository module.Repository) (*Status, error) {
	needed := map[string]remote.Access{repository.BundleRepo(): remote.Pull, repository.ReleaseRepo(): remote.Pull, repository.Source: remote.Pull}
	if err := s.client.Login(ctx, needed); err != nil {
		return nil, err
	}
	reader := statusReader{session: s, repository: repository}
	if err := reader.list(ctx); err != nil {
		return nil, err
	}
	if err := reader.read(ctx); err != nil {
		return nil, err
	}
	return reader.result(ctx)
}

type statusReader struct {
	session    *Publisher
	repository module.Repository

	bundleTags, releaseTags []string
	// Why a list could not be had: the registry answered 403, as some do for a
	// repository that does not exist. Then each tag is looked for.
	bundleRefusal, releaseRefusal error
	registered                    bool
	versions                      []VersionStatus
	channels                      []ChannelStatus
}

// list reads the tag lists and looks for the registration.
func (r *statusReader) list(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		r.bundleTags, r.bundleRefusal, err = r.session.visibleTags(ctx, r.repository.BundleRepo())
		return err
	})
	group.Go(func() (err error) {
		r.releaseTags, r.releaseRefusal, err = r.session.visibleTags(ctx, r.repository.ReleaseRepo())
		return err
	})
	group.Go(func() (err error) {
		_, r.registered, err = r.session.client.Digest(ctx, r.repository.Registration())
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	if refusal := cmp.Or(r.bundleRefusal, r.releaseRefusal); refusal != nil && len(r.bundleTags)+len(r.releaseTags) == 0 {
		return errkind.New(ErrListRefused, "no version of %s is found, and the login may not list the tags: %w", r.repository, refusal)
	}
	known := module.Versions(append(slices.Clone(r.bundleTags), r.releaseTags...))
	for _, version := range slices.CompactFunc(known, (*semver.Version).Equal) {
		r.versions = append(r.versions, VersionStatus{Version: module.VersionTag(version), Channels: []module.Channel{}, Problems: []string{}})
	}
	for _, channel := range module.Channels() {
		r.channels = append(r.channels, ChannelStatus{Channel: channel, Problems: []string{}})
	}
	return nil
}

// visibleTags is the list of tags, or why the login may not have it.
func (s *Publisher) visibleTags(ctx context.Context, repository string) (tags []string, refusal, err error) {
	tags, err = s.client.AllTags(ctx, repository)
	if remote.StatusOf(err) == http.StatusForbidden {
		return nil, err, nil
	}
	return tags, nil, err
}

// read fetches digests and dates.
func (r *statusReader) read(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.session.client.Jobs())
	for i := range r.versions {
		group.Go(func() error { return r.readVersion(ctx, &r.versions[i]) })
	}
	for i := range r.channels {
		channel := &r.channels[i]
		if r.releaseRefusal != nil || slices.Contains(r.releaseTags, string(channel.Channel)) {
			group.Go(func() (err error) {
				channel.Digest, _, err = r.session.client.Digest(ctx, r.repository.Channel(channel.Channel))
				return err
			})
		}
	}
	return group.Wait()
}

func (r *statusReader) readVersion(ctx context.Context, v *VersionStatus) (err error) {
	if r.bundleRefusal != nil || slices.Contains(r.bundleTags, v.Version) {
		if v.Bundle, _, err = r.session.client.Digest(ctx, r.repository.Bundle(v.Version)); err != nil {
			return err
		}
	}
	if r.releaseRefusal != nil || slices.Contains(r.releaseTags, v.Version) {
		if v.Release, _, err = r.session.client.Digest(ctx, r.repository.Release(v.Version)); err != nil {
			return err
		}
	}
	image := r.repository.ReleaseRepo() + "@" + v.Release
	switch {
	case v.Release == "" && v.Bundle == "":
		v.Problems = append(v.Problems, "listed, but neither bundle nor release image can be read")
		return nil
	case v.Release == "":
		v.Problems = append(v.Problems, "has no release image: clusters that come across it stop with \"module is corrupted\"")
		image = r.repository.Image(v.Bundle)
	case v.Bundle == "":
		v.Problems = append(v.Problems, "has no bundle: it cannot be installed")
	}
	ref, err := r.session.client.ParseReference(image)
	if err != nil {
		return err
	}
	created, err := r.session.client.CreatedAt(ctx, ref)
	switch {
	case ctx.Err() != nil:
		return err
	case err != nil:
		v.Problems = append(v.Problems, fmt.Sprintf("its image cannot be read: %v", err))
	case !created.IsZero() && created.Unix() != 0:
		v.Published = &created
	}
	return nil
}

// result finds the version of each channel and the problems.
func (r *statusReader) result(ctx context.Context) (*Status, error) {
	status := &Status{
		Module: r.repository.Name, Repository: r.repository.String(), Registered: r.registered,
		Versions: r.versions, Channels: r.channels, DevTags: r.devTags(), Problems: []string{},
	}
	if status.Versions == nil {
		status.Versions = []VersionStatus{}
	}
	if !r.registered {
		status.Problems = append(status.Problems,
			fmt.Sprintf("the registration tag %s does not exist: no cluster knows the module", r.repository.Registration()))
	}
	for _, refusal := range []error{r.bundleRefusal, r.releaseRefusal} {
		if refusal != nil {
			status.Problems = append(status.Problems, fmt.Sprintf("the login may not see all tags: %v", refusal))
		}
	}
	status.Problems = append(status.Problems, r.falseVersions()...)
	for i := range r.channels {
		if err := r.findVersion(ctx, &r.channels[i]); err != nil {
			return nil, err
		}
	}
	return status, nil
}
