// Package disk keeps what modship stores on this machine within a limit: the
// data of the embedded registry and the container storage of builds.
package disk

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/docker/go-units"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/settings"
)

// EnvLimit sets the limit: a size such as 20GB, or 0 for none.
const EnvLimit = "MODSHIP_DISK_LIMIT"

// DefaultLimit is the limit unless EnvLimit says otherwise.
const DefaultLimit = "20GB"

// Limit returns the limit in bytes and where it comes from; 0 is none.
func Limit() (bytes int64, from string, err error) {
	from = EnvLimit
	text := os.Getenv(EnvLimit)
	if text == "" {
		text, from = DefaultLimit, "default"
	}
	bytes, err = units.FromHumanSize(text)
	if err != nil {
		return 0, from, exit.With(exit.Usage, fmt.Errorf("%s=%s: expected a size such as 20GB", EnvLimit, text), "")
	}
	return bytes, from, nil
}

// Usage is the space in use, in bytes.
type Usage struct {
	Registry   int64 // data of the embedded registry
	Containers int64 // images and layers in the container storage
}

// Total returns the sum.
func (u Usage) Total() int64 { return u.Registry + u.Containers }

// Measure returns the space in use in the directories. Neither a registry nor a
// container backend needs to run.
func Measure(dirs settings.Dirs) (Usage, error) {
	registry, err := localregistry.Size(dirs.Registry())
	if err != nil {
		return Usage{}, err
	}
	containers, err := Containers(dirs.Containers())
	return Usage{Registry: registry, Containers: containers}, err
}

// layer is an entry in the list of layers of containers/storage.
type layer struct {
	Diff       int64 `json:"diff-size"`
	Compressed int64 `json:"compressed-size"`
}

// Containers returns the bytes of the layers in a container storage, by its own
// list: to walk the files of all images takes minutes.
func Containers(dir string) (bytes int64, err error) {
	lists, err := filepath.Glob(filepath.Join(dir, "lib", "storage", "*-layers", "layers.json"))
	if err != nil {
		return 0, err
	}
	for _, list := range lists {
		data, err := os.ReadFile(list)
		if err != nil {
			return 0, fmt.Errorf("measure the container storage: %w", err)
		}
		var layers []layer
		if err := json.Unmarshal(data, &layers); err != nil {
			return 0, fmt.Errorf("measure the container storage: %s: %w", list, err)
		}
		for _, l := range layers {
			bytes += cmp.Or(l.Diff, l.Compressed)
		}
	}
	return bytes, nil
}
