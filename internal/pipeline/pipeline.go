// Package pipeline is the main job: from a module repository to a registry
// that a cluster can read, as an ordered list of steps.
//
// A step is a method of what the steps before it have made: [job] has the
// options, [site] is a job for which everything is prepared, [source] is a site
// whose repository is read. What steps need of the world (werf, git, a
// registry, the clock), they get through [Deps].
package pipeline

import (
	"context"
	"fmt"
)

// Publish builds the module, publishes it and proves the result. After a
// failure, the result has what was found and written until then.
func Publish(ctx context.Context, opts Options) (*Result, error) {
	return newJob(opts).run(ctx, (*job).publish)
}

// Plan finds out what Publish would do with the same options. It writes to no
// registry.
func Plan(ctx context.Context, opts Options) (*PlanResult, error) {
	j := newJob(opts)
	j.dry = true
	return j.plan(ctx)
}

// publish is the list of steps of Publish and Plan. A dry run takes the same
// steps: it looks up where a real run builds, goes on where a real run would
// be refused, and ends before the first write.
func (j *job) publish(ctx context.Context, result *Result) error {
	// What can be refused without any work.
	if err := step(ctx, "check the settings", j.checkSettings); err != nil {
		return err
	}
	// Directories, logins, embedded registry, werf, werf.yaml → graph.
	source, ctx, err := j.open(ctx, result)
	if err != nil {
		return err
	}
	defer source.close()
	// Contract rules that need no build.
	if err := j.judge(ctx, result, "check the repository", source.checkRepository); err != nil {
		return err
	}
	// What a cluster would refuse of the chart, the CRDs and the hooks.
	if err := j.inspect(ctx, result, "check the chart", source.checkChart); err != nil {
		return err
	}
	// May we write, and would we overwrite?
	if err := step(ctx, "check the registry", source.preflight); err != nil {
		return err
	}
	// werf pushes the application images.
	images, err := source.makeImages(ctx, result)
	if err != nil {
		return err
	}
	// Contract rules on what was built.
	if err := j.judge(ctx, result, "check the images", images.check); err != nil {
		return err
	}
	// The chart with the digests that it will have.
	if err := j.inspect(ctx, result, "check the chart with the images", images.checkChart); err != nil {
		return err
	}
	// Release image, bundle, registration, channels.
	plan, err := images.planWrites(ctx, result)
	if err != nil || j.dry {
		return err
	}
	if err := plan.write(ctx, result); err != nil {
		return err
	}
	// As a cluster reads it.
	return j.judge(ctx, result, "verify what was published", plan.check)
}

// Build builds the images and pushes them as werf does.
func Build(ctx context.Context, opts Options) (*Result, error) {
	return newJob(opts).run(ctx, (*job).build)
}

func (j *job) build(ctx context.Context, result *Result) error {
	source, ctx, err := j.open(ctx, result)
	if err != nil {
		return err
	}
	defer source.close()
	return step(ctx, "build", func(ctx context.Context) error {
		result.Build, err = source.build(ctx)
		return err
	})
}

// PlanBuild finds out what Build would do with the same options, as the Planned
// of the result. It writes to no registry.
func PlanBuild(ctx context.Context, opts Options) (*Result, error) {
	j := newJob(opts)
	j.dry = true
	return j.run(ctx, (*job).planOnly)
}

func (j *job) planOnly(ctx context.Context, result *Result) error {
	source, ctx, err := j.open(ctx, result)
	if err != nil {
		return err
	}
	defer source.close()
	return step(ctx, "plan the build", func(ctx context.Context) error {
		result.Planned, err = source.planBuild(ctx, j.opts.Images)
		return err
	})
}

// Read reads the repository and makes its graph, without a container backend
// or a registry.
func Read(ctx context.Context, opts Options) (*Result, error) {
	j := newJob(opts)
	j.readOnly = true
	return j.run(ctx, (*job).read)
}

func (j *job) read(ctx context.Context, result *Result) error {
	source, ctx, err := j.open(ctx, result)
	if err != nil {
		return err
	}
	defer source.close()
	return step(ctx, "look for problems", func(ctx context.Context) error {
		result.Problems, err = source.findProblems(ctx)
		return err
	})
}

// step runs one step, unless the run was cancelled. Its error says what was
// being done.
func step(ctx context.Context, name string, do func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := do(ctx); err != nil {
		return withoutDetails(fmt.Errorf("%s: %w", name, err))
	}
	return nil
}
