package publish

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
)

// version is a version as far as order and sequence need it.
type version struct{ major, minor, patch uint64 }

// versionPattern is wide, as the controller's reader is: v1.2 is 1.2.0, what
// follows the numbers does not matter here.
var versionPattern = regexp.MustCompile(`^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?$`)

func parseVersion(text string) (version, bool) {
	match := versionPattern.FindStringSubmatch(text)
	if match == nil {
		return version{}, false
	}
	var numbers [3]uint64
	for i, part := range match[1:] {
		if part == "" {
			continue
		}
		n, err := strconv.ParseUint(part, 10, 64)
		if err != nil {
			return version{}, false
		}
		numbers[i] = n
	}
	return version{numbers[0], numbers[1], numbers[2]}, true
}

func (v version) compare(other version) int {
	return cmp.Or(cmp.Compare(v.major, other.major), cmp.Compare(v.minor, other.minor), cmp.Compare(v.patch, other.patch))
}

func (v version) sameMinor(other version) bool {
	return v.major == other.major && v.minor == other.minor
}

func (v version) String() string { return fmt.Sprintf("v%d.%d.%d", v.major, v.minor, v.patch) }

// follows tells whether a cluster on v goes to next in one step, as the
// controller decides it (module_release_fetcher.go, isUpdatingSequence).
func (v version) follows(next version) bool {
	return v.major+1 >= next.major && v.minor+1 >= next.minor
}

// sortVersions orders version tags, the lowest first, and drops other tags.
func sortVersions(tags []string) []string {
	versions := slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return !module.IsVersion(tag) })
	slices.SortFunc(versions, func(a, b string) int {
		x, _ := parseVersion(a)
		y, _ := parseVersion(b)
		return x.compare(y)
	})
	return versions
}

// versionAt reads the version in a release image.
func (s *Session) versionAt(ctx context.Context, ref reference) (string, error) {
	files, err := s.Files(ctx, ref.String(), "version.json")
	if err != nil {
		return "", err
	}
	content, ok := files["version.json"]
	if !ok {
		return "", exit.With(exit.Violated, fmt.Errorf("release image %s has no version.json", ref), "")
	}
	version, err := module.ParseVersionFile(content)
	if err != nil {
		return "", exit.With(exit.Violated, fmt.Errorf("release image %s: %w", ref, err), "")
	}
	return version, nil
}
