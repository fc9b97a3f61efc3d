// Package pipeline is the main job: from a module repository to a registry
// that a cluster can read, as an ordered list of steps.
package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/modship/modship/internal/build"
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
	// Note is told what is not as it may seem; nil tells the reporter.
	Note func(text string)

	Images  []string // names to build; none means all final ones
	All     bool     // without Images: also images that are not final
	Workers int      // images at once; 0 takes werf's setting
	Report  string   // file for werf's build report, or ""
	// DurationsFrom is a build report that seeds what is not yet known of how
	// long images take, or "".
	DurationsFrom string
	Force         bool  // overwrite a version tag that no channel points to
	Waive         []int // numbers of contract rules to waive
}

// Reporter is told what happens while it happens.
type Reporter interface {
	build.Observer
	Message(format string, args ...any)
}

// Result is what a run came to. Fields of steps that were not reached are empty.
type Result struct {
	Repository module.Repository
	Tag        string
	Config     *werfcfg.Config
	Problems   []graph.Problem // of Read
	Build      *build.Result
	Writes     []publish.Write
	Violations []contract.Violation
	Seconds    float64
}

// step is one part of the job. A step may rely on all steps before it.
type step struct {
	name string // what was being done, for errors
	do   func(context.Context) error
}

// Publish builds the module, publishes it and proves the result.
func Publish(ctx context.Context, opts Options) (*Result, error) {
	r := &run{opts: opts}
	return r.steps(ctx, []step{
		{"check the settings", r.checkSettings},         // what can be refused without any work
		{"prepare", r.prepare},                          // folders, credentials, embedded registry
		{"read the repository", r.read},                 // werf.yaml → graph
		{"check the repository", r.checkRepository},     // contract rules that need no build
		{"check the registry", r.preflight},             // may we write, and would we overwrite?
		{"build", r.build},                              // werf pushes the application images
		{"check the images", r.checkImages},             // contract rules on what was built
		{"publish", r.publish},                          // release, bundle, registration, channels
		{"verify what was published", r.checkPublished}, // as a cluster reads it
	})
}

// Build builds the images and pushes them as werf does.
func Build(ctx context.Context, opts Options) (*Result, error) {
	r := &run{opts: opts}
	return r.steps(ctx, []step{
		{"prepare", r.prepare},
		{"read the repository", r.read},
		{"build", r.build},
	})
}

// Read reads the repository and makes its graph, without a container backend
// or a registry.
func Read(ctx context.Context, opts Options) (*Result, error) {
	r := &run{opts: opts, readOnly: true}
	return r.steps(ctx, []step{
		{"prepare", r.prepare},
		{"read the repository", r.read},
		{"look for problems", r.findProblems},
	})
}

func (r *run) steps(ctx context.Context, steps []step) (*Result, error) {
	start := time.Now()
	defer r.close()
	if err := r.opts.Flags.Err(); err != nil {
		return nil, err
	}
	repository, err := r.opts.Settings.Repository()
	if err != nil {
		return nil, err
	}
	r.result = &Result{Repository: repository, Tag: r.opts.Settings.Tag.Value}
	for _, s := range steps {
		if err := ctx.Err(); err != nil {
			return r.result, err
		}
		if err := s.do(ctx); err != nil {
			return r.result, withoutDetails(fmt.Errorf("%s: %w", s.name, err))
		}
	}
	r.result.Seconds = time.Since(start).Seconds()
	return r.result, nil
}
