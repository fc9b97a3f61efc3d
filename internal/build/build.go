// Package build drives werf's build: one conveyor, its images started one by
// one as soon as what they need is done.
package build

import (
	"context"
	"errors"
	"fmt"

	"github.com/werf/werf/v2/cmd/werf/common"
	"github.com/werf/werf/v2/pkg/build"
	"github.com/werf/werf/v2/pkg/config"
	"github.com/werf/werf/v2/pkg/storage/manager"
	"github.com/werf/werf/v2/pkg/tmp_manager"

	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/schedule"
	"github.com/modship/modship/pkg/werfcfg"
)

// Options says what to build and how to report it.
type Options struct {
	Images    []string   // names or werf's patterns; none means all that are selected by FinalOnly
	FinalOnly bool       // without Images: only final images and what they need
	Workers   int        // images at once; 0 takes werf's --parallel-tasks-limit
	LogDir    string     // gets one file an image; created if missing
	Durations *Durations // what earlier runs have learned, nil if nothing
	// Registry reads the repository in the place of werf's own client, nil
	// if there is nothing better.
	Registry Registry
	Memory   *Memory // of what the last build read, nil if there is none
	Observer Observer
	// Shard is what this machine does of a build that several share; nil is all.
	Shard *Shard
}

// Observer is told of a build as it goes on, from several goroutines.
type Observer interface {
	Expect(tasks []schedule.Task, workers int)
	Event(schedule.Event)
	Log(id, line string)
}

// Result is what a build made.
type Result struct {
	Images []Image       // sorted by name
	Run    *schedule.Run // how the time was spent; there after a failed build too
	Tasks  []schedule.Task
	Report []byte // werf's build report, JSON
	// LeftOut counts the images of the configuration that nothing selected needs.
	LeftOut int
}

// Image is one image of a result.
type Image struct {
	Name    string  `json:"name"`
	Ref     string  `json:"ref"`    // repository:tag, werf's content tag
	Digest  string  `json:"digest"` // of the manifest
	Rebuilt bool    `json:"rebuilt"`
	Seconds float64 `json:"seconds"`
	Final   bool    `json:"final"`
	// Reason says why it was rebuilt: which input of the first stage that was
	// not there differs. Empty for a reused image.
	Reason string `json:"reason,omitempty"`
}

// Build builds the images of c that the options select and pushes them to the
// repository that the flags of p name. A failed image ends the build; the
// error then is a *Error.
func Build(ctx context.Context, p *werfenv.Process, c *werfcfg.Config, opts Options) (*Result, error) {
	selected, leftOut, err := c.Select(ctx, opts.Images, opts.FinalOnly)
	if err != nil {
		return nil, err
	}
	if err := adoptOrphans(); err != nil {
		return nil, fmt.Errorf("prepare to end shell instructions: %w", err)
	}
	b, err := newBuilder(ctx, p, c, selected, opts)
	if err != nil {
		return nil, err
	}
	stop := b.lookAhead(ctx)
	defer stop()
	var result *Result
	err = manager.RetryOnUnexpectedStagesStorageState(ctx, b.storage, func() error {
		result, err = b.try(ctx)
		return err
	})
	if result != nil {
		result.LeftOut = leftOut
	}
	// Best effort: without a memory the next build is slower.
	switch {
	case b.repoClient == nil || opts.Memory == nil:
	case err != nil:
		_ = opts.Memory.keepLayers(b.carrier)
	default:
		_ = opts.Memory.keep(b.storage.StagesStorage.Address(), b.repoClient, b.carrier, len(result.Images)-len(result.Reused()))
	}
	return result, err
}

type builder struct {
	process  *werfenv.Process
	config   *werfcfg.Config
	git      *gitRepositories
	selected config.ImagesToProcess
	opts     Options

	repositories []string // <registry>/<path> of all that werf reads and writes

	tmpDir     string
	storage    *manager.StorageManager
	repoClient *repoClient // nil when werf reads the repository itself
	carrier    *carrier    // nil when Buildah pushes by itself
	reasons    *reasons
	build      build.BuildOptions
	conveyor   build.ConveyorOptions
}

