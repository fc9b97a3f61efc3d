package chart

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
)

// Engine renders charts. Templates are foreign code that can neither be
// interrupted nor kept from allocating memory, so the engine of a program gives
// them a process of their own, which can be ended: with bounded memory and time,
// an empty environment and no way to a cluster.
type Engine struct {
	// Program is an executable that calls [IsWorker] and [Work] first thing; empty
	// renders in this process, without a bound of memory.
	Program string
	// Cache is a directory that keeps what charts rendered to, for the next time;
	// empty keeps nothing.
	Cache string
}

// workerArgument is the only argument of a worker.
const workerArgument = "modship-render-chart"

// maxMemory bounds the memory of a worker. The largest module that we know takes
// a tenth of it.
const maxMemory = 1 << 30

var errTooLarge = fmt.Errorf("it takes more than %d MiB of memory", maxMemory>>20)

// task is what a worker is asked for.
type task struct {
	Files   map[string][]byte
	Renders []RenderOptions
	Places  bool     // find the lines too
	Images  *Options // or: the images that the chart looks up
}

// answer is the result of a worker. Gob leaves out empty fields.
type answer struct {
	Renderings []outcome
	Places     []map[string][]Place
	Result     Result
	Error      string
}

// outcome is what a worker says of a Rendering.
type outcome struct {
	Values   string
	Texts    map[string]string
	Failures []Failure
	Images   map[string]string
}

// IsWorker reports whether this process is a worker.
func IsWorker() bool { return len(os.Args) == 2 && os.Args[1] == workerArgument }

// Work does the task of a worker and returns the exit code.
func Work(in io.Reader, out io.Writer) int {
	limit := syscall.Rlimit{Cur: maxMemory, Max: maxMemory}
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &limit) // where it cannot be set, the time bounds it
	debug.SetMemoryLimit(maxMemory / 2)
	registerValues()
	var t task
	if err := gob.NewDecoder(in).Decode(&t); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := gob.NewEncoder(out).Encode(t.do()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// registerValues tells gob which types values have.
func registerValues() {
	gob.Register(map[string]any{})
	gob.Register([]any{})
}

func (t task) do() answer {
	var a answer
	var err error
	if t.Images != nil {
		a.Result, err = Images(context.Background(), t.Files, *t.Images)
	} else {
		err = t.render(&a)
	}
	if err != nil {
		a.Error = err.Error()
	}
	return a
}

func (t task) render(a *answer) error {
	made := make([]*Rendering, len(t.Renders))
	errs := make([]error, len(t.Renders))
	var all sync.WaitGroup
	for i, opts := range t.Renders {
		all.Go(func() { made[i], errs[i] = Render(context.Background(), t.Files, opts) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, r := range made {
		if t.Places {
			r.once.Do(r.locate)
		}
		a.Places = append(a.Places, r.places)
		a.Renderings = append(a.Renderings, outcome{Values: r.Values, Texts: r.Texts, Failures: r.Failures, Images: r.Images})
	}
	return nil
}

// Render renders the chart once for each of the options.
func (e Engine) Render(ctx context.Context, files map[string][]byte, opts []RenderOptions) ([]*Rendering, error) {
	a, err := e.do(ctx, task{Files: files, Renders: opts})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, errTooLarge), errors.Is(err, errTooSlow):
		a.Renderings = make([]outcome, len(opts))
		for i := range opts {
			a.Renderings[i] = outcome{Values: opts[i].Values.Name, Failures: []Failure{{Reason: err.Error()}}}
		}
	case err != nil:
		return nil, err
	}
	made := make([]*Rendering, len(opts))
	for i := range a.Renderings {
		r := a.Renderings[i]
		made[i] = &Rendering{Values: r.Values, Texts: r.Texts, Failures: r.Failures, Images: r.Images}
		made[i].find = func() map[string][]Place {
			a, err := e.do(ctx, task{Files: files, Renders: opts[i : i+1], Places: true})
			if err != nil || len(a.Places) == 0 {
				return nil // findings then have no lines
			}
			return a.Places[0]
		}
	}
	return made, nil
}

// Images is the function Images in the process of the engine.
func (e Engine) Images(ctx context.Context, files map[string][]byte, opts Options) (Result, error) {
	a, err := e.do(ctx, task{Files: files, Images: &opts})
	if errors.Is(err, errTooLarge) || errors.Is(err, errTooSlow) {
		return Result{Failures: []Failure{{Reason: err.Error()}}}, ctx.Err()
	}
	return a.Result, err
}

// do does a task unless it was done before.
func (e Engine) do(ctx context.Context, t task) (answer, error) {
	kept := cache(e.Cache)
	key := kept.key(e.Program, t)
	if a, ok := kept.get(key); ok {
		return a, nil
	}
	a, err := e.work(ctx, t)
	if err == nil {
		kept.put(key, a)
	}
	return a, err
}

// work gives the task to a worker.
func (e Engine) work(ctx context.Context, t task) (answer, error) {
	if e.Program == "" {
		a := t.do() //nolint:contextcheck // the bound of a rendering in this process is its own
		return a, a.err()
	}
	registerValues()
	var in, out, stderr bytes.Buffer
	if err := gob.NewEncoder(&in).Encode(t); err != nil {
		return answer{}, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, maxTime+startTime, errTooSlow)
	defer cancel()
	cmd := exec.CommandContext(limited, e.Program, workerArgument)
	cmd.Env = []string{"TZ=UTC"}
	cmd.Dir = os.TempDir()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &stderr
	err := cmd.Run()
	var a answer
	switch {
	case ctx.Err() != nil:
		return a, ctx.Err()
	case limited.Err() != nil:
		return a, errTooSlow
	case err != nil && strings.Contains(stderr.String(), "out of memory"):
		return a, errTooLarge
	case err != nil:
		return a, fmt.Errorf("render the chart: %w: %s", err, firstLine(stderr.String()))
	}
	if err := gob.NewDecoder(&out).Decode(&a); err != nil {
		return a, fmt.Errorf("render the chart: %w", err)
	}
	return a, a.err()
}

func (a answer) err() error {
	if a.Error == "" {
		return nil
	}
	return errors.New(a.Error)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
