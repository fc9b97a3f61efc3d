package module

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/Masterminds/semver/v3"
)

// ReadVersion reads a version as leniently as the controller reads the one in a
// release image (deckhouse, downloader.go): 1.2 and v1.2 are 1.2.0.
func ReadVersion(text string) (*semver.Version, error) {
	version, err := semver.NewVersion(text)
	if err != nil {
		return nil, fmt.Errorf("%q is not a version", text)
	}
	return version, nil
}

// CheckVersion reports why tag cannot be on a release channel, or nil: only
// canonical versions can (see [IsVersion]).
func CheckVersion(tag string) error {
	if !versionPattern.MatchString(tag) {
		return fmt.Errorf("%q is not of the form vX.Y.Z", tag)
	}
	if _, err := semver.NewVersion(tag); err != nil {
		return fmt.Errorf("%q has a number above 18446744073709551615, which no consumer reads", tag)
	}
	return nil
}

// VersionTag returns the canonical tag of a version: vX.Y.Z.
func VersionTag(v *semver.Version) string { return "v" + v.String() }

// Versions returns the canonical versions among tags in ascending order.
func Versions(tags []string) []*semver.Version {
	var versions []*semver.Version
	for _, tag := range tags {
		if CheckVersion(tag) == nil {
			versions = append(versions, semver.MustParse(tag))
		}
	}
	slices.SortFunc(versions, (*semver.Version).Compare)
	return versions
}

// CompareMinor compares the major and minor numbers of two versions.
func CompareMinor(a, b *semver.Version) int {
	return cmp.Or(cmp.Compare(a.Major(), b.Major()), cmp.Compare(a.Minor(), b.Minor()))
}

// IsHighestPatch reports whether versions has no higher patch of v's minor.
func IsHighestPatch(versions []*semver.Version, v *semver.Version) bool {
	return !slices.ContainsFunc(versions, func(other *semver.Version) bool {
		return CompareMinor(other, v) == 0 && other.GreaterThan(v)
	})
}
