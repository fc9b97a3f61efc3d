package pipeline

import (
	"context"
	"sync"

	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/pkg/contract"
)

// Renderer renders charts for contract rule 28. What could not be rendered is
// told to log, the same once.
func Renderer(log func(format string, args ...any)) contract.Renderer {
	var said sync.Map
	return func(ctx context.Context, c contract.Chart) ([]contract.ImageKey, error) {
		result, err := chart.Images(ctx, c.Files, chart.Options{Name: c.Name, Keys: c.Keys})
		if err != nil {
			return nil, err
		}
		if note := result.Note(); note != "" {
			if _, before := said.LoadOrStore(note, true); !before {
				log("note: %s", note)
			}
		}
		var keys []contract.ImageKey
		for _, use := range result.Uses {
			keys = append(keys, contract.ImageKey{Key: use.Key, File: use.File})
		}
		return keys, nil
	}
}
