package werfcfg

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/werf/werf/v2/pkg/config"

	"github.com/modship/modship/pkg/graph"
)

const stageDependencies = "stageDependencies"

// AdoptGlobs prepares c for a comparison with a later state of the module:
// globs of stageDependencies become those of later where werf takes the two for
// the same. A stage's digest holds what the globs match in the commit, not
// their text. The text of includePaths and excludePaths is in the digest of
// gitArchive and stays.
func (c *Config) AdoptGlobs(ctx context.Context, later *Config) error {
	adopted := map[string]Section{}
	for name := range c.Sections {
		section, err := c.adoptGlobs(ctx, later, name)
		if err != nil {
			return fmt.Errorf("compare the files that stageDependencies of image %s match: %w", name, err)
		}
		if section != nil {
			adopted[name] = section
		}
	}
	if len(adopted) == 0 {
		return nil
	}
	maps.Copy(c.Sections, adopted)
	return c.setFingerprints(adopted)
}

// setFingerprints makes the graph anew with the fingerprints of sections.
func (c *Config) setFingerprints(sections map[string]Section) error {
	b := graph.NewBuilder()
	for _, n := range c.Graph.Nodes() {
		if s, ok := sections[n.Name]; ok && n.Kind == graph.Image {
			n.Fingerprint = s.fingerprint(c.meta, c.dockerfiles[n.Name])
		}
		b.AddNode(n)
	}
	for _, e := range c.Graph.Edges() {
		b.AddEdge(e.From, e.To, e.Kind)
	}
	renewed, err := b.Build()
	if err != nil {
		return fmt.Errorf("make the build graph: %w", err)
	}
	c.Graph = renewed
	return nil
}

// adoptGlobs returns the section of an image with globs of later, nil when
// there are none to adopt.
func (c *Config) adoptGlobs(ctx context.Context, later *Config, image string) (Section, error) {
	before, now := c.localEntries(image), later.localEntries(image)
	if len(before) != len(now) || len(before) == 0 {
		return nil, nil
	}
	entries, changed := slices.Clone(c.Sections[image]["git"].([]any)), false
	for i := range before {
		var same []string
		for _, stage := range watchingStages {
			if reflect.DeepEqual(before[i].globs()[stage], now[i].globs()[stage]) {
				continue
			}
			was, err := c.watched(ctx, image, before[i].parsed, stage)
			if err != nil {
				return nil, err
			}
			is, err := later.watched(ctx, image, now[i].parsed, stage)
			if err != nil {
				return nil, err
			}
			if was == is {
				same = append(same, stage)
			}
		}
		if len(same) > 0 {
			entries[before[i].index], changed = before[i].withGlobs(now[i], same), true
		}
	}
	if !changed {
		return nil, nil
	}
	section := maps.Clone(c.Sections[image])
	section["git"] = entries
	return section, nil
}

// localEntry is an entry below git of an image that adds files of the module's
// own repository: its place in the list, as text and as werf understands it.
type localEntry struct {
	index  int
	text   map[string]any
	parsed *config.GitLocal
}

// localEntries are those of a stapel image, none when text and parsed
// configuration do not fit together.
func (c *Config) localEntries(image string) []localEntry {
	list, _ := c.Sections[image]["git"].([]any)
	stapel, ok := c.Werf.GetImage(image).(config.StapelImageInterface)
	if !ok || stapel.ImageBaseConfig().Git == nil {
		return nil
	}
	locals := stapel.ImageBaseConfig().Git.Local
	var entries []localEntry
	for i, item := range list {
		text, ok := item.(map[string]any)
		if !ok || len(entries) == len(locals) {
			return nil
		}
		if text["url"] == nil || text["url"] == "" {
			entries = append(entries, localEntry{i, text, locals[len(entries)]})
		}
	}
	if len(entries) != len(locals) {
		return nil
	}
	return entries
}

func (e localEntry) globs() map[string]any {
	globs, _ := e.text[stageDependencies].(map[string]any)
	return globs
}

// withGlobs is the text of the entry with the globs of other for some stages.
func (e localEntry) withGlobs(other localEntry, stages []string) map[string]any {
	globs := map[string]any{}
	maps.Copy(globs, e.globs())
	for _, stage := range stages {
		delete(globs, stage)
		if value, ok := other.globs()[stage]; ok {
			globs[stage] = value
		}
	}
	text := maps.Clone(e.text)
	if text[stageDependencies] = globs; reflect.DeepEqual(globs, other.globs()) || len(globs) == 0 {
		delete(text, stageDependencies)
		if value, ok := other.text[stageDependencies]; ok {
			text[stageDependencies] = value
		}
	}
	return text
}
