package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/itchyny/gojq"
)

// documents are jq's inputs, read one at a time and only when asked for: with
// -n a program that never calls input must not wait for stdin.
type documents struct {
	stdin   io.Reader
	files   []string // not opened yet; "-" is stdin
	open    io.Closer
	next    func() (any, error) // of the open file; io.EOF at its end
	rawLine bool
}

var _ gojq.Iter = (*documents)(nil)

// newDocuments reads JSON values, lines (-R), or one array (-s) or one text
// (-R -s) of everything.
func newDocuments(c *call, o jqOptions, files []string) gojq.Iter {
	if len(files) == 0 {
		files = []string{"-"}
	}
	each := &documents{stdin: c.stdin, files: files, rawLine: o.rawInput}
	if o.slurp {
		return &slurped{from: each}
	}
	return each
}

// Next returns the next document, or the error of reading it as its value.
func (d *documents) Next() (any, bool) {
	for {
		if d.next == nil {
			if len(d.files) == 0 {
				return nil, false
			}
			if err := d.openNext(); err != nil {
				return err, true
			}
		}
		value, err := d.next()
		if err == nil {
			return value, true
		}
		d.open.Close()
		d.next = nil
		if !errors.Is(err, io.EOF) {
			d.files = nil
			return err, true
		}
	}
}

func (d *documents) openNext() error {
	name := d.files[0]
	d.files = d.files[1:]
	file := io.NopCloser(d.stdin)
	if name != "-" {
		opened, err := os.Open(name)
		if err != nil {
			d.files = nil
			return err
		}
		file = opened
	}
	d.open, d.next = file, jsonValues(file)
	if d.rawLine {
		d.next = rawLines(file)
	}
	return nil
}

func jsonValues(r io.Reader) func() (any, error) {
	decoder := json.NewDecoder(r)
	decoder.UseNumber()
	return func() (any, error) {
		var value any
		err := decoder.Decode(&value)
		return value, err
	}
}

func rawLines(r io.Reader) func() (any, error) {
	buffered := bufio.NewReader(r)
	return func() (any, error) {
		line, err := buffered.ReadString('\n')
		if line == "" && err != nil {
			return nil, err
		}
		return strings.TrimSuffix(line, "\n"), nil
	}
}

// slurped gives everything as one document.
type slurped struct {
	from *documents
	done bool
}

func (s *slurped) Next() (any, bool) {
	if s.done {
		return nil, false
	}
	s.done = true
	all := []any{}
	var text strings.Builder
	for value, more := s.from.Next(); more; value, more = s.from.Next() {
		if err, failed := value.(error); failed {
			return err, true
		}
		all = append(all, value)
		if line, isText := value.(string); isText {
			text.WriteString(line + "\n")
		}
	}
	if s.from.rawLine {
		return text.String(), true
	}
	return all, true
}
