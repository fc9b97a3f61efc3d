package build

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/schedule"
)

func TestDurationsAreLearnedAndForgotten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state", "echo.json")
	d := LoadDurations(file)
	if d.Of("app") != schedule.Unknown {
		t.Error("an empty memory knows something")
	}
	everything := func(string) bool { return true }
	if err := d.Learn([]Image{{Name: "app", Seconds: 10, Rebuilt: true}, {Name: "cached", Seconds: 0.1}, {Name: "old", Seconds: 5, Rebuilt: true}}, everything); err != nil {
		t.Fatal(err)
	}
	d = LoadDurations(file)
	if d.Of("app") != 10*time.Second || d.Of("cached") != schedule.Unknown {
		t.Errorf("app %s, cached %s", d.Of("app"), d.Of("cached"))
	}
	if err := d.Learn([]Image{{Name: "app", Seconds: 20, Rebuilt: true}}, func(name string) bool { return name != "old" }); err != nil {
		t.Fatal(err)
	}
	d = LoadDurations(file)
	if d.Of("app") != 15*time.Second || d.Of("old") != schedule.Unknown {
		t.Errorf("app %s, old %s", d.Of("app"), d.Of("old"))
	}
}

func TestBrokenMemoryIsAnEmptyOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "echo.json")
	if err := os.WriteFile(file, []byte(`{"app": "x"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if d := LoadDurations(file); d.Of("app") != schedule.Unknown {
		t.Errorf("app = %s", d.Of("app"))
	}
}

func TestSeedFromABuildReport(t *testing.T) {
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	if err := os.WriteFile(report, []byte(`{"Images":{
		"app":{"BuildTime":"7.50","Rebuilt":true},
		"known":{"BuildTime":"1.00","Rebuilt":true},
		"cached":{"BuildTime":"0.01","Rebuilt":false}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	d := LoadDurations(filepath.Join(dir, "none.json"))
	d.seconds["known"] = 3
	if err := d.Seed(report); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]time.Duration{"app": 7500 * time.Millisecond, "known": 3 * time.Second, "cached": schedule.Unknown} {
		if got := d.Of(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for _, file := range []string{filepath.Join(dir, "missing.json"), dir} {
		if err := d.Seed(file); err == nil || exit.CodeOf(err) == exit.OK {
			t.Errorf("%s: no error", file)
		}
	}
}
