package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/werfcfg"
)

// images are what the bundle and the release image of a module come to.
type images struct {
	*source
	// bundle and release are references by digest. In a dry run they are empty
	// if a build has still to decide them; the changes then say why an image
	// will have another digest than any that was built before, if that is known.
	bundle, release             string
	bundleChange, releaseChange string
	attested                    []string // digests of images that the build attests
	// digests are those of the module's images by key; empty if one is not known.
	digests map[string]string
}

// preflight asks the registry, before the expensive part, for the right to
// write and for what is there. What a dry run would be refused, planWrites
// tells.
func (s *source) preflight(ctx context.Context) error {
	if err := s.registry.Login(ctx, s.repository); err != nil || s.dry {
		return err
	}
	plan, err := s.registry.Plan(ctx, s.request())
	if err != nil {
		return err
	}
	if err := plan.Refusal(); err != nil || !isNew(plan, s.repository) {
		return err
	}
	return s.registry.CheckWritable(ctx, s.repository.BundleRepo(), s.repository.ReleaseRepo(), s.repository.Source)
}

// isNew reports whether the module is not registered in its source yet. Then
// its repositories may not exist.
func isNew(plan *publish.Plan, repository module.Repository) bool {
	return slices.ContainsFunc(plan.Writes, func(w publish.Write) bool {
		return w.Ref == repository.Registration() && w.Action == publish.Create
	})
}

// makeImages builds. A dry run looks up what a build would find and do.
func (s *source) makeImages(ctx context.Context, result *Result) (made *images, err error) {
	if s.dry {
		err = step(ctx, "plan the build", func(ctx context.Context) (err error) {
			if result.Planned, err = s.planBuild(ctx, s.opts.Images); err == nil {
				made = s.planned(result.Planned)
			}
			return err
		})
		return made, err
	}
	err = step(ctx, "build", func(ctx context.Context) (err error) {
		if result.Build, err = s.build(ctx); err == nil {
			made, err = s.built(result.Build)
		}
		return err
	})
	return made, err
}

// planBuild looks up what a build of the named images would do.
func (s *source) planBuild(ctx context.Context, names []string) (*build.Plan, error) {
	opts, err := s.buildOptions(ctx, names)
	if err != nil {
		return nil, err
	}
	if opts.Durations, err = s.durations(ctx); err != nil {
		return nil, err
	}
	return s.werf.Plan(ctx, s.config, opts)
}

// durations returns the known build times of images: of this machine, else those
// that others have left in the repository.
func (s *source) durations(ctx context.Context) (*build.Durations, error) {
	durations := build.LoadDurations(s.opts.Dirs.Durations(s.repository.Name))
	if s.opts.DurationsFrom != "" {
		if err := durations.Seed(s.opts.DurationsFrom); err != nil {
			return nil, exit.With(exit.Usage, err, "")
		}
	}
	durations.Fetch(ctx, s.registry, s.sharedDurations(), s.imageNames())
	return durations, nil
}

func (s *source) sharedDurations() string {
	return s.repository.BundleRepo() + ":" + module.DurationsTag
}

// build builds, and keeps what the next build can learn from it. The result is
// there after a failure, too.
func (s *source) build(ctx context.Context) (*build.Result, error) {
	opts, err := s.buildOptions(ctx, s.opts.Images)
	if err != nil {
		return nil, err
	}
	durations, err := s.durations(ctx)
	if err != nil {
		return nil, err
	}
	opts.Durations, opts.Shard = durations, s.opts.Shard
	built, err := s.werf.Build(ctx, s.config, opts)
	if err != nil {
		return built, err
	}
	err = errors.Join(durations.Learn(built.Images, s.hasImage), s.rememberVariables(),
		durations.Share(ctx, s.registry, s.sharedDurations(), built.Images))
	if err != nil {
		s.opts.Reporter.Message("warning: %v", err)
	}
	s.noteLeftOut(built.LeftOut)
	return built, errors.Join(s.checkDigests(built), writeReport(s.opts.Report, built.Report))
}

// noteLeftOut tells of images that were not built because nothing needs them.
func (s *source) noteLeftOut(n int) {
	switch {
	case n == 0 || len(s.opts.Images) > 0:
	case n == 1:
		s.opts.Reporter.Message("1 image of werf.yaml is not needed by a final image and was left out (--all builds it)")
	default:
		s.opts.Reporter.Message("%d images of werf.yaml are not needed by a final image and were left out (--all builds them)", n)
	}
}

