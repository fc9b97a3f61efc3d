package pipeline

import (
	"context"
	"errors"

	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/publish"
)

// writes are the tags that are going to be written.
type writes struct {
	*images
	plan *publish.Plan
}

// request says what to publish, before anything is known of the images.
func (s *source) request() publish.Request {
	return publish.Request{
		Repository: s.repository, Tag: s.opts.Settings.Tag.Value,
		Channels: s.opts.Settings.Channels, Force: s.opts.Force, Ladder: s.opts.Settings.Ladder(),
	}
}

// planWrites compares the tags with the registry. A real run is refused here,
// before the first write; a dry run keeps the refusal.
func (i *images) planWrites(ctx context.Context, result *Result) (*writes, error) {
	w := &writes{images: i}
	name := "publish"
	if i.dry {
		name = "plan the writes"
	}
	err := step(ctx, name, func(ctx context.Context) error { return w.compare(ctx, result) })
	return w, err
}

// compare makes the plan and announces it.
func (w *writes) compare(ctx context.Context, result *Result) (err error) {
	request := w.request()
	request.Bundle, request.Release = w.bundle, w.release
	request.BundleChange, request.ReleaseChange = w.bundleChange, w.releaseChange
	if w.plan, err = w.registry.Plan(ctx, request); err != nil {
		return err
	}
	return w.announce(result)
}

// announce shows the writes and checks them, before anything is written.
func (w *writes) announce(result *Result) error {
	result.Writes, result.refusal = w.plan.Writes, w.plan.Refusal()
	if w.dry {
		return nil
	}
	for _, write := range w.plan.Writes {
		w.opts.Reporter.Message("%s %s", write.Action, write.Ref)
	}
	return result.refusal
}

// staleAttempts bounds how often a plan is made again because other runs write
// at the same time.
const staleAttempts = 5

// write writes what was announced. A plan that has become stale before the first
// write is made, announced and checked again.
func (w *writes) write(ctx context.Context, result *Result) error {
	return step(ctx, "publish", func(ctx context.Context) error {
		for attempt := 1; ; attempt++ {
			err := w.registry.Apply(ctx, w.plan)
			result.Writes = w.plan.Writes // with what is done
			if attempt == staleAttempts || !errors.Is(err, publish.ErrStale) {
				return err
			}
			if err := w.renew(ctx, result); err != nil {
				return err
			}
		}
	})
}

// renew makes and announces the plan again, and checks the rules that depend on
// the current state of the registry.
func (w *writes) renew(ctx context.Context, result *Result) error {
	if err := w.compare(ctx, result); err != nil {
		return err
	}
	found, err := w.images.check(ctx)
	if err != nil {
		return err
	}
	result.add(found)
	return ViolationError(found)
}

// check reads what was published as a cluster will.
func (w *writes) check(ctx context.Context) ([]contract.Violation, error) {
	opts := w.contractOptions()
	opts.Expected = publish.Desired(w.plan.Writes)
	return w.Checks.Published(ctx, w.registry, w.repository, w.opts.Settings.Tag.Value, opts)
}
