package build

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/google/renameio/v2"
	"github.com/werf/logboek"
	"github.com/werf/werf/v2/pkg/tmp_manager"
)

// A Memory knows what a build read of the repository the last time, so that
// the next one can read it before werf asks, all at once instead of one after
// the other. It holds no content: what is read ahead is read again in each run.
type Memory struct {
	file string

	Repository string   `json:"repository"`
	Imports    []string `json:"imports"` // references of metadata about imported files
	// Settled is set by a build that had next to nothing else to read: werf's
	// cache below its home then has the descriptions of all stages.
	Settled bool `json:"settled"`
	// Layers are those that builds have pushed, by the digest of the uncompressed
	// layer. Whether a repository still has one is asked.
	Layers map[string]Layer `json:"layers,omitempty"`
}

// LoadMemory reads a memory. A file that is missing or damaged is an empty
// memory: it only costs time.
func LoadMemory(file string) *Memory {
	m := &Memory{file: file}
	data, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(data, m) != nil {
		return &Memory{file: file}
	}
	return m
}

// settledReads is how many stages a build may read for the next one to do
// without a look at all images at once.
const settledReads = 16

// maxLayers bounds what is remembered: beyond it, the layers of the last build are.
const maxLayers = 4096

// keep records what a build read and pushed and writes it to the file.
func (m *Memory) keep(repository string, r *repoClient, c *carrier, built int) error {
	r.mu.Lock()
	m.Repository, m.Imports = repository, nil
	for ref := range r.asked {
		m.Imports = append(m.Imports, ref)
	}
	m.Settled = built+r.count-len(r.asked) <= settledReads
	r.mu.Unlock()
	if c != nil {
		m.Layers = c.remember(maxLayers)
	}
	slices.Sort(m.Imports)
	return m.write()
}

// keepLayers records what a build pushed before it failed.
func (m *Memory) keepLayers(c *carrier) error {
	m.Layers = c.remember(maxLayers)
	return m.write()
}

func (m *Memory) write() error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(m.file), 0o700); err != nil {
		return fmt.Errorf("keep what the build read: %w", err)
	}
	if err := renameio.WriteFile(m.file, data, 0o600); err != nil {
		return fmt.Errorf("keep what the build read: %w", err)
	}
	return nil
}

// readAheadJobs is how many images are read ahead at once.
const readAheadJobs = 16

// readAhead starts to read the images and returns what waits for the last.
func (r *repoClient) readAhead(ctx context.Context, refs []string) (wait func()) {
	var running sync.WaitGroup
	slots := make(chan struct{}, readAheadJobs)
	for _, ref := range refs {
		ahead := &readAhead{done: make(chan struct{})}
		r.mu.Lock()
		r.ahead[ref] = ahead
		r.mu.Unlock()
		running.Go(func() {
			defer close(ahead.done)
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() == nil {
				ahead.answer = r.fetch(ctx, ref)
			}
		})
	}
	return running.Wait
}

// lookAhead reads what the build will ask the repository for: what the last one
// asked for, and, where werf's cache is not filled yet, what a plan asks for.
// A plan looks at many images at once while a build has few workers. Whatever
// fails here is left to the build. The result ends the reading.
func (b *builder) lookAhead(ctx context.Context) (stop func()) {
	if b.repoClient == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	memory := b.opts.Memory
	wait := func() {}
	if memory != nil && memory.Repository == b.storage.StagesStorage.Address() {
		wait = b.repoClient.readAhead(ctx, memory.Imports)
	}
	if memory == nil || memory.Repository != b.storage.StagesStorage.Address() || !memory.Settled {
		b.lookAtAll(ctx)
	}
	return func() {
		cancel()
		wait()
	}
}

// lookAtAll plans the build and forgets the plan.
func (b *builder) lookAtAll(ctx context.Context) {
	tmpDir, err := tmp_manager.CreateProjectDir(ctx)
	if err != nil {
		return
	}
	look := *b
	look.tmpDir = tmpDir
	b.repoClient.setKeeping(true)
	defer b.repoClient.setKeeping(false)
	_, _ = look.plan(logboek.NewContext(ctx, logboek.Context(ctx).NewSubLogger(io.Discard, io.Discard)))
}
