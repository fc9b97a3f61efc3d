package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/settings"
)

// targetNames returns the targets that a run is for, none or one in most cases.
func targetNames(in settings.Input) []string {
	return strings.FieldsFunc(cmp.Or(in.Target, os.Getenv(settings.EnvTarget)), func(r rune) bool { return r == ',' })
}

// runTargets publishes to one target after the other. Each is a process of its
// own, because each has its own environment. The repositories of the targets
// before it are secondary ones: what they have is not built again.
func (o *publishOptions) runTargets(ctx context.Context, io *streams, names []string) error {
	var repositories []string
	for _, name := range names { // all of them, before the first one is built
		in := o.input()
		in.Target = name
		s, err := settings.Resolve(ctx, in)
		if err != nil {
			return err
		}
		if _, err := s.Exports(); err != nil {
			return err
		}
		repository, err := s.Repository()
		if err != nil {
			return err
		}
		repositories = append(repositories, repository.String())
	}
	args := withoutTarget(os.Args[1:])
	results := []json.RawMessage{}
	var failed error
	for i, name := range names {
		fmt.Fprintf(io.Err, "target %s: %s\n", name, repositories[i])
		out, err := runTarget(ctx, io, name, slices.Concat(args, secondaryFlags(repositories[:i])), o.Format == "json")
		if o.Format == "json" && json.Valid(out) {
			results = append(results, out)
		}
		if failed = err; failed != nil {
			break
		}
	}
	if o.Format == "json" {
		if err := writeJSON(io.Out, map[string]any{"targets": results}); err != nil {
			return err
		}
	}
	return failed
}

func runTarget(ctx context.Context, io *streams, name string, args []string, capture bool) ([]byte, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), settings.EnvTarget+"="+name)
	cmd.Stdout, cmd.Stderr = io.Out, io.Err
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = interruptWait
	var out bytes.Buffer
	if capture {
		cmd.Stdout = &out
	}
	err = cmd.Run()
	if err != nil && cmd.ProcessState != nil && cmd.ProcessState.Exited() {
		err = silent(exit.Code(cmd.ProcessState.ExitCode())) // the process has said why
	}
	return out.Bytes(), err
}

// withoutTarget takes --target off a command line.
func withoutTarget(args []string) []string {
	var kept []string
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--target":
			i++
		case !strings.HasPrefix(args[i], "--target="):
			kept = append(kept, args[i])
		}
	}
	return kept
}

func secondaryFlags(repositories []string) []string {
	var flags []string
	for _, repository := range repositories {
		flags = append(flags, "--secondary-repo", repository)
	}
	return flags
}
