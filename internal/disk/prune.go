package disk

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/prune"
	"github.com/modship/modship/pkg/remote"
)

// maxAge is the age of dev tags and stages that go without being asked for.
const maxAge = 30 * 24 * time.Hour

// checkEvery is how often old dev tags and stages are looked for.
const checkEvery = 24 * time.Hour

// Due reports whether old dev tags and stages were not looked for since a day. In
// a new data directory there are none yet.
func Due(dirs settings.Dirs) bool {
	info, err := os.Stat(prunedFile(dirs))
	if err != nil {
		setPruned(dirs)
		return false
	}
	return time.Since(info.ModTime()) > checkEvery
}

// prunedFile is a file whose time is that of the last [Prune].
func prunedFile(dirs settings.Dirs) string { return filepath.Join(dirs.Data, "registry.pruned") }

// setPruned sets that time. Where it cannot be written, the next run looks again.
func setPruned(dirs settings.Dirs) { _ = os.WriteFile(prunedFile(dirs), nil, 0o644) }

// PruneOptions say what to prune.
type PruneOptions struct {
	Dirs settings.Dirs
	// Limit is how many bytes the registry may take.
	Limit int64
	// Before keeps what was published since.
	Before time.Time
	// Open returns a client for the registry of a module.
	Open func(module.Repository) *remote.Client
	Note func(format string, args ...any)
}

// Prune removes dev tags and stages from the embedded registry: old ones, and
// the oldest ones until the registry is within the limit. Versions, channels and
// what they need stay. It reports the bytes that became free, and false if other
// runs use the registry: then nothing is removed.
func Prune(ctx context.Context, opts PruneOptions) (freed int64, done bool, err error) {
	dir := opts.Dirs.Registry()
	release, alone, err := localregistry.Alone(ctx, dir)
	if err != nil || !alone {
		return 0, false, err
	}
	defer release()
	server, err := localregistry.Serve(context.WithoutCancel(ctx), localregistry.Options{Addr: "127.0.0.1:0", Dir: dir, Held: true})
	if err != nil {
		return 0, false, err
	}
	defer server.Close(context.WithoutCancel(ctx)) // no other run is served
	names, err := localregistry.Repositories(dir, sourcePath)
	if err != nil {
		return 0, false, err
	}
	before, err := localregistry.Size(dir)
	if err != nil {
		return 0, false, err
	}
	p := &pruner{PruneOptions: opts, source: server.Addr() + "/" + sourcePath, names: names, untagged: map[string]func(string) bool{}}
	after, err := p.run(ctx)
	if err == nil {
		setPruned(opts.Dirs)
	}
	return before - after, true, err
}

// sourcePath is the path of the module source in the embedded registry.
var sourcePath = strings.TrimPrefix(settings.EmbeddedSource, settings.EmbeddedAddr+"/")

type pruner struct {
	PruneOptions
	source   string
	names    []string // of modules
	untagged map[string]func(string) bool
}

// run prunes until the registry is within the limit or nothing is left that may
// go, and returns its size.
func (p *pruner) run(ctx context.Context) (size int64, err error) {
	cutoff := time.Now().Add(-maxAge)
	for first := true; ; first = false {
		removed, err := p.removeOlder(ctx, cutoff)
		if err != nil {
			return size, err
		}
		if _, err := localregistry.Collect(ctx, p.Dirs.Registry(), localregistry.CollectOptions{Untagged: p.untagged}); err != nil {
			return size, err
		}
		size, err = localregistry.Size(p.Dirs.Registry())
		if err != nil || size <= p.Limit || !first && removed == 0 {
			return size, err
		}
		next, found, err := p.olderHalf(ctx)
		if err != nil || !found {
			return size, err
		}
		cutoff = next
	}
}

// removeOlder removes dev tags and stages that were made before the cutoff, and
// returns how many.
func (p *pruner) removeOlder(ctx context.Context, cutoff time.Time) (removed int, err error) {
	err = p.each(ctx, cutoff, func(pruner *prune.Pruner, plan *prune.Plan, name string) error {
		if err := pruner.Apply(ctx, plan); err != nil {
			return err
		}
		removed += len(plan.Deletions)
		for _, repository := range []string{name, path.Join(name, "release")} {
			p.untagged[path.Join(sourcePath, repository)] = plan.Needs
		}
		return nil
	})
	return removed, err
}

// olderHalf returns the time before which half of what may go was made.
func (p *pruner) olderHalf(ctx context.Context) (cutoff time.Time, found bool, err error) {
	var times []time.Time
	err = p.each(ctx, p.Before, func(_ *prune.Pruner, plan *prune.Plan, _ string) error {
		for _, d := range plan.Deletions {
			if d.Created != nil {
				times = append(times, *d.Created)
			}
		}
		return nil
	})
	if err != nil || len(times) == 0 {
		return time.Time{}, false, err
	}
	slices.SortFunc(times, time.Time.Compare)
	// Images have seconds, stages milliseconds: with the next second all of the
	// same age go together.
	cutoff = times[len(times)/2].Truncate(time.Second).Add(time.Second)
	if cutoff.After(p.Before) {
		cutoff = p.Before
	}
	return cutoff, true, nil
}

// each plans for every module what is older than the cutoff. A module whose
// versions cannot be read is left alone: what they need is not known.
func (p *pruner) each(ctx context.Context, cutoff time.Time, do func(*prune.Pruner, *prune.Plan, string) error) error {
	for _, name := range p.names {
		repository, err := module.NewRepository(p.source, name)
		if err != nil {
			continue // not a module
		}
		client := p.Open(repository)
		// Ages are measured to one moment, so that the cutoff is the same for all.
		now := time.Now()
		pruner := prune.New(client, prune.NewOptions{Now: func() time.Time { return now }})
		plan, err := pruner.Plan(ctx, prune.Request{Repository: repository, OlderThan: now.Sub(cutoff), Stages: true})
		switch {
		case ctx.Err() != nil:
			err = context.Cause(ctx)
		case err != nil:
			p.Note("module %s is not pruned: %v", name, err)
			delete(p.untagged, path.Join(sourcePath, name))
			delete(p.untagged, path.Join(sourcePath, name, "release"))
			err = nil
		default:
			err = do(pruner, plan, name)
		}
		client.Close()
		if err != nil {
			return fmt.Errorf("prune module %s: %w", name, err)
		}
	}
	return nil
}
