package progress

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/schedule"
)

func testFold(title string) (before, after string) { return "<" + title + ">\n", "</>\n" }

// TestFolds: the logs of two images that are built at once come one after the
// other, each stage by itself.
func TestFolds(t *testing.T) {
	var out bytes.Buffer
	d, err := New(Plain, &out, Options{Fold: testFold})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b"} {
		d.Event(schedule.Event{ID: id, State: schedule.Running})
	}
	for _, line := range []string{
		"🛳️  (1/2) image a", "use cache of a", "Building stage a/install", "\x1b[1mone\x1b[0m", "Building stage a/install (1.20 seconds)", "after", "",
		"Building stage a/empty", "Building stage a/empty (0.10 seconds)", "Building stage a/setup", "two",
	} {
		d.Log("a", line)
		d.Log("b", "of b")
		d.Log("reused", "of a reused one")
	}
	d.Event(schedule.Event{ID: "reused", State: schedule.Reused})
	d.Event(schedule.Event{ID: "b", State: schedule.Built, Seconds: 1})
	d.Event(schedule.Event{ID: "a", State: schedule.Failed, Seconds: 2, Message: "broken"})
	d.Close()

	var folded []string
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, " ") || strings.Contains(line, ": built") || strings.Contains(line, ": failed") {
			folded = append(folded, strings.TrimSpace(strings.TrimLeft(line, " 0.s")))
		}
	}
	want := []string{"b: built in 1.0s (2 of 3)", "<b>"}
	for range 11 {
		want = append(want, "of b")
	}
	want = append(want, "</>", "a: failed after 2.0s: broken (3 of 3)", "<a>", "use cache of a", "</>",
		"<a/install (1.20 seconds)>", "one", "</>", "<a>", "after", "</>", "<a/setup>", "two", "</>")
	if diff := cmp.Diff(want, folded); diff != "" {
		t.Errorf("%s\n%s", diff, out.String())
	}
}

func TestFoldsAreBounded(t *testing.T) {
	f := newFolds(testFold)
	for i := range maxPart + 3 {
		f.add("a", fmt.Sprint(i))
	}
	if text := f.take("a", "a"); strings.Count(text, "\n") != maxPart+3 || !strings.Contains(text, "(lines left out: 3)") {
		t.Errorf("%d lines, ends with %q", strings.Count(text, "\n"), text[len(text)-60:])
	}
	if text := f.take("a", "a"); text != "" {
		t.Errorf("the log is kept: %q", text)
	}
}
