//go:build linux && !cgo

package start

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

const envShell = "MODSHIP_TEST_SHELL"

// TestMain is also the child that stands for the commands of an instruction.
func TestMain(m *testing.M) {
	switch os.Getenv(envShell) {
	case "fail":
		fmt.Fprintln(os.Stderr, "this is why")
		os.Exit(7)
	case "die":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Minute)
	case "succeed":
		fmt.Println("done")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// startShell starts this program as Buildah does for a shell instruction, with
// its output in a pipe that the test reads when it wants.
func startShell(t *testing.T, what string) (read *os.File, ended chan error) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close() })
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Args = []string{shellHelper}
	cmd.Env = append(os.Environ(), envUnshareFlags+"=0", envShell+"="+what)
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	ended = make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return read, ended
}

// TestShellEndsAfterItsOutputIsRead keeps the output waiting for a moment.
func TestShellEndsAfterItsOutputIsRead(t *testing.T) {
	for what, want := range map[string]struct {
		code int
		text string
	}{"fail": {7, "this is why\n"}, "succeed": {0, "done\n"}} {
		read, ended := startShell(t, what)
		select {
		case err := <-ended:
			t.Errorf("%s: ended with its output unread: %v", what, err)
			continue
		case <-time.After(300 * time.Millisecond):
		}
		text, err := io.ReadAll(read)
		if err != nil || string(text) != want.text {
			t.Errorf("%s: output %q, %v", what, text, err)
		}
		var failed *exec.ExitError
		if err := <-ended; errors.As(err, &failed) != (want.code != 0) || failed != nil && failed.ExitCode() != want.code {
			t.Errorf("%s: %v, want code %d", what, err, want.code)
		}
	}
}

func TestShellDiesOfTheSameSignal(t *testing.T) {
	_, ended := startShell(t, "die")
	var failed *exec.ExitError
	if err := <-ended; !errors.As(err, &failed) || failed.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("%v, want SIGKILL", err)
	}
}
