package build

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/werf/werf/v2/pkg/image"
	"github.com/werf/werf/v2/pkg/werf"
)

// findBuilt enters the commits from which each image was built, and what was
// built, as werf records them in the repository.
func (b *builder) findBuilt(ctx context.Context, plan *Plan) error {
	byName, _, err := b.storage.StagesStorage.GetAllAndGroupImageMetadataByImageName(ctx, b.config.Project, plan.names())
	if err != nil {
		return b.explain(fmt.Errorf("read which commits were built: %w", err))
	}
	plan.Commits, plan.Stages = map[string][]string{}, map[string]map[string]string{}
	for name, byStage := range byName {
		plan.Stages[name] = map[string]string{}
		for _, stage := range slices.Sorted(maps.Keys(byStage)) { // of several, the last by name
			for _, commit := range byStage[stage] {
				plan.Commits[name] = append(plan.Commits[name], commit)
				plan.Stages[name][commit] = stage
			}
		}
	}
	return nil
}

// OtherWerf returns the version of werf that built an image, by its
// configuration, unless it is the one of this program.
func OtherWerf(config []byte) (version string, other bool) {
	var parsed struct {
		Config struct{ Labels map[string]string }
	}
	if json.Unmarshal(config, &parsed) != nil {
		return "", false
	}
	version = parsed.Config.Labels[image.WerfVersionLabel]
	return version, version != "" && version != werf.Version
}
