package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/werfcfg"
)

// run is the state of one run; each field is set by the step that names it.
type run struct {
	opts     Options
	readOnly bool // no backend and no registry
	planOnly bool // nothing is written to a registry

	dir     *settings.RunDir      // prepare: temporary files, removed at the end
	log     io.WriteCloser        // prepare: werf's log
	server  *localregistry.Server // prepare: the embedded registry, if this run started it
	process *werfenv.Process      // prepare
	werfCtx context.Context       // prepare: the context that calls of werf need
	session *publish.Session      // preflight
	// newModule says that preflight found nothing of the module.
	newModule bool

	renderer contract.Renderer // render

	result *Result
}

// checkSettings refuses what no amount of work could make publishable.
func (r *run) checkSettings(ctx context.Context) error {
	if err := contract.CheckWaivers(r.opts.Waive); err != nil {
		return exit.With(exit.Usage, err, "")
	}
	tag, channels := r.opts.Settings.Tag, r.opts.Settings.Channels
	isVersion := module.IsVersion(tag.Value)
	if len(channels) > 0 && !isVersion {
		return exit.With(exit.Violated,
			fmt.Errorf("tag %s (from %s) cannot go on release channel %s: only versions vX.Y.Z can", tag.Value, tag.From, channels[0]),
			"Publish a version: put a git tag vX.Y.Z on the commit, or give --tag vX.Y.Z.")
	}
	if isVersion && r.opts.Flags.RelaxedGiterminism() {
		return exit.With(exit.Violated,
			fmt.Errorf("version %s cannot be published with --dev or --loose-giterminism: clusters take it the moment it is in the registry", tag.Value),
			"Commit your work and publish without them, or use a dev tag: --tag dev.")
	}
	if !isVersion {
		return nil
	}
	changed, err := git.At(r.opts.Settings.Dir.Value).Changed(ctx)
	if len(changed) > 0 {
		r.opts.Reporter.Message("note: the commit is published, without the changes in %s", strings.Join(changed, ", "))
	}
	return err
}

func (r *run) prepare(ctx context.Context) error {
	var err error
	if r.dir, err = r.opts.Dirs.NewRunDir(); err != nil {
		return err
	}
	if err := r.openLog(); err != nil {
		return err
	}
	if err := r.exportSettings(); err != nil {
		return err
	}
	if err := r.fetchFiles(ctx); err != nil {
		return err
	}
	if !r.readOnly {
		if err := r.prepareRegistry(ctx); err != nil {
			return err
		}
	}
	if err := r.setFlags(); err != nil {
		return err
	}
	options := werfenv.OpenOptions{Backend: !r.readOnly, RunDir: r.dir.Path, InstanceLink: r.dir.InstanceLink(), Log: r.log}
	if host := r.result.Repository.Host(); werfenv.IsLoopback(host) {
		options.LoopbackRegistries = []string{host}
	}
	r.process, r.werfCtx, err = werfenv.Open(ctx, r.opts.Flags, options)
	return err
}

// openLog keeps werf's own log of the last run of the module.
func (r *run) openLog() error {
	dir := r.opts.Dirs.Logs(r.opts.Settings.Name.Value)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create folder for logs: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "werf.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("create log: %w", err)
	}
	r.log = file
	return nil
}

// exportSettings makes the resolved settings visible to the templates of
// werf.yaml, under the names that CI gives them.
func (r *run) exportSettings() error {
	exports, err := r.opts.Settings.Exports()
	if err != nil {
		return err
	}
	for name, value := range exports {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// setFlags gives werf what modship decides: the project directory, the
// repository, and for a registry on this machine a lock service on it.
func (r *run) setFlags() error {
	values := map[string]string{
		"dir":  r.opts.Settings.Dir.Value,
		"repo": r.result.Repository.String(),
	}
	if r.planOnly || r.isLocal() && *r.opts.Flags.Data().Synchronization == "" {
		// Else werf's public lock service, which records its use in the repository.
		values["synchronization"] = ":local"
	}
	if config := r.opts.Settings.Config; config != "" {
		values["config"] = config
	}
	if templates := *r.opts.Flags.Data().ConfigTemplatesDir; templates != "" && !filepath.IsAbs(templates) {
		// werf runs in the project directory, modship below it as well.
		if _, err := os.Stat(templates); err != nil {
			values["config-templates-dir"] = filepath.Join(r.opts.Settings.Dir.Value, templates)
		}
	}
	if r.opts.Workers > 0 {
		values["parallel-tasks-limit"] = strconv.Itoa(r.opts.Workers)
	}
	for name, value := range values {
		if err := r.opts.Flags.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// isLocal tells whether only this machine can reach the repository.
func (r *run) isLocal() bool { return werfenv.IsLoopback(r.result.Repository.Host()) }

// prepareRegistry writes the credentials of the CI templates where werf looks
// for them, and serves the embedded registry if the module source is there:
// beside other runs, so that each has it until its own end.
func (r *run) prepareRegistry(ctx context.Context) error {
	if err := r.useTemplateLogin(); err != nil {
		return err
	}
	if !r.opts.Settings.Embedded {
		return nil
	}
	server, err := ServeEmbedded(ctx, r.opts.Dirs)
	if err != nil || server == nil {
		return err
	}
	r.server = server
	r.opts.Reporter.Message("registry: embedded, at %s, data in %s", server.Addr(), r.opts.Dirs.Registry())
	return nil
}

func (r *run) read(context.Context) error {
	var err error
	r.result.Config, err = werfcfg.Read(r.werfCtx, r.process, werfcfg.ReadOptions{Targets: r.targets(), RunDir: r.dir.Path})
	return err
}

// targets are the references that publishing writes.
func (r *run) targets() werfcfg.Targets {
	repository, tag := r.result.Repository, r.result.Tag
	targets := werfcfg.Targets{
		Tag: tag, Bundle: repository.Bundle(tag), Release: repository.Release(tag), Registration: repository.Registration(),
	}
	for _, ch := range r.opts.Settings.Channels {
		targets.Channels = append(targets.Channels, werfcfg.Target{Name: string(ch), Ref: repository.Channel(ch)})
	}
	return targets
}

// closeGrace is how long the embedded registry may take to end requests, which
// are then of other runs; of an interrupted run also its own.
const (
	closeGrace     = 30 * time.Second
	interruptGrace = 2 * time.Second
)

// close ends what prepare started and removes what only this run needs.
func (r *run) close() {
	if r.process != nil {
		r.process.Close()
	}
	if r.session != nil {
		r.session.Close()
	}
	if r.server != nil {
		grace := closeGrace
		if r.werfCtx != nil && r.werfCtx.Err() != nil {
			grace = interruptGrace
		}
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		if err := r.server.Close(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			r.opts.Reporter.Message("warning: stop the embedded registry: %v", err)
		}
	}
	if r.log != nil {
		_ = r.log.Close()
	}
	if r.dir != nil {
		if err := r.dir.Remove(); err != nil {
			r.opts.Reporter.Message("warning: remove temporary files: %v", err)
		}
	}
}
