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

	"github.com/containers/storage/pkg/reexec"
	"github.com/sirupsen/logrus"
	"github.com/werf/common-go/pkg/graceful"
	"github.com/werf/logboek"
	"github.com/werf/logboek/pkg/level"
	"github.com/werf/logboek/pkg/types"
	"github.com/werf/werf/v2/cmd/werf/common"
	"github.com/werf/werf/v2/pkg/container_backend"
	"github.com/werf/werf/v2/pkg/true_git"
)

// Use says what of werf a command needs.
type Use int

const (
	// ReadConfig needs the configuration and git.
	ReadConfig Use = iota
	// LookUp needs registries too, to find out what a build would do without
	// Buildah's container storage, and so without the rights it needs. Images
	// that only the storage has are not found.
	LookUp
	// Build needs the container backend too.
	Build
)

// OpenOptions says what of werf a command needs.
type OpenOptions struct {
	Use    Use
	RunDir string    // an existing directory of this run; werf's temporary files go there
	Log    io.Writer // where werf's log goes
	// Outside, when set, is a directory that gets symbolic links to directories
	// which are made for this process outside RunDir, so that a later run can
	// remove them if this one cannot.
	Outside string
	// LoopbackRegistries are host:port of registries on this machine that
	// may speak plain HTTP, as Docker allows for loopback addresses.
	LoopbackRegistries []string
	// Variables are set for the templates of werf.yaml.
	Variables map[string]string
	// Note receives sentences for the user; nil means they are dropped.
	Note func(format string, args ...any)
	// DockerConfig is the directory of a Docker configuration that takes the
	// place of the user's, if it is set.
	DockerConfig string
}

// Process is werf's state of this process.
type Process struct {
	Flags *Flags
	// Backend is nil for ReadConfig.
	Backend container_backend.ContainerBackend

	manager   *common.ComponentsManager
	buildah   *ownBuildah // nil with Docker, and unless images are built
	runDir    string
	variables *variables
	socketDir string // of the ssh agent, if it is not runDir
	umask     func()
}

