package prune

import (
	"time"

	"github.com/modship/modship/pkg/remote"
)

// Pruner deletes dev tags and stages that no published version needs. It is
// safe for concurrent use.
type Pruner struct {
	client *remote.Client
	now    func() time.Time
}

// NewOptions are the options of [New]; the zero value is usable.
type NewOptions struct {
	// Now returns the time that ages are measured to; nil means [time.Now].
	Now func() time.Time
}

// New returns a pruner that speaks to registries through client.
func New(client *remote.Client, opts NewOptions) *Pruner {
	p := &Pruner{client: client, now: opts.Now}
	if p.now == nil {
		p.now = time.Now
	}
	return p
}
