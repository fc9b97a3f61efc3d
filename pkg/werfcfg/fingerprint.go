package werfcfg

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"

	"sigs.k8s.io/yaml"
)

// Section is what the rendered configuration says of one image: werf's own
// keys, as parsed YAML.
type Section map[string]any

// withoutEffect are the keys of an image that are in no stage's digest.
var withoutEffect = []string{"final", "secrets", "sbom"}

var documentEnd = regexp.MustCompile(`(?m)^---[ \t]*(?:#.*)?\n`)

// readSections reads the sections of c, unless it has done so before, and gives
// the images of its graph fingerprints. Parsing the configuration once more
// takes a quarter of the time of reading it.
func (c *Config) readSections() (err error) {
	if c.Sections != nil {
		return nil
	}
	if c.Sections, c.meta, err = parseSections(c.rendered); err != nil {
		return err
	}
	return c.setFingerprints(c.Sections)
}

// parseSections parses the rendered configuration by image name. An image list
// (image: [a, b]) gives each name the same section.
func parseSections(file string) (sections map[string]Section, meta Section, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("read rendered werf.yaml: %w", err)
	}
	sections = map[string]Section{}
	for _, document := range documentEnd.Split(string(data), -1) {
		var s Section
		// werf has parsed all of it already; what this parser takes for an
		// error has no fingerprint and counts as unchanged.
		if yaml.Unmarshal([]byte(document), &s) != nil {
			continue
		}
		for _, name := range s.names() {
			sections[name] = s
		}
		if _, ok := s["configVersion"]; ok {
			meta = s
		}
	}
	return sections, meta, nil
}

func (s Section) names() []string {
	switch v := firstValue(s["image"], s["artifact"]).(type) {
	case string:
		return []string{v}
	case []any:
		var names []string
		for _, n := range v {
			names = append(names, fmt.Sprint(n))
		}
		return names
	}
	return nil
}

func firstValue(values ...any) any {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}

// fingerprint stands for the section and the settings of the whole
// configuration that enter the digests of all images.
func (s Section) fingerprint(meta Section, more string) string {
	own := Section{}
	maps.Copy(own, s)
	for _, key := range withoutEffect {
		delete(own, key)
	}
	build, _ := meta["build"].(map[string]any)
	data, err := json.Marshal([]any{own, build["cacheVersion"], more})
	if err != nil {
		return "" // YAML that JSON cannot hold counts as unchanged
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
