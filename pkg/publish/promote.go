package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// PromoteRequest says which channels to put on a published version.
type PromoteRequest struct {
	Repository module.Repository
	Tag        string
	Channels   []module.Channel
	// AllowDowngrade lets a channel step down. Clusters that took the higher
	// version stay on it.
	AllowDowngrade bool
	// SkipLadder does not ask the channel below for the version.
	SkipLadder bool
	// Ladder is the channels that the module uses.
	Ladder module.Ladder
}

// PlanPromote makes the writes that put channels on a version, lowest channel
// first. The version has to be published: its release image and its bundle
// exist. All channels are decided before any is written.
func (s *Publisher) PlanPromote(ctx context.Context, request PromoteRequest) (*Plan, error) {
	if err := module.CheckTag(request.Tag); err != nil {
		return nil, errkind.With(ErrRequest, err)
	}
	if !module.IsVersion(request.Tag) {
		return nil, &RefusedError{[]Refusal{{Ref: request.Repository.Release(request.Tag), Cause: NotAVersion, Reason: fmt.Sprintf(onlyVersions, request.Tag), Remedy: remedyOnlyVersions}}}
	}
	if len(request.Channels) == 0 {
		return nil, errkind.With(ErrRequest, ErrNoChannel)
	}
	repository := request.Repository
	if err := s.client.Login(ctx, map[string]remote.Access{repository.ReleaseRepo(): remote.Push, repository.BundleRepo(): remote.Pull}); err != nil {
		return nil, err
	}
	steps, err := s.channelSteps(repository, request.Channels, remote.Reference{})
	if err != nil {
		return nil, err
	}
	rules := channelRules{
		session: s, repository: repository, tag: request.Tag,
		allowDowngrade: request.AllowDowngrade, skipLadder: request.SkipLadder, ladder: request.Ladder,
	}
	digest, err := rules.lookAtVersion(ctx, steps)
	if err != nil {
		return nil, err
	}
	for i := range steps {
		steps[i].source = steps[i].target.At(digest)
		steps[i].Desired = digest
	}
	if err := rules.decide(ctx, steps); err != nil {
		return nil, err
	}
	if err := rules.checkContent(ctx, steps); err != nil {
		return nil, err
	}
	plan := newPlan(repository, request.Tag, steps)
	plan.known = rules.known
	return plan, nil
}

// lookAtVersion reads the release manifest of the version, which is what
// channels are written from, and meanwhile looks for the bundle, or the channel
// below, and for the channels: by the list of tags, which has the history too.
// The bundle of a version that the channel below is on was looked for when that
// one was promoted: it is not asked for again.
func (r *channelRules) lookAtVersion(ctx context.Context, steps []step) (digest string, err error) {
	release, err := r.session.client.ParseReference(r.repository.Release(r.tag))
	if err != nil {
		return "", err
	}
	bundle, err := r.session.client.ParseReference(r.repository.Bundle(r.tag))
	if err != nil {
		return "", err
	}
	below, laddered := r.ladder.Below(steps[0].channel)
	laddered = laddered && !r.skipLadder
	var hasRelease, hasBundle bool
	var belowDigest string
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		if r.history, err = r.session.History(groupCtx, r.repository); err != nil {
			return err
		}
		return r.session.readListed(groupCtx, steps, r.history.all)
	})
	group.Go(func() (err error) {
		if laddered {
			belowDigest, _, err = r.session.client.Head(groupCtx, release.At(string(below)))
		} else {
			_, hasBundle, err = r.session.client.Head(groupCtx, bundle)
		}
		return err
	})
	group.Go(func() error {
		manifest, found, err := r.session.client.FindManifest(groupCtx, release)
		if found {
			hasRelease, digest = true, manifest.Digest
		}
		return err
	})
	if err := group.Wait(); err != nil {
		return "", err
	}
	if hasRelease && !slices.Contains(r.history.all, r.tag) { // then the list does not tell of the channels either
		if err := r.session.lookAt(ctx, steps); err != nil {
			return "", err
		}
	}
	if laddered {
		r.below = map[module.Channel]string{below: belowDigest}
		if hasBundle = hasRelease && belowDigest == digest; !hasBundle {
			if _, hasBundle, err = r.session.client.Head(ctx, bundle); err != nil {
				return "", err
			}
		}
	}
	for _, part := range []struct {
		found bool
		ref   remote.Reference
	}{{hasRelease, release}, {hasBundle, bundle}} {
		if !part.found {
			return "", &NotPublishedError{Tag: r.tag, Ref: part.ref.String()}
		}
	}
	return digest, nil
}

// checkContent reads the version in the release image: clusters go by that, and
// take whatever version it names. Where an entry tells that modship published
// the image under the tag, its version was checked then.
func (r *channelRules) checkContent(ctx context.Context, steps []step) error {
	if r.history.hasPublication(r.tag, steps[0].Desired) {
		return nil
	}
	found, err := r.session.versionAt(ctx, steps[0].source)
	if err != nil && !errors.Is(err, ErrBroken) {
		return err
	}
	for i := range steps {
		switch step := &steps[i]; {
		case !step.writes():
		case err != nil:
			step.refuse(Unreadable, remedyUnreadable, "%v", err)
		case found != r.tag:
			step.refuse(Unreadable, remedyUnreadable, "version.json of %s says %s: clusters would install that", r.repository.Release(r.tag), found)
		}
	}
	return nil
}

// remedyUnreadable helps against a version that clusters cannot take.
const remedyUnreadable = "publish a new version"
