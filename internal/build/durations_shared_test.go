package build

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

// TestSharedDurations: what one machine has learned another one knows, but what
// that has learned itself counts more.
func TestSharedDurations(t *testing.T) {
	_, registry, _ := newRepoClient(t)
	const ref = testRepository + ":modship_durations"
	machine := func(name string) *Durations { return LoadDurations(filepath.Join(t.TempDir(), name)) }
	everything := func(string) bool { return true }
	first := machine("first")
	built := []Image{{Name: "a", Rebuilt: true, Seconds: 10}, {Name: "b", Rebuilt: true, Seconds: 20}, {Name: "c"}}
	if err := first.Learn(built, everything); err != nil {
		t.Fatal(err)
	}
	if err := first.Share(t.Context(), registry, ref, built); err != nil {
		t.Fatal(err)
	}

	second := machine("second")
	if err := second.Learn([]Image{{Name: "b", Rebuilt: true, Seconds: 2}}, everything); err != nil {
		t.Fatal(err)
	}
	second.Fetch(t.Context(), registry, ref, []string{"a", "b", "c"})
	for name, want := range map[string]time.Duration{"a": 10 * time.Second, "b": 2 * time.Second, "c": schedule.Unknown} {
		if got := second.Of(name); got != want {
			t.Errorf("%s takes %s, want %s", name, got, want)
		}
	}
	built = []Image{{Name: "a"}, {Name: "b", Rebuilt: true}}
	if err := second.Share(t.Context(), registry, ref, built); err != nil {
		t.Fatal(err)
	}
	third := machine("third")
	third.Fetch(t.Context(), registry, ref, []string{"a"})
	if third.Of("a") != 10*time.Second || third.Of("b") != 2*time.Second {
		t.Errorf("a takes %s, b %s", third.Of("a"), third.Of("b"))
	}

	asked := registry.asked[ref]
	third.Fetch(t.Context(), registry, ref, []string{"a", "b"})
	if err := third.Share(t.Context(), registry, ref, []Image{{Name: "a"}}); err != nil || registry.asked[ref] != asked {
		t.Errorf("error %v, the registry was asked %d times for what is known", err, registry.asked[ref]-asked)
	}
}

func TestBrokenSharedDurations(t *testing.T) {
	_, registry, _ := newRepoClient(t, "modship_durations")
	const ref = testRepository + ":modship_durations"
	d := LoadDurations(filepath.Join(t.TempDir(), "d"))
	for _, broken := range []bool{false, true} {
		registry.broken = broken
		d.Fetch(t.Context(), registry, ref, []string{"a"})
		if d.Of("a") != schedule.Unknown {
			t.Errorf("a takes %s", d.Of("a"))
		}
	}
}
