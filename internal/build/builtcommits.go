package build

import (
	"context"
	"fmt"
)

// builtCommits returns the commits from which each image was built, as werf
// records them in the repository.
func (b *builder) builtCommits(ctx context.Context, images []string) (map[string][]string, error) {
	byName, _, err := b.storage.StagesStorage.GetAllAndGroupImageMetadataByImageName(ctx, b.config.Project, images)
	if err != nil {
		return nil, b.explain(fmt.Errorf("read which commits were built: %w", err))
	}
	commits := map[string][]string{}
	for name, byStage := range byName {
		for _, list := range byStage {
			commits[name] = append(commits[name], list...)
		}
	}
	return commits, nil
}
