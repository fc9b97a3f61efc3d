package schedule

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnalyze(t *testing.T) {
	tasks := []Task{
		{ID: "a", Weight: 4 * second},
		{ID: "b", Weight: 3 * second},
		{ID: "c", Weight: 2 * second},
		{ID: "end", Needs: []string{"a", "b", "c"}, Weight: second},
	}
	run := mustSimulate(t, tasks, SimulateOptions{Workers: 2})
	run.Finished = run.Finished.Add(second / 2)
	got, err := Analyze(run, tasks)
	if err != nil {
		t.Fatal(err)
	}
	wall := 6500 * time.Millisecond // a and b, c after b, then end; half a second of nothing
	want := &Analysis{
		Run: run, Wall: wall, Work: 10 * second,
		Path:   []Step{{"c", 3 * second, 2 * second, 2 / 6.5}, {"end", 0, second, 1 / 6.5}},
		OnPath: 3 * second, Waiting: 3 * second, Overhead: second / 2,
		LongestPath: 5 * second, LowerBound: 5*second + second/2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p, e := got.Parallelism(), got.Efficiency(); p != 10/6.5 || e != 5.5/6.5 {
		t.Errorf("parallelism %f, efficiency %f", p, e)
	}
	if _, err := Analyze(run, tasks[:2]); err == nil {
		t.Error("a run of other tasks is analyzed")
	}
	if a, err := Analyze(&Run{Workers: 1}, nil); err != nil || a.Wall != 0 || a.Parallelism() != 0 {
		t.Errorf("of nothing: %v, %v", a, err)
	}
}

// TestAnalysisAddsUp: the parts of the wall time add up on random runs, and the
// path follows edges.
func TestAnalysisAddsUp(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 500 {
		tasks := randomTasks(r, 5+r.IntN(40))
		needs := map[string][]string{}
		for _, task := range tasks {
			needs[task.ID] = task.Needs
		}
		run := mustSimulate(t, tasks, SimulateOptions{Workers: 1 + r.IntN(6)})
		a, err := Analyze(run, tasks)
		if err != nil {
			t.Fatal(err)
		}
		if a.Overhead != 0 || a.OnPath+a.Waiting != a.Wall || a.OnPath > a.LongestPath {
			t.Fatalf("on path %s + waiting %s + overhead %s of %s, longest path %s", a.OnPath, a.Waiting, a.Overhead, a.Wall, a.LongestPath)
		}
		for i := range a.Path[1:] {
			if !slices.Contains(needs[a.Path[i+1].ID], a.Path[i].ID) {
				t.Fatalf("%s does not need %s", a.Path[i+1].ID, a.Path[i].ID)
			}
		}
	}
}
