package render

import (
	"cmp"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

// Timeline writes a run as one page that needs nothing else: what each
// worker did and when each task waited and ran, with the critical path marked.
func Timeline(w io.Writer, a *schedule.Analysis, opts AnalysisOptions) error {
	t := timeline{a: a, opts: opts, critical: map[string]bool{}}
	for _, s := range a.Path {
		t.critical[s.ID] = true
	}
	return timelinePage.Execute(w, timelineData{
		Title:  cmp.Or(opts.Title, "Build timeline"),
		Style:  template.CSS(asset("page.css") + asset("timeline.css")),
		Script: template.JS(asset("timeline.js")),
		Totals: totals(a.Run, opts.Reused),
		Facts:  t.facts(), Path: t.path(), Ticks: t.ticks(), Workers: t.workers(), Tasks: t.tasks(),
		NotRun: names(a.Run.NotRun),
	})
}

var timelinePage = template.Must(template.New("timeline").Parse(asset("timeline.html")))

type timelineData struct {
	Title, Totals string
	Style         template.CSS
	Script        template.JS
	Facts         []timelineFact
	Path          []timelineStep
	Ticks         []timelineTick
	Workers       map[int][]timelineBar // from 1
	Tasks         []timelineTask
	NotRun        []string
}

type timelineFact struct{ Label, Value, Note string }

type timelineStep struct{ Name, Wait, Duration, Share string }

type timelineTick struct {
	At    float64 // percent of the wall time
	Label string
}

type timelineBar struct {
	Name, Class, Tip string
	At, Size         float64 // percent of the wall time
}

type timelineTask struct {
	Name     string
	Duration string
	Critical bool
	Wait     timelineBar
	Bar      timelineBar
}

type timeline struct {
	a        *schedule.Analysis
	opts     AnalysisOptions
	critical map[string]bool
}

// percent is a duration as a part of the wall time.
func (t *timeline) percent(d time.Duration) float64 {
	if t.a.Wall <= 0 {
		return 0
	}
	return 100 * float64(d) / float64(t.a.Wall)
}

func (t *timeline) since(at time.Time) float64 { return t.percent(at.Sub(t.a.Run.Started)) }

func (t *timeline) facts() []timelineFact {
	a := t.a
	share := func(d time.Duration) string { return fmt.Sprintf("%.0f%% of the wall time", t.percent(d)) }
	return []timelineFact{
		{"wall time", schedule.FormatDuration(a.Wall), fmt.Sprintf("%d workers, %.1f busy on average", a.Run.Workers, a.Parallelism())},
		{"work", schedule.FormatDuration(a.Work), "all tasks added up"},
		{"critical path running", schedule.FormatDuration(a.OnPath), share(a.OnPath)},
		{"critical path waiting", schedule.FormatDuration(a.Waiting), share(a.Waiting) + ", for a worker"},
		{"lower bound", schedule.FormatDuration(a.LowerBound), fmt.Sprintf("no order is faster with %d workers", a.Run.Workers)},
		{"longest path", schedule.FormatDuration(a.LongestPath), "no number of workers is faster"},
	}
}

func (t *timeline) path() []timelineStep {
	var steps []timelineStep
	for _, s := range t.a.Path {
		steps = append(steps, timelineStep{nameOf(s.ID), schedule.FormatDuration(s.Wait), schedule.FormatDuration(s.Duration), fmt.Sprintf("%.0f%%", 100*s.Share)})
	}
	return steps
}

// ticks are four to ten round times.
func (t *timeline) ticks() []timelineTick {
	var ticks []timelineTick
	if t.a.Wall <= 0 {
		return nil
	}
	step := t.a.Wall / 10
	for _, round := range []time.Duration{
		100 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second,
		30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
	} {
		if round >= step {
			step = round
			break
		}
	}
	for at := time.Duration(0); at <= t.a.Wall; at += step {
		ticks = append(ticks, timelineTick{t.percent(at), schedule.FormatDuration(at)})
	}
	return ticks
}

func (t *timeline) workers() map[int][]timelineBar {
	workers := map[int][]timelineBar{}
	for i, lane := range lanes(t.a.Run) {
		workers[lane+1] = append(workers[lane+1], t.bar(t.a.Run.Spans[i]))
	}
	return workers
}

func (t *timeline) tasks() []timelineTask {
	var tasks []timelineTask
	for _, s := range t.a.Run.Spans {
		tasks = append(tasks, timelineTask{
			Name: nameOf(s.ID), Duration: schedule.FormatDuration(s.Duration()), Critical: t.critical[s.ID],
			Wait: timelineBar{At: t.since(s.Ready), Size: t.percent(s.Wait())}, Bar: t.bar(s),
		})
	}
	return tasks
}

func (t *timeline) bar(s schedule.Span) timelineBar {
	state := endState(s, t.opts.Reused)
	b := timelineBar{Name: nameOf(s.ID), Class: string(state), At: t.since(s.Start), Size: t.percent(s.Duration())}
	b.Tip = fmt.Sprintf("%s: %s, %s", b.Name, state, schedule.FormatDuration(s.Duration()))
	if s.Wait() > 0 {
		b.Tip += fmt.Sprintf(" after %s of waiting for a worker", schedule.FormatDuration(s.Wait()))
	}
	if s.Err != nil {
		b.Tip += "\n" + s.Err.Error()
	}
	if t.critical[s.ID] {
		b.Class += " critical"
	}
	return b
}

func names(ids []string) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = nameOf(id)
	}
	return list
}
