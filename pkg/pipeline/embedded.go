package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/modship/modship/pkg/registry"
	"github.com/modship/modship/pkg/settings"
)

// ServeEmbedded serves the embedded registry until it is closed, beside other
// runs that do, so that each has it until its own end. The server is nil where
// another registry is at its address.
func ServeEmbedded(ctx context.Context, dirs settings.Dirs) (*registry.Server, error) {
	server, err := registry.ServeBeside(context.WithoutCancel(ctx), registry.Options{Dir: dirs.Registry()})
	var inUse *registry.InUseError
	if errors.As(err, &inUse) && inUse.Registry {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("start the embedded registry: %w", err)
	}
	return server, nil
}
