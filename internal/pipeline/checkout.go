package pipeline

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/pkg/graph"
)

// checkCheckout refuses a checkout from which werf cannot read the module:
// because git refuses it, or because it leaves files out. It returns variables
// of the environment with which werf checks out whole commits elsewhere.
func (j *job) checkCheckout(ctx context.Context) (map[string]string, error) {
	if err := j.Git.Check(ctx); err != nil {
		return nil, err
	}
	leftOut, err := j.Git.LeftOut(ctx)
	if err != nil || len(leftOut) == 0 {
		return nil, err
	}
	needed := slices.DeleteFunc(slices.Clone(leftOut), func(file string) bool { return !isRead(file) })
	if len(needed) > 0 {
		return nil, exit.With(exit.Failed, fmt.Errorf("the sparse checkout leaves out what werf reads from the work tree: %s", someOf(needed)),
			"Check it out: git sparse-checkout add "+strings.Join(placesOf(needed), " ")+", or everything: git sparse-checkout disable.")
	}
	return git.WholeCheckouts(os.Getenv), nil
}

// placesOf returns the directories of files, and files of the top themselves.
func placesOf(files []string) []string {
	var places []string
	for _, file := range files {
		place := path.Dir(file)
		if place == "." {
			place = file
		}
		places = append(places, place)
	}
	slices.Sort(places)
	return slices.Compact(places)
}

// isRead reports whether werf reads a file of the work tree for the
// configuration: YAML, templates, and Dockerfiles with what belongs to them.
// Other files, it takes from the commit.
func isRead(file string) bool {
	name := path.Base(file)
	return slices.Contains([]string{".yaml", ".yml", ".tmpl", ".tpl", ".gotmpl"}, path.Ext(name)) && !isChart(file) ||
		strings.HasPrefix(file, ".werf/") || strings.Contains(name, "Dockerfile") || strings.HasSuffix(name, ".dockerignore")
}

// isChart reports whether a file belongs to the directories of a module that
// clusters read and werf.yaml does not.
func isChart(file string) bool {
	top, _, _ := strings.Cut(file, "/")
	return slices.Contains([]string{"templates", "openapi", "crds", "docs", "monitoring", "charts"}, top)
}

// checkPointers refuses to build images with files of which this machine has
// only the pointers to Git LFS. They would be published in place of the files,
// under content tags that later builds reuse.
func (s *source) checkPointers(ctx context.Context, opts build.Options) error {
	pointers, why, err := s.Git.Pointers(ctx)
	if err != nil || len(pointers) == 0 {
		return err
	}
	selected := s.selected(opts)
	for _, impact := range graph.Affected(selected, selected, pointers, graph.AffectedOptions{}) {
		if !impact.Direct {
			continue
		}
		return exit.With(exit.Failed, fmt.Errorf("image %s has files that are kept in Git LFS, and only their pointers are here (%s): %s", impact.Name, why, someOf(impact.Causes)),
			"Install git-lfs and run: git lfs install && git lfs pull (GitHub: lfs: true in actions/checkout; GitLab: GIT_LFS_SKIP_SMUDGE must not be set). A file that .gitattributes does not name: git lfs track it, or commit the file itself.")
	}
	return nil
}

// selected is the part of the graph that a build with the options needs.
func (s *source) selected(opts build.Options) *graph.Graph {
	var ids []string
	for _, n := range s.config.Graph.Nodes() {
		if n.Kind == graph.Image && (slices.Contains(opts.Images, n.Name) || len(opts.Images) == 0 && (n.Final || !opts.FinalOnly)) {
			ids = append(ids, n.ID)
		}
	}
	return s.config.Graph.Closure(ids...)
}

// maxNamed is how many files a message names.
const maxNamed = 3

// someOf names the first files of a list, and says how many more there are.
func someOf(files []string) string {
	text := strings.Join(files[:min(maxNamed, len(files))], ", ")
	if more := len(files) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
