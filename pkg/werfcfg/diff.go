package werfcfg

import (
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"

	"github.com/werf/werf/v2/pkg/config"

	"github.com/modship/modship/pkg/graph"
)

// ChangedKeys are the keys of an image's section that differ, as paths
// ("shell.install"). Values are left out: they may be secrets. Globs that match
// the same count as a change unless [Config.AdoptGlobs] has been called.
func ChangedKeys(before, after Section) []string {
	var keys []string
	for _, key := range unionKeys(before, after) {
		if slices.Contains(withoutEffect, key) || reflect.DeepEqual(before[key], after[key]) {
			continue
		}
		keys = append(keys, changedBelow(key, before[key], after[key])...)
	}
	return keys
}

// changedBelow goes one level into maps: shell, imageSpec and docker hold what
// belongs to different stages.
func changedBelow(key string, before, after any) []string {
	if stages := changedGlobs(before, after); key == "git" && len(stages) > 0 {
		return stages
	}
	b, bOK := before.(map[string]any)
	a, aOK := after.(map[string]any)
	if !bOK || !aOK {
		return []string{key}
	}
	var keys []string
	for _, sub := range unionKeys(b, a) {
		if !reflect.DeepEqual(b[sub], a[sub]) {
			keys = append(keys, key+"."+sub)
		}
	}
	return keys
}

// changedGlobs are the stages whose stageDependencies differ between two lists
// of git entries, none when more than that differs.
func changedGlobs(before, after any) []string {
	b, _ := before.([]any)
	a, _ := after.([]any)
	if len(a) != len(b) {
		return nil
	}
	var keys []string
	for i := range b {
		before, bOK := b[i].(map[string]any)
		after, aOK := a[i].(map[string]any)
		if !bOK || !aOK {
			return nil
		}
		for _, key := range unionKeys(before, after) {
			switch {
			case reflect.DeepEqual(before[key], after[key]):
			case key != stageDependencies:
				return nil
			default:
				keys = append(keys, changedBelow("git."+key, orNone(before[key]), orNone(after[key]))...)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// orNone is an empty map for a key that is not there.
func orNone(value any) any {
	if value == nil {
		return map[string]any{}
	}
	return value
}

func unionKeys(a, b map[string]any) []string {
	seen := map[string]bool{}
	for key := range a {
		seen[key] = true
	}
	for key := range b {
		seen[key] = true
	}
	keys := make([]string, 0, len(seen))
	for key := range seen {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// stageOrder is the order in which werf builds the stages of a stapel image.
var stageOrder = []string{
	"from", "beforeInstall", "dependenciesBeforeInstall", "gitArchive", "install", "dependenciesAfterInstall",
	"beforeSetup", "dependenciesBeforeSetup", "setup", "dependenciesAfterSetup", "gitCache", "gitLatestPatch",
	"dockerInstructions", "imageSpec", "dockerfile",
}

// StageBefore reports whether a stage comes before another.
func StageBefore(a, b string) bool {
	return slices.Index(stageOrder, a) < slices.Index(stageOrder, b)
}

// IsStage reports whether this is the name of a stage in that order; the stages
// of a staged Dockerfile have others.
func IsStage(name string) bool { return slices.Contains(stageOrder, name) }

// StageOfKey is the stage in whose digest a key of the configuration is.
func StageOfKey(key string) string {
	top, sub, _ := strings.Cut(key, ".")
	switch top {
	case "from", "fromImage", "fromArtifact", "fromLatest", "fromCacheVersion", "cacheVersion":
		return "from"
	case "shell", "ansible":
		return strings.TrimSuffix(sub, "CacheVersion")
	case "git":
		if stage, ok := strings.CutPrefix(sub, stageDependencies+"."); ok {
			return stage
		}
		return "gitArchive"
	case "import", "dependencies":
		return "dependencies"
	case "imageSpec":
		return "imageSpec"
	case "docker":
		return "dockerInstructions"
	default:
		return "dockerfile"
	}
}

// StageOfFile is the first stage of the image that a changed file of the
// repository is in: the stage whose stageDependencies watch it, or the one
// that adds the files.
func (c *Config) StageOfFile(image, file string) string {
	stapel, ok := c.Werf.GetImage(image).(config.StapelImageInterface)
	if !ok {
		return "dockerfile"
	}
	first := "gitLatestPatch"
	base := stapel.ImageBaseConfig()
	if base.Git == nil {
		return first
	}
	for _, local := range base.Git.Local {
		node := localGit(local)
		if !graph.HasFile(node.Paths, file) || local.StageDependencies == nil {
			continue
		}
		for stage, globs := range map[string][]string{
			"install": local.StageDependencies.Install, "beforeSetup": local.StageDependencies.BeforeSetup, "setup": local.StageDependencies.Setup,
		} {
			if watches(local.Add, globs, file) && StageBefore(stage, first) {
				first = stage
			}
		}
	}
	return first
}

// watches reports whether a glob, relative to the added directory, covers the file.
func watches(add string, globs []string, file string) bool {
	return len(globs) > 0 && graph.HasFile(watchedBelow(add, globs), file)
}

// watchedBelow are globs of the repository for those of stageDependencies,
// which are relative to the added directory.
func watchedBelow(add string, globs []string) []string {
	var paths []string
	for _, g := range globs {
		paths = append(paths, strings.Trim(fmt.Sprintf("%s/%s", strings.Trim(add, "/"), g), "/"))
	}
	return paths
}

// watchedPaths are the files of the repository that any stageDependencies of
// the image watch.
func watchedPaths(image *config.StapelImageBase) []string {
	var paths []string
	if image.Git == nil {
		return nil
	}
	for _, local := range image.Git.Local {
		if d := local.StageDependencies; d != nil {
			paths = append(paths, watchedBelow(local.Add, slices.Concat(d.Install, d.BeforeSetup, d.Setup))...)
		}
	}
	return paths
}
