package module

import (
	"encoding/json"
	"fmt"
)

// MaxMetadataSize is the size in bytes above which the controller does not
// read version.json, module.yaml, images_digests.json or changelog.yaml
// (deckhouse, go_lib/dependency/cr/release.go).
const MaxMetadataSize = 4 << 20

// ParseVersionFile returns the version of a version.json: a JSON object with a
// non-empty string "version". Other keys are ignored, as consumers do. The
// version itself is opaque here.
func ParseVersionFile(data []byte) (string, error) {
	var file struct {
		Version *string `json:"version"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return "", fmt.Errorf("version.json is not a JSON object with a string \"version\": %w", err)
	}
	if file.Version == nil || *file.Version == "" {
		return "", fmt.Errorf("version.json has no version: expected {\"version\":\"vX.Y.Z\"}")
	}
	return *file.Version, nil
}
