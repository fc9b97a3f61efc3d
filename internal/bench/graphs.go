package main

import (
	"context"
	"fmt"
)

// graphs prints the graph of modules of three sizes.
func graphs(ctx context.Context, r *rig) ([]row, error) {
	if err := r.compile(ctx); err != nil {
		return nil, err
	}
	sizes := []int{60, 350, 1060}
	if r.quick {
		sizes = []int{8}
	}
	var rows []row
	for _, n := range sizes {
		dir, err := r.makeModule(ctx, first(catalogueModule(n)), second(catalogueModule(n)))
		if err != nil {
			return nil, err
		}
		const time, memory = "time", "memory"
		ours, theirs, err := r.sides(ctx, func(ctx context.Context, make func() (*tool, error), into measured) error {
			t, err := make()
			if err != nil {
				return err
			}
			used, err := t.call(ctx, dir, nil, t.graph)
			if err != nil {
				return err
			}
			r.logf("  %s, %d images: %.2f s, %.0f MB", t.name, n, used.Seconds, used.Megabytes)
			into.add(time, used.Seconds)
			into.add(memory, used.Megabytes)
			return nil
		})
		if err != nil {
			return nil, err
		}
		rows = append(rows,
			row{what: fmt.Sprintf("%d images", n), unit: "s", ours: ours[time], theirs: theirs[time], target: 1},
			row{what: fmt.Sprintf("%d images, memory", n), unit: "MB", ours: ours[memory], theirs: theirs[memory], target: 1.2})
	}
	return rows, nil
}
