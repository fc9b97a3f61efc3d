package pipeline

import (
	"context"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/lint"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/werfcfg"
)

// Options says what a run is about and who is told of its progress.
type Options struct {
	Settings *settings.Settings
	Dirs     settings.Dirs
	Flags    *werfenv.Flags
	Reporter Reporter
	// Note receives what the user may not expect; nil sends it to the reporter.
	Note func(text string)

	// NoStorage says that this process may not use Buildah's container storage.
	// A dry run does without it.
	NoStorage bool

	Images  []string // names to build; none means all final ones
	All     bool     // without Images: also images that are not final
	Workers int      // images at once; 0 takes werf's setting
	Report  string   // file for werf's build report, or ""
	// DurationsFrom is a build report that seeds missing records of how
	// long images take, or "".
	DurationsFrom string
	Force         bool  // overwrite a version tag that no channel points to
	Waive         []int // numbers of contract rules to waive
	Charts        chart.Engine
	// Waivers are for findings in the chart.
	Waivers []lint.Waiver
	Shard   *build.Shard // of a build that several machines share; nil is all

	digests map[string]string // that images have to have, by name, see [AsCI]
}

// Reporter receives what happens while it happens.
type Reporter interface {
	build.Observer
	Message(format string, args ...any)
}

// Result is the outcome of a run. Fields of steps that were not reached are
// empty.
type Result struct {
	Repository module.Repository
	Tag        string
	Config     *werfcfg.Config
	Problems   []graph.Problem // of Read
	Build      *build.Result   // of a real run
	Planned    *build.Plan     // of a dry run
	Writes     []publish.Write
	Violations []contract.Violation
	Findings   []lint.Finding // in the chart, the CRDs and the hooks
	Seconds    float64

	refusal error // of the registry's rules, of a dry run
}

// job is one run: what it is about, and what it may do.
type job struct {
	Deps
	opts       Options
	repository module.Repository

	dry      bool // nothing is built, and nothing is written to a registry
	readOnly bool // neither a container backend nor a registry is needed
}

// newJob returns a job of the program itself.
func newJob(opts Options) *job {
	return &job{Deps: realDeps(opts), opts: opts}
}

// run calls the list of steps of a command.
func (j *job) run(ctx context.Context, steps func(*job, context.Context, *Result) error) (*Result, error) {
	start := j.Now()
	if err := j.opts.Flags.Err(); err != nil {
		return nil, err
	}
	var err error
	if j.repository, err = j.opts.Settings.Repository(); err != nil {
		return nil, err
	}
	result := &Result{Repository: j.repository, Tag: j.opts.Settings.Tag.Value}
	if err := steps(j, ctx, result); err != nil {
		return result, err
	}
	result.Seconds = j.Now().Sub(start).Seconds()
	return result, nil
}

// judge runs a check as a step. Violations that break a consumer end a real
// run; a dry run collects them and goes on.
func (j *job) judge(ctx context.Context, result *Result, name string, check func(context.Context) ([]contract.Violation, error)) error {
	return step(ctx, name, func(ctx context.Context) error {
		found, err := check(ctx)
		if err != nil {
			return err
		}
		result.add(found)
		if j.dry {
			return nil
		}
		return ViolationError(found)
	})
}

// note tells the user about something unexpected.
func (j *job) note(format string, args ...any) { j.Note("note: "+format, args...) }
