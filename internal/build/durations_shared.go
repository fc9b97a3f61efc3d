package build

import (
	"context"
	"encoding/json"
	"fmt"
)

// durationsLabel holds the durations of images, as JSON, in an image without
// content.
const durationsLabel = "modship.durations"

// maxShared bounds how many images a repository remembers the durations of:
// beyond it, those that the last build did not have are forgotten.
const maxShared = 5000

// Fetch takes what other machines have learned from the repository, where an
// image has no duration here. Errors do not matter: nothing is known then.
func (d *Durations) Fetch(ctx context.Context, registry Registry, ref string, images []string) {
	if registry == nil || d.knowsAll(images) {
		return
	}
	for name, seconds := range readDurations(ctx, registry, ref) {
		if _, known := d.seconds[name]; !known {
			d.seconds[name] = seconds
		}
	}
}

func (d *Durations) knowsAll(images []string) bool {
	for _, name := range images {
		if _, known := d.seconds[name]; !known {
			return false
		}
	}
	return true
}

// Share puts what this run has learned into the repository, beside what others
// have: of two that do it at once, the later one is remembered. It writes nothing
// if no image was rebuilt.
func (d *Durations) Share(ctx context.Context, registry Registry, ref string, images []Image) error {
	learned := map[string]float64{}
	for _, img := range images {
		if seconds, ok := d.seconds[img.Name]; ok && img.Rebuilt {
			learned[img.Name] = seconds
		}
	}
	if registry == nil || len(learned) == 0 {
		return nil
	}
	shared := readDurations(ctx, registry, ref)
	if len(shared) > maxShared {
		shared = nil
	}
	for name, seconds := range shared {
		if _, ok := learned[name]; !ok {
			learned[name] = seconds
		}
	}
	text, err := json.Marshal(learned)
	if err != nil {
		return err
	}
	if err := putMetadata(ctx, registry, ref, map[string]string{durationsLabel: string(text)}); err != nil {
		return fmt.Errorf("share durations: %w", err)
	}
	return nil
}

// readDurations returns nil for anything that is not there or not readable.
func readDurations(ctx context.Context, registry Registry, ref string) map[string]float64 {
	read, found, err := registry.ReadImage(ctx, ref)
	if err != nil || !found {
		return nil
	}
	info, err := newInfo(ref, read)
	if err != nil {
		return nil
	}
	var seconds map[string]float64
	if json.Unmarshal([]byte(info.Labels[durationsLabel]), &seconds) != nil {
		return nil
	}
	return seconds
}
