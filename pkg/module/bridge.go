package module

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/Masterminds/semver/v3"
)

// Update lists the jumps over minor versions that a release allows.
type Update struct {
	Versions []UpdateVersion `yaml:"versions,omitempty"`
}

// UpdateVersion is one jump that a release allows: a bridge. The documentation
// asks for X.Y on both sides; the controller reads any spelling that
// [ReadVersion] reads.
type UpdateVersion struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// Bridges reports whether the update.versions of release let a cluster jump to
// it from the deployed version (deckhouse, source/helpers.go, fromToBridges).
func (u Update) Bridges(deployed, release *semver.Version) bool {
	return slices.ContainsFunc(u.Versions, func(v UpdateVersion) bool { return v.bridges(deployed, release) })
}

// admits reports whether the module source raises no objection to a step from
// before: an entry covers it, or every entry can be read (deckhouse,
// module_release_fetcher.go, isUpdatingSequenceWithFromTo).
func (u Update) admits(before *semver.Version) bool {
	readable := true
	for _, v := range u.Versions {
		from, to, err := v.read()
		switch {
		case err != nil:
			readable = false
		case !before.LessThan(from) && before.LessThan(to):
			return true
		}
	}
	return readable
}

// bridges reports whether To is the minor of release itself and deployed is
// within [From, To).
func (v UpdateVersion) bridges(deployed, release *semver.Version) bool {
	from, to, err := v.read()
	return err == nil && CompareMinor(release, to) == 0 && !deployed.LessThan(from) && deployed.LessThan(to)
}

func (v UpdateVersion) read() (from, to *semver.Version, err error) {
	if from, err = ReadVersion(v.From); err != nil {
		return nil, nil, err
	}
	to, err = ReadVersion(v.To)
	return from, to, err
}

// Check reports why the controller makes no use of the entry in any release, or
// nil: a side is not a version, or the entry does not lead up.
func (v UpdateVersion) Check() error {
	from, to, err := v.read()
	if err == nil && !from.LessThan(to) {
		err = fmt.Errorf("%s is not lower than %s", v.From, v.To)
	}
	return err
}

// LeadsTo reports whether To is the minor of release, without which the
// controller makes no use of the entry there.
func (v UpdateVersion) LeadsTo(release *semver.Version) bool {
	_, to, err := v.read()
	return err == nil && CompareMinor(release, to) == 0
}

// minorPattern is the only spelling that the documentation and dmt accept.
var minorPattern = regexp.MustCompile(`^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$`)

// IsDocumented reports whether both sides are spelled X.Y.
func (v UpdateVersion) IsDocumented() bool {
	return minorPattern.MatchString(v.From) && minorPattern.MatchString(v.To)
}
