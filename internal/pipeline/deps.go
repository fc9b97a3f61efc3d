package pipeline

import (
	"context"
	"io/fs"
	"time"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/internal/lint"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/werfcfg"
)

// Deps is what steps need of the world around them. [realDeps] is the only
// place that makes the program's own.
type Deps struct {
	// OpenWerf initialises werf and returns the context that its calls need.
	OpenWerf func(context.Context, werfenv.OpenOptions) (Werf, context.Context, error)
	// OpenRegistry returns the registry of a module. Nothing is sent yet.
	OpenRegistry func(module.Repository) Registry
	// Logins are those that werf, Buildah, Docker and the registry client use.
	Logins Logins
	Git    Git
	Checks Checks
	// Answers reports as an error that nothing answers HTTP at an address.
	Answers func(ctx context.Context, address string) error
	Now     func() time.Time
	// Note receives sentences for the user that no display may suppress.
	Note func(format string, args ...any)
}

// Werf is werf, opened for one run.
type Werf interface {
	Configuration
	Builder
	Close()
}

// Configuration reads werf.yaml.
type Configuration interface {
	Read(context.Context, werfcfg.ReadOptions) (*werfcfg.Config, error)
	// ReadEarlier reads it as it was at an earlier commit, for a comparison
	// with the present one.
	ReadEarlier(ctx context.Context, now *werfcfg.Config, opts werfcfg.ReadOptions, at werfcfg.Earlier) (*werfcfg.Config, error)
}

// Builder builds images, or finds out what a build would do.
type Builder interface {
	Build(context.Context, *werfcfg.Config, build.Options) (*build.Result, error)
	Plan(context.Context, *werfcfg.Config, build.Options) (*build.Plan, error)
}

// Registry is the registry of the module.
type Registry interface {
	contract.Reader
	build.Registry
	// Reach reports whether the registry answers, in bounded time: werf's own
	// requests wait for ever.
	Reach(context.Context, module.Repository) error
	// Login makes sure that the module may be written.
	Login(context.Context, module.Repository) error
	Plan(context.Context, publish.Request) (*publish.Plan, error)
	Apply(context.Context, *publish.Plan) error
	// CheckWritable makes sure that the repositories of a module which is new
	// can be written to.
	CheckWritable(ctx context.Context, repositories ...string) error
	Close()
}

// Checks are the rules of the contract with the consumers.
type Checks interface {
	Repository(context.Context, fs.FS, contract.RepositoryOptions) []contract.Violation
	// Chart checks what a cluster would install.
	Chart(context.Context, fs.FS, ChartOptions) ([]lint.Finding, error)
	// ImageKeys lists the images that the templates name.
	ImageKeys(ctx context.Context, files fs.FS, module string, keys []string) ([]contract.ImageKey, error)
	Images(context.Context, contract.Reader, module.Repository, contract.Images, contract.Options) ([]contract.Violation, error)
	Published(ctx context.Context, reader contract.Reader, repository module.Repository, tag string, opts contract.Options) ([]contract.Violation, error)
}

// Git is the repository that the module is in.
type Git interface {
	// Check reports whether git takes the project directory for a repository.
	Check(context.Context) error
	Changed(context.Context) ([]string, error)
	// LeftOut lists the files of the project that a sparse checkout leaves out.
	LeftOut(context.Context) ([]string, error)
	// Pointers lists the files that would be built as pointers to Git LFS.
	Pointers(context.Context) (files []string, why string, err error)
	Resolve(ctx context.Context, rev string) (string, error)
	History(ctx context.Context, commit string) ([]string, error)
	Diff(ctx context.Context, from, to string) ([]git.Change, error)
	Files(ctx context.Context, commit string) (map[string]fs.FileMode, error)
	Untracked(ctx context.Context, pathspecs ...string) (map[string]string, error)
	Borrow(ctx context.Context, commit, to string) error
	Tree(ctx context.Context, commit string, keep func(path string) bool) (fs.FS, error)
}

var _ Git = git.Repository{}
