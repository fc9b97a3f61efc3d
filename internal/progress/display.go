// Package progress shows a stream of [schedule.Event] to a person or a program:
// live on a terminal, as plain lines, as JSON, or failures only.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

// Display shows what happens. All methods are safe for concurrent use and may
// be called after Close, which they then ignore. What cannot be written is lost:
// a run does not fail because its display does.
type Display interface {
	// Event shows that a task has reached a state. The queued events tell how
	// many tasks there are.
	Event(e schedule.Event)
	// Expect says what is going to be run, with expected durations, and how
	// many tasks at once: displays that can tell from it how long the rest
	// takes. It may be called again when more is known.
	Expect(tasks []schedule.Task, workers int)
	// Log takes a line of the log of a task.
	Log(id, line string)
	// Message shows a line that belongs to no task.
	Message(format string, args ...any)
	// Close shows what is still to be shown and releases the writer. It may be
	// called more than once.
	Close()
}

// The kinds of displays, as --progress names them.
const (
	Auto  = "auto"  // TTY on a terminal that can, else Plain
	TTY   = "tty"   // live lines, redrawn in place
	Plain = "plain" // a line for each change
	JSON  = "json"  // an event a line
	Quiet = "quiet" // failures only
)

// Kinds returns the kinds in the order in which help lists them.
func Kinds() []string { return []string{Auto, TTY, Plain, JSON, Quiet} }

// Options says how a display works. The zero value is good.
type Options struct {
	Tail      int                        // how many lines of its log a failed task shows; 0 = 20
	Interval  time.Duration              // how often a live display is redrawn; 0 = ten times a second
	Heartbeat time.Duration              // after how long without a line a plain display says what is running; 0 = a minute
	Fold      Fold                       // of the plain display, if the reader can fold logs
	Size      func() (width, height int) // of the terminal, 0 = unknown; nil = ask the writer
	Env       func(name string) string   // nil = os.Getenv
}

// New returns a display of that kind that writes to w. The error is one of
// usage: there is no such kind.
func New(kind string, w io.Writer, opts Options) (Display, error) {
	if opts.Tail <= 0 {
		opts.Tail = 20
	}
	if opts.Interval <= 0 {
		opts.Interval = 100 * time.Millisecond
	}
	if opts.Heartbeat <= 0 {
		opts.Heartbeat = time.Minute
	}
	if opts.Size == nil {
		opts.Size = func() (int, int) { return terminalSize(w) }
	}
	if opts.Env == nil {
		opts.Env = os.Getenv
	}
	if kind == Auto {
		kind = choose(w, opts.Env)
	}
	switch kind {
	case TTY:
		return newTTY(w, opts), nil
	case Plain:
		return newPlain(w, opts), nil
	case JSON:
		return newJSON(w), nil
	case Quiet:
		return newQuiet(w, opts), nil
	default:
		return nil, fmt.Errorf("there is no progress display %q: expected one of %s", kind, strings.Join(Kinds(), ", "))
	}
}

// choose tells which display suits the writer.
func choose(w io.Writer, env func(string) string) string {
	if isTerminal(w) && env("TERM") != "dumb" {
		return TTY
	}
	return Plain
}