// Open initialises werf and returns the context that all calls of werf need.
func Open(ctx context.Context, flags *Flags, opts OpenOptions) (_ *Process, _ context.Context, err error) {
	variables := &variables{}
	p := &Process{Flags: flags, runDir: opts.RunDir, variables: variables, umask: imageUmask()}
	defer func() {
		if err != nil {
			p.restore()
		}
	}()
	if err := prepareEnvironment(opts, variables); err != nil {
		return nil, nil, err
	}
	if opts.DockerConfig != "" {
		if err := flags.Set("docker-config", opts.DockerConfig); err != nil {
			return nil, nil, err
		}
	}
	if opts.Use == Build {
		if err := checkTools(ctx, flags); err != nil {
			return nil, nil, err
		}
	}
	if opts.Use == Build && !flags.introspects() {
		if err := detachInput(); err != nil {
			return nil, nil, err
		}
	}
	ctx = graceful.WithTermination(ctx)
	ctx = logboek.NewContext(ctx, newLogger(flags, opts.Log))
	// Where werf forgets to pass the context it writes to its global logger,
	// and so to the standard streams.
	logboek.Streams().Mute()
	log.SetOutput(opts.Log)
	logrus.SetOutput(opts.Log)

	registries := opts.Use >= LookUp
	// A Docker daemon is asked for what the digests depend on; all that Buildah
	// would say is known.
	docker := followMode(os.Getenv(envMode)).Name == Docker
	storage := opts.Use == Build || opts.Use == LookUp && docker
	p.manager, ctx, err = common.InitCommonComponents(ctx, common.InitCommonComponentsOptions{
		Cmd:                          flags.data,
		InitWerf:                     true,
		InitGitDataManager:           true,
		InitManifestCache:            registries,
		InitLRUImagesCache:           registries,
		InitTrueGitWithOptions:       &common.InitTrueGitOptions{Options: true_git.Options{}},
		InitDockerRegistry:           registries,
		InitProcessContainerBackend:  storage && docker,
		SetupOndemandKubeInitializer: registries,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("initialise werf: %w", err)
	}
	if registries {
		if err := p.startSSHAgent(ctx, opts); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case storage && docker:
		p.Backend = p.manager.ContainerBackend()
		p.keepTogether(opts)
	case storage:
		if err := p.chooseStorageDriver(opts); err != nil {
			return nil, nil, err
		}
		if p.buildah, err = newBuildah(ctx, flags, p.manager.RegistryMirrors()); err != nil {
			return nil, nil, fmt.Errorf("initialise werf: container backend initialization error: unable to get buildah client: %w", err)
		}
		p.Backend = container_backend.NewBuildahBackend(p.buildah, container_backend.BuildahBackendOptions{TmpDir: opts.RunDir})
		p.keepTogether(opts)
	case registries:
		p.Backend = container_backend.NewBuildahBackend(newLookUpBuildah(), container_backend.BuildahBackendOptions{TmpDir: opts.RunDir})
	}
	return p, ctx, nil
}

// keepTogether lets what Buildah writes for this process go with the run: the
// scripts of stages may hold secrets.
func (p *Process) keepTogether(opts OpenOptions) {
	if b, ok := p.Backend.(*container_backend.BuildahBackend); ok {
		b.TmpDir = opts.RunDir
	}
	if dir, ok := instanceDir(); ok {
		opts.link("buildah", dir)
	}
}

// link records a directory outside RunDir. That only helps after a crash, so
// errors do not matter.
func (o OpenOptions) link(name, dir string) {
	if o.Outside != "" {
		_ = os.Symlink(dir, filepath.Join(o.Outside, name))
	}
}

// instanceDir is the directory that Buildah made for this process. werf tells
// Buildah its settings by a variable: a file two levels below the directory.
func instanceDir() (dir string, ok bool) {
	file := os.Getenv("CONTAINERS_CONF")
	if filepath.Base(filepath.Dir(file)) != "config" {
		return "", false
	}
	dir = filepath.Dir(filepath.Dir(file))
	return dir, strings.HasPrefix(filepath.Base(dir), "instance")
}

// Close ends what Open started, removes what Buildah keeps for one process, and
// gives the environment its values from before.
func (p *Process) Close() {
	defer p.restore()
	if p.Backend == nil {
		return
	}
	p.manager.TerminateSSHAgent()
	if dir, ok := instanceDir(); ok {
		_ = os.RemoveAll(dir)
	}
}

// restore undoes what Open changed of this process.
func (p *Process) restore() {
	if p.socketDir != "" {
		_ = os.RemoveAll(p.socketDir)
	}
	p.variables.restore()
	p.umask()
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
func prepareEnvironment(opts OpenOptions, variables *variables) error {
	if opts.RunDir == "" {
		return errors.New("open werf: no directory for temporary files given")
	}
	for name, value := range opts.Variables {
		if err := variables.set(name, value); err != nil {
			return err
		}
	}
	if opts.DockerConfig != "" { // for Buildah
		if err := variables.set("DOCKER_CONFIG", opts.DockerConfig); err != nil {
			return err
		}
	}
	// Set even when the user has it set: what werf leaves there may hold
	// secrets from the environment and has to go with the run.
	if err := variables.set("WERF_TMP_DIR", opts.RunDir); err != nil {
		return err
	}
	if opts.Use == ReadConfig {
		return nil
	}
	if err := allowPlainHTTP(opts.RunDir, opts.LoopbackRegistries, variables); err != nil {
		return err
	}
	// Buildah's libraries refuse to start helpers of a process that has not run
	// this; the process itself is none, so it returns false.
	if opts.Use == LookUp {
		reexec.Init()
		return nil
	}
	// The same, and a user namespace for a process without rights.
	if _, err := common.ContainerBackendProcessStartupHook(); err != nil {
		return err
	}
	// For Buildah, which has no setting of its own for it.
	if err := variables.set("TMPDIR", opts.RunDir); err != nil {
		return err
	}
	return configureContainers(opts.RunDir, variables)
}
