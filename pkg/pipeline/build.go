package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modship/modship/pkg/build"
)

func (r *run) build(context.Context) error {
	var err error
	r.result.Build, err = build.Build(r.werfCtx, r.process, r.result.Config, r.buildOptions())
	if err != nil {
		return err
	}
	if n := r.result.Build.LeftOut; n > 0 {
		r.opts.Reporter.Message("%d images of werf.yaml are not needed by a final image and were left out (--all builds them)", n)
	}
	return r.writeReport()
}

func (r *run) buildOptions() build.Options {
	return build.Options{
		Images:    r.opts.Images,
		FinalOnly: !r.opts.All && *r.opts.Flags.Data().FinalImagesOnly,
		Workers:   r.opts.Workers,
		LogDir:    r.opts.Dirs.Logs(r.opts.Settings.Name.Value),
		Event:     r.opts.Reporter.Event,
		Line:      r.opts.Reporter.Log,
	}
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
