package werfenv

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// buildahProcesses is the limit of processes that Buildah gives to shell
// instructions as root (define.RLimitDefaultValue).
const buildahProcesses = 1048576

// fixedProcessLimit returns the limit of processes of a process that cannot raise
// it to what Buildah wants, such as root without CAP_SYS_RESOURCE: Buildah would
// fail to set it for the first shell instruction. Buildah's libraries try
// kernel.pid_max first (containers/common, pkg/config/default_linux.go), which may
// be less.
func fixedProcessLimit() (limit uint64, fixed bool) {
	var current unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &current); err != nil {
		return 0, false
	}
	for _, wanted := range []uint64{pidMax(), buildahProcesses} {
		if wanted <= current.Max {
			return 0, false
		}
		raised := unix.Rlimit{Cur: current.Cur, Max: wanted}
		if unix.Setrlimit(unix.RLIMIT_NPROC, &raised) == nil {
			return 0, false
		}
	}
	return current.Max, true
}

// pidMax returns kernel.pid_max, or what Buildah wants if that is not known.
func pidMax() uint64 {
	text, err := os.ReadFile("/proc/sys/kernel/pid_max")
	if err != nil {
		return buildahProcesses
	}
	limit, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return buildahProcesses
	}
	return limit
}
