package schedule

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sleeper returns a task that takes its weight, on the test's virtual clock.
func sleeper(tasks []Task) func(context.Context, string) error {
	weight := map[string]time.Duration{}
	for _, t := range tasks {
		weight[t.ID] = t.Weight
	}
	return func(_ context.Context, id string) error {
		time.Sleep(weight[id])
		return nil
	}
}

// TestDoOnRandomGraphs runs the real scheduler on a virtual clock, so
// that each task takes exactly its weight.
func TestDoOnRandomGraphs(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 1000 {
		tasks, workers := randomTasks(r, 5+r.IntN(30)), 1+r.IntN(8)
		synctest.Test(t, func(t *testing.T) {
			var running, most atomic.Int32
			sleep := sleeper(tasks)
			run, err := Do(t.Context(), tasks, DoOptions{Workers: workers}, func(ctx context.Context, id string) error {
				now := running.Add(1)
				defer running.Add(-1)
				for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
				}
				return sleep(ctx, id)
			})
			if err != nil {
				t.Fatal(err)
			}
			if int(most.Load()) > workers {
				t.Errorf("%d tasks at once on %d workers", most.Load(), workers)
			}
			checkRun(t, run, tasks)
			if got, want := run.Wall(), mustSimulate(t, tasks, SimulateOptions{Workers: workers}).Wall(); got != want {
				t.Errorf("took %s, the simulation says %s", got, want)
			}
		})
		if t.Failed() {
			return
		}
	}
}

func started(run *Run) (ids []string) {
	for _, s := range run.Spans {
		ids = append(ids, s.ID)
	}
	return ids
}

func TestWhatGoesFirst(t *testing.T) {
	tasks := []Task{{ID: "a", Weight: second}, {ID: "b", Needs: []string{"a"}, Weight: second}, {ID: "c", Weight: 3 * second}, {ID: "d", Weight: second}}
	for name, tc := range map[string]struct {
		first func(string) bool
		want  []string
	}{
		"the longest path": {nil, []string{"c", "a", "b", "d"}},
		"what is named":    {func(id string) bool { return id == "d" || id == "b" }, []string{"d", "c", "a", "b"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			run, err := Do(t.Context(), tasks, DoOptions{Workers: 1, First: tc.first}, sleeper(tasks))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, started(run)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		})
	}
}

// TestLater: a task that is put off gives its worker to others, and the run
// waits for it.
func TestLater(t *testing.T) {
	tasks := []Task{{ID: "busy", Weight: 9 * second}, {ID: "after", Needs: []string{"busy"}, Weight: second}, {ID: "other", Weight: second}}
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		run, err := Do(t.Context(), tasks, DoOptions{Workers: 1}, func(ctx context.Context, id string) error {
			if id == "busy" {
				if asked++; asked < 4 {
					return fmt.Errorf("somebody has it: %w", &Later{After: 2 * second})
				}
			}
			time.Sleep(second)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"other", "busy", "after"}, started(run)); diff != "" || asked != 4 || run.Wall() != 8*second {
			t.Errorf("asked %d times, took %s (-want +got):\n%s", asked, run.Wall(), diff)
		}
	})
}

// TestLaterEndsWithTheRun: a postponed task does not run after a failure or an
// interruption.
func TestLaterEndsWithTheRun(t *testing.T) {
	tasks := []Task{{ID: "busy"}, {ID: "bad"}}
	for name, timeout := range map[string]time.Duration{"failure": time.Hour, "interruption": second} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			run, err := Do(ctx, tasks, DoOptions{Workers: 2}, func(ctx context.Context, id string) error {
				if id == "busy" {
					return &Later{After: time.Minute}
				}
				time.Sleep(2 * second)
				if name == "failure" {
					return errors.New("broken")
				}
				return nil
			})
			if err == nil || run.Wall() != 2*second || !slices.Contains(run.NotRun, "busy") {
				t.Errorf("%s: error %v after %s, not run %v", name, err, run.Wall(), run.NotRun)
			}
		})
	}
}

