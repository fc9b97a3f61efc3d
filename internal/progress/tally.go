package progress

import (
	"cmp"
	"slices"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

// tally is the state of the run after the events so far. It is not safe for concurrent use.
type tally struct {
	keep     int // lines of a log
	began    time.Time
	tasks    map[string]*task
	counts   map[schedule.State]int
	expected []schedule.Task
	workers  int
}

// task is the state of one task.
type task struct {
	id, name string
	state    schedule.State
	since    time.Time // when it reached the state
	log      []string  // its last lines
}

func newTally(opts Options) *tally {
	return &tally{keep: opts.Tail, began: time.Now(), tasks: map[string]*task{}, counts: map[schedule.State]int{}}
}

// event counts an event and returns its task; changed reports whether the state of
// the task is new.
func (t *tally) event(e schedule.Event) (this *task, changed bool) {
	this = t.task(e.ID)
	if e.Name != "" {
		this.name = e.Name
	}
	if this.state == e.State {
		return this, false
	}
	if this.state != "" {
		t.counts[this.state]--
	}
	t.counts[e.State]++
	this.state, this.since = e.State, time.Now()
	return this, true
}

// logLine cleans a line of a log and keeps it if it has any text.
func (t *tally) logLine(id, line string) {
	line = clean(line)
	if line == "" {
		return
	}
	this := t.task(id)
	if this.log = append(this.log, line); len(this.log) > t.keep {
		this.log = slices.Delete(this.log, 0, len(this.log)-t.keep)
	}
}

func (t *tally) task(id string) *task {
	this, ok := t.tasks[id]
	if !ok {
		this = &task{id: id, name: id}
		t.tasks[id] = this
	}
	return this
}

// total is how many tasks are known, done how many of them reached an end.
func (t *tally) total() (total, done int) {
	for state, n := range t.counts {
		total += n
		if state.IsFinal() {
			done += n
		}
	}
	return total, done
}

// running lists the running tasks, the longest running first.
func (t *tally) running() []*task {
	var list []*task
	for _, this := range t.tasks {
		if this.state == schedule.Running {
			list = append(list, this)
		}
	}
	slices.SortFunc(list, func(a, b *task) int {
		return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.id, b.id))
	})
	return list
}

// left estimates how long the rest takes; false when nothing is known of it.
func (t *tally) left(now time.Time) (time.Duration, bool) {
	known := slices.ContainsFunc(t.expected, func(task schedule.Task) bool { return task.Weight > 0 })
	if !known || t.counts[schedule.Failed] > 0 {
		return 0, false
	}
	done, elapsed := map[string]bool{}, map[string]time.Duration{}
	for id, this := range t.tasks {
		switch {
		case this.state.IsFinal():
			done[id] = true
		case this.state == schedule.Running:
			elapsed[id] = now.Sub(this.since)
		}
	}
	left, err := schedule.TimeLeft(t.expected, schedule.TimeLeftOptions{Workers: t.workers, Done: done, Elapsed: elapsed})
	return left, err == nil
}
