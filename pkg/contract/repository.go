package contract

import (
	"context"
	"io/fs"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/contract/internal/templates"
	"github.com/modship/modship/pkg/module"
)

// RepositoryOptions hold everything known before the build besides the files.
type RepositoryOptions struct {
	Name     string           // module name under which is published; empty: the name in module.yaml
	Tag      string           // module tag, empty if not decided
	Dev      bool             // the build is no release (a dirty tree, --dev, loose giterminism)
	Channels []module.Channel // release channels to promote to
	// Images are the names of the images whose digests go into
	// images_digests.json. Empty: rules 27 and 28 are left to the built images.
	Images []string
	// ReleaseLacks are root files that the release image surely will not have.
	ReleaseLacks []string
	Render       Renderer // finds image names that templates compute (rule 28); may be nil
	Waive        []int    // rules whose violations are returned as waived
}

// ReadsPath reports whether [CheckRepository] and [ImageKeys] read a path of the
// repository. They leave out what does not go into the bundle.
func ReadsPath(path string) bool { return artifact.IsBundlePath(path) }

// CheckRepository checks the files of a module repository before the build,
// with fsys at the module's root. Files that cannot be read are a violation of
// rule 25.
func CheckRepository(ctx context.Context, fsys fs.FS, opts RepositoryOptions) []Violation {
	c := newChecker(opts.Waive, false)
	t, err := artifact.ReadRepository(ctx, fsys)
	if err != nil {
		c.report(RuleBundleDefinition, ".", "the repository cannot be read: %v", err)
		return c.result()
	}
	c.checkRootFile(t)
	c.checkSizes(t, artifact.DefinitionFile)
	def := c.checkDefinition(t, opts.Name, opts.Tag)
	name := opts.Name
	if name == "" {
		name = def.Name
	}
	keys, calls := c.checkImageNames("werf.yaml", opts.Images), templates.Find(t)
	found, _ := rendered(ctx, opts.Render, t, calls, name, keys) // fails at the end of ctx only
	calls = withRendered(calls, found.Keys, name)
	if name != "" {
		c.checkName(artifact.DefinitionFile, name, calls.Use(name))
	}
	c.checkTag(opts.Tag, opts.Tag, opts.Dev, opts.Channels)
	c.checkChangelog(t, false)
	c.checkTemplates(t, calls)
	c.checkRendered(t, found)
	if len(opts.Images) > 0 {
		c.checkImageCalls(t, calls, name, keys)
	}
	c.checkReleaseLacks(opts.ReleaseLacks)
	c.checkEntries(t)
	c.checkContents(t, name)
	c.checkExtraFile(t)
	return c.result()
}
