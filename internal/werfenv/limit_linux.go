package werfenv

import "golang.org/x/sys/unix"

// buildahProcesses is the limit of processes that Buildah gives to shell
// instructions as root (define.RLimitDefaultValue).
const buildahProcesses = 1048576

// fixedProcessLimit returns the limit of processes that this process cannot
// raise to what Buildah wants, such as root without CAP_SYS_RESOURCE: Buildah
// would fail to set it for the first shell instruction.
func fixedProcessLimit() (limit uint64, fixed bool) {
	var current unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &current); err != nil || current.Max >= buildahProcesses {
		return 0, false
	}
	// Buildah's libraries raise the limit of this process in the same way.
	raised := unix.Rlimit{Cur: current.Cur, Max: buildahProcesses}
	if unix.Setrlimit(unix.RLIMIT_NPROC, &raised) == nil {
		return 0, false
	}
	return current.Max, true
}
