package module

import (
	"slices"

	"github.com/Masterminds/semver/v3"
)

// ObstacleKind says what disturbs clusters on their way to a version.
type ObstacleKind string

// The kinds of obstacles. Clusters stop at those for which
// [ObstacleKind.Stops] is true, and pass the others.
const (
	// StepDown: the target is lower than the deployed version, which stays.
	StepDown ObstacleKind = "step-down"
	// ReleaseMissing: a version on the way has no release image. The module
	// source reports "module is corrupted" and nothing is installed.
	ReleaseMissing ObstacleKind = "release-missing"
	// GapReported: minors are missing and no bridge helps; the module source
	// reports a broken sequence.
	GapReported ObstacleKind = "gap-reported"
	// GapSilent: minors are missing and a bridge that does not fit keeps the
	// module source from reporting it; the release stays Pending.
	GapSilent ObstacleKind = "gap-silent"
	// SequenceReported: clusters pass, but the module source reports a broken
	// sequence.
	SequenceReported ObstacleKind = "sequence-reported"
	// ApprovalNeeded: clusters wait until the new major version is approved.
	ApprovalNeeded ObstacleKind = "approval-needed"
	// ControllerCrash: a version on the way has update.versions and the target
	// has none. The module source dereferences a nil pointer, which loses one
	// pass for the modules that come after.
	ControllerCrash ObstacleKind = "controller-crash"
)

// Stops reports whether clusters do not get past an obstacle of this kind.
func (k ObstacleKind) Stops() bool {
	return slices.Contains([]ObstacleKind{StepDown, ReleaseMissing, GapReported, GapSilent}, k)
}

// Obstacle is something that disturbs clusters on their way to a version.
type Obstacle struct {
	Kind ObstacleKind
	At   *semver.Version // the version before the obstacle
	Next *semver.Version // the version that the obstacle is about
}
