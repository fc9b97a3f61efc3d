package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/localregistry"
)

// endsWithin is how long an interrupted build may go on: the one timing that
// is a promise to users.
const endsWithin = 3 * time.Second

// waitsFor is how long a test waits for a shell instruction to start, on the
// slowest machine.
const waitsFor = 2 * time.Minute

// token is a secret of the module that the interrupted builds build.
const token = "t0ken-of-the-ci-job"

// TestInterrupt ends a build in the middle of a shell instruction, as a
// terminal does (the whole process group), as a supervisor does, and with a
// signal to the program alone.
func TestInterrupt(t *testing.T) {
	needBuilds(t)
	// What this process catches, its children do not ignore, as they would if it
	// was started by nohup.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	defer signal.Stop(caught)
	for _, tt := range []struct {
		name   string
		user   bool // an ordinary one, whose program waits for one in a namespace
		signal syscall.Signal
		group  bool
	}{
		{"SIGINT from a terminal", false, syscall.SIGINT, true},
		{"SIGINT to the process", false, syscall.SIGINT, false},
		{"SIGTERM to the process", false, syscall.SIGTERM, false},
		{"SIGHUP of a closed terminal", false, syscall.SIGHUP, true},
		{"SIGINT from a terminal to an ordinary user", true, syscall.SIGINT, true},
		{"SIGINT to the process of an ordinary user", true, syscall.SIGINT, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := startSleepingBuild(t, sleepOptions{user: tt.user})
			pid := b.cmd.Process.Pid
			if tt.group {
				pid = -pid
			}
			sent := time.Now()
			if err := syscall.Kill(pid, tt.signal); err != nil {
				t.Fatal(err)
			}
			<-b.ended
			if took := time.Since(sent); took > endsWithin {
				t.Errorf("the build went on for %s", took)
			}
			if code := b.cmd.ProcessState.ExitCode(); code != 130 {
				t.Errorf("exit code %d, want 130; it said:\n%s", code, b.stderr.String())
			}
			if !strings.HasSuffix(b.stderr.String(), "error: interrupted\n") {
				t.Errorf("the last line is not that it was interrupted:\n%s", b.stderr.String())
			}
			if left := b.shells(t); len(left) > 0 {
				t.Errorf("the shell instruction still runs: %v", left)
			}
			b.checkLeftovers(t)
		})
	}
}

