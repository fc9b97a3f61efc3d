package isolate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/modship/modship/internal/exit"
)

const (
	// envIsolated marks a process that is already in its own namespaces.
	envIsolated = "_MODSHIP_ISOLATED"
	// envFailed marks one that was started again because they could not be set
	// up, and says why.
	envFailed = "_MODSHIP_NOT_ISOLATED"
	// envOptional marks one on its way into them that can do without.
	envOptional = "_MODSHIP_OPTIONAL"
)

// The two directories that Buildah uses as root, whatever the configuration says.
const (
	machineGraphRoot = "/var/lib/containers"
	machineRunRoot   = "/run/containers"
)

// Options says where the program's own container storage is.
type Options struct {
	StorageDir string // images and containers, kept between runs
	// Optional says that the program can go on without: what fails is then
	// always returned, be it by the program started again.
	Optional bool
}

// Enter puts the program into a mount namespace in which the container
// storage is the directory of the options instead of the machine's; an ordinary
// user's program additionally gets a user namespace with the whole range of
// its subordinate ids. It replaces or ends the running process: when it
// returns nil, the program is inside. Call it before anything that has to
// survive, with the command line in os.Args.
func Enter(opts Options) error {
	if os.Getenv(envIsolated) != "" {
		return nil
	}
	if failure := os.Getenv(envFailed); failure != "" {
		return errors.New(failure)
	}
	if os.Geteuid() != 0 {
		return enterAsUser(opts)
	}
	return enterAsRoot(opts)
}

func enterAsRoot(opts Options) error {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		runtime.UnlockOSThread()
		return exit.With(exit.Failed, fmt.Errorf("enter a mount namespace for the build: %w", err),
			"Buildah needs CAP_SYS_ADMIN; run the container with --privileged, or use a Docker daemon with WERF_BUILDAH_MODE=docker.")
	}
	if err := mountStorage(opts, false); err != nil {
		return failed(err, opts.Optional)
	}
	return restart(envIsolated + "=root")
}

// mountStorage shows the program's own directories at the places Buildah uses.
func mountStorage(opts Options, rootless bool) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if rootless {
		// /run belongs to the machine's root; Buildah wants to create
		// directories in it (/run/libpod, /run/lock).
		if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=755"); err != nil {
			return fmt.Errorf("mount an own /run: %w", err)
		}
		if err := provideMountPoint(machineGraphRoot); err != nil {
			return err
		}
	}
	run := filepath.Join(opts.StorageDir, "run")
	graph := filepath.Join(opts.StorageDir, "lib")
	for _, m := range []struct{ own, machine string }{{graph, machineGraphRoot}, {run, machineRunRoot}} {
		if err := bind(m.own, m.machine); err != nil {
			return err
		}
	}
	return nil
}

func bind(own, machine string) error {
	if err := os.MkdirAll(own, 0o700); err != nil {
		return fmt.Errorf("create container storage: %w", err)
	}
	if err := os.MkdirAll(machine, 0o755); err != nil {
		return fmt.Errorf("create mount point %s: %w", machine, err)
	}
	if err := unix.Mount(own, machine, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mount %s at %s: %w", own, machine, err)
	}
	return nil
}

// failed ends the way into the namespaces at a point from which there is no way
// back: a program that can do without is started again.
func failed(err error, optional bool) error {
	if !optional {
		return err
	}
	return restart(envFailed + "=" + err.Error())
}

// restart starts the program again, with variables added to its environment,
// in the namespaces of this thread. It returns only if that fails.
func restart(variables ...string) error {
	err := unix.Exec("/proc/self/exe", os.Args, append(os.Environ(), variables...))
	return errors.Join(errors.New("start the program again in its namespaces"), err)
}
