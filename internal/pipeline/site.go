package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/werfcfg"
)

// site is a job for which everything is prepared.
type site struct {
	*job
	dir      *settings.RunDir // temporary files, removed at the end
	werf     Werf
	registry Registry // nil for a job that only reads the repository
	cleanups []func()
}

// prepare makes everything ready that the work needs, and returns the context
// that calls of werf need. The site has to be closed.
func (j *job) prepare(ctx context.Context) (_ *site, _ context.Context, err error) {
	if host := j.repository.Host(); !j.readOnly && strings.HasPrefix(host, "[") {
		return nil, nil, exit.With(exit.Usage, fmt.Errorf("builds cannot push to the IPv6 address %s: werf and Buildah know registries by host name or IPv4 address only", host),
			"Give the registry a name (DNS or /etc/hosts). promote, copy, status and verify work with the address.")
	}
	s := &site{job: j}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.dir, err = j.opts.Dirs.NewRunDir(); err != nil {
		return nil, nil, err
	}
	s.atEnd(func() { s.warn("remove temporary files", s.dir.Remove()) })
	open, err := s.openOptions(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := j.setFlags(); err != nil {
		return nil, nil, err
	}
	if s.werf, ctx, err = j.OpenWerf(ctx, open); err != nil {
		return nil, nil, err
	}
	s.atEnd(s.werf.Close)
	if !j.readOnly {
		s.registry = j.OpenRegistry(j.repository)
		s.atEnd(s.registry.Close)
	}
	return s, ctx, nil
}

// openOptions says what werf gets, and starts the embedded registry and makes
// the registry login if the run needs them.
func (s *site) openOptions(ctx context.Context) (werfenv.OpenOptions, error) {
	open := werfenv.OpenOptions{Use: s.use(), RunDir: s.dir.Path, Outside: s.dir.Outside()}
	var err error
	if open.Variables, err = s.opts.Settings.Exports(); err != nil {
		return open, err
	}
	whole, err := s.checkCheckout(ctx)
	if err != nil {
		return open, err
	}
	maps.Copy(open.Variables, whole)
	if s.isLocal() {
		open.LoopbackRegistries = []string{s.repository.Host()}
	}
	if err := s.fetchFiles(ctx, open.Variables); err != nil {
		return open, err
	}
	log, err := openLog(s.opts.Dirs.Logs(s.opts.Settings.Name.Value))
	if err != nil {
		return open, err
	}
	open.Log = log
	s.atEnd(func() { s.warn("close werf's log", log.Close()) })
	if s.readOnly {
		return open, nil
	}
	if open.DockerConfig, err = s.writeLogins(ctx, nil); err != nil {
		return open, err
	}
	return open, s.serveEmbedded(ctx)
}

// use is what of werf the job needs.
func (j *job) use() werfenv.Use {
	switch {
	case j.readOnly:
		return werfenv.ReadConfig
	case j.dry && j.opts.NoStorage:
		return werfenv.LookUp
	default:
		return werfenv.Build
	}
}

// openLog keeps werf's own log of the last run of the module.
func openLog(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create directory for logs: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "werf.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	return file, nil
}

// closeGrace is how long the embedded registry may take to end requests, which
// are then of other runs; interruptGrace applies to an interrupted run, which
// may have requests of its own.
const (
	closeGrace     = 30 * time.Second
	interruptGrace = 2 * time.Second
)

// serveEmbedded serves the embedded registry if the module source is there:
// beside other runs, so that each has it until its own end.
func (s *site) serveEmbedded(ctx context.Context) error {
	if !s.opts.Settings.Embedded {
		return nil
	}
	embedded, err := ServeEmbedded(ctx, s.opts.Dirs)
	if err != nil {
		return err
	}
	s.atEnd(func() { s.stop(ctx, embedded) })
	if addr := embedded.Addr(); addr != "" {
		s.opts.Reporter.Message("registry: embedded, at %s, data in %s", addr, s.opts.Dirs.Registry())
	}
	return nil
}

func (s *site) stop(run context.Context, embedded *Embedded) {
	grace := closeGrace
	if run.Err() != nil {
		grace = interruptGrace
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(run), grace)
	defer cancel()
	if err := embedded.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		s.warn("stop the embedded registry", err)
	}
}

// setFlags gives werf what modship decides: the project directory, the
// repository, and for a registry on this machine a lock service on it.
func (j *job) setFlags() error {
	values := map[string]string{
		"dir":  j.opts.Settings.Dir.Value,
		"repo": j.repository.String(),
	}
	if j.dry || j.isLocal() && *j.opts.Flags.Data().Synchronization == "" {
		// Else werf's public lock service, which records its use in the repository.
		values["synchronization"] = ":local"
	}
	if config := j.opts.Settings.Config; config != "" {
		values["config"] = config
	}
	if templates := *j.opts.Flags.Data().ConfigTemplatesDir; templates != "" && !filepath.IsAbs(templates) {
		// werf runs in the project directory, modship below it as well.
		if _, err := os.Stat(templates); err != nil {
			values["config-templates-dir"] = filepath.Join(j.opts.Settings.Dir.Value, templates)
		}
	}
	if home, err := j.opts.Dirs.Werf(); err != nil {
		return err
	} else if home != "" && *j.opts.Flags.Data().HomeDir == "" {
		values["home-dir"] = home
	}
	if j.opts.Workers > 0 {
		values["parallel-tasks-limit"] = strconv.Itoa(j.opts.Workers)
	}
	for name, value := range values {
		if err := j.opts.Flags.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// isLocal reports whether only this machine can reach the repository.
func (j *job) isLocal() bool { return werfenv.IsLoopback(j.repository.Host()) }

// targets are the references that publishing writes.
func (j *job) targets() werfcfg.Targets {
	repository, tag := j.repository, j.opts.Settings.Tag.Value
	targets := werfcfg.Targets{
		Tag: tag, Bundle: repository.Bundle(tag), Release: repository.Release(tag), Registration: repository.Registration(),
	}
	for _, ch := range j.opts.Settings.Channels {
		targets.Channels = append(targets.Channels, werfcfg.Target{Name: string(ch), Ref: repository.Channel(ch)})
	}
	return targets
}

// atEnd lets close call cleanup, the last one first.
func (s *site) atEnd(cleanup func()) { s.cleanups = append(s.cleanups, cleanup) }

// close ends what prepare started and removes what only this run needs.
func (s *site) close() {
	for _, v := range slices.Backward(s.cleanups) {
		v()
	}
}

// warn tells of an error that does not matter to the outcome.
func (s *site) warn(doing string, err error) {
	if err != nil {
		s.opts.Reporter.Message("warning: %s: %v", doing, err)
	}
}
