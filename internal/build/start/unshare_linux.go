//go:build linux && !cgo

package start

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
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

func init() {
	flags, asked := takeEnvInt(envUnshareFlags)
	if !asked {
		return
	}
	// Only this thread enters the namespaces. The exec below replaces the
	// whole process from this very thread and so carries them over, and a
	// child that it starts is in them too.
	runtime.LockOSThread()
	if err := unshareAndExec(flags); err != nil {
		fmt.Fprintf(os.Stderr, "enter build namespaces: %v\n", err)
		os.Exit(1)
	}
}

func unshareAndExec(flags int) error {
	if flags&unix.CLONE_NEWUSER != 0 {
		return fmt.Errorf("a user namespace cannot be entered here without cgo")
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
		_ = unix.Setpgid(0, 0) // fails for the leader of a session, which has no such terminal
	}
	if err := unix.Unshare(flags); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	if os.Args[0] == shellHelper {
		return attend()
	}
	return unix.Exec("/proc/self/exe", os.Args, os.Environ())
}

func reportPid() error {
	fd, asked := takeEnvInt(envPidPipe)
	if !asked {
		return nil
	}
	pipe := os.NewFile(uintptr(fd), "pid-pipe")
	defer pipe.Close()
	if _, err := pipe.WriteString(strconv.Itoa(os.Getpid())); err != nil {
		return fmt.Errorf("report pid: %w", err)
	}
	return nil
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
		return fmt.Errorf("wait for the parent: %w", err)
	}
	if len(text) > 0 {
		return fmt.Errorf("the parent could not prepare the process: %s", text)
	}
	return nil
}

func applySession() error {
	if v, asked := takeEnvInt(envSetsid); asked && v == 1 {
		if _, err := unix.Setsid(); err != nil {
			return fmt.Errorf("setsid: %w", err)
		}
	}
	if v, asked := takeEnvInt(envSetpgrp); asked && v == 1 {
		if err := unix.Setpgid(0, 0); err != nil {
			return fmt.Errorf("setpgid: %w", err)
		}
	}
	if fd, asked := takeEnvInt(envCtty); asked {
		if err := unix.IoctlSetInt(fd, unix.TIOCSCTTY, 0); err != nil {
			return fmt.Errorf("set controlling terminal: %w", err)
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
		fmt.Fprintf(os.Stderr, "enter build namespaces: %s=%q is not a number\n", name, text)
		os.Exit(1)
	}
	return value, true
}
