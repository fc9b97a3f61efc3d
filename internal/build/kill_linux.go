package build

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// runHelper is the name under which Buildah starts this executable for each
// shell instruction.
const runHelper = "buildah-chroot-runtime"

// killEvery is how often running shells are looked for after the end of a
// context: one may just be starting.
const killEvery = 50 * time.Millisecond

// killRunsWhenDone kills all running shell instructions once ctx is done,
// until stop is called. Buildah's Run takes no context, and a signal to the
// helper alone leaves the innermost command running.
func killRunsWhenDone(ctx context.Context) (stop func()) {
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		ticker := time.NewTicker(killEvery)
		defer ticker.Stop()
		for {
			killRuns()
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	}()
	return func() {
		close(done)
		<-ended
		if ctx.Err() != nil {
			killRuns()
		}
	}
}

// adoptOrphans makes this process the parent of descendants whose own parent
// ends. Buildah passes a signal on to its direct child alone: the command
// below it lives on as an orphan, and is found as our child instead of init's.
func adoptOrphans() error {
	return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

// killRuns kills the process trees of this process's shell instructions: those
// below a helper of Buildah, and orphans of them, which are recognised by
// being in another root directory.
func killRuns() {
	children := processTree()
	for _, pid := range children[os.Getpid()] {
		if isRunHelper(pid) || isElsewhere(pid) {
			killTree(pid, children)
		}
	}
}

func isElsewhere(pid int) bool {
	root, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "root"))
	return err == nil && root != "/"
}

// killTree kills a parent before its children: one that sees a child end could
// go on with the next.
func killTree(pid int, children map[int][]int) {
	_ = syscall.Kill(pid, syscall.SIGKILL)
	for _, child := range children[pid] {
		killTree(child, children)
	}
}

func isRunHelper(pid int) bool {
	cmdline, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		return false
	}
	name, _, _ := bytes.Cut(cmdline, []byte{0})
	return string(name) == runHelper
}

// processTree maps each pid of the machine to its children.
func processTree() map[int][]int {
	tree := map[int][]int{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return tree
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if parent, ok := parentOf(pid); ok {
			tree[parent] = append(tree[parent], pid)
		}
	}
	return tree
}

// parentOf reads the parent from proc(5) stat, whose second field is a name in
// parentheses that may hold anything.
func parentOf(pid int) (int, bool) {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, false
	}
	i := bytes.LastIndexByte(stat, ')')
	if i < 0 {
		return 0, false
	}
	fields := strings.Fields(string(stat[i+1:]))
	if len(fields) < 2 {
		return 0, false
	}
	parent, err := strconv.Atoi(fields[1])
	return parent, err == nil
}
