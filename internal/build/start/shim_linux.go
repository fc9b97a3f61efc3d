//go:build linux && !cgo

package start

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"

	"github.com/modship/modship/internal/build/helper"
)

// The environment protocol between containers/storage (pkg/unshare.Cmd) and
// the child it starts: flags to unshare, a pipe that wants the child's pid,
// a pipe that closes when the child may go on, and session settings.
const (
	envUnshareFlags = "_Containers-unshare"
	envPidPipe      = "_Containers-pid-pipe"
	envContinuePipe = "_Containers-continue-pipe"
	envSetsid       = "_Containers-setsid"
	envSetpgrp      = "_Containers-setpgrp"
	envCtty         = "_Containers-ctty"
)

const self = "/proc/self/exe"

func init() {
	if isLight(os.Args[0]) && helper.Path != "" {
		// It goes on here, with the same arguments. Where it is not there, or may
		// not be executed, this program does the work.
		_ = syscall.Exec(helper.Path, os.Args, os.Environ()) //nolint:gosec // its own arguments
	}
	flags, asked := takeEnvInt(envUnshareFlags)
	if !asked {
		return
	}
	// Only this thread enters the namespaces. The exec below replaces the
	// whole process from this very thread and so carries them over, and a
	// child that it starts is in them too.
	runtime.LockOSThread()
	if err := unshareAndExec(flags); err != nil {
		fail(err)
	}
}

func fail(err error) {
	_, _ = os.Stderr.WriteString("enter build namespaces: " + err.Error() + "\n")
	os.Exit(1)
}

func unshareAndExec(flags int) error {
	if flags&syscall.CLONE_NEWUSER != 0 {
		return errors.New("a user namespace cannot be entered here without cgo")
	}
	if err := reportPid(); err != nil {
		return err
	}
	if err := awaitContinue(); err != nil {
		return err
	}
	if err := applySession(); err != nil {
		return err
	}
	if signal.Ignored(syscall.SIGHUP) {
		// nohup: a closed terminal ends nothing. Buildah would hear its signal and
		// pass it on, so the terminal must not reach it.
		_ = syscall.Setpgid(0, 0) // fails for the leader of a session, which has no such terminal
	}
	if err := syscall.Unshare(flags); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	if os.Args[0] == shellHelper {
		return attend()
	}
	return os.NewSyscallError("exec", syscall.Exec(self, os.Args, os.Environ())) //nolint:gosec // its own arguments
}

func reportPid() error {
	fd, asked := takeEnvInt(envPidPipe)
	if !asked {
		return nil
	}
	pipe := os.NewFile(uintptr(fd), "pid-pipe")
	defer pipe.Close()
	_, err := pipe.WriteString(strconv.Itoa(os.Getpid()))
	return err
}

// awaitContinue returns when the parent closes the pipe; a text in it is the
// parent's error.
func awaitContinue() error {
	fd, asked := takeEnvInt(envContinuePipe)
	if !asked {
		return nil
	}
	pipe := os.NewFile(uintptr(fd), "continue-pipe")
	defer pipe.Close()
	text, err := io.ReadAll(pipe)
	if err != nil {
		return err
	}
	if len(text) > 0 {
		return errors.New("the parent could not prepare the process: " + string(text))
	}
	return nil
}

func applySession() error {
	if v, asked := takeEnvInt(envSetsid); asked && v == 1 {
		if _, err := syscall.Setsid(); err != nil {
			return os.NewSyscallError("setsid", err)
		}
	}
	if v, asked := takeEnvInt(envSetpgrp); asked && v == 1 {
		if err := syscall.Setpgid(0, 0); err != nil {
			return os.NewSyscallError("setpgid", err)
		}
	}
	if fd, asked := takeEnvInt(envCtty); asked {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TIOCSCTTY, 0); errno != 0 {
			return os.NewSyscallError("set controlling terminal", errno)
		}
	}
	return nil
}

// takeEnvInt reads a number from the environment and removes it, so that it
// is not seen again after the exec.
func takeEnvInt(name string) (value int, set bool) {
	text, set := os.LookupEnv(name)
	if !set {
		return 0, false
	}
	_ = os.Unsetenv(name)
	value, err := strconv.Atoi(text)
	if err != nil {
		fail(err)
	}
	return value, true
}
