//go:build linux && !cgo

package start

import (
	"os"
	"os/signal"
	"syscall"
	"time"
	"unsafe"
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
	files := []*os.File{os.Stdin, os.Stdout, os.Stderr}
	config := os.NewFile(3, "configuration")
	if _, err := config.Stat(); err == nil {
		files = append(files, config)
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		signal.Notify(signals, syscall.SIGHUP)
	}
	child, err := os.StartProcess(self, os.Args, &os.ProcAttr{ //nolint:gosec // its own arguments
		Files: files, Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	})
	if err != nil {
		return err
	}
	config.Close()
	os.Stdin.Close()
	go func() {
		for s := range signals {
			_ = child.Signal(s)
		}
	}()
	ended, err := child.Wait()
	if err != nil {
		return err
	}
	drain()
	if ended.Success() {
		os.Exit(0)
	}
	time.Sleep(passOn)
	if status := ended.Sys().(syscall.WaitStatus); status.Signaled() {
		signal.Reset()
		_ = syscall.Kill(os.Getpid(), status.Signal())
		time.Sleep(time.Second) // for the signal to arrive
	}
	os.Exit(ended.ExitCode())
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
	var stat syscall.Stat_t
	if syscall.Fstat(fd, &stat) != nil || stat.Mode&syscall.S_IFMT != syscall.S_IFIFO {
		return 0
	}
	var n int32
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TIOCINQ, uintptr(unsafe.Pointer(&n))) // FIONREAD by another name
	if errno != 0 {
		return 0
	}
	return int(n)
}
