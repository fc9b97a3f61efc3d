package contract

import (
	"cmp"
	"slices"

	"github.com/Masterminds/semver/v3"

	"github.com/modship/modship/pkg/module"
)

// versionFault says why a tag cannot be on a release channel, or nothing.
func versionFault(tag string) string {
	if !module.IsVersion(tag) {
		return "is not of the form vX.Y.Z"
	}
	if _, err := semver.NewVersion(tag); err != nil {
		return "has a number above 18446744073709551615, which no consumer reads"
	}
	return ""
}

// versionsIn returns the canonical versions among tags, ascending.
func versionsIn(tags []string) []*semver.Version {
	var versions []*semver.Version
	for _, tag := range tags {
		if v, err := semver.NewVersion(tag); err == nil && module.IsVersion(tag) {
			versions = append(versions, v)
		}
	}
	slices.SortFunc(versions, func(a, b *semver.Version) int { return a.Compare(b) })
	return versions
}

// upgradePath returns the versions that a cluster installs one after another
// on its way from one version to a target, as the release fetcher chooses
// them: the highest patch of each minor, the installed one included, and the
// target itself for its own minor.
func upgradePath(versions []*semver.Version, from, target *semver.Version) []*semver.Version {
	var steps []*semver.Version
	for _, v := range versions {
		if !v.GreaterThan(from) || !v.LessThan(target) || compareMinor(v, target) == 0 {
			continue
		}
		if n := len(steps); n > 0 && compareMinor(steps[n-1], v) == 0 {
			steps[n-1] = v
		} else {
			steps = append(steps, v)
		}
	}
	return append(steps, target)
}

func compareMinor(a, b *semver.Version) int {
	return cmp.Or(cmp.Compare(a.Major(), b.Major()), cmp.Compare(a.Minor(), b.Minor()))
}

// follows tells whether the release fetcher steps from a to b without a
// bridge (isUpdatingSequence).
func follows(a, b *semver.Version) bool {
	return a.Major()+1 >= b.Major() && a.Minor()+1 >= b.Minor()
}

// bridges tells whether the release version allows the jump from an installed
// version by its update.versions.
func bridges(update module.Update, installed, version *semver.Version) bool {
	return slices.ContainsFunc(update.Versions, func(u module.UpdateVersion) bool {
		from, err := parseMinor(u.From)
		return err == nil && isMinorOf(u.To, version) && compareMinor(installed, from) >= 0 && compareMinor(installed, version) < 0
	})
}

// isMajorJump tells whether going from a to b needs manual approval.
func isMajorJump(a, b *semver.Version) bool {
	return b.Major() > a.Major() && !(a.Major() == 0 && b.Major() == 1)
}

// isHighestPatch tells whether no other version of v's minor is higher.
func isHighestPatch(versions []*semver.Version, v *semver.Version) bool {
	return !slices.ContainsFunc(versions, func(o *semver.Version) bool {
		return compareMinor(o, v) == 0 && o.GreaterThan(v)
	})
}
