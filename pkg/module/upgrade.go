package module

import (
	"slices"

	"github.com/Masterminds/semver/v3"
)

// Upgrade is a move of a release channel as clusters see it: From is deployed,
// the channel holds To.
type Upgrade struct {
	Channel  Channel
	From, To *semver.Version
}

// Release is a published version as far as it decides about upgrades.
type Release struct {
	Version *semver.Version
	// Missing says that the version has a bundle and no release image.
	Missing bool
	// Update is what the module.yaml of its release image says.
	Update Update
}

// Way is how clusters go from one version to another.
type Way struct {
	// Path lists the versions that clusters install, in order. It ends with the
	// target unless an obstacle stops them.
	Path      []*semver.Version
	Obstacles []Obstacle
}

// Stop returns the first obstacle that clusters do not get past, if any.
func (w Way) Stop() (Obstacle, bool) {
	i := slices.IndexFunc(w.Obstacles, func(o Obstacle) bool { return o.Kind.Stops() })
	if i < 0 {
		return Obstacle{}, false
	}
	return w.Obstacles[i], true
}

// Steps returns the versions that the controller considers on the way: of each
// published minor the highest patch, and To in place of its own minor's. It is
// empty if To is not higher than From; on lts it is To alone (deckhouse,
// module_release_fetcher.go, getNewVersions).
func (u Upgrade) Steps(published []*semver.Version) []*semver.Version {
	switch {
	case !u.From.LessThan(u.To):
		return nil
	case u.Channel == LTS:
		return []*semver.Version{u.To}
	}
	var steps []*semver.Version
	for _, v := range slices.SortedFunc(slices.Values(published), (*semver.Version).Compare) {
		if !v.GreaterThan(u.From) || CompareMinor(v, u.To) >= 0 {
			continue
		}
		if n := len(steps); n > 0 && CompareMinor(steps[n-1], v) == 0 {
			steps[n-1] = v
		} else {
			steps = append(steps, v)
		}
	}
	return append(steps, u.To)
}

// HasGap reports whether minors are missing between the steps, so that the
// upgrade depends on update.versions.
func (u Upgrade) HasGap(steps []*semver.Version) bool {
	before := u.From
	for _, step := range steps {
		if !u.follows(before, step) {
			return true
		}
		before = step
	}
	return false
}

// Way returns how clusters go from From to To. Releases are those of
// [Upgrade.Steps], in the same order; where [Upgrade.HasGap] is false, their
// Update only decides about warnings.
func (u Upgrade) Way(releases []Release) Way {
	f := follower{upgrade: u, releases: releases}
	if u.To.LessThan(u.From) {
		f.meet(StepDown, u.From, u.To)
		return f.way
	}
	for _, release := range releases {
		if release.Missing {
			f.meet(ReleaseMissing, u.From, release.Version)
		}
	}
	if len(f.way.Obstacles) > 0 || len(releases) == 0 {
		return f.way
	}
	f.install()
	if _, stopped := f.way.Stop(); !stopped && u.Channel != LTS {
		f.fetch()
	}
	return f.way
}

// follows reports whether clusters step from a to b without a bridge: on lts
// always (deckhouse, module_release_fetcher.go, isUpdatingSequence, which
// compares the minors across majors too).
func (u Upgrade) follows(a, b *semver.Version) bool {
	return u.Channel == LTS || a.Major()+1 >= b.Major() && a.Minor()+1 >= b.Minor()
}

// IsMajorJump reports whether clusters wait for an approval before they go from
// a to b: the major version grows, and not from 0 to 1.
func IsMajorJump(a, b *semver.Version) bool {
	return b.Major() > a.Major() && !(a.Major() == 0 && b.Major() == 1)
}

// follower follows a cluster's way.
type follower struct {
	upgrade  Upgrade
	releases []Release
	way      Way
}

func (f *follower) meet(kind ObstacleKind, at, next *semver.Version) {
	f.way.Obstacles = append(f.way.Obstacles, Obstacle{kind, at, next})
}

// install goes through the versions as the release updater does: to the highest
// version that a bridge of its own leads to, else to the next one if it follows
// (deckhouse, releaseupdater, TaskCalculator).
func (f *follower) install() {
	deployed := f.upgrade.From
	for i := 0; i < len(f.releases); i++ {
		jump := f.bridged(deployed, i)
		if jump >= 0 {
			i = jump
		}
		next := f.releases[i]
		if jump < 0 && !f.upgrade.follows(deployed, next.Version) {
			kind := GapSilent
			if f.isReported(deployed, next) {
				kind = GapReported
			}
			f.meet(kind, deployed, next.Version)
			return
		}
		if IsMajorJump(deployed, next.Version) {
			f.meet(ApprovalNeeded, deployed, next.Version)
		}
		f.way.Path = append(f.way.Path, next.Version)
		deployed = next.Version
	}
}

// bridged returns the highest release from the i-th on that may be jumped to
// from the deployed version, or -1.
func (f *follower) bridged(deployed *semver.Version, i int) int {
	for j := len(f.releases) - 1; j >= i; j-- {
		if f.releases[j].Update.Bridges(deployed, f.releases[j].Version) {
			return j
		}
	}
	return -1
}

// fetch adds what the module source reports of a way that clusters can go
// (deckhouse, module_release_fetcher.go, ensureReleases).
func (f *follower) fetch() {
	before, last := f.upgrade.From, len(f.releases)-1
	for i, release := range f.releases {
		if f.isReported(before, release) {
			f.meet(SequenceReported, before, release.Version)
		}
		if i < last && len(release.Update.Versions) > 0 && len(f.releases[last].Update.Versions) == 0 {
			f.meet(ControllerCrash, release.Version, f.upgrade.To)
		}
		before = release.Version
	}
}

// isReported reports whether the module source calls the pair a broken
// sequence. It reads the bridges of the release, or else of the target, and
// does not ask whether they lead to their own release.
func (f *follower) isReported(before *semver.Version, release Release) bool {
	bridges := release.Update
	if len(bridges.Versions) == 0 {
		if f.upgrade.follows(before, release.Version) {
			return false
		}
		bridges = f.releases[len(f.releases)-1].Update
	}
	return len(bridges.Versions) == 0 || !bridges.admits(before)
}
