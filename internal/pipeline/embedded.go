package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/settings"
)

// Embedded is the embedded registry as a run uses it: served by the run beside
// others, or by another process alone. Until it is closed nothing is removed from
// its data.
type Embedded struct {
	server  *localregistry.Server // nil if another process serves it alone
	release func()
}

// ServeEmbedded serves the embedded registry until it is closed, beside other
// runs that do, so that each has it until its own end.
func ServeEmbedded(ctx context.Context, dirs settings.Dirs) (*Embedded, error) {
	release, err := localregistry.Use(ctx, dirs.Registry())
	if err != nil {
		return nil, fmt.Errorf("start the embedded registry: %w", err)
	}
	e := &Embedded{release: release}
	e.server, err = localregistry.ServeBeside(context.WithoutCancel(ctx), localregistry.Options{Addr: settings.EmbeddedAddr, Dir: dirs.Registry()})
	var inUse *localregistry.InUseError
	if errors.As(err, &inUse) && inUse.Registry {
		return e, nil
	}
	if err != nil {
		release()
		return nil, fmt.Errorf("start the embedded registry: %w", err)
	}
	return e, nil
}

// Addr returns the address that this run serves at, "" if another process does.
func (e *Embedded) Addr() string {
	if e.server == nil {
		return ""
	}
	return e.server.Addr()
}

// Close ends serving as [localregistry.Server.Close] does.
func (e *Embedded) Close(ctx context.Context) error {
	defer e.release()
	if e.server == nil {
		return nil
	}
	return e.server.Close(ctx)
}
