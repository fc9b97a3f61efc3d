package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/lint"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
)

// ChartOptions are what the chart is checked with.
type ChartOptions struct {
	Module string
	Keys   []string // of the images
	// Digests are those of the images by key. Without them only what can be seen
	// before the build is checked; with them, only what depends on them.
	Digests map[string]string
}

// Chart implements [Checks].
func (c realChecks) Chart(ctx context.Context, files fs.FS, opts ChartOptions) ([]lint.Finding, error) {
	read, err := chart.ReadFiles(files)
	if err != nil {
		return nil, err
	}
	m := lint.Module{Engine: c.charts, Name: opts.Module, FS: files, Files: read, Digests: opts.Digests, Keys: opts.Keys}
	if opts.Digests != nil {
		return lint.RunChart(ctx, m)
	}
	return lint.Run(ctx, m)
}

// checkChart checks what a cluster would install, before the build.
func (s *source) checkChart(ctx context.Context) ([]lint.Finding, error) {
	return s.chart(ctx, nil)
}

// checkChart checks the same with the digests of the images. A dry run does so
// if it knows them all.
func (i *images) checkChart(ctx context.Context) ([]lint.Finding, error) {
	if len(i.digests) == 0 {
		return nil, nil
	}
	return i.chart(ctx, i.digests)
}

func (s *source) chart(ctx context.Context, digests map[string]string) ([]lint.Finding, error) {
	opts := ChartOptions{Module: s.repository.Name, Digests: digests}
	for _, name := range s.digestImages() {
		opts.Keys = append(opts.Keys, module.DigestKey(name))
	}
	files, err := s.chartFiles(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.Checks.Chart(ctx, files, opts)
	lint.Waive(found, s.opts.Waivers)
	return found, err
}

// builtDigests are the digests of the images that go into images_digests.json.
func (s *source) builtDigests(digest func(name string) string) map[string]string {
	digests := map[string]string{}
	for _, name := range s.digestImages() {
		if digest(name) == "" {
			return nil
		}
		digests[module.DigestKey(name)] = digest(name)
	}
	return digests
}

func digestsOf(result *build.Result) func(string) string {
	return func(name string) string {
		img, _ := result.Image(name)
		return img.Digest
	}
}

// inspect runs a check of the chart as a step, as judge does.
func (j *job) inspect(ctx context.Context, result *Result, name string, check func(context.Context) ([]lint.Finding, error)) error {
	return step(ctx, name, func(ctx context.Context) error {
		found, err := check(ctx)
		if err != nil {
			return err
		}
		result.addFindings(found)
		if j.dry {
			return nil
		}
		return FindingsError(found)
	})
}

// addFindings adds findings to the result. With the digests, most of those are
// found again that were there before the build. A template that renders to
// invalid YAML is reported by rule 48 of the contract, once.
func (r *Result) addFindings(found []lint.Finding) {
	for _, f := range found {
		if f.Check == lint.InvalidYAML && slices.ContainsFunc(r.Violations, func(v contract.Violation) bool {
			return v.Rule == contract.RuleTemplateYAML && v.Artifact == f.File
		}) {
			continue
		}
		if !slices.ContainsFunc(r.Findings, func(known lint.Finding) bool {
			return known.Check == f.Check && known.File == f.File && known.Message == f.Message
		}) {
			r.Findings = append(r.Findings, f)
		}
	}
}

// FindingsError is the error for findings that stop an installation, or nil.
func FindingsError(found []lint.Finding) error {
	if !lint.Failed(found) {
		return nil
	}
	n, first := 0, lint.Finding{}
	for _, f := range found {
		if f.Severity == lint.Error && !f.Waived {
			if n++; n == 1 {
				first = f
			}
		}
	}
	text := fmt.Sprintf("a cluster could not install the module: %s", first)
	if n > 1 {
		text += fmt.Sprintf(", and %d more", n-1)
	}
	return exit.With(exit.Violated, errors.New(text), "`modship lint` explains what was found; --waive "+first.Check+" goes on in spite of it.")
}
