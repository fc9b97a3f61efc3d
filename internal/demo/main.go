// Command demo is the first command of the README: it publishes the module of
// examples/echo with modship to the embedded registry and shows the result.
//
//	go run ./internal/demo [--modship FILE] [--dir FOLDER]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/modship/modship/internal/baseimage"
	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/settings"
)

// example is the module that is published, below the repository's directory.
const example = "examples/echo"

// commands are what a maintainer of the module would type in its directory.
var commands = [][]string{
	{"publish", "--tag", "v0.1.0"},
	{"promote", "--tag", "v0.1.0", "--channel", "alpha"},
	{"verify", "--tag", "v0.1.0"},
	{"status"},
}

func main() {
	program := flag.String("modship", "modship", "the modship program")
	dir := flag.String("dir", filepath.Join("dist", "demo", "echo"), "folder for the module's git repository, made anew")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := demo(ctx, *program, *dir, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func demo(ctx context.Context, program, dir string, out io.Writer) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	stop, err := serve(ctx, out)
	if err != nil {
		return err
	}
	defer stop()
	base, err := baseimage.Push(ctx, settings.EmbeddedAddr, baseimage.PushOptions{})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "base image:", base)
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove the repository of the last run: %w", err)
	}
	if err := modulerepo.Materialise(ctx, dir, example, modulerepo.Options{}); err != nil {
		return err
	}
	fmt.Fprintf(out, "module: %s, as a git repository in %s\n", example, dir)
	for _, args := range commands {
		fmt.Fprintf(out, "\n$ modship %s\n", strings.Join(args, " "))
		if err := run(ctx, program, dir, out, args); err != nil {
			return err
		}
	}
	return nil
}

// serve runs the embedded registry unless somebody serves one at its address
// already, and returns what ends it.
func serve(ctx context.Context, out io.Writer) (stop func(), err error) {
	data := settings.UserDirs().Registry()
	server, err := localregistry.Serve(context.WithoutCancel(ctx), localregistry.Options{Addr: settings.EmbeddedAddr, Dir: data})
	var taken *localregistry.InUseError
	if errors.As(err, &taken) && taken.Registry {
		fmt.Fprintln(out, "registry: the one that is already served at", taken.Addr)
		return func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "registry: embedded, at %s, data in %s\n", server.Addr(), data)
	return func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = server.Close(grace)
	}, nil
}

// endGrace is how long modship may take to end a build after an interrupt.
const endGrace = 10 * time.Second

func run(ctx context.Context, program, dir string, out io.Writer, args []string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = environment(os.Environ())
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = endGrace
	err := cmd.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() == int(exit.Violated) && args[0] == "publish" {
		return errors.New("if the registry has another v0.1.0, from before " + example +
			" was changed: start with new data, MODSHIP_HOME=$(mktemp -d) task demo")
	}
	if err != nil {
		return fmt.Errorf("modship %s: %w", args[0], err)
	}
	return nil
}

// environment leaves out what would send the example to another registry, such
// as the settings of a pipeline that runs this.
func environment(all []string) []string {
	var kept []string
	for _, pair := range all {
		if !strings.HasPrefix(pair, "MODULES_") && !strings.HasPrefix(pair, settings.EnvChannel+"=") && !strings.HasPrefix(pair, "WERF_REPO=") {
			kept = append(kept, pair)
		}
	}
	return kept
}
