package progress

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

// lines writes one event per line, as JSON. A message is a line with empty id,
// name and state. Logs are not part of the stream.
type lines struct {
	mu     sync.Mutex
	w      io.Writer
	closed bool
}

var _ Display = (*lines)(nil)

func newJSON(w io.Writer) *lines { return &lines{w: w} }

func (l *lines) Event(e schedule.Event) {
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
		_, _ = l.w.Write(append(data, '\n'))
	}
}

func (l *lines) Expect([]schedule.Task, int) {}

func (l *lines) Log(string, string) {}

func (l *lines) Message(format string, args ...any) {
	l.Event(schedule.Event{Message: fmt.Sprintf(format, args...)})
}

func (l *lines) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}
