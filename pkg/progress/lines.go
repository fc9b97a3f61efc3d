package progress

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/modship/modship/pkg/graph"
)

// plain is the display for logs: a line for each change that says when, what
// and how far the run is. Being queued is not worth a line, being counted is
// enough. The log of a task is shown when the task fails, in one piece.
type plain struct {
	mu     sync.Mutex
	w      io.Writer
	tally  *tally
	closed bool
}

var _ Display = (*plain)(nil)

func newPlain(w io.Writer, opts Options) *plain { return &plain{w: w, tally: newTally(opts)} }

func (p *plain) Event(e graph.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	this, changed := p.tally.event(e)
	if p.closed || !changed || e.State == graph.Queued {
		return
	}
	progress := ""
	if e.State.IsFinal() {
		total, done := p.tally.total()
		progress = fmt.Sprintf(" (%d of %d)", done, total)
	}
	text := fmt.Sprintf("%7s  %s: %s%s\n", graph.FormatDuration(time.Since(p.tally.began)), this.name, indented(outcome(e), margin), progress)
	if e.State == graph.Failed {
		text += tail(this, margin)
	}
	io.WriteString(p.w, text) // one write, so that nothing gets in between
}

func (p *plain) Log(id, line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally.logLine(id, line)
}

func (p *plain) Message(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		fmt.Fprintf(p.w, "%7s  %s\n", graph.FormatDuration(time.Since(p.tally.began)), indented(fmt.Sprintf(format, args...), margin))
	}
}

func (p *plain) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
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

// quiet shows failures only, as plain does.
type quiet struct{ plain *plain }

var _ Display = (*quiet)(nil)

func newQuiet(w io.Writer, opts Options) *quiet { return &quiet{newPlain(w, opts)} }

func (q *quiet) Event(e graph.Event) {
	if e.State == graph.Failed {
		q.plain.Event(e)
		return
	}
	q.plain.mu.Lock()
	defer q.plain.mu.Unlock()
	q.plain.tally.event(e)
}

func (q *quiet) Log(id, line string)    { q.plain.Log(id, line) }
func (q *quiet) Message(string, ...any) {}
func (q *quiet) Close()                 { q.plain.Close() }

// lines writes an event a line, as JSON. A message is a line with empty id,
// name and state. Logs are not part of the stream.
type lines struct {
	mu     sync.Mutex
	w      io.Writer
	closed bool
}

var _ Display = (*lines)(nil)

func newJSON(w io.Writer) *lines { return &lines{w: w} }

func (l *lines) Event(e graph.Event) {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	data, err := json.Marshal(e)
	if err != nil {
		return // an event has nothing that cannot be written but infinite seconds
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.w.Write(append(data, '\n'))
	}
}

func (l *lines) Log(string, string) {}

func (l *lines) Message(format string, args ...any) {
	l.Event(graph.Event{Message: fmt.Sprintf(format, args...)})
}

func (l *lines) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}
