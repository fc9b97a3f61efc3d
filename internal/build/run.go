package build

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/werf/logboek"
	"github.com/werf/werf/v2/pkg/build"
	"github.com/werf/werf/v2/pkg/build/image"
	"github.com/werf/werf/v2/pkg/container_backend"
	"github.com/werf/werf/v2/pkg/docker"
	"github.com/werf/werf/v2/pkg/util/parallel"

	"github.com/modship/modship/pkg/schedule"
)

// tasks are the units as the schedule sees them.
func (b *builder) tasks(units []unit) []schedule.Task {
	var tasks []schedule.Task
	for _, u := range units {
		weight := schedule.Unknown
		if b.opts.Durations != nil {
			weight = b.opts.Durations.Of(u.image)
		}
		tasks = append(tasks, schedule.Task{ID: u.id, Needs: u.needs, Weight: weight})
	}
	return tasks
}

// run builds the units in the order of the schedule.
func (b *builder) run(ctx context.Context, r *runner, units []unit, tasks []schedule.Task) (*schedule.Run, error) {
	r.builder, r.units, r.failures = b, map[string]unit{}, map[string]Failure{}
	b.opts.Observer.Expect(tasks, b.workers())
	for _, u := range units {
		r.units[u.id] = u
		r.event(u, schedule.Queued, 0, "")
	}
	opts := schedule.DoOptions{Workers: b.workers()}
	if r.share != nil {
		opts.First = r.share.first
	}
	run, err := schedule.Do(ctx, tasks, opts, r.do)
	if err == nil {
		return run, nil
	}
	return run, r.outcome(ctx, err)
}

// runner is one run of the schedule over one conveyor.
type runner struct {
	*builder
	conveyor *build.Conveyor
	phase    *build.BuildPhase
	share    *share            // nil when this machine builds alone
	looks    *build.BuildPhase // builds nothing; nil without share
	units    map[string]unit

	mu       sync.Mutex
	failures map[string]Failure
}

// do builds one unit, unless another machine has it. The context is cancelled by
// the first failure elsewhere; a running shell does not notice that by itself
// and is killed.
func (r *runner) do(ctx context.Context, id string) error {
	u := r.units[id]
	before := r.share.waited(id)
	release, err := r.share.take(ctx, u, func() (bool, error) { return r.isBuilt(ctx, u) })
	if _, ok := errors.AsType[*schedule.Later](err); ok {
		if !before && r.share.waited(id) {
			r.opts.Observer.Log(id, "another machine builds it: waiting")
		}
		return err
	}
	stop := killRunsWhenDone(ctx)
	defer stop()
	log, logErr := newImageLog(r.opts.LogDir, u, r.opts.Observer.Log)
	if logErr != nil {
		return errors.Join(err, logErr)
	}
	r.event(u, schedule.Running, 0, "")
	start := time.Now()
	if err == nil {
		defer release()
		err = r.buildUnit(ctx, u, log)
	}
	seconds := time.Since(start).Seconds()
	if closeErr := log.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("write build log: %w", closeErr)
	}
	if err != nil {
		return r.failed(ctx, u, log, seconds, err)
	}
	r.finished(u, seconds)
	return nil
}

// isBuilt asks the repository for the stages of a unit.
func (r *runner) isBuilt(ctx context.Context, u unit) (bool, error) {
	missing, err := lookUp(context.WithValue(ctx, parallel.CtxBackgroundTaskIDKey, u.number), r.looks, u, func(*image.Image) {}) //nolint:staticcheck // werf's key is a string
	return missing == nil && err == nil, err
}

func (r *runner) finished(u unit, seconds float64) {
	switch {
	case u.rebuilt():
		r.event(u, schedule.Built, seconds, "")
	case r.share.waited(u.id):
		r.event(u, schedule.Reused, seconds, "built on another machine")
	default:
		r.event(u, schedule.Reused, seconds, "")
	}
}

func (r *runner) failed(ctx context.Context, u unit, log *imageLog, seconds float64, err error) error {
	if ctx.Err() != nil {
		// Not its own fault: it was cancelled, or its shell was killed.
		r.event(u, schedule.Canceled, seconds, "")
		return context.Canceled
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.newFailure(u.name, log, err)
	r.failures[u.id] = f
	r.event(u, schedule.Failed, seconds, f.Message)
	return err
}

func (r *runner) buildUnit(ctx context.Context, u unit, log *imageLog) error {
	logger := logboek.Context(ctx).NewSubLogger(log, log)
	ctx = logboek.NewContext(ctx, logger)
	// werf tells its workers apart by this value, and expects an int.
	ctx = context.WithValue(ctx, parallel.CtxBackgroundTaskIDKey, u.number) //nolint:staticcheck // werf's key is a string
	if _, isBuildah := r.conveyor.ContainerBackend.(*container_backend.BuildahBackend); !isBuildah {
		// Docker's client keeps its streams: each worker has its own.
		var err error
		if ctx, err = docker.NewContext(ctx); err != nil {
			return fmt.Errorf("open a Docker client: %w", err)
		}
	}
	for _, set := range u.sets {
		for _, img := range set {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := r.buildImage(ctx, u, img); err != nil {
				return err
			}
		}
	}
	return nil
}

// buildImage takes one image object through werf's build phase.
func (r *runner) buildImage(ctx context.Context, u unit, img *image.Image) error {
	start := time.Now()
	defer func() { img.BuildDuration = time.Since(start) }()
	return logboek.Context(ctx).LogProcess(img.LogDetailedName()).DoError(func() error {
		phase := r.phase.Clone()
		cleanup, err := phase.BeforeImageStages(ctx, img)
		if cleanup != nil {
			defer cleanup()
		}
		if err != nil {
			return err
		}
		for i, stage := range img.GetStages() {
			stageStart := time.Now()
			if err := phase.OnImageStage(ctx, img, withImportCheck(stage, r.process, img.TargetPlatform)); err != nil {
				return &stageError{stage: string(stage.Name()), err: err}
			}
			if img.GetRebuilt() {
				r.reasons.add(u.image, string(stage.Name()), i == 0)
			}
			img.AddStageDuration(stage.Name(), time.Since(stageStart))
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return phase.AfterImageStages(ctx, img)
	})
}

func (u unit) rebuilt() bool {
	for _, set := range u.sets {
		for _, img := range set {
			if img.GetRebuilt() {
				return true
			}
		}
	}
	return false
}

func (r *runner) event(u unit, state schedule.State, seconds float64, message string) {
	r.opts.Observer.Event(schedule.Event{Time: time.Now(), ID: u.id, Name: u.name, State: state, Seconds: seconds, Message: message})
}
