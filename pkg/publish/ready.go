package publish

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// prepare does what has to precede the first tag of a version: it enters the
// publication and provides what the tags need.
func (a *applier) prepare(ctx context.Context) error {
	bundle, registration := a.plan.find(bundleTag), a.plan.find(registrationTag)
	if a.plan.find(releaseTag) == nil {
		return nil
	}
	group, groupCtx := errgroup.WithContext(ctx)
	if registration.writes() {
		group.Go(func() error { return a.provideRegistrationConfig(groupCtx, registration.target.Repo) })
	}
	if bundle.writes() {
		group.Go(func() error {
			_, err := a.client.FetchManifest(groupCtx, bundle.source)
			return err
		})
	}
	group.Go(func() error { return a.claim(groupCtx) })
	return group.Wait()
}