// buildOptions are those of a build of the named images, which werf.yaml has to
// define, from a registry that has to answer.
func (s *source) buildOptions(ctx context.Context, names []string) (build.Options, error) {
	opts := build.Options{
		Images:    names,
		FinalOnly: !s.opts.All && *s.opts.Flags.Data().FinalImagesOnly,
		Workers:   s.opts.Workers,
		LogDir:    s.opts.Dirs.Logs(s.opts.Settings.Name.Value),
		Observer:  s.opts.Reporter,
		Registry:  s.registry,
		Memory:    build.LoadMemory(s.opts.Dirs.Reads(s.repository.Name)),
	}
	if err := s.checkNames(names); err != nil {
		return opts, err
	}
	if err := s.checkPointers(ctx, opts); err != nil {
		return opts, err
	}
	if err := s.noteSurprises(ctx, opts); err != nil {
		return opts, err
	}
	if err := s.registry.Reach(ctx, s.repository); err != nil {
		return opts, err
	}
	return opts, s.checkLocks(ctx)
}

// planned are the images of a build that is still to come.
func (s *source) planned(plan *build.Plan) *images {
	digest := func(name string) string {
		if img, ok := plan.Image(name); ok && img.Action == build.Reuse && img.Digest != "" {
			return s.repository.Image(img.Digest)
		}
		return ""
	}
	// An image holds the time when it was built: rebuilt, it has another digest.
	rebuilt := func(names ...string) string {
		for _, name := range names {
			if img, ok := plan.Image(name); ok && img.Action == build.Rebuild {
				return "image " + name + " is rebuilt"
			}
		}
		return ""
	}
	return &images{
		source: s, bundle: digest(werfcfg.BundleImage), release: digest(werfcfg.ReleaseImage),
		bundleChange:  rebuilt(append([]string{werfcfg.BundleImage}, s.digestImages()...)...),
		releaseChange: rebuilt(werfcfg.ReleaseImage),
		digests: s.builtDigests(func(name string) string {
			img, _ := plan.Image(name)
			if img.Action != build.Reuse {
				return ""
			}
			return img.Digest
		}),
	}
}

// built are the images of a build that is done.
func (s *source) built(result *build.Result) (*images, error) {
	made := &images{source: s, attested: attested(result), digests: s.builtDigests(digestsOf(result))}
	for name, ref := range map[string]*string{werfcfg.BundleImage: &made.bundle, werfcfg.ReleaseImage: &made.release} {
		img, ok := result.Image(name)
		if !ok {
			return nil, fmt.Errorf("image %s was not built: it is not final in werf.yaml", name)
		}
		*ref = img.Ref[:strings.LastIndexByte(img.Ref, ':')] + "@" + img.Digest
	}
	return made, nil
}

// vexSuffix ends the names of the images whose build attests another one: the
// one they depend on.
const vexSuffix = "-vex-artifact"

// attested are the digests of the built images that the build attests.
func attested(result *build.Result) []string {
	var digests []string
	for _, img := range result.Images {
		if subject, ok := strings.CutSuffix(img.Name, vexSuffix); ok {
			if of, ok := result.Image(subject); ok {
				digests = append(digests, of.Digest)
			}
		}
	}
	return digests
}

// check reads the bundle and the release image as a cluster will. Those that a
// build has still to decide are left out.
func (i *images) check(ctx context.Context) ([]contract.Violation, error) {
	if i.bundle == "" || i.release == "" {
		return nil, nil
	}
	return i.Checks.Images(ctx, i.registry, i.repository, contract.Images{
		Bundle: i.bundle, Release: i.release, Tag: i.opts.Settings.Tag.Value,
		Dev: i.opts.Flags.RelaxedGiterminism(), Channels: i.opts.Settings.Channels,
	}, i.contractOptions())
}

// ruleImmutable is the rule that a version does not get other content.
const ruleImmutable = 41

func (i *images) contractOptions() contract.Options {
	opts := contract.Options{Waive: slices.Clone(i.opts.Waive), Attested: i.attested}
	if i.opts.Force {
		opts.Waive = append(opts.Waive, ruleImmutable)
	}
	return opts
}
