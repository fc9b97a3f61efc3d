package cli

import (
	"errors"
	"fmt"
	stdio "io"
	"os"
	"path/filepath"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/progress"
	"github.com/modship/modship/pkg/graph/render"
)

// analyze prints where the time of a build went, and writes the requested pictures,
// also after a failed build.
func (o *buildOptions) analyze(io *streams, result *pipeline.Result) error {
	if result == nil || result.Build == nil || result.Build.Run == nil {
		return nil
	}
	analysis, err := result.Build.Analyze()
	if err != nil {
		return err
	}
	opts := render.AnalysisOptions{Title: result.Repository.Name + " " + result.Tag, Reused: result.Build.Reused()}
	// A shard waits for other machines: where its own time went says little.
	if o.Shard == "" && o.Progress != progress.Quiet && o.Progress != progress.JSON {
		if err := render.Analysis(io.Err, analysis, opts); err != nil {
			return err
		}
	}
	return errors.Join(
		toFile(o.Timeline, func(w stdio.Writer) error { return render.Timeline(w, analysis, opts) }),
		toFile(o.Trace, func(w stdio.Writer) error { return render.Trace(w, analysis, opts) }),
	)
}

// checkOutput checks before a build that a file can be written after it. An empty name
// stands for no file.
func checkOutput(flag, file string) error {
	if file == "" {
		return nil
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return exit.With(exit.Usage, fmt.Errorf("%s %s is a directory: expected a file", flag, file), "")
	}
	probe, err := os.CreateTemp(filepath.Dir(file), ".modship-*")
	if err != nil {
		return exit.With(exit.Usage, fmt.Errorf("%s %s cannot be written: %w", flag, file, errors.Unwrap(err)), "")
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// toFile calls write with a new file of that name, if there is a name.
func toFile(name string, write func(stdio.Writer) error) error {
	if name == "" {
		return nil
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
