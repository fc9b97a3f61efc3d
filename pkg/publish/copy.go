package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/module"
)

// CopyRequest says which published version to carry where.
type CopyRequest struct {
	From module.Repository
	Tag  string
	// To are the target repositories, for example the editions of a registry.
	To []module.Repository
	// Channels are put on the version at each target.
	Channels []module.Channel
	// Force, AllowDowngrade and SkipLadder hold at the targets and are those of
	// [Request] and [PromoteRequest].
	Force, AllowDowngrade, SkipLadder bool
}

// PlanCopy makes a plan for each target: every image in images_digests.json,
// the extra images, what is attached to them, then release image, bundle,
// registration tag and channels. What a target has already is kept.
//
// An image that the version names and the source does not have is an error
// with code [exit.Violated]: the version is broken where it is.
func (s *Session) PlanCopy(ctx context.Context, request CopyRequest) ([]*Plan, error) {
	if len(request.To) == 0 {
		return nil, exit.With(exit.Usage, errors.New("no target is given"), "name one with --to")
	}
	if slices.Contains(request.To, request.From) {
		return nil, exit.With(exit.Usage, fmt.Errorf("%s is both source and target", request.From), "")
	}
	if err := s.loginForCopy(ctx, request); err != nil {
		return nil, err
	}
	content, err := s.versionContent(ctx, request.From, request.Tag)
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
func (s *Session) loginForCopy(ctx context.Context, request CopyRequest) error {
	needed := map[string]access{request.From.BundleRepo(): pull, request.From.ReleaseRepo(): pull}
	for _, target := range request.To {
		for repo, level := range moduleAccess(target) {
			needed[repo] = max(needed[repo], level)
		}
	}
	return s.login(ctx, needed)
}

// planTarget plans one target.
func (s *Session) planTarget(ctx context.Context, request CopyRequest, target module.Repository, content *versionContent) (*Plan, error) {
	steps, err := s.contentSteps(content, request.From, target)
	if err != nil {
		return nil, err
	}
	if err := s.lookAt(ctx, steps); err != nil {
		return nil, err
	}
	for i := range steps {
		switch step := &steps[i]; {
		case step.Current == step.Desired:
			step.Action = Keep
		case step.Current == "":
			step.Action = Create
		default: // an attestation or an extra image that was made anew
			step.Action = Move
		}
	}
	plan, err := s.Plan(ctx, Request{
		Repository: target, Tag: request.Tag,
		Bundle: request.From.Image(content.bundle), Release: request.From.ReleaseRepo() + "@" + content.release,
		Channels: request.Channels, Force: request.Force,
		AllowDowngrade: request.AllowDowngrade, SkipLadder: request.SkipLadder,
	})
	if err != nil {
		return nil, err
	}
	full := newPlan(target, request.Tag, append(steps, plan.steps...))
	full.moved, full.forced = plan.moved, plan.forced
	full.carried = true
	return full, nil
}

// contentSteps makes the steps for the content of a version.
func (s *Session) contentSteps(content *versionContent, from, to module.Repository) ([]step, error) {
	var steps []step
	for _, item := range content.items {
		target, err := s.parseReference(to.String() + item.ref.String()[len(from.String()):])
		if err != nil {
			return nil, err
		}
		steps = append(steps, step{
			Write: Write{Ref: target.String(), Desired: item.digest}, kind: contentRef, wave: item.wave,
			target: target, source: item.ref.at(item.digest),
		})
	}
	return steps, nil
}

// Copy carries a published version to other repositories: [Session.PlanCopy]
// and [Session.Apply] for each target, none of which is begun when one is
// refused. The plans are returned with the error.
func (s *Session) Copy(ctx context.Context, request CopyRequest) ([]*Plan, error) {
	plans, err := s.PlanCopy(ctx, request)
	if err != nil {
		return nil, err
	}
	for _, plan := range plans {
		if err := plan.Refusal(); err != nil {
			return plans, err
		}
	}
	for _, plan := range plans {
		if err := s.Apply(ctx, plan); err != nil {
			return plans, err
		}
	}
	return plans, nil
}

// applyContent transfers the content of a copied version in waves: first the
// images, then what refers to them, at last the indexes that list that. All of
// it is read back before a tag of the version appears.
func (s *Session) applyContent(ctx context.Context, plan *Plan) error {
	var written []step
	for wave := range waves {
		group, groupCtx := errgroup.WithContext(ctx)
		group.SetLimit(s.opts.Jobs)
		for _, step := range plan.steps {
			if step.kind != contentRef || step.wave != wave || !step.writes() {
				continue
			}
			written = append(written, step)
			group.Go(func() error {
				manifest, err := s.mustManifest(groupCtx, step.source)
				if err != nil {
					return err
				}
				_, err = s.transfer(groupCtx, step.source.repo, step.target, manifest)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	if err := s.lookAt(ctx, written); err != nil {
		return err
	}
	for _, step := range written {
		if step.Current != step.Desired {
			return exit.With(exit.Failed, fmt.Errorf("copy %s: the target has %q, expected %s", step.Ref, step.Current, step.Desired),
				"look at the target registry's log; copying again resumes")
		}
	}
	return nil
}
