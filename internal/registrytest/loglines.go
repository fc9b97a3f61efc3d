package registrytest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// LogLines collects what a session says.
type LogLines struct {
	mu    sync.Mutex
	lines []string
}

// Add adds a line.
func (l *LogLines) Add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

// Text returns all lines.
func (l *LogLines) Text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// HangsUp is the way to a registry that ends every connection.
type HangsUp struct{}

// RoundTrip implements http.RoundTripper.
func (HangsUp) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
