package progress

import (
	"io"

	"github.com/modship/modship/pkg/schedule"
)

// quiet shows failures only, as plain does.
type quiet struct{ plain *plain }

var _ Display = (*quiet)(nil)

func newQuiet(w io.Writer, opts Options) *quiet { return &quiet{&plain{w: w, tally: newTally(opts)}} }

func (q *quiet) Event(e schedule.Event) {
	if e.State == schedule.Failed {
		q.plain.Event(e)
		return
	}
	q.plain.mu.Lock()
	defer q.plain.mu.Unlock()
	q.plain.tally.event(e)
}

func (q *quiet) Expect([]schedule.Task, int) {}
func (q *quiet) Log(id, line string)         { q.plain.Log(id, line) }
func (q *quiet) Message(string, ...any)      {}
func (q *quiet) Close()                      { q.plain.Close() }
