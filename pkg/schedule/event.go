package schedule

import (
	"encoding/json"
	"math"
	"time"
)

// State is where a task of a run stands.
type State string

// The states, in the order in which a task goes through them: queued, running,
// then one of the other four. A reused task may skip running.
const (
	Queued   State = "queued"   // known to the run, not started
	Running  State = "running"  // started
	Reused   State = "reused"   // done: there was nothing to do
	Built    State = "built"    // done: made in this run
	Failed   State = "failed"   // ended with an error
	Canceled State = "canceled" // not done because of a failure elsewhere or an interruption
)

// IsFinal reports whether nothing follows this state.
func (s State) IsFinal() bool { return s != Queued && s != Running }

// Event says that a task has reached a state. The stream of events of a run is
// what displays and JSON consumers see.
type Event struct {
	Time    time.Time // when
	ID      string    // id of the node
	Name    string    // what to call it for a person
	State   State     // what it has become
	Seconds float64   // for final states: how long it ran
	Message string    // for failed: the error; for others a remark, or empty
}

// eventJSON is the machine form: always all six fields.
type eventJSON struct {
	Time    time.Time `json:"time"`
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	State   State     `json:"state"`
	Seconds float64   `json:"seconds"`
	Message string    `json:"message"`
}

var (
	_ json.Marshaler   = Event{}
	_ json.Unmarshaler = (*Event)(nil)
)

// MarshalJSON writes the time in UTC and seconds to the millisecond.
func (e Event) MarshalJSON() ([]byte, error) {
	out := eventJSON(e)
	out.Time = e.Time.UTC().Round(time.Millisecond)
	out.Seconds = math.Round(e.Seconds*1000) / 1000
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Event) UnmarshalJSON(data []byte) error {
	var in eventJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*e = Event(in)
	return nil
}
