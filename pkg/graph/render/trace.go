package render

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

// traceEvent is an event of the Trace Event Format that chrome://tracing and
// Perfetto read: times in microseconds since the start of the run.
type traceEvent struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"` // X = complete event, M = metadata
	Time     int64          `json:"ts"`
	Duration int64          `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Args     map[string]any `json:"args,omitempty"`
}

// Trace writes a run in Chrome's trace format, a thread for each worker.
// Tasks of the critical path have the category "critical".
func Trace(w io.Writer, a *schedule.Analysis, opts AnalysisOptions) error {
	critical := map[string]bool{}
	for _, s := range a.Path {
		critical[s.ID] = true
	}
	micro := func(t time.Time) int64 { return t.Sub(a.Run.Started).Microseconds() }
	events := []traceEvent{{Name: "process_name", Phase: "M", Process: 1, Args: map[string]any{"name": "modship"}}}
	workers := 0
	for i, lane := range lanes(a.Run) {
		for ; workers <= lane; workers++ {
			events = append(events, traceEvent{Name: "thread_name", Phase: "M", Process: 1, Thread: workers + 1, Args: map[string]any{"name": fmt.Sprintf("worker %d", workers+1)}})
		}
		s := a.Run.Spans[i]
		e := traceEvent{
			Name: nameOf(s.ID), Phase: "X", Process: 1, Thread: lane + 1,
			Time: micro(s.Start), Duration: micro(s.End) - micro(s.Start),
			Args: map[string]any{"id": s.ID, "state": endState(s, opts.Reused), "waited_seconds": s.Wait().Seconds()},
		}
		if critical[s.ID] {
			e.Category = "critical"
		}
		if s.Err != nil {
			e.Args["error"] = s.Err.Error()
		}
		events = append(events, e)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Events []traceEvent `json:"traceEvents"`
		Unit   string       `json:"displayTimeUnit"`
	}{events, "ms"})
}
