package pipeline

import (
	"github.com/modship/modship/internal/build"
)

// note tells the user what is not as it may seem, and goes on.
func (r *run) note(format string, args ...any) {
	r.tell("note: "+format, args...)
}

// noteSurprises tells what would come as a surprise in a build with the options.
func (r *run) noteSurprises(opts build.Options) error {
	near, err := r.result.Config.NearMisses(opts.Images, opts.FinalOnly)
	if err != nil {
		return err
	}
	for _, p := range near {
		r.note("%s", p.Message)
	}
	shallow, err := r.result.Config.IsShallow(r.werfCtx)
	switch {
	case err != nil || !shallow:
		return err
	case r.planOnly:
		r.note("this clone is shallow: a build first fetches the whole history from origin, and may find stages to reuse that are not seen here (fetch-depth: 0 in the checkout, or git fetch --unshallow)")
	default:
		r.note("this clone is shallow: werf fetches the whole history from origin (fetch-depth: 0 in the checkout saves that)")
	}
	return nil
}
