package werfenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/werf/common-go/pkg/graceful"
	"github.com/werf/logboek"
	"github.com/werf/logboek/pkg/level"
	"github.com/werf/logboek/pkg/types"
	"github.com/werf/werf/v2/cmd/werf/common"
	"github.com/werf/werf/v2/pkg/container_backend"
	"github.com/werf/werf/v2/pkg/true_git"
)

// OpenOptions says what of werf a command needs.
type OpenOptions struct {
	Backend bool      // the container backend and the registry client; off for commands that only read the configuration
	RunDir  string    // an existing folder of this run; werf's temporary files go there
	Log     io.Writer // where werf's log goes
	// LoopbackRegistries are host:port of registries on this machine that
	// may speak plain HTTP, as Docker allows for loopback addresses.
	LoopbackRegistries []string
}

// Process is werf's state of this process.
type Process struct {
	Flags *Flags
	// Backend is nil unless OpenOptions.Backend was set.
	Backend container_backend.ContainerBackend

	manager *common.ComponentsManager
}

// Open initialises werf and returns the context that all calls of werf need.
func Open(ctx context.Context, flags *Flags, opts OpenOptions) (*Process, context.Context, error) {
	if err := prepareEnvironment(opts); err != nil {
		return nil, nil, err
	}
	ctx = graceful.WithTermination(ctx)
	ctx = logboek.NewContext(ctx, newLogger(flags, opts.Log))
	// Where werf forgets to pass the context it writes to its global logger,
	// and so to the standard streams.
	logboek.Streams().Mute()
	log.SetOutput(opts.Log)
	logrus.SetOutput(opts.Log)

	manager, ctx, err := common.InitCommonComponents(ctx, common.InitCommonComponentsOptions{
		Cmd:                          flags.data,
		InitWerf:                     true,
		InitGitDataManager:           true,
		InitManifestCache:            opts.Backend,
		InitLRUImagesCache:           opts.Backend,
		InitTrueGitWithOptions:       &common.InitTrueGitOptions{Options: true_git.Options{}},
		InitDockerRegistry:           opts.Backend,
		InitProcessContainerBackend:  opts.Backend,
		InitSSHAgent:                 opts.Backend,
		SetupOndemandKubeInitializer: opts.Backend,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("initialise werf: %w", err)
	}
	p := &Process{Flags: flags, manager: manager}
	if opts.Backend {
		p.Backend = manager.ContainerBackend()
	}
	return p, ctx, nil
}

// Close ends what Open started and removes what Buildah keeps for one process.
func (p *Process) Close() {
	if p.Backend == nil {
		return
	}
	p.manager.TerminateSSHAgent()
	// werf tells Buildah its settings by this variable: a file two levels
	// below the folder of the process.
	if file := os.Getenv("CONTAINERS_CONF"); filepath.Base(filepath.Dir(file)) == "config" {
		if dir := filepath.Dir(filepath.Dir(file)); strings.HasPrefix(filepath.Base(dir), "instance") {
			_ = os.RemoveAll(dir)
		}
	}
}

func newLogger(flags *Flags, w io.Writer) types.LoggerInterface {
	l := logboek.NewLogger(w, w)
	switch {
	case *flags.data.LogDebug:
		l.SetAcceptedLevel(level.Debug)
	case *flags.data.LogVerbose:
		l.SetAcceptedLevel(level.Info)
	default:
		l.SetAcceptedLevel(level.Default)
	}
	return l
}

// prepareEnvironment sets what werf and Buildah only take from the environment.
func prepareEnvironment(opts OpenOptions) error {
	if opts.RunDir == "" {
		return errors.New("open werf: no folder for temporary files given")
	}
	// Set even when the user has it set: what werf leaves there may hold
	// secrets from the environment and has to go with the run.
	if err := os.Setenv("WERF_TMP_DIR", opts.RunDir); err != nil {
		return err
	}
	if !opts.Backend {
		return nil
	}
	// Buildah refuses to start helpers of a process that has not run this; the
	// process itself is none, so it returns false.
	if _, err := common.ContainerBackendProcessStartupHook(); err != nil {
		return err
	}
	if err := useCNI(opts.RunDir); err != nil {
		return err
	}
	return allowPlainHTTP(opts.RunDir, opts.LoopbackRegistries)
}
