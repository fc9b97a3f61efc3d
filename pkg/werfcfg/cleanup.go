package werfcfg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/werf/logboek"
	"github.com/werf/werf/v2/pkg/cleaning/git_history_based_cleanup"
)

// The errors for a clone that does not show what the cleanup policies keep.
var (
	ErrShallow      = errors.New("the clone is shallow: the cleanup policies need the whole history")
	ErrNoReferences = errors.New("the cleanup policies select no branch of origin and no tag: expected at least one")
)

// KeptStages returns which stages the cleanup policies of the configuration
// keep: those that commits of the selected git references were built to. builds
// holds, by image and stage, the commits that werf has noted. References are the
// branches of origin and the tags of the repository, as for `werf cleanup`.
func (c *Config) KeptStages(ctx context.Context, builds map[string]map[string][]string) (map[string]bool, error) {
	kept := map[string]bool{}
	if c.Werf.Meta.Cleanup.DisableGitHistoryBasedPolicy {
		return kept, nil
	}
	ctx = logboek.NewContext(ctx, logboek.NewLogger(io.Discard, io.Discard))
	if shallow, err := c.Giterminism.LocalGitRepo().IsShallowClone(ctx); err != nil || shallow {
		return nil, cmp.Or(err, ErrShallow)
	}
	local, ok := c.Giterminism.LocalGitRepo().(git_history_based_cleanup.GitRepo)
	if !ok {
		return nil, errors.New("the git history of the repository cannot be read")
	}
	repository, err := git_history_based_cleanup.NewGitRepositoryWithCache(local)
	if err != nil {
		return nil, fmt.Errorf("read the git history: %w", err)
	}
	defer repository.ClearCache()
	references, err := git_history_based_cleanup.ReferencesToScan(ctx, repository.GitRepo, c.Werf.Meta.Cleanup.KeepPolicies)
	if err != nil {
		return nil, fmt.Errorf("select git references by the cleanup policies: %w", err)
	}
	if len(references) == 0 {
		return nil, ErrNoReferences
	}
	for image, commits := range builds {
		stages, _, err := git_history_based_cleanup.ScanReferencesHistory(ctx, repository, references, commits)
		if err != nil {
			return nil, fmt.Errorf("find the stages of image %s in the git history: %w", image, err)
		}
		for _, stage := range stages {
			kept[stage] = true
		}
	}
	return kept, nil
}

// KeepBuiltWithin returns for how long after it was built a stage stays whatever
// the policies say.
func (c *Config) KeepBuiltWithin() time.Duration {
	if c.Werf.Meta.Cleanup.DisableBuiltWithinLastNHoursPolicy {
		return 0
	}
	const century = 100 * 365 * 24
	hours := min(c.Werf.Meta.Cleanup.KeepImagesBuiltWithinLastNHours, century)
	return time.Duration(hours) * time.Hour
}
