package publish

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/module"
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
}

// PlanPromote makes the writes that put channels on a version, lowest channel
// first. The version has to be published: its release image and its bundle
// exist. All channels are decided before any is written.
func (s *Session) PlanPromote(ctx context.Context, request PromoteRequest) (*Plan, error) {
	if err := module.CheckTag(request.Tag); err != nil {
		return nil, exit.With(exit.Usage, err, "")
	}
	if len(request.Channels) == 0 {
		return nil, exit.With(exit.Usage, errors.New("no release channel is given"), "name one with --channel")
	}
	repository := request.Repository
	if err := s.login(ctx, map[string]access{repository.ReleaseRepo(): push, repository.BundleRepo(): pull}); err != nil {
		return nil, err
	}
	steps, err := s.channelSteps(repository, request.Channels, reference{})
	if err != nil {
		return nil, err
	}
	digest, err := s.lookAtVersion(ctx, repository, request.Tag, steps)
	if err != nil {
		return nil, err
	}
	for i := range steps {
		steps[i].source = steps[i].target.at(digest)
		steps[i].Desired = digest
	}
	rules := channelRules{
		session: s, repository: repository, tag: request.Tag,
		allowDowngrade: request.AllowDowngrade, skipLadder: request.SkipLadder,
	}
	if err := rules.decide(ctx, steps); err != nil {
		return nil, err
	}
	plan := newPlan(repository, request.Tag, steps)
	plan.moved = rules.moved
	return plan, nil
}

// lookAtVersion reads the release manifest of tag, which is what channels are
// written from, and looks for the bundle and the channels meanwhile.
func (s *Session) lookAtVersion(ctx context.Context, repository module.Repository, tag string, steps []step) (digest string, err error) {
	release, err := s.parseReference(repository.Release(tag))
	if err != nil {
		return "", err
	}
	bundle, err := s.parseReference(repository.Bundle(tag))
	if err != nil {
		return "", err
	}
	var hasRelease, hasBundle bool
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.lookAt(groupCtx, steps) })
	group.Go(func() (err error) {
		_, hasBundle, err = s.head(groupCtx, bundle)
		return err
	})
	group.Go(func() error {
		manifest, found, err := s.manifest(groupCtx, release)
		if found {
			hasRelease, digest = true, manifest.Digest
		}
		return err
	})
	if err := group.Wait(); err != nil {
		return "", err
	}
	for _, part := range []struct {
		found bool
		ref   reference
	}{{hasRelease, release}, {hasBundle, bundle}} {
		if !part.found {
			return "", exit.With(exit.Violated, fmt.Errorf("%s is not published: %s does not exist", tag, part.ref),
				"publish the version first: modship publish --tag "+tag)
		}
	}
	return digest, nil
}

// Promote puts channels on a published version: [Session.PlanPromote] and
// [Session.Apply]. The plan is returned with the error when it was refused.
func (s *Session) Promote(ctx context.Context, request PromoteRequest) (*Plan, error) {
	plan, err := s.PlanPromote(ctx, request)
	if err != nil {
		return nil, err
	}
	return plan, s.Apply(ctx, plan)
}
