package progress

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

// tty is the display for a terminal. At the bottom it keeps a few live lines: a
// line of totals and one for each running task. Lines worth
// keeping (images built and failed, messages) are printed once above them and scroll
// away.
type tty struct {
	mu      sync.Mutex
	w       io.Writer
	opts    Options
	tally   *tally
	style   style
	above   bytes.Buffer // text to print above the live lines
	drawn   []int        // columns of each live line on the screen
	width   int          // of the screen when they were drawn
	leftAt  time.Time    // when left was estimated
	left    string
	closed  bool
	stop    chan struct{}
	stopped chan struct{}
}

var _ Display = (*tty)(nil)

func newTTY(w io.Writer, opts Options) *tty {
	t := &tty{
		w: w, opts: opts, tally: newTally(opts),
		style: style{color: opts.Env("NO_COLOR") == ""},
		stop:  make(chan struct{}), stopped: make(chan struct{}),
	}
	go t.redraw()
	return t
}

// redraw draws at a fixed pace, whatever the pace of events, until Close.
func (t *tty) redraw() {
	defer close(t.stopped)
	tick := time.NewTicker(t.opts.Interval)
	defer tick.Stop()
	for {
		select {
		case <-t.stop:
			return
		case <-tick.C:
			t.mu.Lock()
			t.draw(t.live)
			t.mu.Unlock()
		}
	}
}

func (t *tty) Event(e schedule.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	this, changed := t.tally.event(e)
	if t.closed || !changed {
		return
	}
	if e.State.IsFinal() {
		t.leftAt = time.Time{} // the estimate is out of date
	}
	switch e.State {
	case schedule.Built:
		fmt.Fprintf(&t.above, "%s %s %s\n", t.style.paint(green, "✓"), this.name, t.style.paint(dim, outcome(e)))
	case schedule.Failed:
		fmt.Fprintf(&t.above, "%s %s %s\n%s", t.style.paint(red, "✗"), this.name, t.style.paint(red, indented(outcome(e), "  ")), tail(this, "  "))
	}
}

func (t *tty) Expect(tasks []schedule.Task, workers int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tally.expected, t.tally.workers = tasks, workers
	t.leftAt = time.Time{}
}

func (t *tty) Log(id, line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tally.logLine(id, line)
}

func (t *tty) Message(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		fmt.Fprintf(&t.above, "  %s\n", indented(fmt.Sprintf(format, args...), "  "))
	}
}

func (t *tty) Close() {
	t.mu.Lock()
	again := t.closed
	t.closed = true
	t.mu.Unlock()
	if again {
		return
	}
	close(t.stop)
	<-t.stopped
	t.mu.Lock()
	defer t.mu.Unlock()
	if total, _ := t.tally.total(); total > 0 {
		fmt.Fprintf(&t.above, "%s\n", t.totals(time.Now()))
	}
	t.draw(func(int, int, time.Time) []string { return nil })
}
