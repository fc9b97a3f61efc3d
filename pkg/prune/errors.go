package prune

import "errors"

// The kinds of errors that a pruner returns, besides those of
// [github.com/modship/modship/pkg/remote]. Compare with [errors.Is].
var (
	// ErrRequest is the kind of requests that cannot be planned whatever the
	// registry has.
	ErrRequest = errors.New("invalid request")
	// ErrUnknownNeeds means that the pruner cannot find out which images the
	// published versions need, so that it deletes none.
	ErrUnknownNeeds = errors.New("needed images are unknown")
	// ErrStale means that tags have appeared since the plan was made. Nothing was
	// deleted; make the plan again.
	ErrStale = errors.New("stale plan")
)
