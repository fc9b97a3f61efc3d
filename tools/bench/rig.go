package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/modship/modship/internal/werfcli/peer"
)

type rigOptions struct {
	Runs  int
	Quick bool // tiny sizes
	Log   io.Writer
}

// rig is what the cases share: a directory, the two programs, the settings.
type rig struct {
	runs  int
	quick bool
	log   io.Writer
	dir   string

	modshipBinary, werfBinary string // compiled when first asked for
}

func newRig(opts rigOptions) (*rig, error) {
	if opts.Quick || opts.Runs < 1 {
		opts.Runs = 1
	}
	dir, err := os.MkdirTemp("", "modship-bench-")
	return &rig{runs: opts.Runs, quick: opts.Quick, log: opts.Log, dir: dir}, err
}

func (r *rig) close() {
	if err := os.RemoveAll(r.dir); err != nil {
		r.logf("remove %s: %v", r.dir, err)
	}
}

func (r *rig) logf(format string, args ...any) { fmt.Fprintf(r.log, format+"\n", args...) }

// newDir makes an empty directory.
func (r *rig) newDir() (string, error) { return os.MkdirTemp(r.dir, "") }

// compile builds the peer, which takes minutes the first time, and modship.
// MODSHIP_BENCH_MODSHIP and MODSHIP_BENCH_WERF name programs that are there already:
// `task bench` gives the modship of `task build`, which has its helper program.
func (r *rig) compile(ctx context.Context) error {
	if os.Geteuid() != 0 {
		return errors.New("builds need root: run it as root, or choose cases that build nothing (scheduler, makespan, publish)")
	}
	r.modshipBinary, r.werfBinary = os.Getenv("MODSHIP_BENCH_MODSHIP"), os.Getenv("MODSHIP_BENCH_WERF")
	if r.modshipBinary == "" {
		r.modshipBinary = filepath.Join(r.dir, "modship")
		build := exec.CommandContext(ctx, "go", "build", "-o", r.modshipBinary, "github.com/modship/modship/cmd/modship")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("compile modship: %w\n%s", err, out)
		}
	}
	if r.werfBinary != "" {
		return nil
	}
	var err error
	r.werfBinary, err = peer.Compile(ctx)
	return err
}

// A tool is modship or werf with a home of its own.
type tool struct {
	name string
	call func(ctx context.Context, dir string, env []string, args []string) (*usage, error)
	// build returns the arguments that build a module into source/name.
	build func(source, name string) []string
	// graph are the arguments that print the graph of all images.
	graph []string
}

// modshipEnv is the environment of modship in a new home.
func (r *rig) modshipEnv() ([]string, error) {
	home, err := r.newDir()
	if err != nil {
		return nil, err
	}
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "MODSHIP_HOME=" + filepath.Join(home, "modship"),
		"DOCKER_HOST=unix://" + filepath.Join(home, "none.sock"),
	}, nil
}

// modship returns modship with a new home.
func (r *rig) modship() (*tool, error) {
	env, err := r.modshipEnv()
	if err != nil {
		return nil, err
	}
	return &tool{
		name: "modship",
		call: func(ctx context.Context, dir string, more, args []string) (*usage, error) {
			return r.call(ctx, r.modshipBinary, dir, append(env, more...), args)
		},
		build: func(source, name string) []string {
			return []string{"build", "--source", source, "--name", name, "--tag", "v0.1.0", "--progress", "quiet"}
		},
		graph: []string{"graph", "--all", "--tag", "v0.1.0", "--format", "json"},
	}, nil
}

// werf returns werf's command line with a new home.
func (r *rig) werf() (*tool, error) {
	home, err := r.newDir()
	if err != nil {
		return nil, err
	}
	werf, err := peer.New(r.werfBinary, home)
	if err != nil {
		return nil, err
	}
	return &tool{
		name: "werf",
		call: func(ctx context.Context, dir string, more, args []string) (*usage, error) {
			return r.call(ctx, werf.Binary, dir, append(werf.Env(), more...), args)
		},
		build: func(source, name string) []string {
			return []string{"build", "--repo", source + "/" + name, "--final-images-only"}
		},
		graph: []string{"config", "graph"},
	}, nil
}
