package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/werf/lockgate"
	"github.com/werf/logboek"
	"github.com/werf/werf/v2/pkg/storage/synchronization/lock_manager"
	"github.com/werf/werf/v2/pkg/tmp_manager"

	"github.com/modship/modship/pkg/schedule"
)

// Shard is the part that one of several machines takes in a build. They work
// for each other through the repository and werf's lock service: an image is
// built by the machine that holds its lock, the others wait and find it in the
// repository. The lock of a machine that died expires.
type Shard struct {
	// Index is this machine's part, from 1, of Count. 0 is no fixed part: the
	// machine takes whatever is ready and nobody holds.
	Index, Count int
}

// String returns the shard as on the command line.
func (s Shard) String() string {
	if s.Index == 0 {
		return "auto"
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Count)
}

const (
	// transfer is what an image takes longer when an image that it needs was built
	// on another machine: waiting, and fetching what Buildah would have at hand.
	transfer = 3 * time.Second
	// unknownImage is what every image counts as where none was ever built.
	unknownImage = time.Minute
	// takeOverAfter is how long an image of another part stays with a machine
	// that has not begun it, while this one has nothing else to do.
	takeOverAfter = 15 * time.Second
	// longestWait is how long another machine may hold one image.
	longestWait = 2 * time.Hour
)

// The times between two questions whether another machine still holds an image.
const (
	firstPause = time.Second
	mostPause  = 4 * time.Second
)

// Split divides the work of the plan among so many machines, and returns the ids of each part's images; fewer parts when
// more machines would only wait.
func (p *Plan) Split(shards int) ([][]string, error) {
	for {
		parts, err := p.split(shards)
		if err != nil || len(parts) == shards || len(parts) == 0 {
			return parts, err
		}
		shards = len(parts) // as the machines will ask
	}
}

// split divides the work once. A machine counts as one worker, whatever it
// builds at once: images that run at the same time share its processors.
func (p *Plan) split(shards int) ([][]string, error) {
	work := slices.Clone(p.Work)
	if !slices.ContainsFunc(work, func(t schedule.Task) bool { return t.Weight > 0 }) {
		for i := range work { // nothing is known: it is not nothing
			work[i].Weight = unknownImage
		}
	}
	return schedule.Split(work, schedule.ShardOptions{Shards: shards, Workers: 1, Transfer: transfer})
}

// share is one machine's view of a build that several do.
type share struct {
	locker lockgate.Locker
	prefix string          // of the names of locks
	built  map[string]bool // units that the repository has
	own    map[string]bool // units of this machine's part; nil when there are no parts

	mu    sync.Mutex
	waits map[string]*wait // by unit
}

// wait describes a unit that this machine has not begun.
type wait struct {
	since time.Time // the first question
	idle  time.Time // since when no other machine has been seen to hold it
	held  bool      // another machine has been seen to hold it
	pause time.Duration
}

// newShare plans the build to find out what there is to do, and what of it is
// this machine's part.
func (b *builder) newShare(ctx context.Context) (*share, error) {
	look := *b
	var err error
	if look.tmpDir, err = tmp_manager.CreateProjectDir(ctx); err != nil {
		return nil, fmt.Errorf("create project folder: %w", err)
	}
	plan, err := look.plan(ctx)
	if err != nil {
		return nil, err
	}
	s := &share{built: map[string]bool{}, waits: map[string]*wait{}, prefix: "modship/" + b.config.Project + "/" + b.config.Commit + "/"}
	if s.locker, err = b.shardLocker(ctx); err != nil {
		return nil, err
	}
	for _, id := range plan.reused {
		s.built[id] = true
	}
	if b.opts.Shard.Index == 0 {
		return s, nil
	}
	s.own = map[string]bool{}
	parts, err := plan.split(b.opts.Shard.Count)
	if err != nil {
		return nil, err
	}
	if at := b.opts.Shard.Index - 1; at < len(parts) {
		for _, id := range parts[at] {
			s.own[id] = true
		}
	}
	return s, nil
}

