package publish

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// CopyRequest says which published version to carry where.
type CopyRequest struct {
	From module.Repository
	Tag  string
	// To are the target repositories, for example the editions of a registry.
	To []module.Repository
	// Channels are put on the version at each target.
	Channels []module.Channel
	// Force, AllowDowngrade, SkipLadder and Ladder hold at the targets and are
	// those of [Request] and [PromoteRequest].
	Force, AllowDowngrade, SkipLadder bool
	Ladder                            module.Ladder
	// Incomplete copies a version without the extra images that it names and
	// the source does not have.
	Incomplete bool
}

// PlanCopy makes a plan for each target: every image in images_digests.json,
// the extra images, manifests attached to them, then release image, bundle,
// registration tag and channels. What a target has already is kept.
//
// An image that the version names and the source does not have is an error
// of kind [ErrBroken].
func (s *Publisher) PlanCopy(ctx context.Context, request CopyRequest) ([]*Plan, error) {
	if len(request.To) == 0 {
		return nil, errkind.With(ErrRequest, ErrNoTarget)
	}
	if slices.Contains(request.To, request.From) {
		return nil, errkind.New(ErrRequest, "%s is both source and target", request.From)
	}
	if err := s.loginForCopy(ctx, request); err != nil {
		return nil, err
	}
	content, err := s.VersionContent(ctx, request.From, request.Tag, request.Incomplete)
	if err != nil {
		return nil, err
	}
	plans := make([]*Plan, len(request.To))
	for i, target := range request.To {
		if plans[i], err = s.planTarget(ctx, request, target, content); err != nil {
			return nil, err
		}
	}
	return plans, nil
}

// loginForCopy asks once per registry for both sides of the copy.
func (s *Publisher) loginForCopy(ctx context.Context, request CopyRequest) error {
	needed := map[string]remote.Access{request.From.BundleRepo(): remote.Pull, request.From.ReleaseRepo(): remote.Pull}
	for _, target := range request.To {
		for repo, level := range Access(target) {
			needed[repo] = max(needed[repo], level)
		}
	}
	return s.client.Login(ctx, needed)
}

// planTarget plans one target.
func (s *Publisher) planTarget(ctx context.Context, request CopyRequest, target module.Repository, content *VersionParts) (*Plan, error) {
	steps, err := s.contentSteps(content, request.From, target)
	if err != nil {
		return nil, err
	}
	if err := s.lookAt(ctx, steps); err != nil {
		return nil, err
	}
	fallbacks, err := s.fallbackSteps(ctx, content, request.From, target)
	if err != nil {
		return nil, err
	}
	steps = append(steps, fallbacks...)
	for i := range steps {
		switch step := &steps[i]; {
		case step.Action == Refuse:
		case step.Current == step.Desired:
			step.Action = Keep
		case step.Current == "":
			step.Action = Create
		default: // an attestation or an extra image that was made again
			step.Action = Move
		}
	}
	plan, err := s.Plan(ctx, Request{
		Repository: target, Tag: request.Tag,
		Bundle: request.From.Image(content.Bundle), Release: request.From.ReleaseRepo() + "@" + content.release,
		Channels: request.Channels, Force: request.Force,
		AllowDowngrade: request.AllowDowngrade, SkipLadder: request.SkipLadder, Ladder: request.Ladder,
	})
	if err != nil {
		return nil, err
	}
	full := newPlan(target, request.Tag, append(steps, plan.steps...))
	full.request, full.known, full.carried = plan.request, plan.known, true
	return full, nil
}

// contentSteps makes the steps for the content of a version.
func (s *Publisher) contentSteps(content *VersionParts, from, to module.Repository) ([]step, error) {
	var steps []step
	for _, item := range content.Items {
		target, err := s.counterpart(item.Ref, from, to)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step{
			Write: Write{Ref: target.String(), Desired: item.digest}, kind: contentRef, wave: item.wave,
			target: target, source: item.Ref.At(item.digest),
		})
	}
	return steps, nil
}

// counterpart returns the reference at a target that corresponds to ref in the source.
func (s *Publisher) counterpart(ref remote.Reference, from, to module.Repository) (remote.Reference, error) {
	return s.client.ParseReference(to.String() + ref.String()[len(from.String()):])
}

// fallbackSteps makes the steps for the fallback tags that a target needs. The
// index is made here, so it is its own source.
func (s *Publisher) fallbackSteps(ctx context.Context, content *VersionParts, from, to module.Repository) ([]step, error) {
	steps := make([]step, len(content.attached))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.client.Jobs())
	for i, attached := range content.attached {
		group.Go(func() error {
			image, err := s.counterpart(attached.Image, from, to)
			if err != nil {
				return err
			}
			f, err := s.client.FallbackFor(ctx, attached, image.Repo)
			made := step{Write: Write{Ref: f.Tag.String(), Current: f.Current}, kind: contentRef, wave: waveFallback, target: f.Tag}
			switch {
			case errors.Is(err, remote.ErrNotAnIndex):
				made.refuse(TagInUse, "delete the tag, or copy to another repository", "%v", err)
			case err != nil:
				return err
			case f.Index == nil:
				return nil
			default:
				made.Desired, made.source = f.Index.Digest, f.Tag.At(f.Index.Digest)
			}
			steps[i] = made
			return nil
		})
	}
	err := group.Wait()
	return slices.DeleteFunc(steps, func(s step) bool { return s.Ref == "" }), err
}
