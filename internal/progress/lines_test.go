package progress

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/modship/modship/pkg/schedule"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scenario is a short run with everything in it.
func scenario(d Display) {
	send(d, schedule.Queued, "a", "b", "c")
	d.Expect([]schedule.Task{{ID: "image:a", Weight: time.Second}}, 1)
	d.Message("3 images, %d left out", 2)
	send(d, schedule.Running, "a")
	d.Log("image:a", "step 1")
	d.Log("image:a", "step 2")
	time.Sleep(2 * time.Second)
	send(d, schedule.Reused, "b")
	d.Event(schedule.Event{ID: "image:a", Name: "a", State: schedule.Failed, Seconds: 2, Message: "exit code 1\nsee the log"})
	send(d, schedule.Failed, "a")
	send(d, schedule.Canceled, "c")
	d.Close()
	send(d, schedule.Built, "c")
	d.Message("too late")
}

func TestLineDisplays(t *testing.T) {
	for kind, want := range map[string]string{
		Plain: `
   0.0s  3 images, 2 left out
   0.0s  a: running
   2.0s  b: reused (1 of 3)
   2.0s  a: failed after 2.0s: exit code 1
         see the log (2 of 3)
         a | step 1
         a | step 2
   2.0s  c: canceled (3 of 3)
`,
		Quiet: `
   2.0s  a: failed after 2.0s: exit code 1
         see the log (2 of 3)
         a | step 1
         a | step 2
`,
		JSON: `
{"time":"2000-01-01T00:00:00Z","id":"image:a","name":"a","state":"queued","seconds":0,"message":""}
{"time":"2000-01-01T00:00:00Z","id":"image:b","name":"b","state":"queued","seconds":0,"message":""}
{"time":"2000-01-01T00:00:00Z","id":"image:c","name":"c","state":"queued","seconds":0,"message":""}
{"time":"2000-01-01T00:00:00Z","id":"","name":"","state":"","seconds":0,"message":"3 images, 2 left out"}
{"time":"2000-01-01T00:00:00Z","id":"image:a","name":"a","state":"running","seconds":0,"message":""}
{"time":"2000-01-01T00:00:02Z","id":"image:b","name":"b","state":"reused","seconds":0,"message":""}
{"time":"2000-01-01T00:00:02Z","id":"image:a","name":"a","state":"failed","seconds":2,"message":"exit code 1\nsee the log"}
{"time":"2000-01-01T00:00:02Z","id":"image:a","name":"a","state":"failed","seconds":0,"message":""}
{"time":"2000-01-01T00:00:02Z","id":"image:c","name":"c","state":"canceled","seconds":0,"message":""}
`,
	} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out strings.Builder
				d, err := New(kind, &out, Options{})
				if err != nil {
					t.Fatal(err)
				}
				scenario(d)
				if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), out.String()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestPlainSaysWhatIsRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		d, err := New(Plain, &out, Options{Heartbeat: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(15 * time.Second) // nothing runs
		send(d, schedule.Running, "a", "b")
		time.Sleep(8 * time.Second)
		send(d, schedule.Built, "b")
		time.Sleep(25 * time.Second)
		d.Close()
		time.Sleep(time.Minute)
		want := `    15s  a: running
    15s  b: running
    23s  b: built in 0.0s (1 of 2)
    33s  still running: a (18s)
    43s  still running: a (28s)
`
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestOnlyTheTailOfALogIsShown(t *testing.T) {
	var out strings.Builder
	d, err := New(Quiet, &out, Options{Tail: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"one", "two", "three"} {
		d.Log("image:a", line)
	}
	send(d, schedule.Failed, "a")
	if got := out.String(); strings.Contains(got, "one") || !strings.Contains(got, "a | two\n         a | three\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestKinds(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, kind := range Kinds() {
		d, err := New(kind, file, Options{})
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if _, ok := d.(*plain); kind == Auto && !ok {
			t.Errorf("auto on a file is a %T, want plain", d)
		}
		d.Close()
	}
	if _, err := New("fancy", file, Options{}); err == nil || !strings.Contains(err.Error(), "auto, tty, plain, json, quiet") {
		t.Errorf("an unknown kind: %v", err)
	}
}

// broken is a writer whose other end is gone.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestConcurrentUseAndABrokenWriter(t *testing.T) {
	for _, kind := range Kinds() {
		d, err := New(kind, broken{}, Options{Interval: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for _, id := range []string{"a", "b", "c", "d"} {
			all.Go(func() {
				send(d, schedule.Running, id)
				d.Log("image:"+id, "line")
				d.Message("%s", id)
				send(d, schedule.Failed, id)
				d.Close()
			})
		}
		all.Wait()
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[1;31mred\x1b[0m": "red",
		"10%\r50%\r100%\r\n":   "100%",
		"a\tb\x07\x00":         "a b",
		"\x1b]0;title\x07text": "text",
		"\u202eevil":           "evil",
		"  indented  ":         "  indented",

		"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\": "link",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}
