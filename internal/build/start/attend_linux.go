//go:build linux && !cgo

package start

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// shellHelper is the name under which Buildah starts the process that runs
	// the commands of a shell instruction.
	shellHelper = "buildah-chroot-exec"
	// drainLimit is how long the last output may take to be read.
	drainLimit = 10 * time.Second
	// passOn is what Buildah's process needs to pass on what it has read.
	passOn = 5 * time.Millisecond
)

// attend runs the program again as a child, in the namespaces of this thread,
// and ends as it ended, but not before its output was read: Buildah's process
// above passes the output on in the background and exits the moment it sees
// this one end. Without the wait the last lines of a failing command, which say
// why it failed, are lost now and then (buildah, chroot/run_common.go,
// runUsingChrootMain).
func attend() error {
	cmd := exec.Command("/proc/self/exe") //nolint:noctx // it ends with its parent
	cmd.Args = os.Args
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	config := os.NewFile(3, "configuration")
	if _, err := config.Stat(); err == nil {
		cmd.ExtraFiles = []*os.File{config}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		signal.Notify(signals, syscall.SIGHUP)
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	config.Close()
	os.Stdin.Close()
	go func() {
		for s := range signals {
			_ = cmd.Process.Signal(s)
		}
	}()
	err := cmd.Wait()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return err
	}
	drain()
	if failed == nil {
		os.Exit(0)
	}
	time.Sleep(passOn)
	if status := failed.Sys().(syscall.WaitStatus); status.Signaled() {
		signal.Reset()
		_ = unix.Kill(os.Getpid(), status.Signal())
		time.Sleep(time.Second) // for the signal to arrive
	}
	os.Exit(failed.ExitCode())
	return nil
}

// drain waits until what was written to standard output and error is read.
func drain() {
	for end := time.Now().Add(drainLimit); time.Now().Before(end) && unread(1)+unread(2) > 0; {
		time.Sleep(time.Millisecond)
	}
}

// unread is the number of bytes in the pipe that a file descriptor is the end
// of, 0 for anything else.
func unread(fd int) int {
	var stat unix.Stat_t
	if unix.Fstat(fd, &stat) != nil || stat.Mode&unix.S_IFMT != unix.S_IFIFO {
		return 0
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCINQ) // FIONREAD by another name
	if err != nil {
		return 0
	}
	return n
}
