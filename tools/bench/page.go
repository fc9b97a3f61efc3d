package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A row is one thing that was measured, several times, for both sides.
type row struct {
	what   string
	unit   string
	ours   []float64
	theirs []float64 // nil where there is no peer
	target float64   // of ours over theirs, or of ours where there is no peer; 0 without
	limit  float64   // of ours where there is a peer; 0 without
}

// median returns the middle one of the values, NaN-free: 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// result is what the target is about.
func (r row) result() float64 {
	if len(r.theirs) == 0 {
		return median(r.ours)
	}
	return median(r.ours) / median(r.theirs)
}

// verdict compares the result with the target.
func (r row) verdict() string {
	switch {
	case r.limit > 0 && median(r.ours) <= r.limit:
		return fmt.Sprintf("≤ %s: met", strings.TrimSpace(number(r.limit)+" "+r.unit))
	case r.limit > 0:
		return fmt.Sprintf("≤ %s: **missed**", strings.TrimSpace(number(r.limit)+" "+r.unit))
	case r.target == 0:
		return ""
	case r.result() <= r.target:
		return fmt.Sprintf("≤ %.3g: met", r.target)
	default:
		return fmt.Sprintf("≤ %.3g: **missed**", r.target)
	}
}

// spread shows the median and, of several runs, the smallest and largest.
func spread(values []float64, unit string) string {
	if len(values) == 0 {
		return ""
	}
	low, high := slices.Min(values), slices.Max(values)
	if low == high {
		return strings.TrimSpace(number(low) + " " + unit)
	}
	return fmt.Sprintf("%s (%s to %s)", strings.TrimSpace(number(median(values))+" "+unit), number(low), number(high))
}

func number(v float64) string {
	if v >= 100 || v == float64(int(v)) {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// rowsText is a Markdown table.
func rowsText(rows []row) string {
	var text strings.Builder
	text.WriteString("| | modship | peer | ratio | target |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		ratio := ""
		if len(r.theirs) > 0 {
			ratio = fmt.Sprintf("%.2f", r.result())
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s |\n", r.what, spread(r.ours, r.unit), spread(r.theirs, r.unit), ratio, r.verdict())
	}
	return text.String()
}

// page is docs/benchmarks.md.
type page struct {
	args     string
	runs     int
	sections bytes.Buffer
}

func newPage(args string, runs int) *page { return &page{args: args, runs: runs} }

func (p *page) add(b benchmark, rows []row) {
	fmt.Fprintf(&p.sections, "\n## %s\n%s. Measured at %s UTC, load average %s.\n\n%s",
		b.name, b.title, time.Now().UTC().Format("15:04"), loadAverage(), rowsText(rows))
	if b.note != "" {
		fmt.Fprintf(&p.sections, "\n%s\n", b.note)
	}
}

func (p *page) text() string {
	return fmt.Sprintf(`# Benchmarks

Written by `+"`task bench -- %s`"+` on %s, with the build tags of
Taskfile.yml; `+"`task bench`"+` sets them and runs all cases.
Machine: %s. Both sides run one after the other in the same
run, each with its own home and container storage (on %s) and registry; runs: %d,
medians, in brackets the smallest and the largest. The peer of builds and graphs is werf's own
command line compiled in this module (internal/werfcli). The ratio is ours over the
peer's: less is better. A high load average means that something else was running:
compare ratios, not seconds.
%s`, p.args, time.Now().UTC().Format(time.DateOnly), machine(), fileSystem(os.TempDir()), p.runs, p.sections.String())
}

func machine() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	kernel, err := exec.Command("uname", "-sr").Output()
	if err != nil {
		kernel = []byte(runtime.GOOS)
	}
	return fmt.Sprintf("%d × %s, %s, %s", runtime.NumCPU(), model, strings.TrimSpace(string(kernel)), runtime.Version())
}

// fileSystem is the kind of file system that a directory is on.
func fileSystem(dir string) string {
	kind, err := exec.Command("stat", "--file-system", "--format=%T", dir).Output()
	if err != nil {
		return "an unknown file system"
	}
	return strings.TrimSpace(string(kind))
}

// loadAverage is that of the last minute and of the last five: what else the
// machine had to do.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return "unknown"
	}
	return fields[0] + " (5 minutes: " + fields[1] + ")"
}
