package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/werfcfg"
)

// source is a site whose module repository is read.
type source struct {
	*site
	config *werfcfg.Config
}

// open prepares the work and reads the repository, as two steps. The source
// has to be closed.
func (j *job) open(ctx context.Context, result *Result) (*source, context.Context, error) {
	s, ofWerf := &source{}, ctx
	err := step(ctx, "prepare", func(ctx context.Context) (err error) {
		s.site, ofWerf, err = j.prepare(ctx)
		return err
	})
	if err != nil {
		return nil, ctx, err
	}
	ctx = ofWerf
	err = step(ctx, "read the repository", func(ctx context.Context) (err error) {
		s.config, err = s.werf.Read(ctx, werfcfg.ReadOptions{Targets: j.targets(), RunDir: s.dir.Path})
		return err
	})
	if err != nil {
		s.close()
		return nil, ctx, err
	}
	result.Config = s.config
	if !j.readOnly {
		err = step(ctx, "find the logins for base images", s.writeBaseLogins)
	}
	if err != nil {
		s.close()
		return nil, ctx, err
	}
	return s, ctx, nil
}

// checkSettings refuses what no amount of work could make publishable.
func (j *job) checkSettings(ctx context.Context) error {
	if err := contract.CheckWaivers(j.opts.Waive); err != nil {
		return exit.With(exit.Usage, err, "")
	}
	tag, channels := j.opts.Settings.Tag, j.opts.Settings.Channels
	isVersion := module.IsVersion(tag.Value)
	if len(channels) > 0 && !isVersion {
		return exit.With(exit.Violated,
			fmt.Errorf("tag %s (from %s) cannot go on release channel %s: only versions vX.Y.Z can", tag.Value, tag.From, channels[0]),
			"Publish a version: put a git tag vX.Y.Z on the commit, or give --tag vX.Y.Z.")
	}
	if isVersion && j.opts.Flags.RelaxedGiterminism() {
		return exit.With(exit.Violated,
			fmt.Errorf("version %s cannot be published with --dev or --loose-giterminism: clusters take it the moment it is in the registry", tag.Value),
			"Commit your work and publish without them, or use a dev tag: --tag dev.")
	}
	if !isVersion {
		return nil
	}
	changed, err := j.Git.Changed(ctx)
	if len(changed) > 0 {
		j.opts.Reporter.Message("note: the commit is published, without the changes in %s", strings.Join(changed, ", "))
	}
	return err
}

// files returns the files that will be built: those of the commit, unless
// giterminism is relaxed. The work tree may differ although git calls it clean,
// by execute bits or a sparse checkout. Submodules are read from the work tree.
func (s *source) files(ctx context.Context) (fs.FS, error) {
	return s.filesOf(ctx, contract.ReadsPath)
}

// chartFiles returns the files that the checks of the chart read, as files does.
func (s *source) chartFiles(ctx context.Context) (fs.FS, error) {
	committed, err := s.filesOf(ctx, ofChart)
	if err != nil {
		return nil, err
	}
	return overlay{upper: committed, lower: os.DirFS(s.opts.Settings.Dir.Value), choose: ofChart}, nil
}

// filesOf returns the files of the commit that keep chooses by path.
func (s *source) filesOf(ctx context.Context, keep func(path string) bool) (fs.FS, error) {
	checkout := os.DirFS(s.opts.Settings.Dir.Value)
	if s.opts.Flags.RelaxedGiterminism() {
		return checkout, nil
	}
	commit, err := s.Git.Resolve(ctx, "HEAD")
	if err != nil {
		return nil, err
	}
	tree, err := s.Git.Tree(ctx, commit, keep)
	if errors.Is(err, git.ErrSubmodule) {
		return checkout, nil
	}
	return tree, err
}

// checkRepository checks the contract rules that need no build.
func (s *source) checkRepository(ctx context.Context) ([]contract.Violation, error) {
	for _, name := range []string{werfcfg.BundleImage, werfcfg.ReleaseImage} {
		if !s.hasImage(name) {
			return nil, exit.With(exit.Failed, fmt.Errorf("werf.yaml defines no image %s", name),
				"A module is published as the images bundle and release-channel-version: define them in werf.yaml (`modship graph --all` lists what is there).")
		}
	}
	files, err := s.files(ctx)
	if err != nil {
		return nil, err
	}
	return s.Checks.Repository(ctx, files, contract.RepositoryOptions{
		Name:         s.repository.Name,
		Tag:          s.opts.Settings.Tag.Value,
		Dev:          s.opts.Flags.RelaxedGiterminism(),
		Channels:     s.opts.Settings.Channels,
		Images:       s.digestImages(),
		ReleaseLacks: s.config.Lacks(werfcfg.ReleaseImage, "version.json", "module.yaml"),
		Waive:        s.opts.Waive,
	}), nil
}

// findProblems looks for what can be seen to be wrong before anything is built.
func (s *source) findProblems(ctx context.Context) ([]graph.Problem, error) {
	var digestKeys []string
	for _, name := range s.digestImages() {
		digestKeys = append(digestKeys, module.DigestKey(name))
	}
	files, err := s.files(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := s.Checks.ImageKeys(ctx, files, s.repository.Name, digestKeys)
	if err != nil {
		return nil, err
	}
	var used []graph.KeyUse
	if len(digestKeys) > 0 { // else no digests are recorded at all
		for _, k := range keys {
			used = append(used, graph.KeyUse{Key: k.Key, File: k.File})
		}
	}
	return s.config.FindProblems(graph.ProblemsOptions{UsedKeys: used}), nil
}

func (s *source) digestImages() []string { return DigestImages(s.config.Graph) }

// DigestImages returns the images whose digests go into images_digests.json.
func DigestImages(g *graph.Graph) []string {
	var names []string
	for _, n := range g.Nodes() {
		if n.Kind == graph.Image && n.DigestKey != "" {
			names = append(names, n.Name)
		}
	}
	return names
}

func (s *source) hasImage(name string) bool {
	_, ok := s.config.Graph.Node(graph.ID(graph.Image, name))
	return ok
}

// imageNames are the images of werf.yaml.
func (s *source) imageNames() []string {
	var names []string
	for _, n := range s.config.Graph.Nodes() {
		if n.Kind == graph.Image {
			names = append(names, n.Name)
		}
	}
	return names
}

// checkNames refuses image names that werf.yaml does not have.
func (s *source) checkNames(names []string) error {
	for _, name := range names {
		if s.hasImage(name) {
			continue
		}
		known := s.imageNames()
		hint := "`modship graph --all` lists the images."
		if near, ok := graph.Near(name, known); ok {
			hint = fmt.Sprintf("Did you mean %s?", near)
		}
		return exit.With(exit.Usage, fmt.Errorf("werf.yaml defines no image %q", name), hint)
	}
	return nil
}

// noteSurprises tells what would come as a surprise in a build with the options.
func (s *source) noteSurprises(ctx context.Context, opts build.Options) error {
	near, err := s.config.NearMisses(opts.Images, opts.FinalOnly)
	if err != nil {
		return err
	}
	for _, p := range near {
		s.note("%s", p.Message)
	}
	shallow, err := s.config.IsShallow(ctx)
	switch {
	case err != nil || !shallow:
		return err
	case s.dry:
		s.note("this clone is shallow: a build first fetches the whole history from origin, and may find stages to reuse that are not seen here (fetch-depth: 0 in the checkout, or git fetch --unshallow)")
	default:
		s.note("this clone is shallow: werf fetches the whole history from origin (fetch-depth: 0 in the checkout saves that)")
	}
	return nil
}
