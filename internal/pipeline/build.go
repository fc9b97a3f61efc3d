package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/publish"
)

// checkNames refuses image names that werf.yaml does not have.
func (r *run) checkNames(names []string) error {
	for _, name := range names {
		if r.result.Config.Werf.GetImage(name) != nil {
			continue
		}
		hint := "`modship graph --all` lists the images."
		if near, ok := graph.Near(name, r.result.Config.Werf.GetImageNameList(false)); ok {
			hint = fmt.Sprintf("Did you mean %s?", near)
		}
		return exit.With(exit.Usage, fmt.Errorf("werf.yaml defines no image %q", name), hint)
	}
	return nil
}

func (r *run) build(context.Context) error {
	if err := r.checkNames(r.opts.Images); err != nil {
		return err
	}
	durations := build.LoadDurations(r.opts.Dirs.Durations(r.result.Repository.Name))
	if r.opts.DurationsFrom != "" {
		if err := durations.Seed(r.opts.DurationsFrom); err != nil {
			return exit.With(exit.Usage, err, "")
		}
	}
	opts := r.buildOptions()
	opts.Durations = durations
	if err := r.reach(); err != nil {
		return err
	}
	if err := r.noteSurprises(opts); err != nil {
		return err
	}
	release, err := r.process.UseStorage(r.werfCtx, r.opts.Dirs.ContainersLock())
	if err != nil {
		return err
	}
	defer release()
	r.result.Build, err = build.Build(r.werfCtx, r.process, r.result.Config, opts)
	if err != nil {
		r.endContainers()
		return err
	}
	defer r.cleanHost()
	known := func(image string) bool { return r.result.Config.Werf.GetImage(image) != nil }
	if err := errors.Join(durations.Learn(r.result.Build.Images, known), r.rememberEnvironment()); err != nil {
		r.opts.Reporter.Message("warning: %v", err)
	}
	if n := r.result.Build.LeftOut; n > 0 && len(r.opts.Images) == 0 {
		text := "%d images of werf.yaml are not needed by a final image and were left out (--all builds them)"
		if n == 1 {
			text = "%d image of werf.yaml is not needed by a final image and was left out (--all builds it)"
		}
		r.opts.Reporter.Message(text, n)
	}
	return r.writeReport()
}

// endGrace is how long ending the containers of a failed build may take.
const endGrace = 2 * time.Second

func (r *run) endContainers() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.werfCtx), endGrace)
	defer cancel()
	if err := r.process.EndContainers(ctx); err != nil {
		r.opts.Reporter.Message("warning: %v", err)
	}
}

// cleanHost makes room where the disk is nearly full. What is built is built:
// a failure is only told.
func (r *run) cleanHost() {
	if err := r.process.CleanHost(r.werfCtx); err != nil && r.werfCtx.Err() == nil {
		r.opts.Reporter.Message("warning: %v", err)
	}
}

func (r *run) buildOptions() build.Options {
	return build.Options{
		Images:    r.opts.Images,
		FinalOnly: !r.opts.All && *r.opts.Flags.Data().FinalImagesOnly,
		Workers:   r.opts.Workers,
		LogDir:    r.opts.Dirs.Logs(r.opts.Settings.Name.Value),
		Observer:  r.opts.Reporter,
		Registry:  registryReader{r.openSession()},
		Memory:    build.LoadMemory(r.opts.Dirs.Reads(r.result.Repository.Name)),
	}
}

// registryReader lets werf read stages through a registry session.
type registryReader struct{ session *publish.Session }

var _ build.Registry = registryReader{}

// ReadImage implements build.Registry.
func (r registryReader) ReadImage(ctx context.Context, ref string) (build.RegistryImage, bool) {
	raw, found, err := r.session.RawImage(ctx, ref)
	if err != nil || !found || raw.Config == nil {
		return build.RegistryImage{}, false
	}
	return build.RegistryImage{Digest: raw.Digest, Manifest: raw.Raw, Config: raw.Config}, true
}

// writeReport writes werf's build report where --report says; werf itself
// writes the one of WERF_SAVE_BUILD_REPORT.
func (r *run) writeReport() error {
	if r.opts.Report == "" {
		return nil
	}
	// Beside the target and renamed, so that a reader never sees half a file.
	temp, err := os.CreateTemp(filepath.Dir(r.opts.Report), ".modship-report-")
	if err != nil {
		return fmt.Errorf("write build report: %w", err)
	}
	defer os.Remove(temp.Name())
	if _, err := temp.Write(r.result.Build.Report); err != nil {
		_ = temp.Close()
		return fmt.Errorf("write build report: %w", err)
	}
	if err := temp.Close(); err != nil {
		return fmt.Errorf("write build report: %w", err)
	}
	if err := os.Chmod(temp.Name(), 0o644); err != nil {
		return fmt.Errorf("write build report: %w", err)
	}
	return os.Rename(temp.Name(), r.opts.Report)
}
