package schedule

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func mustSplit(t testing.TB, tasks []Task, opts ShardOptions) [][]string {
	t.Helper()
	parts, err := Split(tasks, opts)
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func mustSimulateShards(t testing.TB, tasks []Task, opts SimulateShardsOptions) *ShardRun {
	t.Helper()
	run, err := SimulateShards(tasks, opts)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestSplit(t *testing.T) {
	for name, tc := range map[string]struct {
		tasks []Task
		opts  ShardOptions
		want  [][]string
	}{
		"chains stay together": {
			threeChains(),
			ShardOptions{Shards: 3, Workers: 1, Transfer: 2 * second},
			[][]string{{"a1", "a2", "a3"}, {"b1", "b2", "b3"}, {"c1", "c2", "c3"}},
		},
		"a chain needs one machine": {
			[]Task{{ID: "a", Weight: second}, {ID: "b", Needs: []string{"a"}, Weight: second}},
			ShardOptions{Shards: 4, Workers: 2, Transfer: second},
			[][]string{{"a", "b"}},
		},
		"more machines than tasks": {
			[]Task{{ID: "a", Weight: second}, {ID: "b", Weight: second}}, ShardOptions{Shards: 9, Workers: 1}, [][]string{{"a"}, {"b"}},
		},
		"nothing": {nil, ShardOptions{Shards: 3, Workers: 1}, nil},
	} {
		if diff := cmp.Diff(tc.want, mustSplit(t, tc.tasks, tc.opts), cmp.Transformer("empty", func(l [][]string) [][]string { return append([][]string{}, l...) })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name, opts := range map[string]ShardOptions{"no machines": {Workers: 1}, "no workers": {Shards: 1}} {
		if _, err := Split(threeChains(), opts); err == nil {
			t.Errorf("%s: no error from Split", name)
		}
		if _, err := SimulateShards(threeChains(), SimulateShardsOptions{ShardOptions: opts}); err == nil {
			t.Errorf("%s: no error from SimulateShards", name)
		}
	}
}

// TestSplitOnRandomTasks: each task is in one part, the parts are the same
// whatever the order of the tasks, and both ways of sharing stay between the
// lower bound and one machine.
func TestSplitOnRandomTasks(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for i := range 500 {
		tasks := randomDAG(r, 40)
		if i%2 == 0 {
			tasks = randomTasks(r, 5+r.IntN(60))
		}
		opts := ShardOptions{Shards: 1 + r.IntN(6), Workers: 1 + r.IntN(4)}
		parts := mustSplit(t, tasks, opts)
		var all []string
		for _, part := range parts {
			all = append(all, part...)
		}
		var ids []string
		for _, task := range tasks {
			ids = append(ids, task.ID)
		}
		slices.Sort(all)
		slices.Sort(ids)
		if diff := cmp.Diff(ids, all); diff != "" || len(parts) > opts.Shards {
			t.Fatalf("%d parts for %d machines (-tasks +parts):\n%s", len(parts), opts.Shards, diff)
		}
		shuffled := slices.Clone(tasks)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if diff := cmp.Diff(parts, mustSplit(t, shuffled, opts)); diff != "" {
			t.Fatalf("the order of the tasks changes the parts:\n%s", diff)
		}
		bound, err := LowerBound(tasks, opts.Shards*opts.Workers)
		if err != nil {
			t.Fatal(err)
		}
		work := time.Duration(0)
		for _, task := range tasks {
			work += task.Weight
		}
		for name, parts := range map[string][][]string{"parts": parts, "auto": nil} {
			run := mustSimulateShards(t, tasks, SimulateShardsOptions{ShardOptions: opts, Parts: parts})
			if run.Wall < bound || run.Wall > work {
				t.Fatalf("%s: %s is not within %s and %s", name, run.Wall, bound, work)
			}
		}
	}
}

// TestAutoIsTheSchedulerOfOneMachine: without transfers, machines that take what
// is ready are one machine with all their workers.
func TestAutoIsTheSchedulerOfOneMachine(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	for range 300 {
		tasks := randomTasks(r, 5+r.IntN(60))
		shards, workers := 1+r.IntN(5), 1+r.IntN(4)
		want := mustSimulate(t, tasks, SimulateOptions{Workers: shards * workers}).Wall()
		run := mustSimulateShards(t, tasks, SimulateShardsOptions{ShardOptions: ShardOptions{Shards: shards, Workers: workers}})
		if run.Wall != want {
			t.Fatalf("%d machines with %d workers take %s, want %s", shards, workers, run.Wall, want)
		}
	}
}

func TestTransfersAreCounted(t *testing.T) {
	tasks := []Task{{ID: "a", Weight: second}, {ID: "b", Needs: []string{"a"}, Weight: second}}
	opts := SimulateShardsOptions{ShardOptions: ShardOptions{Shards: 2, Workers: 1, Transfer: 3 * second}, Parts: [][]string{{"a"}, {"b"}}}
	want := &ShardRun{Wall: 5 * second, Busy: []time.Duration{second, 4 * second}, Waits: 1}
	if diff := cmp.Diff(want, mustSimulateShards(t, tasks, opts)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSplitCostsLittle: with the durations it was made for, fixed parts take at
// most a tenth longer than machines that share all work, on average, and wait
// for each other less.
func TestSplitCostsLittle(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	const graphs = 100
	for _, images := range []int{36, 150} {
		for _, shards := range []int{2, 4, 8} {
			var parts, auto, partWaits, autoWaits float64
			for range graphs {
				tasks := randomTasks(r, images)
				opts := ShardOptions{Shards: shards, Workers: 2, Transfer: 2 * second}
				bound, err := LowerBound(tasks, shards*2)
				if err != nil {
					t.Fatal(err)
				}
				fixed := mustSimulateShards(t, tasks, SimulateShardsOptions{ShardOptions: opts, Parts: mustSplit(t, tasks, opts)})
				free := mustSimulateShards(t, tasks, SimulateShardsOptions{ShardOptions: opts})
				parts += float64(fixed.Wall) / float64(bound) / graphs
				auto += float64(free.Wall) / float64(bound) / graphs
				partWaits, autoWaits = partWaits+float64(fixed.Waits)/graphs, autoWaits+float64(free.Waits)/graphs
			}
			t.Logf("%d images on %d machines: fixed %.2f, auto %.2f of the lower bound; waits %.0f and %.0f", images, shards, parts, auto, partWaits, autoWaits)
			if parts > 1.1*auto || partWaits >= autoWaits {
				t.Errorf("%d images on %d machines: fixed %.2f, auto %.2f of the lower bound; waits %.0f and %.0f", images, shards, parts, auto, partWaits, autoWaits)
			}
		}
	}
}
