package build

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/renameio/v2"
	"github.com/werf/werf/v2/pkg/build"

	"github.com/modship/modship/pkg/schedule"
)

// Durations are how long images took to build, learned from run to run. They
// only decide the order in which ready images start, so a wrong one costs time
// and never correctness.
type Durations struct {
	file    string
	seconds map[string]float64 // by image name
}

// learnShare is how much of a new measurement enters the remembered value: one
// odd run must not turn the order over.
const learnShare = 0.5

// LoadDurations reads what earlier runs of a module have learned. A file that
// is missing or broken is an empty memory.
func LoadDurations(file string) *Durations {
	d := &Durations{file: file, seconds: map[string]float64{}}
	data, err := os.ReadFile(file)
	if err != nil {
		return d
	}
	if err := json.Unmarshal(data, &d.seconds); err != nil {
		d.seconds = map[string]float64{}
	}
	return d
}

// Seed takes the build times of a build report in werf's format for the images
// of which nothing is known, so that a fresh machine schedules well too.
func (d *Durations) Seed(reportFile string) error {
	data, err := os.ReadFile(reportFile)
	if err != nil {
		return fmt.Errorf("read build report: %w", err)
	}
	report := build.NewImagesReport()
	if err := json.Unmarshal(data, report); err != nil {
		return fmt.Errorf("read build report %s: %w", reportFile, err)
	}
	for name, record := range report.Images {
		seconds, err := strconv.ParseFloat(record.BuildTime, 64)
		if _, known := d.seconds[name]; err == nil && record.Rebuilt && !known {
			d.seconds[name] = seconds
		}
	}
	return nil
}

// Of is how long the image took, or [schedule.Unknown].
func (d *Durations) Of(image string) time.Duration {
	seconds, ok := d.seconds[image]
	if !ok {
		return schedule.Unknown
	}
	return time.Duration(seconds * float64(time.Second))
}

// Learn remembers how long the rebuilt images of a result took, forgets images
// that known says the configuration no longer has, and writes the memory.
func (d *Durations) Learn(images []Image, known func(image string) bool) error {
	for name := range d.seconds {
		if !known(name) {
			delete(d.seconds, name)
		}
	}
	for _, img := range images {
		if !img.Rebuilt {
			continue
		}
		value := img.Seconds
		if old, ok := d.seconds[img.Name]; ok {
			value = learnShare*value + (1-learnShare)*old
		}
		d.seconds[img.Name] = math.Round(value*100) / 100
	}
	return d.write()
}

// write replaces the file atomically: another run may be reading it.
func (d *Durations) write() error {
	data, err := json.MarshalIndent(d.seconds, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(d.file), 0o700); err != nil {
		return fmt.Errorf("remember durations: %w", err)
	}
	if err := renameio.WriteFile(d.file, data, 0o600); err != nil {
		return fmt.Errorf("remember durations: %w", err)
	}
	return nil
}
