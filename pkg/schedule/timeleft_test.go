package schedule

import (
	"testing"
	"time"
)

func TestTimeLeft(t *testing.T) {
	tasks := []Task{
		{ID: "a", Weight: 10 * second},
		{ID: "b", Needs: []string{"a"}, Weight: 20 * second},
		{ID: "c", Weight: 5 * second},
		{ID: "d", Weight: Unknown}, // as long as the median, 10 s
	}
	for name, tc := range map[string]struct {
		opts TimeLeftOptions
		want time.Duration
	}{
		"at the start":        {TimeLeftOptions{Workers: 9}, 30 * second},
		"one worker":          {TimeLeftOptions{Workers: 1}, 45 * second},
		"a is running":        {TimeLeftOptions{Workers: 9, Elapsed: map[string]time.Duration{"a": 4 * second}}, 26 * second},
		"a takes longer":      {TimeLeftOptions{Workers: 9, Elapsed: map[string]time.Duration{"a": 40 * second}}, 20 * second},
		"a is done":           {TimeLeftOptions{Workers: 9, Done: map[string]bool{"a": true}}, 20 * second},
		"c has the worker":    {TimeLeftOptions{Workers: 1, Done: map[string]bool{"a": true, "b": true}, Elapsed: map[string]time.Duration{"c": 2 * second}}, 13 * second},
		"everything is done":  {TimeLeftOptions{Workers: 1, Done: map[string]bool{"a": true, "b": true, "c": true, "d": true}}, 0},
		"started this moment": {TimeLeftOptions{Workers: 1, Elapsed: map[string]time.Duration{"c": 0}}, 45 * second},
	} {
		got, err := TimeLeft(tasks, tc.opts)
		if err != nil || got != tc.want {
			t.Errorf("%s: %s left, want %s (error %v)", name, got, tc.want, err)
		}
	}
	if _, err := TimeLeft(tasks, TimeLeftOptions{}); err == nil {
		t.Error("no error for no workers")
	}
	if _, err := TimeLeft([]Task{{ID: "a", Needs: []string{"b"}}}, TimeLeftOptions{Workers: 1}); err == nil {
		t.Error("no error for a missing task")
	}
}
