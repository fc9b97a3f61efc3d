package schedule

import "time"

// Run is what a schedule did.
type Run struct {
	Workers  int
	Started  time.Time
	Finished time.Time
	Spans    []Span   // tasks that were started, in that order
	NotRun   []string // ids of those that were not, sorted
}

// Span is the time one task took.
type Span struct {
	ID    string
	Ready time.Time // when everything it needs was done
	Start time.Time // when it got a worker
	End   time.Time // when it was done
	Err   error     // how it ended
}

// Wall is how long the run took.
func (r *Run) Wall() time.Duration { return r.Finished.Sub(r.Started) }

// Duration is how long the task ran.
func (s Span) Duration() time.Duration { return s.End.Sub(s.Start) }

// Wait is how long the task was ready and had no worker.
func (s Span) Wait() time.Duration { return s.Start.Sub(s.Ready) }
