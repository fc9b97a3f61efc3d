package baseimage

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// CompileOptions are the options of [Compile].
type CompileOptions struct {
	// CacheDir keeps the binaries; empty means modship/toolbox in the user's
	// cache directory.
	CacheDir string
	// Arch is the GOARCH to compile for; empty means this machine's.
	Arch string
}

// Compile builds the toolbox from the sources in dir and returns the path of
// the binary. The same sources are compiled once per Go release and
// architecture.
func Compile(ctx context.Context, dir string, opts CompileOptions) (string, error) {
	if opts.Arch == "" {
		opts.Arch = runtime.GOARCH
	}
	if opts.CacheDir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("keep the toolbox: %w", err)
		}
		opts.CacheDir = filepath.Join(user, "modship", "toolbox")
	}
	key, err := cacheKey(ctx, dir, opts.Arch)
	if err != nil {
		return "", err
	}
	binary := filepath.Join(opts.CacheDir, key, "toolbox")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	return binary, compileTo(ctx, dir, binary, opts.Arch)
}

func cacheKey(ctx context.Context, dir, arch string) (string, error) {
	sources, err := sourceDigest(dir)
	if err != nil {
		return "", err
	}
	release, err := goTool(ctx, dir, arch, "env", "GOVERSION")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(sources+release+arch)))[:2*tagDigits], nil
}

// compileTo writes beside the binary and renames, so that two processes may
// do the same at once.
func compileTo(ctx context.Context, dir, binary, arch string) error {
	if err := os.MkdirAll(filepath.Dir(binary), 0o755); err != nil {
		return fmt.Errorf("keep the toolbox: %w", err)
	}
	unfinished, err := os.CreateTemp(filepath.Dir(binary), ".toolbox-*")
	if err != nil {
		return fmt.Errorf("keep the toolbox: %w", err)
	}
	unfinished.Close()
	defer os.Remove(unfinished.Name())
	// Neither paths nor ids of the build enter the binary: one toolchain
	// makes the same bytes everywhere.
	if _, err := goTool(ctx, dir, arch, "build", "-trimpath", "-ldflags=-s -w -buildid=", "-o", unfinished.Name(), "."); err != nil {
		return err
	}
	if err := os.Rename(unfinished.Name(), binary); err != nil {
		return fmt.Errorf("keep the toolbox: %w", err)
	}
	return nil
}

// goTool runs the go command in the toolbox's own module, free of the flags
// that the main module's build needs.
func goTool(ctx context.Context, dir, arch string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=-mod=readonly -buildvcs=false",
		"GOOS=linux", "GOARCH="+arch)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s in %s: %w\n%s", args[0], dir, err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(string(out)), nil
}
