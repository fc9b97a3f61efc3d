package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/werfsrc"
)

// Match is a comparison of this checkout with a repository that CI builds into.
type Match struct {
	Images []ImageMatch `json:"images"` // by name
	// Checkout lists what this checkout has and CI does not: reasons for images
	// to differ, whether they do or not.
	Checkout []Difference `json:"checkout"`
}

// ImageMatch is one image.
type ImageMatch struct {
	Image   string `json:"image"`
	Matches bool   `json:"matches"`
	Tag     string `json:"tag"`    // content tag of CI's image; empty if it has none for this content
	Digest  string `json:"digest"` // of CI's image
	// Stage is the first that differs; Since, Causes and Needs are those of an
	// [Explanation].
	Stage  string   `json:"stage"`
	Since  string   `json:"since"`
	Causes []Cause  `json:"causes"`
	Needs  []string `json:"needs"`
}

// Difference is something about the checkout.
type Difference struct {
	Kind string `json:"kind"` // uncommitted, variable, file, history, platform
	What string `json:"what"`
}

// Equal reports whether all images are CI's.
func (m *Match) Equal() bool {
	return !slices.ContainsFunc(m.Images, func(i ImageMatch) bool { return !i.Matches })
}

// MatchImages compares what a build would give with what the repository has. It
// builds and writes nothing.
func MatchImages(ctx context.Context, opts Options) (*Match, error) {
	j := newJob(opts)
	j.dry = true
	return j.match(ctx)
}

func (j *job) match(ctx context.Context) (match *Match, err error) {
	_, err = j.run(ctx, func(j *job, ctx context.Context, result *Result) error {
		source, ctx, err := j.open(ctx, result)
		if err != nil {
			return err
		}
		defer source.close()
		return step(ctx, "compare with the repository", func(ctx context.Context) error {
			match, err = source.match(ctx)
			return err
		})
	})
	return match, err
}

func (s *source) match(ctx context.Context) (*Match, error) {
	e, err := s.newExplainer(ctx, s.opts.Images, "")
	if err != nil {
		return nil, err
	}
	e.names = nil // also the images that those need are compared
	explained, err := e.compare(ctx)
	if err != nil {
		return nil, err
	}
	m := &Match{Images: []ImageMatch{}}
	for _, planned := range e.plan.Images {
		one := ImageMatch{Image: planned.Name, Matches: planned.Action == build.Reuse, Tag: planned.Tag, Digest: planned.Digest, Causes: []Cause{}, Needs: []string{}}
		if i := slices.IndexFunc(explained, func(x Explanation) bool { return x.Image == planned.Name }); i >= 0 && !one.Matches {
			x := explained[i]
			one.Stage, one.Since, one.Causes, one.Needs = x.Stage, x.Since, x.Causes, x.Needs
			if slices.ContainsFunc(x.Causes, func(c Cause) bool { return c.Kind == "environment" }) {
				one.Causes = append(s.toolCauses(ctx, e.plan.Stages[x.Image][x.Since]), one.Causes...)
			}
		}
		m.Images = append(m.Images, one)
	}
	m.Checkout, err = s.differences(ctx)
	return m, err
}

// toolCauses is that another werf built CI's image, of that tag: it may count
// other things.
func (s *source) toolCauses(ctx context.Context, tag string) []Cause {
	if tag == "" {
		return nil
	}
	read, found, err := s.registry.ReadImage(ctx, s.repository.String()+":"+tag)
	if err != nil || !found {
		return nil
	}
	version, other := build.OtherWerf(read.Config)
	if !other {
		return nil
	}
	return []Cause{{Kind: "werf", What: "werf " + version + " built CI's image", How: "changed"}}
}

// differences lists what CI does not have: it builds a commit, with the variables
// of modship.yaml and its own, from a full clone.
func (s *source) differences(ctx context.Context) ([]Difference, error) {
	list := []Difference{}
	add := func(kind, format string, args ...any) {
		list = append(list, Difference{kind, fmt.Sprintf(format, args...)})
	}
	if s.opts.Flags.RelaxedGiterminism() {
		changed, err := s.Git.Changed(ctx)
		if err != nil {
			return nil, err
		}
		for _, file := range changed {
			add("uncommitted", "%s differs from the commit", file)
		}
	}
	s.variableDifferences(add)
	for _, file := range s.opts.Settings.File.Files {
		if file.SHA256 == "" {
			add("file", "%s has no checksum in modship.yaml: CI may have fetched another version", file.Path)
		}
	}
	shallow, err := s.config.IsShallow(ctx)
	if err != nil {
		return nil, err
	}
	if shallow {
		add("history", "this clone is shallow: stages from earlier commits are not found")
	}
	for _, platform := range *s.opts.Flags.Data().Platform {
		if platform != "linux/amd64" {
			add("platform", "images are built for %s", platform)
		}
	}
	return list, nil
}

// variableDifferences adds the variables that the templates read and whose values
// only this environment has.
func (s *source) variableDifferences(add func(kind, format string, args ...any)) {
	inFile := map[string]bool{}
	for _, v := range s.opts.Settings.Variables {
		inFile[v.Name] = true
		if v.FromProcess {
			add("variable", "%s is set in the environment, which wins over modship.yaml", v.Name)
		}
	}
	own, err := s.opts.Settings.Exports()
	if err != nil {
		return // the run would have ended before
	}
	for _, name := range (werfsrc.Project{FS: os.DirFS(filepath.Clean(s.opts.Settings.Dir.Value))}).Variables() {
		_, isOwn := own[name]
		if _, set := os.LookupEnv(name); set && !isOwn && !inFile[name] {
			add("variable", "%s is set in the environment and not in modship.yaml", name)
		}
	}
}
