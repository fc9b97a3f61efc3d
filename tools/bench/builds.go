package main

import (
	"context"
	"path/filepath"
	"strconv"
	"time"

	"github.com/modship/modship/internal/baseimage"
)

// measured are the series of one side, by what was measured.
type measured map[string][]float64

func (m measured) add(what string, value float64) { m[what] = append(m[what], value) }

// sides calls measure for each side, turn by turn, so that what the machine
// does meanwhile hits both.
func (r *rig) sides(ctx context.Context, measure func(ctx context.Context, newTool func() (*tool, error), into measured) error) (ours, theirs measured, err error) {
	ours, theirs = measured{}, measured{}
	for range r.runs {
		for _, side := range []struct {
			newTool func() (*tool, error)
			into    measured
		}{{r.modship, ours}, {r.werf, theirs}} {
			if err := measure(ctx, side.newTool, side.into); err != nil {
				return nil, nil, err
			}
		}
	}
	return ours, theirs, nil
}

// chains builds three chains that levels hold up.
func chains(ctx context.Context, r *rig) ([]row, error) {
	if err := r.compile(ctx); err != nil {
		return nil, err
	}
	unit := time.Second
	if r.quick {
		unit = 20 * time.Millisecond
	}
	ours, theirs, err := r.sides(ctx, func(ctx context.Context, newTool func() (*tool, error), into measured) error {
		return r.buildChains(ctx, newTool, unit, into)
	})
	if err != nil {
		return nil, err
	}
	const what = "cold build"
	return []row{{what: what, unit: "s", ours: ours[what], theirs: theirs[what], target: 0.5}}, nil
}

func (r *rig) buildChains(ctx context.Context, newTool func() (*tool, error), unit time.Duration, into measured) error {
	registry, err := serve(ctx, false)
	if err != nil {
		return err
	}
	defer registry.stop()
	if _, err := baseimage.Push(ctx, registry.Addr(), baseimage.PushOptions{}); err != nil {
		return err
	}
	root, err := repositoryRoot(ctx)
	if err != nil {
		return err
	}
	dir, err := r.materialise(ctx, filepath.Join(root, "e2e", "testdata", "modules", "chains"), registry.Addr())
	if err != nil {
		return err
	}
	t, err := newTool()
	if err != nil {
		return err
	}
	env := []string{"CHAINS_UNIT_MS=" + strconv.FormatInt(unit.Milliseconds(), 10)}
	used, err := t.call(ctx, dir, env, t.build(registry.source(), "chains"))
	if err != nil {
		return err
	}
	r.logf("  %s: %.1f s", t.name, used.Seconds)
	into.add("cold build", used.Seconds)
	return nil
}

// chain builds images that can only be built one after the other.
func chain(ctx context.Context, r *rig) ([]row, error) {
	if err := r.compile(ctx); err != nil {
		return nil, err
	}
	n := 6
	if r.quick {
		n = 2
	}
	ours, theirs, err := r.sides(ctx, func(ctx context.Context, newTool func() (*tool, error), into measured) error {
		return r.buildChain(ctx, newTool, n, into)
	})
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, what := range []row{{what: cold, unit: "s", target: 0.45}, {what: cold + ", CPU", unit: "s"}, {what: cold + ", memory", unit: "MB"}, {what: cold + ", requests"}} {
		what.ours, what.theirs = ours[what.what], theirs[what.what]
		rows = append(rows, what)
	}
	return rows, nil
}

func (r *rig) buildChain(ctx context.Context, newTool func() (*tool, error), n int, into measured) error {
	registry, err := serve(ctx, false)
	if err != nil {
		return err
	}
	defer registry.stop()
	base, err := baseimage.Push(ctx, registry.Addr(), baseimage.PushOptions{})
	if err != nil {
		return err
	}
	dir, err := r.makeModule(ctx, chainModule(n, base), nil)
	if err != nil {
		return err
	}
	t, err := newTool()
	if err != nil {
		return err
	}
	registry.take()
	used, err := t.call(ctx, dir, nil, t.build(registry.source(), "chain"))
	if err != nil {
		return err
	}
	asked, _ := registry.take()
	r.logf("  %s: %.2f s, CPU %.2f s, %.0f MB, %.0f requests", t.name, used.Seconds, used.CPU, used.Megabytes, asked)
	into.add(cold, used.Seconds)
	into.add(cold+", CPU", used.CPU)
	into.add(cold+", memory", used.Megabytes)
	into.add(cold+", requests", asked)
	return nil
}

func sixty(ctx context.Context, r *rig) ([]row, error) { return r.manyImages(ctx, 0) }

func sixtyFar(ctx context.Context, r *rig) ([]row, error) {
	return r.manyImages(ctx, 40*time.Millisecond)
}

// stages of the life of a repository, in order.
const (
	cold       = "nothing built yet"
	unchanged  = "unchanged"
	unchanged2 = "unchanged, once more"
	freshHome  = "unchanged, fresh home"
)

func (r *rig) manyImages(ctx context.Context, delay time.Duration) ([]row, error) {
	if err := r.compile(ctx); err != nil {
		return nil, err
	}
	n := 60
	if r.quick {
		n = 6
	}
	dir, err := r.makeModule(ctx, first(sixtyModule(n)), second(sixtyModule(n)))
	if err != nil {
		return nil, err
	}
	ours, theirs, err := r.sides(ctx, func(ctx context.Context, newTool func() (*tool, error), into measured) error {
		return r.buildLife(ctx, newTool, dir, delay, into)
	})
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, what := range []string{cold, unchanged, unchanged2, freshHome} {
		target := 0.0
		if delay > 0 && what != cold {
			target = 0.5
		}
		rows = append(rows,
			row{what: what, unit: "s", ours: ours[what], theirs: theirs[what], target: target},
			row{what: what + ", requests", ours: ours[what+requests], theirs: theirs[what+requests]})
	}
	return rows, nil
}

const requests = " requests"

// buildLife builds a module four times: from nothing, twice again, and once
// more as a fresh machine would.
func (r *rig) buildLife(ctx context.Context, newTool func() (*tool, error), dir string, delay time.Duration, into measured) error {
	registry, err := serve(ctx, false)
	if err != nil {
		return err
	}
	defer registry.stop()
	registry.delay.Store(int64(delay))
	t, err := newTool()
	if err != nil {
		return err
	}
	for _, what := range []string{cold, unchanged, unchanged2, freshHome} {
		if what == freshHome {
			if t, err = newTool(); err != nil {
				return err
			}
		}
		registry.take()
		used, err := t.call(ctx, dir, nil, t.build(registry.source(), "sixty"))
		if err != nil {
			return err
		}
		asked, _ := registry.take()
		r.logf("  %s, %s: %.2f s, %.0f requests", t.name, what, used.Seconds, asked)
		into.add(what, used.Seconds)
		into.add(what+requests, asked)
	}
	return nil
}

func first[A, B any](a A, _ B) A  { return a }
func second[A, B any](_ A, b B) B { return b }

// repositoryRoot is the directory of this repository.
func repositoryRoot(ctx context.Context) (string, error) {
	toolbox, err := baseimage.SourceDir(ctx)
	return filepath.Dir(filepath.Dir(toolbox)), err
}
