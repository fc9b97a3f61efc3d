package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

// recordings are the graphs of real modules as `modship graph --all` shows them:
// the images that each image is made from.
//
//go:embed recorded/*.json
var recordings embed.FS

// recording returns the graph of a public module of the Deckhouse organisation.
func recording(module string) (map[string][]string, error) {
	text, err := recordings.ReadFile("recorded/" + module + ".json")
	if err != nil {
		return nil, err
	}
	var needs map[string][]string
	if err := json.Unmarshal(text, &needs); err != nil {
		return nil, fmt.Errorf("read the graph of %s: %w", module, err)
	}
	return needs, nil
}

// recordedModule has the images of a real module, each with one file of its own
// and one import from each of those that it is made from.
func recordedModule(module string) (werf string, images []string, err error) {
	needs, err := recording(module)
	if err != nil {
		return "", nil, err
	}
	var text strings.Builder
	text.WriteString("project: recorded\nconfigVersion: 1\n")
	images = slices.Sorted(maps.Keys(needs))
	for _, name := range images {
		image(&text, name)
		if len(needs[name]) > 0 {
			text.WriteString("import:\n")
		}
		for i, need := range needs[name] {
			fmt.Fprintf(&text, "- image: %s\n  add: /%s\n  to: /imported/%d\n  after: install\n", need, need, i)
		}
	}
	return text.String(), images, nil
}

// recordedTasks are the images of a real module, with durations around ten seconds.
func recordedTasks(r *rand.Rand, module string) ([]schedule.Task, error) {
	needs, err := recording(module)
	if err != nil {
		return nil, err
	}
	var tasks []schedule.Task
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		tasks = append(tasks, schedule.Task{ID: name, Needs: needs[name], Weight: time.Duration(10 * float64(time.Second) * math.Exp(r.NormFloat64()))})
	}
	return tasks, nil
}
