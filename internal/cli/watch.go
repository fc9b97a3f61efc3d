package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/internal/watch"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

// round is one build of `--watch`.
type round struct {
	Number  int      `json:"round"`
	Changed []string `json:"changed"` // files, relative to the project directory; empty for the first round
	Seconds float64  `json:"seconds"` // from the change on
	Code    int      `json:"exitCode"`
	Rebuilt []string `json:"rebuilt"`          // images
	Bundle  string   `json:"bundle,omitempty"` // published reference with its digest
}

// runWatch runs the command once, and again whenever a file is saved, until the
// context ends. Each round is a process of its own: werf keeps what it has read of
// a repository for as long as a process lives.
func (o *buildOptions) runWatch(ctx context.Context, io *streams) error {
	if !o.flags.RelaxedGiterminism() {
		return exit.With(exit.Usage, errors.New("--watch builds files as they are saved, and werf builds commits"), "Add --dev.")
	}
	in := o.input()
	dir, err := settings.ProjectDir(in)
	if err != nil {
		return err
	}
	w, err := watch.New(ctx, dir, git.At(dir).Ignored)
	if limit := (*watch.LimitError)(nil); errors.As(err, &limit) {
		return exit.With(exit.Failed, err, "Raise it: sysctl fs.inotify.max_user_watches=524288")
	}
	if err != nil {
		return err
	}
	defer w.Close() // it only watched
	args := watchArgs(os.Args[1:], in.Tag)
	for number, changed := 1, []string(nil); ; number++ {
		r := runRound(ctx, io, args)
		r.Number, r.Changed = number, orEmpty(changed)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := o.printRound(io, r); err != nil {
			return err
		}
		if changed, err = w.Next(ctx); err != nil {
			return err
		}
	}
}

// watchArgs makes the command line of a round: without --watch, with a dev tag of
// the user's own unless a tag is given, and with a result for programs.
func watchArgs(args []string, tag string) []string {
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "--watch" || strings.HasPrefix(a, "--watch=") })
	if tag == "" && os.Getenv(settings.EnvTag) == "" {
		args = append(args, "--tag", userTag())
	}
	return append(args, "--format", "json")
}

// userTag is the dev tag of the user, so that two people do not publish over each
// other.
func userTag() string {
	name := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return module.DevTag("dev-" + name)
}

// interruptWait is how long a round may take to end after an interrupt.
const interruptWait = 2 * time.Second

// runRound runs the command once, with its display, and reads its result.
func runRound(ctx context.Context, io *streams, args []string) round {
	began := time.Now()
	var out bytes.Buffer
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // this program, with the user's own arguments
	cmd.Stdout, cmd.Stderr = &out, io.Err
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = interruptWait
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		fmt.Fprintf(io.Err, "error: %v\n", err)
	}
	r := round{Seconds: time.Since(began).Seconds(), Code: int(exit.Failed), Rebuilt: []string{}}
	if cmd.ProcessState != nil {
		r.Code = cmd.ProcessState.ExitCode()
	}
	var result publishedJSON
	if json.Unmarshal(out.Bytes(), &result) != nil {
		return r // a failed build has no result
	}
	for _, img := range result.Images {
		if img.Rebuilt {
			r.Rebuilt = append(r.Rebuilt, img.Name)
		}
	}
	for _, write := range result.Writes {
		if write.Ref == result.Repository+":"+result.Tag && (write.Done || write.Action == publish.Keep) {
			r.Bundle = write.Ref + "@" + write.Desired
		}
	}
	return r
}

// printRound tells of a round: one line, or one JSON object a line.
func (o *buildOptions) printRound(io *streams, r round) error {
	if o.Format == "json" {
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(io.Out, "%s\n", line)
		return err
	}
	text := fmt.Sprintf("round %d: %s", r.Number, summary(r.Changed, "first build", 3))
	if r.Code == 0 {
		text += fmt.Sprintf("; rebuilt %s in %.1fs", summary(r.Rebuilt, "nothing", 5), r.Seconds)
	} else {
		text += fmt.Sprintf("; failed after %.1fs (exit code %d), watching on", r.Seconds, r.Code)
	}
	if r.Bundle != "" {
		text += "; " + r.Bundle
	}
	_, err := fmt.Fprintln(io.Out, text)
	return err
}

// summary lists names, at most so many of them.
func summary(names []string, none string, most int) string {
	switch {
	case len(names) == 0:
		return none
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
