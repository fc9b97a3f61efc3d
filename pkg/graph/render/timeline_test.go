package render

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/internal/sample"
	"github.com/modship/modship/pkg/schedule"
)

// sampleRun is a run of the sample module on four workers with everything in
// it: reused, failed and canceled tasks, and one that was not started.
func sampleRun(t *testing.T) (*schedule.Analysis, AnalysisOptions) {
	t.Helper()
	r := rand.New(rand.NewPCG(9, 9))
	g, opts := sample.Module(t), AnalysisOptions{Title: "sds-sample", Reused: map[string]bool{}}
	var tasks []schedule.Task
	images := slices.DeleteFunc(g.Nodes(), func(n graph.Node) bool { return n.Kind != graph.Image })
	for i, n := range images {
		task := schedule.Task{ID: n.ID, Weight: time.Duration(r.ExpFloat64() * float64(8*time.Second))}
		if i%4 == 0 {
			opts.Reused[n.ID], task.Weight = true, task.Weight/20
		}
		for _, id := range g.Needs(n.ID) {
			if need, _ := g.Node(id); need.Kind == graph.Image {
				task.Needs = append(task.Needs, id)
			}
		}
		tasks = append(tasks, task)
	}
	run, err := schedule.Simulate(tasks, schedule.SimulateOptions{Workers: 4})
	if err != nil {
		t.Fatal(err)
	}
	run.Spans[40].Err = errors.New("exit code 2 " + evil)
	run.Spans[41].Err = context.Canceled
	run.NotRun = []string{"image:never"}
	a, err := schedule.Analyze(run, tasks)
	if err != nil {
		t.Fatal(err)
	}
	return a, opts
}

func TestWriteAnalysis(t *testing.T) {
	a, opts := sampleRun(t)
	var out bytes.Buffer
	if err := Analysis(&out, a, opts); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "47 built, 17 reused, 1 failed, 1 canceled, 1 not started in ") || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("of a run that failed: %s", out.String())
	}
	for i := range a.Run.Spans {
		a.Run.Spans[i].Err = nil
	}
	a.Run.NotRun = nil
	out.Reset()
	if err := Analysis(&out, a, opts); err != nil {
		t.Fatal(err)
	}
	golden(t, "analysis.txt", out.Bytes())
	empty, err := schedule.Analyze(&schedule.Run{Workers: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := Analysis(&out, empty, AnalysisOptions{}); err != nil || !strings.HasPrefix(out.String(), "nothing done in 0.0s") {
		t.Errorf("%v, of nothing: %s", err, out.String())
	}
}

func TestTimelineHTML(t *testing.T) {
	a, opts := sampleRun(t)
	var out bytes.Buffer
	if err := Timeline(&out, a, opts); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	if strings.Contains(page, "<img") || strings.Contains(page, "ZgotmplZ") {
		t.Error("a text was not escaped, or was taken out, by the template")
	}
	for what, want := range map[string]int{
		`<div class="row task`:           len(a.Run.Spans),
		`<div class="row task critical`:  len(a.Path),
		`class="failed`:                  2, // in its own row and in that of its worker
		`<span class="name dim">worker `: a.Run.Workers,
		"never":                          1,
	} {
		if got := strings.Count(page, what); got != want {
			t.Errorf("%s is there %d times, want %d", what, got, want)
		}
	}
}

func TestTimelineStaysInThePicture(t *testing.T) {
	a, opts := sampleRun(t)
	line := timeline{a: a, opts: opts, critical: map[string]bool{}}
	var bars []timelineBar
	for _, task := range line.tasks() {
		bars = append(bars, task.Bar, task.Wait)
	}
	for _, bar := range bars {
		if bar.At < 0 || bar.Size < 0 || bar.At+bar.Size > 100.001 {
			t.Errorf("%+v is outside", bar)
		}
	}
	if n := len(line.ticks()); n < 4 || n > 12 {
		t.Errorf("%d ticks", n)
	}
	var out bytes.Buffer
	if err := Timeline(&out, &schedule.Analysis{Run: &schedule.Run{}}, AnalysisOptions{}); err != nil {
		t.Errorf("of nothing: %v", err)
	}
}

func TestLanes(t *testing.T) {
	a, _ := sampleRun(t)
	last := map[int]time.Time{}
	for i, lane := range lanes(a.Run) {
		s := a.Run.Spans[i]
		if lane >= a.Run.Workers || last[lane].After(s.Start) {
			t.Fatalf("%s is in lane %d, which is busy until %s", s.ID, lane, last[lane])
		}
		last[lane] = s.End
	}
}

func TestTrace(t *testing.T) {
	a, opts := sampleRun(t)
	var out bytes.Buffer
	if err := Trace(&out, a, opts); err != nil {
		t.Fatal(err)
	}
	var trace struct {
		TraceEvents []traceEvent
	}
	if err := json.Unmarshal(out.Bytes(), &trace); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range trace.TraceEvents {
		if e.Category != "" {
			count[e.Category]++
		}
		if e.Phase == "X" {
			count[e.Args["state"].(string)]++
			if e.Duration < 0 || e.Time < 0 || e.Time+e.Duration > a.Wall.Microseconds() {
				t.Errorf("%+v is outside of the run", e)
			}
		}
	}
	reused := 0
	for _, s := range a.Run.Spans {
		if s.Err == nil && opts.Reused[s.ID] {
			reused++
		}
	}
	want := map[string]int{"critical": len(a.Path), "failed": 1, "canceled": 1, "reused": reused, "built": len(a.Run.Spans) - 2 - reused}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
