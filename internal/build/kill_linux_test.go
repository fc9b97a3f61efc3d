package build

import (
	"context"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// A child under the name of Buildah's helper stands for a shell instruction:
// what it starts has to go with it.
func TestEndOfContextKillsShellInstructions(t *testing.T) {
	path, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh on this machine")
	}
	helper := &exec.Cmd{Path: path, Args: []string{runHelper, "-c", "sleep 300 & wait"}}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	other := exec.Command("sleep", "300")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = other.Process.Kill()
		_ = other.Wait()
	}()
	var grandchildren []int
	for deadline := time.Now().Add(10 * time.Second); len(grandchildren) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the helper has no child")
		}
		grandchildren = processTree()[helper.Process.Pid]
	}

	ctx, cancel := context.WithCancel(context.Background())
	stop := killRunsWhenDone(ctx)
	cancel()
	if err := helper.Wait(); err == nil {
		t.Error("the helper was not killed")
	}
	stop()
	for _, pid := range grandchildren {
		// A killed orphan may wait a moment for its new parent to collect it.
		for deadline := time.Now().Add(10 * time.Second); isRunning(pid); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d lives on", pid)
			}
		}
	}
	if syscall.Kill(other.Process.Pid, 0) != nil {
		t.Error("a process that is no shell instruction was killed")
	}
}

func isRunning(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	state := stateOf(pid)
	return state != "Z" && state != ""
}

// stateOf is the third field of proc(5) stat.
func stateOf(pid int) string {
	out, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	if err != nil || len(out) == 0 {
		return ""
	}
	return string(out[:1])
}