// shardLocker returns the locks of werf's lock service.
func (b *builder) shardLocker(ctx context.Context) (lockgate.Locker, error) {
	switch m := b.storage.StorageLockManager.(type) {
	case *lock_manager.Generic:
		return m.Locker, nil
	case *lock_manager.Kubernetes:
		// It makes its locker with the first lock.
		lock, err := m.LockStage(ctx, b.config.Project, "modship-shards")
		if err == nil {
			err = m.Unlock(ctx, lock)
		}
		if err != nil {
			return nil, b.explain(fmt.Errorf("reach the lock service: %w", err))
		}
		return m.LockerPerProject[b.config.Project], nil
	default:
		return nil, fmt.Errorf("shards need werf's lock service, and not %T", m)
	}
}

// first reports whether a unit goes before those of other machines.
func (s *share) first(id string) bool { return s.own == nil || s.own[id] || s.built[id] }

// take takes a unit for this machine, until release is called: to build it, or,
// once isBuilt says so, to read what another machine has built. The error is a
// [*schedule.Later] while another machine has it.
func (s *share) take(ctx context.Context, u unit, isBuilt func() (bool, error)) (release func(), err error) {
	if s == nil || s.built[u.id] {
		return func() {}, nil
	}
	acquired, lock, err := s.locker.Acquire(s.lockName(u.id), lockgate.AcquireOptions{
		NonBlocking: true,
		// Then another machine may begin it, too; werf publishes one of the two.
		OnLostLeaseFunc: func(lockgate.LockHandle) error {
			logboek.Context(ctx).Warn().LogF("the lock of image %s was lost\n", u.name)
			return nil
		},
	})
	if err != nil {
		return nil, fmt.Errorf("ask the lock service for image %s: %w", u.name, err)
	}
	later := s.wait(u.id, acquired)
	if acquired && later == nil {
		return func() { s.release(ctx, u, lock) }, nil
	}
	if acquired { // but another machine is meant to build it
		if built, err := isBuilt(); built {
			return func() { s.release(ctx, u, lock) }, nil
		} else if err != nil {
			s.release(ctx, u, lock)
			return nil, err
		}
		s.release(ctx, u, lock)
	}
	if later == nil {
		return nil, fmt.Errorf("another machine has held this image for %s", longestWait)
	}
	return nil, later
}

func (s *share) release(ctx context.Context, u unit, lock lockgate.LockHandle) {
	if err := s.locker.Release(lock); err != nil {
		// It expires.
		logboek.Context(ctx).Warn().LogF("the lock of image %s could not be released: %s\n", u.name, err)
	}
}

// wait decides whether to ask for a unit again, given whether nobody holds it:
// nil if it is to be built here, or if it has been waited for too long.
func (s *share) wait(id string, isFree bool) *schedule.Later {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	w := s.waits[id]
	if w == nil {
		w = &wait{since: now, idle: now, pause: firstPause}
		s.waits[id] = w
	}
	if !isFree {
		w.held, w.idle = true, now
	}
	switch {
	// What was held and no longer is has been built, or its machine has died.
	case isFree && (s.first(id) || w.held || now.Sub(w.idle) >= takeOverAfter):
		return nil
	case !isFree && now.Sub(w.since) >= longestWait:
		return nil
	}
	later := &schedule.Later{After: w.pause}
	w.pause = min(2*w.pause, mostPause)
	return later
}

// waited reports whether another machine has held the unit.
func (s *share) waited(id string) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waits[id] != nil && s.waits[id].held
}

// lockName is short, whatever the length of the image's name: lock services keep
// names in places with limits.
func (s *share) lockName(id string) string {
	sum := sha256.Sum256([]byte(s.prefix + id))
	return "modship-" + hex.EncodeToString(sum[:16])
}
