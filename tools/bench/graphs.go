package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/modship/modship/internal/baseimage/modulerepo"
)

// explainLimit is the memory that explain may take on the large shape, in MB.
const explainLimit = 500

// graphs prints the graph of modules of several sizes and shapes.
func graphs(ctx context.Context, r *rig) ([]row, error) {
	if err := r.compile(ctx); err != nil {
		return nil, err
	}
	shapes, large := []shape{componentsShape(60), componentsShape(350), componentsShape(1060), catalogueShape(1000)}, largeShape(1284)
	if r.quick {
		shapes, large = []shape{componentsShape(8), catalogueShape(5)}, largeShape(15)
	}
	var rows []row
	for _, s := range append(shapes, large) {
		more, err := r.graphOf(ctx, s)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	explained, err := r.explainOf(ctx, large)
	return append(rows, explained), err
}

func (r *rig) graphOf(ctx context.Context, s shape) ([]row, error) {
	dir, err := r.makeModule(ctx, s.werf, s.images)
	if err != nil {
		return nil, err
	}
	const wall, cpu, memory = "wall", "cpu", "memory"
	ours, theirs, err := r.sides(ctx, func(ctx context.Context, newTool func() (*tool, error), into measured) error {
		t, err := newTool()
		if err != nil {
			return err
		}
		used, err := t.call(ctx, dir, nil, t.graph)
		if err != nil {
			return err
		}
		r.logf("  %s, %s: %.2f s, %.2f s of CPU, %.0f MB", t.name, s.name, used.Seconds, used.CPU, used.Megabytes)
		into.add(wall, used.Seconds)
		into.add(cpu, used.CPU)
		into.add(memory, used.Megabytes)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return []row{
		{what: s.name, unit: "s", ours: ours[wall], theirs: theirs[wall], target: 0.9},
		{what: s.name + ", CPU", unit: "s", ours: ours[cpu], theirs: theirs[cpu], target: 0.9},
		{what: s.name + ", memory", unit: "MB", ours: ours[memory], theirs: theirs[memory], target: 1.15},
	}, nil
}

// explainOf measures the memory of explain after a change to every image.
func (r *rig) explainOf(ctx context.Context, s shape) (row, error) {
	dir, err := r.makeModule(ctx, s.werf, s.images)
	if err != nil {
		return row{}, err
	}
	changed := strings.ReplaceAll(s.werf, "chmod 0755", "chmod 0750")
	if err := os.WriteFile(filepath.Join(dir, "werf.yaml"), []byte(changed), 0o644); err != nil {
		return row{}, err
	}
	if err := modulerepo.Commit(ctx, dir, "change every image"); err != nil {
		return row{}, err
	}
	t, err := r.modship()
	if err != nil {
		return row{}, err
	}
	explained := row{what: "explain --since, " + s.name + ", memory", unit: "MB", target: explainLimit}
	for range r.runs {
		used, err := t.call(ctx, dir, nil, []string{"explain", "--since", "HEAD~1", "--tag", "v0.1.0", "--format", "json"})
		if err != nil {
			return row{}, err
		}
		r.logf("  explain, %s: %.2f s, %.0f MB", s.name, used.Seconds, used.Megabytes)
		explained.ours = append(explained.ours, used.Megabytes)
	}
	return explained, nil
}
