package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// usage is what a command took.
type usage struct {
	Seconds   float64
	CPU       float64 // seconds, of it and of the processes it waited for
	Megabytes float64 // largest resident set of it or of a process it waited for
}

// launch is the argument that makes this program a launcher. Linux counts what
// the parent has in memory at the start of a child as the child's, and a bench
// with a registry in it has more than what it measures; a launcher has little.
const launch = "--launch"

// launchMain runs a command (FILE PROGRAM ARG...) and writes its usage to FILE.
func launchMain(args []string) int {
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	start := time.Now()
	err := cmd.Run()
	u := usage{Seconds: time.Since(start).Seconds()}
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if rusage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
		u.Megabytes = float64(rusage.Maxrss) / 1024 // Linux counts in KiB
	}
	text, err := json.Marshal(u)
	if err == nil {
		err = os.WriteFile(args[0], text, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

// call runs a command, which has to succeed.
func (r *rig) call(ctx context.Context, program, dir string, env, args []string) (*usage, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	out, err := r.newDir()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(out, "usage.json")
	cmd := exec.CommandContext(ctx, self, append([]string{launch, file, program}, args...)...)
	cmd.Dir, cmd.Env = dir, append(env, "MODULES_MODULE_TAG="+moduleTag)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s %v: %w\n%s", filepath.Base(program), args, err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	u := &usage{}
	return u, json.Unmarshal(text, u)
}
