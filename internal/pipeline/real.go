package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/disk"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/werfcfg"
)

// realDeps returns the dependencies of the program itself.
func realDeps(opts Options) Deps {
	note := opts.Reporter.Message
	if opts.Note != nil {
		note = func(format string, args ...any) { opts.Note(fmt.Sprintf(format, args...)) }
	}
	keys := ReadLogins(module.Repository{Source: opts.Settings.Source.Value}, opts.Flags)
	return Deps{
		Logins: keys,
		OpenWerf: func(ctx context.Context, open werfenv.OpenOptions) (Werf, context.Context, error) {
			open.Note = note
			process, ctx, err := werfenv.Open(ctx, opts.Flags, open)
			return &realWerf{process, opts.Dirs, opts.Reporter}, ctx, err
		},
		OpenRegistry: func(repository module.Repository) Registry {
			client := NewClient(ClientOptions{Repository: repository, Flags: opts.Flags, Logins: keys, Log: note})
			return realRegistry{client, NewPublisher(client, note)}
		},
		Git:     git.At(opts.Settings.Dir.Value),
		Answers: answers,
		Checks:  realChecks{Renderer(opts.Charts, opts.Reporter.Message), opts.Charts},
		Now:     time.Now,
		Note:    note,
	}
}

// realWerf is werf in this process.
type realWerf struct {
	process  *werfenv.Process
	dirs     settings.Dirs
	reporter Reporter
}

// Read implements [Configuration].
func (w *realWerf) Read(ctx context.Context, opts werfcfg.ReadOptions) (*werfcfg.Config, error) {
	return werfcfg.Read(ctx, w.process, opts)
}

// ReadEarlier implements [Configuration].
func (w *realWerf) ReadEarlier(ctx context.Context, now *werfcfg.Config, opts werfcfg.ReadOptions, at werfcfg.Earlier) (*werfcfg.Config, error) {
	return now.ReadEarlier(ctx, w.process, opts, at)
}

// Plan implements [Builder].
func (w *realWerf) Plan(ctx context.Context, config *werfcfg.Config, opts build.Options) (*build.Plan, error) {
	return build.MakePlan(ctx, w.process, config, opts)
}

// Build implements [Builder]. The container storage is the build's until it
// ends; what a failed build leaves running is ended with it.
func (w *realWerf) Build(ctx context.Context, config *werfcfg.Config, opts build.Options) (*build.Result, error) {
	release, err := w.process.UseStorage(ctx, w.dirs.ContainersLock())
	if err != nil {
		return nil, err
	}
	defer release()
	result, err := build.Build(ctx, w.process, config, opts)
	if err != nil {
		w.endContainers(ctx)
		return result, err
	}
	// Makes room where the disk is nearly full. What is built is built.
	err = w.process.CleanHost(ctx)
	release()
	if err = errors.Join(err, w.keepLimit(ctx)); err != nil && ctx.Err() == nil {
		w.reporter.Message("warning: %v", err)
	}
	return result, nil
}

// keepLimit removes images from the container storage until it fits beside the
// embedded registry. Of the two it is the one that only saves downloads.
func (w *realWerf) keepLimit(ctx context.Context) error {
	limit, _, err := disk.Limit()
	if err != nil || limit == 0 {
		return err
	}
	used, err := disk.Measure(w.dirs)
	if err != nil || used.Total() <= limit {
		return err
	}
	return w.process.ShrinkStorage(ctx, w.dirs.ContainersLock(), func() (bool, error) {
		containers, err := disk.Containers(w.dirs.Containers())
		return used.Registry+containers <= limit, err
	})
}

// endGrace is how long ending the containers of a failed build may take.
const endGrace = 2 * time.Second

func (w *realWerf) endContainers(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endGrace)
	defer cancel()
	if err := w.process.EndContainers(ctx); err != nil {
		w.reporter.Message("warning: %v", err)
	}
}

// Close implements [Werf].
func (w *realWerf) Close() { w.process.Close() }

// realChecks are the rules of pkg/contract, with charts rendered by nelm.
type realChecks struct {
	render contract.Renderer
	charts chart.Engine
}

// Repository implements [Checks].
func (c realChecks) Repository(ctx context.Context, files fs.FS, opts contract.RepositoryOptions) []contract.Violation {
	opts.Render = c.render
	return contract.CheckRepository(ctx, files, opts)
}

// ImageKeys implements [Checks].
func (c realChecks) ImageKeys(ctx context.Context, files fs.FS, module string, keys []string) ([]contract.ImageKey, error) {
	return contract.ImageKeys(ctx, files, module, contract.ImageKeysOptions{Keys: keys, Render: c.render})
}

// Images implements [Checks].
func (c realChecks) Images(ctx context.Context, reader contract.Reader, repository module.Repository, images contract.Images, opts contract.Options) ([]contract.Violation, error) {
	opts.Render = c.render
	return contract.CheckImages(ctx, reader, repository, images, opts)
}

// Published implements [Checks].
func (c realChecks) Published(ctx context.Context, reader contract.Reader, repository module.Repository, tag string, opts contract.Options) ([]contract.Violation, error) {
	opts.Render = c.render
	return contract.CheckPublished(ctx, reader, repository, tag, opts)
}
