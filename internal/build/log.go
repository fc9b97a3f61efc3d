package build

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// tailLines is how much of a failed image's log is shown with the error.
const tailLines = 20

// imageLog writes one image's build log to a file, hands on each line, and
// remembers the last ones.
type imageLog struct {
	id   string
	path string
	line func(id, line string)

	mu      sync.Mutex
	file    *os.File
	partial []byte
	tail    []string
	err     error
}

// newImageLog creates dir and the log in it; without a dir nothing is kept.
func newImageLog(dir string, u unit, line func(id, line string)) (*imageLog, error) {
	l := &imageLog{id: u.id, line: line}
	if dir == "" {
		return l, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create folder for build logs: %w", err)
	}
	l.path = filepath.Join(dir, fileName(u.name)+".log")
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create build log: %w", err)
	}
	l.file = file
	return l, nil
}

var unsafe = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

func fileName(image string) string { return strings.Trim(unsafe.ReplaceAllString(image, "_"), "_") }

// Write never fails: a log that cannot be kept must not break a build; Close
// tells.
func (l *imageLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil && l.err == nil {
		_, l.err = l.file.Write(p)
	}
	l.partial = append(l.partial, p...)
	for {
		i := bytes.IndexByte(l.partial, '\n')
		if i < 0 {
			return len(p), nil
		}
		l.add(string(l.partial[:i]))
		l.partial = l.partial[i+1:]
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")

// frame is what werf draws before the lines of a log: nested boxes.
var frame = regexp.MustCompile(`^[│┌└├─ ]+`)

func (l *imageLog) add(line string) {
	line = frame.ReplaceAllString(escapes.ReplaceAllString(line, ""), "")
	if line = strings.TrimRight(line, " \r\t"); line == "" {
		return
	}
	l.tail = append(l.tail, line)
	if len(l.tail) > tailLines {
		l.tail = l.tail[1:]
	}
	l.line(l.id, line)
}

// Tail returns the last lines.
func (l *imageLog) Tail() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.tail...)
}

// Close ends the log.
func (l *imageLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.partial) > 0 {
		l.add(string(l.partial))
		l.partial = nil
	}
	if l.file == nil {
		return nil
	}
	if err := l.file.Close(); l.err == nil {
		l.err = err
	}
	l.file = nil
	return l.err
}