// newBuilder assembles the parts of a build in the order of `werf build`.
func newBuilder(ctx context.Context, p *werfenv.Process, c *werfcfg.Config, selected config.ImagesToProcess, opts Options) (*builder, error) {
	data := p.Flags.Data()
	b := &builder{process: p, config: c, git: newGitRepositories(), selected: selected, opts: opts, repositories: repositories(data), reasons: &reasons{}}
	var err error
	if b.tmpDir, err = tmp_manager.CreateProjectDir(ctx); err != nil {
		return nil, fmt.Errorf("create project folder: %w", err)
	}
	if b.storage, err = common.NewStorageManager(ctx, &common.NewStorageManagerConfig{
		ProjectName:                    c.Project,
		ContainerBackend:               p.Backend,
		CmdData:                        data,
		CleanupDisabled:                c.Werf.Meta.Cleanup.DisableCleanup,
		GitHistoryBasedCleanupDisabled: c.Werf.Meta.Cleanup.DisableGitHistoryBasedPolicy,
	}); err != nil {
		return nil, b.explain(fmt.Errorf("open the repository for stages: %w", err))
	}
	persist(b.storage)
	if err := knowWhole(ctx, c); err != nil {
		return nil, err
	}
	if b.repoClient = useRegistry(b.storage, opts.Registry); b.repoClient != nil {
		b.carrier = newCarrier(opts.Registry, b.repoClient, opts.Memory)
		p.Carry(b.carrier)
	}
	if b.build, err = common.GetBuildOptions(ctx, data, c.Werf, selected); err != nil {
		return nil, err
	}
	if b.conveyor, err = common.GetConveyorOptionsWithParallel(ctx, data, selected, b.build); err != nil {
		return nil, err
	}
	// Deferred logs go to os.Stdout directly; the logger in ctx is ours.
	b.conveyor.DeferBuildLog = false
	if opts.Workers > 0 {
		b.conveyor.ParallelTasksLimit = int64(opts.Workers)
	}
	return b, nil
}

// newConveyor makes werf's conveyor for one look at all images.
func (b *builder) newConveyor(storage manager.StorageManagerInterface) *build.Conveyor {
	return build.NewConveyor(b.config.Werf, b.config.Giterminism, b.config.Giterminism.ProjectDir(), b.tmpDir,
		b.process.Backend, storage, b.storage.StorageLockManager, b.conveyor)
}

// workers is the bound on images at once.
func (b *builder) workers() int {
	if !b.conveyor.Parallel || b.conveyor.ParallelTasksLimit < 1 {
		if b.conveyor.Parallel {
			return max(1, len(b.config.Werf.Images(false)))
		}
		return 1
	}
	return int(b.conveyor.ParallelTasksLimit)
}

// try builds once with a new conveyor, as werf does on each retry.
func (b *builder) try(ctx context.Context) (*Result, error) {
	prepared := &preparing{StorageManager: b.storage}
	conveyor := b.newConveyor(prepared)
	defer func() { _ = conveyor.Terminate(context.WithoutCancel(ctx)) }()

	var shared *share
	if b.opts.Shard != nil {
		var err error
		if shared, err = b.newShare(ctx); err != nil {
			return nil, err
		}
	}
	units, err := b.prepareUnits(ctx, conveyor)
	if err != nil {
		return nil, err
	}
	phase := build.NewBuildPhase(conveyor, build.BuildPhaseOptions{
		BuildOptions:      b.build,
		ShouldBeBuiltMode: b.process.Flags.RequireBuiltImages(),
	})
	if err := phase.BeforeImages(ctx); err != nil {
		return nil, b.explain(err)
	}
	var looks *build.BuildPhase
	if shared != nil {
		looks = build.NewBuildPhase(conveyor, build.BuildPhaseOptions{BuildOptions: b.build, ShouldBeBuiltMode: true})
	}
	result := &Result{Tasks: b.tasks(units)}
	if result.Run, err = b.run(ctx, &runner{conveyor: conveyor, phase: phase, share: shared, looks: looks}, units, result.Tasks); err != nil {
		return result, err
	}
	if err := phase.AfterImages(ctx); err != nil {
		return result, b.explain(fmt.Errorf("publish metadata of the images: %w", err))
	}
	return result, result.fill(phase.Report(), b.reasons)
}

// prepareUnits lets werf check its options and lay out the stages of all images,
// and returns the units to schedule.
func (b *builder) prepareUnits(ctx context.Context, c *build.Conveyor) ([]unit, error) {
	if _, err := c.Build(ctx, b.build); !errors.Is(err, errPrepared) {
		if err == nil {
			err = errors.New("werf went on past the preparation of the build")
		}
		return nil, b.explain(err)
	}
	return b.units(ctx, c)
}

// errPrepared ends werf's own build after it has checked its options and laid
// out the stages of all images, before the first image.
var errPrepared = errors.New("prepared")

// preparing is a storage manager whose first InitCache, the first thing
// werf's build phase does, ends the build.
type preparing struct {
	*manager.StorageManager
	done bool
}

var _ manager.StorageManagerInterface = (*preparing)(nil)

func (m *preparing) InitCache(ctx context.Context) error {
	if !m.done {
		m.done = true
		return errPrepared
	}
	return m.StorageManager.InitCache(ctx)
}
