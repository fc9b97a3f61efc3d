package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
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
	return []row{{what: what, unit: "s", ours: ours[what], theirs: theirs[what], target: 0.42}}, nil
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
	n := 6
	if r.quick {
		n = 2
	}
	return r.coldBuild(ctx, 0.45, func(base string) string { return chainModule(n, base) })
}

// large builds an image with a large layer, which nothing can compress.
func large(ctx context.Context, r *rig) ([]row, error) {
	size := 1_000_000_000
	if r.quick {
		size /= 1000
	}
	return r.coldBuild(ctx, 0, func(base string) string { return largeModule(size, base) })
}

// coldBuild builds a module, whose configuration is made for a base image, from
// nothing.
func (r *rig) coldBuild(ctx context.Context, target float64, configure func(base string) string) ([]row, error) {
	if err := r.compile(ctx); err != nil {
		return nil, err
	}
	ours, theirs, err := r.sides(ctx, func(ctx context.Context, newTool func() (*tool, error), into measured) error {
		return r.buildCold(ctx, newTool, configure, into)
	})
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, what := range []row{{what: cold, unit: "s", target: target}, {what: cold + processor, unit: "s"}, {what: cold + memory, unit: "MB"}, {what: cold + requests}, {what: cold + sent, unit: "MB", target: 1}} {
		what.ours, what.theirs = ours[what.what], theirs[what.what]
		rows = append(rows, what)
	}
	return rows, nil
}

func (r *rig) buildCold(ctx context.Context, newTool func() (*tool, error), configure func(base string) string, into measured) error {
	content, err := r.newDir()
	if err != nil {
		return err
	}
	registry, err := serveFrom(ctx, content, false)
	if err != nil {
		return err
	}
	defer registry.stop()
	base, err := baseimage.Push(ctx, registry.Addr(), baseimage.PushOptions{})
	if err != nil {
		return err
	}
	dir, err := r.makeModule(ctx, configure(base), nil)
	if err != nil {
		return err
	}
	t, err := newTool()
	if err != nil {
		return err
	}
	registry.take()
	used, err := t.call(ctx, dir, nil, t.build(registry.source(), "bench"))
	if err != nil {
		return err
	}
	asked, bytes := registry.take()
	r.logf("  %s: %.2f s, CPU %.2f s, %.0f MB, %.0f requests", t.name, used.Seconds, used.CPU, used.Megabytes, asked)
	into.add(cold, used.Seconds)
	into.add(cold+processor, used.CPU)
	into.add(cold+memory, used.Megabytes)
	into.add(cold+requests, asked)
	into.add(cold+sent, bytes/1e6)
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
	nextCommit = "one file changed"
)

func (r *rig) manyImages(ctx context.Context, delay time.Duration) ([]row, error) {
	if err := r.compile(ctx); err != nil {
		return nil, err
	}
	n := 60
	if r.quick {
		n = 6
	}
	werf, images := sixtyModule(n)
	return r.life(ctx, werf, images, delay, 20)
}

// recorded builds a module with the graph of a real one.
func recorded(ctx context.Context, r *rig) ([]row, error) {
	if err := r.compile(ctx); err != nil {
		return nil, err
	}
	werf, images, err := recordedModule("virtualization")
	if err != nil {
		return nil, err
	}
	return r.life(ctx, werf, images, 0, 0)
}

// life measures builds of a module that follow each other. The first one should
// not ask the registry more than limit times for each image.
func (r *rig) life(ctx context.Context, werf string, images []string, delay time.Duration, limit float64) ([]row, error) {
	dir, err := r.makeModule(ctx, werf, images)
	if err != nil {
		return nil, err
	}
	ours, theirs, err := r.sides(ctx, func(ctx context.Context, newTool func() (*tool, error), into measured) error {
		return r.buildLife(ctx, newTool, dir, images, delay, into)
	})
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, what := range []string{cold, unchanged, unchanged2, freshHome, nextCommit} {
		target := 0.0
		switch {
		case what == cold:
			target = 0.45
		case delay > 0 && what != nextCommit:
			target = 0.5
		}
		rows = append(rows,
			row{what: what, unit: "s", ours: ours[what], theirs: theirs[what], target: target},
			row{what: what + requests, ours: ours[what+requests], theirs: theirs[what+requests]})
	}
	rows = append(rows,
		row{what: cold + perImage, ours: ours[cold+perImage], theirs: theirs[cold+perImage], limit: limit},
		row{what: cold + sent, unit: "MB", ours: ours[cold+sent], theirs: theirs[cold+sent], target: 1},
		row{what: cold + memory, unit: "MB", ours: ours[cold+memory], theirs: theirs[cold+memory], limit: 150})
	return rows, nil
}

// what is measured of a build besides its time.
const (
	requests  = ", requests"
	perImage  = ", requests per image"
	sent      = ", bytes sent and received"
	memory    = ", memory"
	processor = ", CPU"
)

// buildLife builds a module five times: from nothing, twice again, once
// more as a fresh machine would, and a commit later.
func (r *rig) buildLife(ctx context.Context, newTool func() (*tool, error), dir string, images []string, delay time.Duration, into measured) error {
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
	for _, what := range []string{cold, unchanged, unchanged2, freshHome, nextCommit} {
		switch what {
		case freshHome:
			if t, err = newTool(); err != nil {
				return err
			}
		case nextCommit:
			if err := commitChange(ctx, dir, images[0]); err != nil {
				return err
			}
		}
		registry.take()
		used, err := t.call(ctx, dir, nil, t.build(registry.source(), "sixty"))
		if err != nil {
			return err
		}
		asked, bytes := registry.take()
		r.logf("  %s, %s: %.2f s, %.0f requests", t.name, what, used.Seconds, asked)
		into.add(what, used.Seconds)
		into.add(what+requests, asked)
		into.add(what+perImage, asked/float64(len(images)))
		into.add(what+sent, bytes/1e6)
		into.add(what+memory, used.Megabytes)
	}
	return nil
}

// commitChange commits another content of the file of an image.
func commitChange(ctx context.Context, dir, image string) error {
	if err := os.WriteFile(filepath.Join(dir, "files", image, image), []byte(time.Now().String()), 0o644); err != nil {
		return err
	}
	commit := exec.CommandContext(ctx, "git", "-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "--quiet", "--all", "--message", "change")
	commit.Dir = dir
	if out, err := commit.CombinedOutput(); err != nil {
		return fmt.Errorf("git commit: %w\n%s", err, out)
	}
	return nil
}

// repositoryRoot is the directory of this repository.
func repositoryRoot(ctx context.Context) (string, error) {
	toolbox, err := baseimage.SourceDir(ctx)
	return filepath.Dir(filepath.Dir(toolbox)), err
}
