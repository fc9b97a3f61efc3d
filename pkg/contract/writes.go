package contract

import (
	"slices"
	"strings"

	"github.com/modship/modship/pkg/module"
)

// CheckWrites checks the order in which references are going to be written
// (rule 42): images and attestations, release image, bundle, registration
// tag, channels from the lowest.
func CheckWrites(repo module.Repository, refs []string) []Violation {
	c := &checker{}
	for i := 1; i < len(refs); i++ {
		if writeRank(repo, refs[i]) < writeRank(repo, refs[i-1]) {
			c.report(RulePublishingOrder, refs[i], "it is written after %s, expected before it", refs[i-1])
		}
	}
	return c.result()
}

// writeRank is the place of a reference in the order of writes.
func writeRank(repo module.Repository, ref string) int {
	tag, inRelease := strings.CutPrefix(ref, repo.ReleaseRepo()+":")
	_, inBundle := strings.CutPrefix(ref, repo.BundleRepo()+":")
	channel := slices.Index(module.Channels(), module.Channel(tag))
	switch {
	case inRelease && channel >= 0:
		return 4 + channel
	case ref == repo.Registration():
		return 3
	case inBundle && !strings.HasSuffix(ref, ".att"):
		return 2
	case inRelease:
		return 1
	default:
		return 0
	}
}
