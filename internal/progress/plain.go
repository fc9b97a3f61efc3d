package progress

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

// plain is the display for logs: one line per change with the time, the task and the
// progress of the run. Queued tasks are counted without a line. The log of a task is shown when the task fails, in one piece; where
// the reader can fold logs, the log of every task is shown. After
// some silence, a line lists the running tasks: CI systems, and people, take silence
// for a hang.
type plain struct {
	mu        sync.Mutex
	w         io.Writer
	tally     *tally
	folds     *folds // nil = logs are shown of failed tasks only
	closed    bool
	heartbeat time.Duration // 0 = none
	timer     *time.Timer
}

var _ Display = (*plain)(nil)

func newPlain(w io.Writer, opts Options) *plain {
	p := &plain{w: w, tally: newTally(opts), folds: newFolds(opts.Fold), heartbeat: opts.Heartbeat}
	p.mu.Lock() // beat may run immediately
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(p.heartbeat, p.beat)
	return p
}

// line writes a line after the time, and more below it, as one write, so that
// nothing gets in between.
func (p *plain) line(text, below string) {
	if p.closed {
		return
	}
	fmt.Fprintf(p.w, "%7s  %s\n%s", schedule.FormatDuration(time.Since(p.tally.began)), indented(text, margin), below)
	if p.timer != nil {
		p.timer.Reset(p.heartbeat)
	}
}

// beat lists the running tasks.
func (p *plain) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []string
	for _, this := range p.tally.running() {
		list = append(list, fmt.Sprintf("%s (%s)", this.name, schedule.FormatDuration(time.Since(this.since))))
	}
	if len(list) > 0 {
		p.line("still running: "+strings.Join(list, ", "), "")
	} else if !p.closed {
		p.timer.Reset(p.heartbeat)
	}
}

func (p *plain) Event(e schedule.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	this, changed := p.tally.event(e)
	if !changed || e.State == schedule.Queued {
		return
	}
	progress, log := "", ""
	if e.State.IsFinal() {
		total, done := p.tally.total()
		progress = fmt.Sprintf(" (%d of %d)", done, total)
		if folded := p.folds.take(e.ID, this.name); e.State == schedule.Built || e.State == schedule.Failed {
			log = folded // of a reused image it has nothing to say
		}
	}
	if e.State == schedule.Failed {
		log += tail(this, margin)
	}
	p.line(fmt.Sprintf("%s: %s%s", this.name, outcome(e), progress), log)
}

func (p *plain) Expect([]schedule.Task, int) {}

func (p *plain) Log(id, line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally.logLine(id, line)
	p.folds.add(id, clean(line))
}

func (p *plain) Message(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line(fmt.Sprintf(format, args...), "")
}

func (p *plain) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.timer != nil {
		p.timer.Stop()
	}
}

// margin is the room that the time takes on a plain line.
const margin = "         "

// tail is the end of the log of a failed task, each line marked with its name.
func tail(this *task, margin string) string {
	var b strings.Builder
	for _, line := range this.log {
		fmt.Fprintf(&b, "%s%s | %s\n", margin, this.name, line)
	}
	return b.String()
}

// indented puts a margin before all lines but the first.
func indented(s, margin string) string {
	return strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n"+margin)
}
