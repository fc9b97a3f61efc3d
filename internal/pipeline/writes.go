package pipeline

import (
	"context"

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
		Channels: s.opts.Settings.Channels, Force: s.opts.Force,
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
	err := step(ctx, name, func(ctx context.Context) (err error) {
		request := i.request()
		request.Bundle, request.Release = i.bundle, i.release
		request.BundleChange, request.ReleaseChange = i.bundleChange, i.releaseChange
		if w.plan, err = i.registry.Plan(ctx, request); err != nil {
			return err
		}
		return w.announce(result)
	})
	return w, err
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

// write writes what was announced.
func (w *writes) write(ctx context.Context, result *Result) error {
	return step(ctx, "publish", func(ctx context.Context) error {
		err := w.registry.Apply(ctx, w.plan)
		result.Writes = w.plan.Writes // with what is done
		return err
	})
}

// check reads what was published as a cluster will.
func (w *writes) check(ctx context.Context) ([]contract.Violation, error) {
	opts := w.contractOptions()
	opts.Expected = publish.Desired(w.plan.Writes)
	return w.Checks.Published(ctx, w.registry, w.repository, w.opts.Settings.Tag.Value, opts)
}
