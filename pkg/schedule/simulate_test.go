package schedule

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const second = time.Second

// threeChains is the bench of issue 3: a chain for each row, a task a number.
func threeChains() []Task {
	return []Task{
		{ID: "a1", Weight: 6 * second},
		{ID: "a2", Needs: []string{"a1"}, Weight: second},
		{ID: "a3", Needs: []string{"a2"}, Weight: second},
		{ID: "b1", Weight: second},
		{ID: "b2", Needs: []string{"b1"}, Weight: 6 * second},
		{ID: "b3", Needs: []string{"b2"}, Weight: second},
		{ID: "c1", Weight: second},
		{ID: "c2", Needs: []string{"c1"}, Weight: second},
		{ID: "c3", Needs: []string{"c2"}, Weight: 6 * second},
	}
}

func mustSimulate(t testing.TB, tasks []Task, opts SimulateOptions) *Run {
	t.Helper()
	run, err := Simulate(tasks, opts)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestSimulateAgainstBarrier(t *testing.T) {
	for _, tc := range []struct {
		workers             int
		ours, barrier, best time.Duration
	}{
		{1, 24 * second, 24 * second, 24 * second},
		{2, 13 * second, 20 * second, 12 * second}, // levels of 3 on 2 workers take 7, 7 and 6
		{5, 8 * second, 18 * second, 8 * second},
	} {
		barrier, err := SimulateBarrier(threeChains(), SimulateOptions{Workers: tc.workers})
		if err != nil {
			t.Fatal(err)
		}
		bound, err := LowerBound(threeChains(), tc.workers)
		if err != nil {
			t.Fatal(err)
		}
		got := []time.Duration{mustSimulate(t, threeChains(), SimulateOptions{Workers: tc.workers}).Wall(), barrier.Wall(), bound}
		if diff := cmp.Diff([]time.Duration{tc.ours, tc.barrier, tc.best}, got); diff != "" {
			t.Errorf("%d workers: list, barrier, lower bound (-want +got):\n%s", tc.workers, diff)
		}
	}
}

func TestSimulateOrder(t *testing.T) {
	tasks := []Task{
		{ID: "z", Weight: 9 * second},
		{ID: "a", Weight: second},
		{ID: "first-of-chain", Weight: second},
		{ID: "chain", Needs: []string{"first-of-chain"}, Weight: 10 * second},
		{ID: "b", Weight: second},
		{ID: "unknown", Weight: Unknown}, // counts as the median, 9 s is above it
	}
	order := func(opts SimulateOptions) (list []string) {
		for _, s := range mustSimulate(t, tasks, opts).Spans {
			list = append(list, s.ID)
		}
		return list
	}
	for name, tc := range map[string]struct{ got, want []string }{
		"longest way first, ties by id": {order(SimulateOptions{Workers: 1}), []string{"first-of-chain", "chain", "z", "a", "b", "unknown"}},
		"first ready first":             {order(SimulateOptions{Workers: 1, FIFO: true}), []string{"a", "b", "first-of-chain", "unknown", "z", "chain"}},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	run := mustSimulate(t, tasks, SimulateOptions{Workers: 1, Durations: map[string]time.Duration{"z": second}})
	if got, want := run.Wall(), 15*second; got != want {
		t.Errorf("with z in fact 1 s: %s, want %s", got, want)
	}
}

func TestWrongTasks(t *testing.T) {
	for name, tasks := range map[string][]Task{
		"twice":   {{ID: "a"}, {ID: "a"}},
		"missing": {{ID: "a", Needs: []string{"b"}}},
		"cycle":   {{ID: "a", Needs: []string{"b"}}, {ID: "b", Needs: []string{"a"}}},
	} {
		var cycle *CycleError
		if _, err := Simulate(tasks, SimulateOptions{Workers: 1}); err == nil || errors.As(err, &cycle) != (name == "cycle") {
			t.Errorf("%s: error from Simulate: %v", name, err)
		}
		if _, err := SimulateBarrier(tasks, SimulateOptions{Workers: 1}); err == nil {
			t.Errorf("%s: no error from SimulateBarrier", name)
		}
		if _, err := LowerBound(tasks, 1); err == nil {
			t.Errorf("%s: no error from LowerBound", name)
		}
	}
	if _, err := Simulate(nil, SimulateOptions{}); err == nil {
		t.Error("no error for no workers")
	}
	if run := mustSimulate(t, nil, SimulateOptions{Workers: 1}); run.Wall() != 0 || len(run.Spans) != 0 {
		t.Errorf("no tasks: %v", run)
	}
}

// TestSimulateKeepsItsBounds: on thousands of random graphs, no edge is
// violated, no worker is free while a task is ready, and the makespan lies
// between the lower bound and Graham's bound.
func TestSimulateKeepsItsBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 4000 {
		tasks := randomDAG(r, 30)
		if i%2 == 0 {
			tasks = randomTasks(r, 5+r.IntN(40))
		}
		opts := SimulateOptions{Workers: 1 + r.IntN(8), FIFO: i%3 == 0}
		checkRun(t, mustSimulate(t, tasks, opts), tasks)
		if t.Failed() {
			t.Fatalf("graph %d, %+v", i, opts)
		}
	}
}

// checkRun checks that a complete run of tasks that take their weights is a
// list schedule.
func checkRun(t *testing.T, run *Run, tasks []Task) {
	t.Helper()
	var work time.Duration
	spans, weight := map[string]Span{}, map[string]time.Duration{}
	for _, s := range run.Spans {
		spans[s.ID] = s
	}
	for _, task := range tasks {
		weight[task.ID] = task.Weight
		work += task.Weight
		span, ok := spans[task.ID]
		if !ok || span.Duration() != task.Weight {
			t.Errorf("%s: ran %s, want %s (was run: %t)", task.ID, span.Duration(), task.Weight, ok)
		}
		for _, need := range task.Needs {
			if spans[need].End.After(span.Start) {
				t.Errorf("%s starts before its need %s ends", task.ID, need)
			}
		}
	}
	checkBusy(t, run)
	longest := longestPath(tasks)
	m := float64(run.Workers)
	graham := time.Duration(math.Ceil(float64(work)/m + (1-1/m)*float64(longest)))
	bound, err := LowerBound(tasks, run.Workers)
	if err != nil {
		t.Fatal(err)
	}
	if floor := max(longest, work/time.Duration(run.Workers)); bound < floor {
		t.Errorf("the lower bound %s is below work/workers or the longest path %s", bound, floor)
	}
	if got := run.Wall(); got > graham+1 || got < bound {
		t.Errorf("makespan %s is not within %s and %s", got, bound, graham)
	}
}

// checkBusy checks that there are never more tasks than workers, and that all
// workers are busy whenever a task is ready and not started.
func checkBusy(t *testing.T, run *Run) {
	t.Helper()
	var instants []time.Time
	for _, s := range run.Spans {
		instants = append(instants, s.Ready, s.Start, s.End)
	}
	for _, at := range instants {
		busy, waiting := 0, 0 // just after that instant
		for _, s := range run.Spans {
			if !s.Start.After(at) && s.End.After(at) {
				busy++
			}
			if !s.Ready.After(at) && s.Start.After(at) {
				waiting++
			}
		}
		if busy > run.Workers || waiting > 0 && busy < run.Workers {
			t.Errorf("at %s: %d running, %d waiting, %d workers", at, busy, waiting, run.Workers)
		}
	}
}

// longestPath is the longest sum of weights along a path, worked out apart from
// the code under test.
func longestPath(tasks []Task) time.Duration {
	byID, length := map[string]Task{}, map[string]time.Duration{}
	for _, task := range tasks {
		byID[task.ID] = task
	}
	var upTo func(id string) time.Duration
	upTo = func(id string) time.Duration {
		if known, ok := length[id]; ok {
			return known
		}
		var before time.Duration
		for _, need := range byID[id].Needs {
			before = max(before, upTo(need))
		}
		length[id] = before + byID[id].Weight
		return length[id]
	}
	var longest time.Duration
	for id := range byID {
		longest = max(longest, upTo(id))
	}
	return longest
}
