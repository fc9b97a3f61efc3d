package publish

import (
	"time"

	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// Publisher publishes versions of modules and moves their release channels. It
// is safe for concurrent use.
type Publisher struct {
	client *remote.Client
	actor  string
	now    func() time.Time
	logf   func(format string, args ...any)
}

// NewOptions are the options of [New]; the zero value is usable.
type NewOptions struct {
	// Actor is recorded in the history of channels as the author of a move, for
	// example a CI job or user@machine.
	Actor string
	// Now returns the time that history entries carry; nil means [time.Now].
	Now func() time.Time
	// Log receives messages about circumstances that do not stop a verb; nil
	// drops them.
	Log func(format string, args ...any)
}

// New returns a publisher that speaks to registries through client.
func New(client *remote.Client, opts NewOptions) *Publisher {
	p := &Publisher{client: client, actor: opts.Actor, now: opts.Now, logf: opts.Log}
	if p.now == nil {
		p.now = time.Now
	}
	if p.logf == nil {
		p.logf = func(string, ...any) {}
	}
	return p
}

// attempts is the number of times that reads of a list or a tag are repeated
// when they lag behind a write.
const attempts = 5

// Access returns the repositories that publishing a module needs, and how.
func Access(repository module.Repository) map[string]remote.Access {
	return map[string]remote.Access{
		repository.BundleRepo(): remote.Push, repository.ReleaseRepo(): remote.Push, repository.Source: remote.Push,
	}
}
