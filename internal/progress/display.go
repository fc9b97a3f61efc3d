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

// Display shows the events of a run. All methods are safe for concurrent use; after
// Close they do nothing. Errors of the writer are ignored: a run does not fail because
// its display does.
type Display interface {
	// Event shows that a task has reached a state. The number of queued events is
	// the number of tasks.
	Event(e schedule.Event)
	// Expect gives the tasks of the run with their expected durations, and how many
	// run at once, so that the display can estimate the remaining time. It may be
	// called again when more is known.
	Expect(tasks []schedule.Task, workers int)
	// Log takes a line of the log of a task.
	Log(id, line string)
	// Message shows a line that belongs to no task.
	Message(format string, args ...any)
	// Close shows everything that is still pending and releases the writer. It may
	// be called more than once.
	Close()
}

// The kinds of displays, as --progress names them.
const (
	Auto  = "auto"  // TTY on a terminal that can, else Plain
	TTY   = "tty"   // live lines, redrawn in place
	Plain = "plain" // one line per change
	JSON  = "json"  // one event per line
	Quiet = "quiet" // failures only
)

// Kinds returns the kinds in the order in which help lists them.
func Kinds() []string { return []string{Auto, TTY, Plain, JSON, Quiet} }

// Options configures a display. The zero value is usable.
type Options struct {
	Tail      int                        // lines of the log that a failed task shows; 0 = 20
	Interval  time.Duration              // how often a live display is redrawn; 0 = ten times a second
	Heartbeat time.Duration              // silence after which a plain display lists the running tasks; 0 = a minute
	Fold      Fold                       // of the plain display, if the reader can fold logs
	Size      func() (width, height int) // of the terminal, 0 = unknown; nil = ask the writer
	Env       func(name string) string   // nil = os.Getenv
}

// New returns a display of that kind that writes to w. It fails only if the kind is
// unknown.
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
		return nil, fmt.Errorf("progress display %q is unknown: expected %s", kind, strings.Join(Kinds(), ", "))
	}
}

// choose returns the kind of display that suits the writer.
func choose(w io.Writer, env func(string) string) string {
	ci := env("CI") != "" && env("CI") != "false" // some runners give jobs a terminal, and keep what is written to it
	if isTerminal(w) && env("TERM") != "dumb" && !ci {
		return TTY
	}
	return Plain
}
