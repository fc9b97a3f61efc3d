package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/settings"
)

// ServeEmbedded serves the embedded registry until it is closed, beside other
// runs that do, so that each has it until its own end. The server is nil where
// another registry is at its address.
func ServeEmbedded(ctx context.Context, dirs settings.Dirs) (*localregistry.Server, error) {
	server, err := localregistry.ServeBeside(context.WithoutCancel(ctx), localregistry.Options{Dir: dirs.Registry()})
	var inUse *localregistry.InUseError
	if errors.As(err, &inUse) && inUse.Registry {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("start the embedded registry: %w", err)
	}
	return server, nil
}
