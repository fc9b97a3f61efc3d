package publish

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/remote"
)

// ready does what has to precede the first tag that anybody reads: it enters
// the publication, makes sure that the registry is as planned, and brings what
// tags will need. A plan that is overtaken is made again.
func (s *Publisher) ready(ctx context.Context, plan *Plan) error {
	if plan.find(releaseTag) == nil {
		return nil
	}
	for range attempts {
		stale, err := s.prepareVersion(ctx, plan)
		if err != nil || !stale {
			return err
		}
		entry, release := plan.entry, plan.find(releaseTag)
		if err := s.renew(ctx, plan); err != nil {
			return s.withdrawClaim(ctx, entry, release, err)
		}
	}
	return exit.With(exit.Violated, fmt.Errorf("publish %s: %w, again and again", plan.Tag, remote.ErrConflict), "run it again when nobody else publishes the module")
}

// withdrawClaim withdraws the entry of a publication that is refused, if there
// is one, at the error that is returned.
func (s *Publisher) withdrawClaim(ctx context.Context, entry *remote.Reference, release *step, err error) error {
	if entry == nil || exit.CodeOf(err) != exit.Violated {
		return err
	}
	manifest, unknown := s.client.FetchManifest(ctx, release.source)
	if unknown != nil {
		return err
	}
	return s.withdraw(ctx, *entry, manifest, err)
}

func (s *Publisher) prepareVersion(ctx context.Context, plan *Plan) (stale bool, err error) {
	bundle, registration := plan.find(bundleTag), plan.find(registrationTag)
	var present, overtaken bool
	group, groupCtx := errgroup.WithContext(ctx)
	if registration.writes() {
		group.Go(func() error { return s.provideRegistrationConfig(groupCtx, registration.target.Repo) })
	}
	if bundle.writes() {
		group.Go(func() error {
			_, err := s.client.FetchManifest(groupCtx, bundle.source)
			return err
		})
	}
	if plan.assumed { // the rest is in the list that the entry is followed by
		group.Go(func() error {
			steps := []step{*bundle, *registration}
			err := s.lookAt(groupCtx, steps)
			present = steps[0].Current != "" || steps[1].Current != ""
			return err
		})
	}
	group.Go(func() (err error) {
		overtaken, err = s.claim(groupCtx, plan)
		return err
	})
	err = group.Wait()
	return present || overtaken, err
}

// renew makes a plan again, the content of a copy excepted.
func (s *Publisher) renew(ctx context.Context, plan *Plan) error {
	request := plan.request
	request.New = false
	fresh, err := s.Plan(ctx, request)
	if err != nil {
		return err
	}
	steps := slices.DeleteFunc(slices.Clone(plan.steps), func(s step) bool { return s.kind != contentRef })
	content := len(steps)
	renewed := newPlan(plan.Repository, plan.Tag, append(steps, fresh.steps...))
	copy(renewed.Writes, plan.Writes[:content]) // with what is done
	renewed.request, renewed.known, renewed.carried = request, fresh.known, plan.carried
	*plan = *renewed
	return plan.Refusal()
}
