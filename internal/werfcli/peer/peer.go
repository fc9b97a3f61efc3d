// Package peer runs werf's own command line (the program werfcli of this
// module) beside modship: the other side of parity tests and benchmarks. It
// needs root, and keeps everything it writes in one directory: home, temporary
// files and container storage.
package peer

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// program is werfcli's import path.
const program = "github.com/modship/modship/internal/werfcli"

// Compile builds werfcli and returns its path, in a directory of the user's cache:
// what is there and current stays. The first time takes minutes. The build tags
// are those of GOFLAGS.
func Compile(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("keep werfcli: %w", err)
	}
	dir := filepath.Join(cache, "modship", "werfcli")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("keep werfcli: %w", err)
	}
	binary := filepath.Join(dir, "werfcli")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile werfcli: %w\n%s", err, out)
	}
	return binary, nil
}

// Peer is a werf command line with its own home.
type Peer struct {
	Binary string // made by [Compile]
	Dir    string // everything it writes, made by [New]
}

// New prepares the directory of a peer. Peers of one Binary and different directories
// share nothing.
func New(binary, dir string) (*Peer, error) {
	p := &Peer{Binary: binary, Dir: dir}
	for _, sub := range []string{"home", "werf", "tmp", "docker", "storage"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, fmt.Errorf("prepare werf's home: %w", err)
		}
	}
	// Without netavark Buildah takes the network backend that is compiled in.
	text := []byte("[network]\nnetwork_backend = \"cni\"\n")
	if err := os.WriteFile(p.path("containers.conf"), text, 0o644); err != nil {
		return nil, fmt.Errorf("prepare werf's home: %w", err)
	}
	return p, nil
}

func (p *Peer) path(name string) string { return filepath.Join(p.Dir, name) }

// Env is the environment of the peer: the machine's PATH, the peer's own
// directories, Buildah, plain HTTP, and no request to any other server than the
// module's registry. Later settings win, so callers append theirs.
func (p *Peer) Env() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + p.path("home"),
		"DOCKER_CONFIG=" + p.path("docker"),
		"CONTAINERS_CONF_OVERRIDE=" + p.path("containers.conf"),
		"WERFCLI_STORAGE=" + p.path("storage"),
		"WERF_HOME=" + p.path("werf"),
		"WERF_TMP_DIR=" + p.path("tmp"),
		"WERF_BUILDAH_MODE=auto",
		"WERF_SYNCHRONIZATION=:local",
		"WERF_INSECURE_REGISTRY=1",
		"WERF_DISABLE_AUTO_HOST_CLEANUP=1",
		"WERF_TELEMETRY=0",
		"WERF_LOG_COLOR_MODE=off",
		"WERF_LOG_TERMINAL_WIDTH=120",
	}
}

// RunOptions are the options of [Peer.Run].
type RunOptions struct {
	Env []string // NAME=value, after [Peer.Env]
}

// Run calls werf with the arguments in the module's directory and returns its
// stdout; the error holds what werf wrote to both streams.
func (p *Peer) Run(ctx context.Context, moduleDir string, args []string, opts RunOptions) (string, error) {
	cmd := exec.CommandContext(ctx, p.Binary, args...)
	cmd.Dir = moduleDir
	cmd.Env = append(p.Env(), opts.Env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("werf %s: %w\n%s\n%s", strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String(), nil
}

// Build runs `werf build` against the repository and returns its build report,
// the JSON that CI scripts read.
func (p *Peer) Build(ctx context.Context, moduleDir, repo string, opts RunOptions) ([]byte, error) {
	report, err := os.CreateTemp(p.path("tmp"), "report-*.json")
	if err != nil {
		return nil, err
	}
	report.Close()
	defer os.Remove(report.Name())
	args := []string{"build", "--repo", repo, "--save-build-report", "--build-report-path", report.Name()}
	if _, err := p.Run(ctx, moduleDir, args, opts); err != nil {
		return nil, err
	}
	return os.ReadFile(report.Name())
}
