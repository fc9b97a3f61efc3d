package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/module"
)

// AsCI makes opts those of a run that gives CI's images and no others. It
// compares the checkout with the repository that CI publishes to below the given
// module source, "" for the one of opts, and refuses if anything differs. What
// the run takes from there has to have the same digests.
func AsCI(ctx context.Context, opts Options, ci string) (Options, error) {
	looked := opts
	of := *opts.Settings
	if ci != "" {
		of.Source = settings.Value{Value: ci, From: "--against"}
	}
	looked.Settings = &of
	match, err := MatchImages(ctx, looked)
	if err != nil {
		return opts, err
	}
	theirs, err := of.Repository()
	if err != nil {
		return opts, err
	}
	return match.take(opts, theirs)
}

// take makes opts those of a run that takes the images from CI's repository.
func (m *Match) take(opts Options, theirs module.Repository) (Options, error) {
	if err := m.refusal(theirs); err != nil {
		return opts, err
	}
	own, err := opts.Settings.Repository()
	if err != nil {
		return opts, err
	}
	opts.digests = m.digests()
	if own == theirs {
		return opts, nil
	}
	return opts, opts.Flags.Set("secondary-repo", theirs.String())
}

// refusal is an error if images of this checkout are not those in CI's
// repository. What the checkout has of its own is told as a reason.
func (m *Match) refusal(ci module.Repository) error {
	if m.Equal() {
		return nil
	}
	var reasons []string
	for _, img := range m.Images {
		if !img.Matches {
			reasons = append(reasons, img.reason())
		}
	}
	for _, d := range m.Checkout {
		reasons = append(reasons, d.What)
	}
	return exit.With(exit.Violated,
		fmt.Errorf("--as-ci: this checkout does not give what CI built in %s: %s", ci, strings.Join(reasons, "; ")),
		fmt.Sprintf("`modship match --against %s` tells more. Undo the differences, or let CI build this commit first; without --as-ci they are built here.", ci.Source))
}

// reason says in a few words why the image is not CI's.
func (i ImageMatch) reason() string {
	switch {
	case len(i.Causes) > 0:
		return fmt.Sprintf("image %s: %s", i.Image, i.Causes[0])
	case len(i.Needs) > 0:
		return fmt.Sprintf("image %s: needs %s", i.Image, strings.Join(i.Needs, ", "))
	}
	return "image " + i.Image + " differs"
}

// digests are those of CI's images, by name.
func (m *Match) digests() map[string]string {
	digests := map[string]string{}
	for _, img := range m.Images {
		digests[img.Image] = img.Digest
	}
	return digests
}

// checkDigests refuses final images that are not CI's, though their content is:
// the repository had them from a build of its own. An image that others only
// import from may differ, because what werf gives it for a dependency is the name
// of the repository.
func (s *source) checkDigests(result *build.Result) error {
	var errs []error
	for _, img := range result.Images {
		if want := s.opts.digests[img.Name]; img.Final && want != "" && want != img.Digest {
			errs = append(errs, fmt.Errorf("image %s is %s in %s, and CI's is %s", img.Name, img.Digest, s.repository, want))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return exit.With(exit.Violated, errors.Join(errs...),
		"It was built there before, or werf.yaml makes it depend on the module source. Publish to a source that has no images of the module yet, or to CI's own.")
}
