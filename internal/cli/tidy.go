package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/docker/go-units"

	"github.com/modship/modship/internal/disk"
	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/prune"
	"github.com/modship/modship/pkg/remote"
)

// tidy prunes the embedded registry after a run that wrote to it, if what modship
// keeps on this machine is over the limit, and once a day for what is old. What was published since the run began
// stays. A failure does not change the outcome of the run.
func tidy(ctx context.Context, io *streams, s *settings.Settings, began time.Time) {
	if !s.Embedded || ctx.Err() != nil {
		return
	}
	if err := pruneEmbedded(ctx, io, began); err != nil {
		fmt.Fprintf(io.Err, "warning: keep within %s: %v\n", disk.EnvLimit, err)
	}
}

func pruneEmbedded(ctx context.Context, io *streams, began time.Time) error {
	limit, _, err := disk.Limit()
	if err != nil || limit == 0 {
		return err
	}
	dirs := settings.UserDirs()
	used, err := disk.Measure(dirs)
	over := used.Total() > limit
	if err != nil || !over && !disk.Due(dirs) {
		return err
	}
	freed, done, err := disk.Prune(ctx, disk.PruneOptions{
		Dirs: dirs, Limit: max(limit-used.Containers, 0), Before: began, Open: openEmbedded,
		Note: func(format string, args ...any) { fmt.Fprintf(io.Err, "note: "+format+"\n", args...) },
	})
	switch {
	case err != nil, !over && freed == 0:
		return err
	case !done:
		fmt.Fprintf(io.Err, "note: %s are used of %s, and another run uses the registry: the next run prunes it\n", size(used.Total()), size(limit))
	case used.Total()-freed > limit:
		fmt.Fprintf(io.Err, "note: %s are used of %s: what is left is needed by published versions (`modship clean` empties it)\n", size(used.Total()-freed), size(limit))
	default:
		fmt.Fprintf(io.Err, "pruned the embedded registry: %s became free\n", size(freed))
	}
	return nil
}

func openEmbedded(repository module.Repository) *remote.Client {
	return pipeline.NewClient(pipeline.ClientOptions{Repository: repository, Log: func(string, ...any) {}})
}

// size is a number of bytes in words.
func size(bytes int64) string { return units.HumanSize(float64(bytes)) }

// collectEmbedded frees the space of what prune has deleted from the embedded
// registry.
func collectEmbedded(ctx context.Context, io *streams, repository module.Repository, plan *prune.Plan) error {
	dir := settings.UserDirs().Registry()
	release, alone, err := localregistry.Alone(ctx, dir)
	if err != nil {
		return err
	}
	if !alone {
		fmt.Fprintln(io.Err, "note: another run uses the embedded registry: prune again to free the space")
		return nil
	}
	defer release()
	untagged := map[string]func(string) bool{}
	for _, repo := range []string{repository.BundleRepo(), repository.ReleaseRepo()} {
		untagged[strings.TrimPrefix(repo, repository.Host()+"/")] = plan.Needs
	}
	freed, err := localregistry.Collect(ctx, dir, localregistry.CollectOptions{Untagged: untagged})
	if err == nil {
		fmt.Fprintf(io.Err, "%s became free\n", size(freed))
	}
	return err
}
