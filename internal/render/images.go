package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/modship/modship/internal/manifest"
	"github.com/modship/modship/pkg/module"
)

// Container is a container of a workload and the image that it runs.
type Container struct {
	Image     string            `json:"image"` // the key of the module's image, or a reference
	Workload  string            `json:"workload"`
	Container string            `json:"container"`
	Init      bool              `json:"init,omitempty"`
	Requests  map[string]string `json:"requests"`
	Limits    map[string]string `json:"limits"`
}

// Containers returns the containers of an object.
func (s *Set) Containers(o *manifest.Object) []Container {
	var list []Container
	for _, c := range o.Containers() {
		image := c.Image
		if key := s.Image(c.Image); key != "" {
			image = key
		}
		list = append(list, Container{Image: image, Workload: o.ID().String(), Container: c.Name, Init: c.Init, Requests: c.Requests, Limits: c.Limits})
	}
	return list
}

// Names replaces the digests of the module's images by their keys, so that two
// renderings differ only in what people wrote.
func (s *Set) Names() *strings.Replacer {
	var pairs []string
	for digest, key := range s.Images {
		pairs = append(pairs, digest, "<"+key+">")
	}
	return strings.NewReplacer(pairs...)
}

// ReadDigests reads the digests of the images by their keys, from
// images_digests.json or from a build report of werf.
func ReadDigests(file string) (map[string]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	report := struct {
		Images map[string]struct {
			DockerImageDigest string
			Final             *bool
		}
	}{}
	if json.Unmarshal(data, &report) == nil && len(report.Images) > 0 {
		digests := map[string]string{}
		for name, image := range report.Images {
			if image.Final == nil || *image.Final {
				digests[module.DigestKey(name)] = image.DockerImageDigest
			}
		}
		return digests, nil
	}
	digests, err := module.ParseDigests(data)
	if err != nil {
		return nil, fmt.Errorf("%s is neither images_digests.json nor a build report: %w", file, err)
	}
	if len(digests) == 0 {
		return nil, errors.New(file + " names no image")
	}
	return digests, nil
}

// Over returns values with others over them; neither is changed.
func Over(values, over map[string]any) map[string]any {
	merged := map[string]any{}
	for _, layer := range []map[string]any{values, over} {
		for key, value := range layer {
			inner, isMap := value.(map[string]any)
			below, wasMap := merged[key].(map[string]any)
			if isMap && wasMap {
				merged[key] = Over(below, inner)
			} else {
				merged[key] = value
			}
		}
	}
	return merged
}
