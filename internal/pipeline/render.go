package pipeline

import (
	"context"
	"sync"

	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/pkg/contract"
)

// Renderer renders charts for contract rules 28 and 48. What could not be rendered is
// told to log, the same once.
func Renderer(engine chart.Engine, log func(format string, args ...any)) contract.Renderer {
	var said sync.Map
	return func(ctx context.Context, c contract.Chart) (contract.Rendered, error) {
		result, err := engine.Images(ctx, c.Files, chart.Options{Name: c.Name, Keys: c.Keys})
		if err != nil {
			return contract.Rendered{}, err
		}
		if note := result.Note(); note != "" {
			if _, before := said.LoadOrStore(note, true); !before {
				log("note: %s", note)
			}
		}
		var rendered contract.Rendered
		for _, use := range result.Uses {
			rendered.Keys = append(rendered.Keys, contract.ImageKey{Key: use.Key, File: use.File})
		}
		for _, broken := range result.Broken {
			rendered.Broken = append(rendered.Broken, contract.BrokenTemplate{File: broken.File, Reason: broken.Reason})
		}
		return rendered, nil
	}
}