// TestNohup: a build that nohup started goes on when the terminal is closed, with
// the shell instruction that runs, and can be interrupted.
func TestNohup(t *testing.T) {
	needBuilds(t)
	needProgram(t, "nohup")
	b := startSleepingBuild(t, sleepOptions{nohup: true})
	if err := syscall.Kill(-b.cmd.Process.Pid, syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	select {
	case <-b.ended:
		t.Fatalf("the build ended:\n%s", b.stderr.String())
	case <-time.After(time.Second):
	}
	if len(b.shells(t)) == 0 {
		t.Error("the shell instruction ended")
	}
	if err := syscall.Kill(-b.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-b.ended
	if code := b.cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d, want 130; it said:\n%s", code, b.stderr.String())
	}
	b.checkLeftovers(t)
}

// TestKilled ends a build in a way that it cannot notice: the next run cleans
// up what it left, the rendered configuration with its secrets first of all.
func TestKilled(t *testing.T) {
	needBuilds(t)
	b := startSleepingBuild(t, sleepOptions{})
	if err := b.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-b.ended
	run := filepath.Join(b.home.dir, "modship", "state", "run")
	if left, err := os.ReadDir(run); err != nil || len(left) == 0 {
		t.Fatalf("the killed run left nothing behind (%v): this test proves nothing", err)
	}
	b.home.modship(t, b.dir, "graph", "--tag", "dev")
	b.checkLeftovers(t)

	for _, pid := range b.shells(t) { // nobody is left to end it
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	if len(b.containers(t)) == 0 {
		t.Fatal("the killed run left no container: this test proves nothing")
	}
	b.home.modship(t, b.dir, "build", "--source", b.source, "batch-hooks")
	if left := b.containers(t); len(left) > 0 {
		t.Errorf("containers of the killed build are left: %v", left)
	}
}

// containers are the ids of the containers in the program's storage.
func (b *sleepingBuild) containers(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(b.home.dir, "modship/data/containers/lib/storage/*-containers/*containers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var list []struct{ ID string }
		if err := json.Unmarshal(text, &list); err != nil {
			t.Fatal(err)
		}
		for _, container := range list {
			ids = append(ids, container.ID)
		}
	}
	return ids
}

// A sleepingBuild is a build that waits in a shell instruction.
type sleepingBuild struct {
	home   *home
	dir    string
	source string
	cmd    *exec.Cmd
	marker string // in the command line of the sleeping process
	stderr lockedBuffer
	ended  chan struct{}
}

// sleepOptions say who builds.
type sleepOptions struct {
	user  bool  // an ordinary one
	home  *home // unless it is a new one
	nohup bool  // as nohup starts it
}

// startSleepingBuild returns when the sleep runs.
func startSleepingBuild(t *testing.T, opts sleepOptions) *sleepingBuild {
	t.Helper()
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	b := &sleepingBuild{marker: fmt.Sprintf("%d.%09d", 1000+os.Getpid()%1000, time.Now().Nanosecond())}
	b.dir, b.source = shapeNamed("prepare-bundle").repo(t, r.Addr()), r.source()
	b.addSleep(t)
	program := []string{"modship"}
	switch {
	case opts.user:
		program = slices.Clone(asUser)
		b.home = newUser(t)
		b.dir = b.home.take(t, b.dir)
	case opts.home != nil:
		b.home = opts.home
	default:
		b.home = newHome(t)
	}
	if opts.nohup {
		program = append([]string{"nohup"}, program...)
	}
	b.home = b.home.with("CI_JOB_TOKEN="+token, "MODULES_MODULE_TAG=dev")
	b.start(t, append(program, "build", "--source", b.source, "controller", "--progress", "plain"))
	b.awaitSleep(t)
	return b
}

// start starts the program; it is ended with the test.
func (b *sleepingBuild) start(t *testing.T, args []string) {
	t.Helper()
	ended := make(chan struct{})
	b.ended = ended
	b.cmd = b.home.command(t, b.dir, args[0], args[1:]...)
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	b.cmd.Stderr = &b.stderr
	// A shell that outlives the program keeps its stderr open.
	b.cmd.WaitDelay = time.Second
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, pid := range b.shells(t) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	go func() {
		defer close(ended)
		_ = b.cmd.Wait() // the exit code is looked at
	}()
}

// addSleep lets the module's controller wait.
func (b *sleepingBuild) addSleep(t *testing.T) {
	t.Helper()
	const before = "  beforeInstall:\n"
	file := filepath.Join(b.dir, "images", "controller", "werf.inc.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), before) {
		t.Fatalf("%s has no shell of stage beforeInstall", file)
	}
	sleeping := strings.Replace(string(text), before, before+"    - /bin/sleep "+b.marker+"\n", 1)
	if err := os.WriteFile(file, []byte(sleeping), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := modulerepo.Commit(t.Context(), b.dir, "Sleep"); err != nil {
		t.Fatal(err)
	}
}

func (b *sleepingBuild) awaitSleep(t *testing.T) {
	t.Helper()
	for start := time.Now(); len(b.shells(t)) == 0; time.Sleep(50 * time.Millisecond) {
		select {
		case <-b.ended:
			t.Fatalf("the build ended before it slept:\n%s", b.stderr.String())
		default:
		}
		if time.Since(start) > waitsFor {
			t.Fatalf("the build does not sleep after %s", waitsFor)
		}
	}
}

// shells are the processes that sleep for this build.
func (b *sleepingBuild) shells(t *testing.T) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(text, []byte(b.marker)) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// checkLeftovers looks for temporary files, and for the secret anywhere
// outside the container storage.
func (b *sleepingBuild) checkLeftovers(t *testing.T) {
	t.Helper()
	for _, dir := range []string{"tmp", "modship/state/run", "home/.werf/service/tmp/buildah"} {
		checkEmpty(t, filepath.Join(b.home.dir, dir))
	}
	found, err := filesWith(b.home.dir, token, "containers", "werf-storage", "bin")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) > 0 {
		t.Errorf("the secret of the CI job is left in %v", found)
	}
	if strings.Contains(b.stderr.String(), token) {
		t.Errorf("the secret of the CI job was printed:\n%s", b.stderr.String())
	}
}

// lockedBuffer is a buffer that is read while a command writes to it.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
