package cli

import (
	"errors"
	stdio "io"
	"os"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/pipeline"
	"github.com/modship/modship/pkg/progress"
)

// analyze tells where the time of a build went, and writes the pictures that
// were asked for: of a failed build too.
func (o *buildOptions) analyze(io *streams, result *pipeline.Result) error {
	if result == nil || result.Build == nil || result.Build.Run == nil {
		return nil
	}
	analysis, err := result.Build.Analyze()
	if err != nil {
		return err
	}
	opts := graph.AnalysisOptions{Title: result.Repository.Name + " " + result.Tag, Reused: result.Build.Reused()}
	if o.Progress != progress.Quiet && o.Progress != progress.JSON {
		if err := graph.WriteAnalysis(io.Err, analysis, opts); err != nil {
			return err
		}
	}
	return errors.Join(
		toFile(o.Timeline, func(w stdio.Writer) error { return graph.WriteTimelineHTML(w, analysis, opts) }),
		toFile(o.Trace, func(w stdio.Writer) error { return graph.WriteTrace(w, analysis, opts) }),
	)
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