func TestFailureStopsTheRest(t *testing.T) {
	broken := errors.New("make: *** [all] Error 2")
	tasks := []Task{
		{ID: "bad"},
		{ID: "slow"},
		{ID: "waits-for-slow", Needs: []string{"slow"}},
		{ID: "above-bad", Needs: []string{"bad"}},
		{ID: "top", Needs: []string{"above-bad", "waits-for-slow"}},
	}
	synctest.Test(t, func(t *testing.T) {
		run, err := Do(t.Context(), tasks, DoOptions{Workers: 2}, func(ctx context.Context, id string) error {
			if id == "bad" {
				time.Sleep(second)
				return broken
			}
			<-ctx.Done()
			if !strings.Contains(context.Cause(ctx).Error(), "bad failed") {
				t.Errorf("the cause is %v", context.Cause(ctx))
			}
			return fmt.Errorf("build stage: %w", context.Cause(ctx))
		})
		var got *Error
		if !errors.As(err, &got) || !errors.Is(err, broken) || errors.Is(err, context.Canceled) {
			t.Fatalf("error %v", err)
		}
		want := Error{
			Failed:   map[string]error{"bad": broken},
			Canceled: []string{"slow"},
			NotRun:   map[string][]string{"above-bad": {"bad"}, "top": {"bad"}, "waits-for-slow": nil},
		}
		if diff := cmp.Diff(want, *got, cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) })); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if run.Wall() != second || len(run.Spans) != 2 {
			t.Errorf("took %s and ran %d tasks, want 1s and 2", run.Wall(), len(run.Spans))
		}
		if diff := cmp.Diff([]string{"above-bad", "top", "waits-for-slow"}, run.NotRun); diff != "" {
			t.Errorf("not run (-want +got):\n%s", diff)
		}
		if want := "bad: make: *** [all] Error 2 (4 more not done because of it)"; err.Error() != want {
			t.Errorf("text %q, want %q", err, want)
		}
	})
}

func TestEachFailureIsReported(t *testing.T) {
	tasks := []Task{{ID: "a"}, {ID: "b"}}
	var both sync.WaitGroup
	both.Add(2)
	_, err := Do(t.Context(), tasks, DoOptions{Workers: 2}, func(_ context.Context, id string) error {
		both.Done()
		both.Wait()
		return errors.New("broken " + id)
	})
	if want := "a: broken a; b: broken b"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestInterruption(t *testing.T) {
	tasks := []Task{{ID: "a"}, {ID: "b", Needs: []string{"a"}}}
	for name, tc := range map[string]struct {
		timeout time.Duration
		ran     int
	}{"before": {0, 0}, "during": {second, 1}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), tc.timeout)
			defer cancel()
			run, err := Do(ctx, tasks, DoOptions{Workers: 2}, func(ctx context.Context, id string) error {
				<-ctx.Done()
				return ctx.Err()
			})
			var got *Error
			if !errors.As(err, &got) || !errors.Is(err, context.DeadlineExceeded) || len(got.Failed) != 0 {
				t.Errorf("%s: error %v", name, err)
			}
			if len(run.Spans) != tc.ran || len(run.Spans)+len(run.NotRun) != len(tasks) {
				t.Errorf("%s: %d tasks ran, %d did not", name, len(run.Spans), len(run.NotRun))
			}
			if !strings.HasPrefix(err.Error(), "interrupted: context deadline exceeded") {
				t.Errorf("%s: text %q", name, err)
			}
		})
	}
}

func TestInterruptionAfterTheEndIsNoError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Do(ctx, []Task{{ID: "a"}}, DoOptions{Workers: 1}, func(context.Context, string) error {
		cancel()
		return nil
	})
	if err != nil {
		t.Errorf("everything was done, but: %v", err)
	}
}

func TestPanicAndGoexitBecomeErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		do   func()
		want string
	}{
		"panic":  {func() { panic("boo") }, "a: panic: boo"},
		"goexit": {runtime.Goexit, "a: the task ended its goroutine without returning"},
	} {
		_, err := Do(t.Context(), []Task{{ID: "a"}}, DoOptions{Workers: 1}, func(context.Context, string) error {
			tc.do()
			return nil
		})
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s: error %v, want %s", name, err, tc.want)
		}
		var p *PanicError
		if name == "panic" && (!errors.As(err, &p) || !strings.Contains(string(p.Stack), "do_test.go")) {
			t.Errorf("no stack of the panic in %#v", err)
		}
	}
}

func TestDoRefusesWrongTasks(t *testing.T) {
	never := func(context.Context, string) error { t.Error("a task was run"); return nil }
	for name, tc := range map[string]struct {
		tasks   []Task
		workers int
	}{
		"cycle":      {[]Task{{ID: "a", Needs: []string{"a"}}}, 1},
		"no workers": {[]Task{{ID: "a"}}, 0},
	} {
		if run, err := Do(t.Context(), tc.tasks, DoOptions{Workers: tc.workers}, never); err == nil || run != nil {
			t.Errorf("%s: run %v, error %v", name, run, err)
		}
	}
}
