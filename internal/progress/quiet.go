package progress

import (
	"io"

	"github.com/modship/modship/pkg/graph"
)

// quiet shows failures only, as plain does.
type quiet struct{ plain *plain }

var _ Display = (*quiet)(nil)

func newQuiet(w io.Writer, opts Options) *quiet { return &quiet{&plain{w: w, tally: newTally(opts)}} }

func (q *quiet) Event(e graph.Event) {
	if e.State == graph.Failed {
		q.plain.Event(e)
		return
	}
	q.plain.mu.Lock()
	defer q.plain.mu.Unlock()
	q.plain.tally.event(e)
}

func (q *quiet) Expect([]graph.Task, int) {}
func (q *quiet) Log(id, line string)      { q.plain.Log(id, line) }
func (q *quiet) Message(string, ...any)   {}
func (q *quiet) Close()                   { q.plain.Close() }
