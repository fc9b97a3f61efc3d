package werfenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/werf/werf/v2/cmd/werf/common"
	"github.com/werf/werf/v2/pkg/ssh_agent"
	"github.com/werf/werf/v2/pkg/werf"
)

const (
	// socketName is as long as what werf adds to its temporary directory for the
	// socket of its ssh agent.
	socketName = "/werf-ssh-agent/00000000-0000-0000-0000-000000000000"
	// maxSocketPath is the longest path of a socket on Linux and macOS
	// (sun_path in unix(7), without the zero byte at its end).
	maxSocketPath = 103
)

// startSSHAgent starts werf's ssh agent, if there are keys for it. werf puts the
// socket into its temporary directory, which is below the user's home. If that
// path is too long for a socket, the socket gets a directory elsewhere.
func (p *Process) startSSHAgent(ctx context.Context, opts OpenOptions) (err error) {
	dir := p.runDir
	if !fitsSocket(dir) {
		if dir, err = makeSocketDir(); err != nil {
			return err
		}
		p.socketDir = dir
		opts.link("ssh-agent", dir)
		if err := p.initWerf(dir); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.initWerf(p.runDir)) }()
	}
	// The agent must not become that of the next run in this process.
	if err := p.variables.set(ssh_agent.SSHAuthSockEnv, os.Getenv(ssh_agent.SSHAuthSockEnv)); err != nil {
		return err
	}
	if err := ssh_agent.Init(ctx, common.GetSSHKey(p.Flags.data)); err != nil {
		return fmt.Errorf("initialise werf: cannot initialize ssh agent: %w", err)
	}
	if p.socketDir != "" && os.Remove(p.socketDir) == nil {
		p.socketDir = "" // there are no keys: nothing is in it
	}
	return nil
}

// initWerf makes dir werf's temporary directory.
func (p *Process) initWerf(dir string) error {
	if err := p.variables.set("WERF_TMP_DIR", dir); err != nil {
		return err
	}
	if err := werf.Init(*p.Flags.data.TmpDir, *p.Flags.data.HomeDir); err != nil {
		return fmt.Errorf("initialise werf: %w", err)
	}
	return nil
}

func fitsSocket(dir string) bool { return len(dir)+len(socketName) <= maxSocketPath }

// makeSocketDir makes a directory with a short path, which only this user can
// enter. Those for temporary files may have long paths, too.
func makeSocketDir() (string, error) {
	var errs []error
	for _, base := range []string{os.Getenv("XDG_RUNTIME_DIR"), os.TempDir(), "/tmp", "/run", "/dev/shm"} {
		if !filepath.IsAbs(base) {
			continue
		}
		dir, err := os.MkdirTemp(base, "modship-")
		switch {
		case err != nil:
			errs = append(errs, err)
		case fitsSocket(dir):
			return dir, nil
		default:
			_ = os.Remove(dir)
			errs = append(errs, fmt.Errorf("%s is too long a path", base))
		}
	}
	return "", fmt.Errorf("make a directory for the socket of the ssh agent: %w", errors.Join(errs...))
}
