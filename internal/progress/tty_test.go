package progress

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/schedule"
)

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

// onScreen runs a tty display on a small terminal and a virtual clock.
func onScreen(t *testing.T, width, height int, opts Options, f func(t *testing.T, s *screen, d Display)) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(t, width, height)
		opts.Size = s.size
		if opts.Env == nil {
			opts.Env = env(nil)
		}
		d, err := New(TTY, s, opts)
		if err != nil {
			t.Fatal(err)
		}
		f(t, s, d)
		d.Close()
		d.Close()
	})
}

func send(d Display, state schedule.State, ids ...string) {
	for _, id := range ids {
		d.Event(schedule.Event{ID: "image:" + id, Name: id, State: state})
	}
}

// frame lets the display draw once.
func frame() { time.Sleep(150 * time.Millisecond) }

func expect(t *testing.T, s *screen, want string) {
	t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(strings.Trim(want, "\n"), s.text()); diff != "" {
		t.Errorf("screen (-want +got):\n%s", diff)
	}
}

func TestTTYFromStartToEnd(t *testing.T) {
	tasks := []schedule.Task{{ID: "image:a", Weight: 10 * time.Second}, {ID: "image:b", Needs: []string{"image:a"}, Weight: 20 * time.Second}}
	onScreen(t, 60, 10, Options{}, func(t *testing.T, s *screen, d Display) {
		d.Expect(tasks, 2)
		send(d, schedule.Queued, "a", "b", "long-name")
		send(d, schedule.Running, "a", "long-name")
		d.Log("image:a", "\x1b[32mgo build\x1b[0m ./...\twith a text that is too long for the terminal")
		time.Sleep(1150 * time.Millisecond)
		expect(t, s, `
0 of 3 · 2 running · 1 queued · 1.1s · about 29s left
  a          1.1s  go build ./... with a text that is too …
  long-name  1.1s
`)
		d.Message("one\ntwo")
		d.Event(schedule.Event{ID: "image:a", State: schedule.Built, Seconds: 12.3})
		frame()
		expect(t, s, `
  one
  two
✓ a built in 12s
1 of 3 · 1 running · 1 queued · 1 built · 1.3s · about 20s…
  long-name  1.3s
`)
		d.Log("image:long-name", "  cc -o x")
		d.Log("image:long-name", "\r\n")
		d.Event(schedule.Event{ID: "image:long-name", State: schedule.Failed, Seconds: 3, Message: "exit code 2"})
		send(d, schedule.Canceled, "b")
		d.Close()
		expect(t, s, `
  one
  two
✓ a built in 12s
✗ long-name failed after 3.0s: exit code 2
  long-name |   cc -o x
3 of 3 · 1 built · 1 failed · 1 canceled · 1.3s
`)
		writes := s.writes
		d.Message("too late")
		frame()
		if s.writes != writes {
			t.Error("something is written after Close")
		}
	})
}

func TestTTYNeverHasMoreRowsThanTheTerminal(t *testing.T) {
	for height := 1; height < 8; height++ {
		onScreen(t, 40, height, Options{}, func(t *testing.T, s *screen, d Display) {
			for i := range 20 {
				send(d, schedule.Running, fmt.Sprint("image-", i))
				frame()
			}
			synctest.Wait()
			if len(s.scrolled) > 0 {
				t.Errorf("%d rows: live lines went into the scrollback: %q", height, s.scrolled)
			}
			if want := "and 17 more"; height == 6 && !strings.Contains(s.text(), want) {
				t.Errorf("no %q on\n%s", want, s.text())
			}
		})
	}
}

func TestTTYWhenTheTerminalGetsNarrower(t *testing.T) {
	onScreen(t, 60, 12, Options{}, func(t *testing.T, s *screen, d Display) {
		send(d, schedule.Running, "a", "b")
		d.Log("image:a", strings.Repeat("x", 80))
		frame()
		synctest.Wait()
		s.narrow(30)
		frame()
		expect(t, s, `
0 of 2 · 2 running · 0.3s
  a  0.3s  xxxxxxxxxxxxxxxxx…
  b  0.3s
`)
	})
}

// TestTTYKeepsEverythingThatWasBuilt: many events between two frames and long
// lines do not lose or repeat a line.
func TestTTYKeepsEverythingThatWasBuilt(t *testing.T) {
	onScreen(t, 20, 5, Options{}, func(t *testing.T, s *screen, d Display) {
		for i := range 50 {
			id := fmt.Sprintf("image-with-a-long-name-%02d", i)
			send(d, schedule.Running, id)
			if i%3 == 0 {
				frame()
			}
			send(d, schedule.Built, id)
		}
		d.Close()
		all := strings.ReplaceAll(s.text(), "\n", "")
		for i := range 50 {
			if n := strings.Count(all, fmt.Sprintf("✓ image-with-a-long-name-%02d built", i)); n != 1 {
				t.Errorf("image %d is there %d times", i, n)
			}
		}
		if strings.Contains(all, "running") {
			t.Errorf("live lines were left behind:\n%s", s.text())
		}
	})
}

func TestTTYDrawsNothingWithoutEvents(t *testing.T) {
	onScreen(t, 20, 5, Options{}, func(t *testing.T, s *screen, d Display) {
		frame()
		d.Close()
		if s.writes != 0 {
			t.Errorf("%d writes", s.writes)
		}
	})
}

func TestTTYDrawsAtItsOwnPace(t *testing.T) {
	onScreen(t, 20, 5, Options{}, func(t *testing.T, s *screen, d Display) {
		for range 1000 {
			d.Log("image:a", "line")
			send(d, schedule.Running, "a")
		}
		time.Sleep(1050 * time.Millisecond)
		synctest.Wait()
		if s.writes != 10 {
			t.Errorf("%d writes in a second, want 10", s.writes)
		}
	})
}

func TestColour(t *testing.T) {
	for name, tc := range map[string]struct {
		env  map[string]string
		want bool
	}{
		"by default":    {nil, true},
		"with NO_COLOR": {map[string]string{"NO_COLOR": "1"}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out strings.Builder
			d, err := New(TTY, &out, Options{Env: env(tc.env)})
			if err != nil {
				t.Fatal(err)
			}
			send(d, schedule.Built, "a")
			d.Close()
			if got := strings.Contains(out.String(), "\x1b[32m"); got != tc.want {
				t.Errorf("%s: coloured: %t, want %t: %q", name, got, tc.want, out.String())
			}
		})
	}
}
