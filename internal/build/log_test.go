package build

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestImageLogUnwrapsWerfsFrames(t *testing.T) {
	dir := t.TempDir()
	var lines []string
	l, err := newImageLog(dir, unit{id: "image:a/b", name: "a/b"}, func(id, line string) { lines = append(lines, id+" "+line) })
	if err != nil {
		t.Fatal(err)
	}
	text := "┌ image a/b\n│ ┌ Building stage\n│ │ \x1b[31mgo build\x1b[0m \n│ └ Building stage (1.0 seconds)\n\n│\nlast without end"
	for _, part := range []string{text[:20], text[20:]} { // cut inside a line
		if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{"image a/b", "Building stage", "go build", "Building stage (1.0 seconds)", "last without end"}
	if diff := cmp.Diff(want, l.Tail()); diff != "" {
		t.Error(diff)
	}
	if len(lines) != len(want) || lines[2] != "image:a/b go build" {
		t.Errorf("lines = %q", lines)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "a_b.log"))
	if err != nil || string(kept) != text {
		t.Errorf("kept %q, %v", kept, err)
	}
}

func TestImageLogKeepsTheTail(t *testing.T) {
	l, err := newImageLog("", unit{name: "a"}, func(string, string) {})
	if err != nil {
		t.Fatal(err)
	}
	for i := range tailLines + 5 {
		fmt.Fprintf(l, "line %d\n", i)
	}
	tail := l.Tail()
	if len(tail) != tailLines || tail[0] != "line 5" {
		t.Errorf("%d lines, first %q", len(tail), tail[0])
	}
}

func TestErrorNamesEachFailure(t *testing.T) {
	err := &Error{Failures: []Failure{{Image: "a", Stage: "install", Message: "x"}, {Image: "b", Message: "y"}}}
	if got, want := err.Error(), "image a, stage install: x; image b: y"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f := (&builder{}).newFailure("a", &imageLog{}, &stageError{stage: "setup", err: errors.New("z")})
	if f.Stage != "setup" || f.Message != "z" {
		t.Errorf("failure %+v", f)
	}
}
