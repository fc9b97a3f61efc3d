package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// The rows of the case watch.
const (
	saved = "from a saved file to the pushed images"
	alone = "the image alone, by `modship build`"
)

// watched is the file that is saved, of an image from which another one and the
// bundle are made.
const watched = "component-005"

// watch saves a file beside a running `build --watch`. There is no other program
// that does this: the peer is our own build of the one image, which a person would
// call by hand.
func watch(ctx context.Context, r *rig) ([]row, error) {
	if err := r.compile(ctx); err != nil {
		return nil, err
	}
	n := 60
	if r.quick {
		n = 12
	}
	werf, images := sixtyModule(n)
	into := measured{}
	if err := r.watchRounds(ctx, werf, images, into); err != nil {
		return nil, err
	}
	if err := r.aloneRounds(ctx, werf, images, into); err != nil {
		return nil, err
	}
	return []row{{what: saved, unit: "s", ours: into[saved], theirs: into[alone], target: 1.5}}, nil
}

// save changes the watched file of a module.
func save(dir string, round int) error {
	return os.WriteFile(filepath.Join(dir, "files", watched, watched), fmt.Appendf(nil, "round %d\n", round), 0o644)
}

// home serves a registry and makes a module and the environment of modship in a
// new home.
func (r *rig) home(ctx context.Context, werf string, images []string) (registry *farRegistry, dir string, env []string, err error) {
	if dir, err = r.makeModule(ctx, werf, images); err != nil {
		return nil, "", nil, err
	}
	if env, err = r.modshipEnv(); err != nil {
		return nil, "", nil, err
	}
	registry, err = serve(ctx, false)
	return registry, dir, env, err
}

func (r *rig) watchRounds(ctx context.Context, werf string, images []string, into measured) error {
	registry, dir, env, err := r.home(ctx, werf, images)
	if err != nil {
		return err
	}
	defer registry.stop()
	cmd := exec.CommandContext(ctx, r.modshipBinary, "build", "--watch", "--dev", "--source", registry.source(), "--name", "sixty", "--format", "json", "--progress", "quiet")
	cmd.Dir, cmd.Env = dir, env
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	rounds := bufio.NewScanner(out)
	err = next(rounds)
	for round := 0; err == nil && round < r.runs; round++ {
		start := time.Now()
		if err = save(dir, round); err == nil {
			err = next(rounds)
		}
		r.logf("  watch: %.2f s", time.Since(start).Seconds())
		into.add(saved, time.Since(start).Seconds())
	}
	_ = cmd.Process.Signal(os.Interrupt)
	var interrupted *exec.ExitError
	if ended := cmd.Wait(); err == nil && !errors.As(ended, &interrupted) {
		err = ended
	}
	return err
}

// next waits for the end of a round, which has to succeed.
func next(rounds *bufio.Scanner) error {
	if !rounds.Scan() {
		return errors.Join(errors.New("modship build --watch ended"), rounds.Err())
	}
	var round struct {
		ExitCode int
		Error    string
	}
	if err := json.Unmarshal(rounds.Bytes(), &round); err != nil {
		return err
	}
	if round.ExitCode != 0 {
		return fmt.Errorf("a round of modship build --watch: exit code %d: %s", round.ExitCode, round.Error)
	}
	return nil
}

func (r *rig) aloneRounds(ctx context.Context, werf string, images []string, into measured) error {
	registry, dir, env, err := r.home(ctx, werf, images)
	if err != nil {
		return err
	}
	defer registry.stop()
	args := []string{"build", "--dev", "--source", registry.source(), "--name", "sixty", "--progress", "quiet"}
	if _, err := r.call(ctx, r.modshipBinary, dir, env, args); err != nil {
		return err
	}
	for round := range r.runs {
		if err := save(dir, round); err != nil {
			return err
		}
		used, err := r.call(ctx, r.modshipBinary, dir, env, append(args, watched))
		if err != nil {
			return err
		}
		r.logf("  alone: %.2f s", used.Seconds)
		into.add(alone, used.Seconds)
	}
	return nil
}
