// Package render renders a module's chart with several sets of values and reads
// the objects that come out. It is what the commands render and lint and the
// pipeline have in common.
package render

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/kube"
	"github.com/modship/modship/internal/manifest"
	"github.com/modship/modship/pkg/module"
)

// DefaultKubernetes is the version of the cluster that charts are rendered for
// unless another is given: one that every supported Deckhouse release installs.
const DefaultKubernetes = "1.33"

// Input is a chart, and what it is rendered with.
type Input struct {
	Engine     chart.Engine
	Name       string // module name
	Files      map[string][]byte
	Sets       []chart.Values
	Digests    map[string]string // of the images by key; nil: made up
	Keys       []string          // of the images, where there are no digests yet
	Kubernetes string            // such as 1.31; empty: DefaultKubernetes
	APIs       []string          // API versions that the cluster has besides the usual ones
	Modules    []string          // modules enabled besides those of the values
}

// Set is what the chart rendered to with one set of values.
type Set struct {
	Values     string
	Kubernetes string
	Objects    []*manifest.Object // in the order in which Helm installs them
	Faults     []manifest.Fault   // rendered text that is not an object
	Failures   []chart.Failure    // templates that could not be rendered
	Images     map[string]string  // image keys by digest; those of other modules as module/key
	rendering  *chart.Rendering
}

// Run renders the chart with each set of values. The sets are in the order of
// the input.
func Run(ctx context.Context, in Input) ([]*Set, error) { return RunAll(ctx, in) }

// RunAll renders the chart of the first input for all inputs at once.
func RunAll(ctx context.Context, inputs ...Input) ([]*Set, error) {
	var opts []chart.RenderOptions
	var versions []string
	for _, in := range inputs {
		version := cmp.Or(in.Kubernetes, DefaultKubernetes)
		apis := slices.Concat(kube.APIs(version), chart.UsualAPIs(), in.APIs)
		for _, values := range in.Sets {
			versions = append(versions, version)
			opts = append(opts, chart.RenderOptions{
				Name: in.Name, Values: values, Digests: in.Digests, Keys: in.Keys, Modules: in.Modules,
				Kubernetes: fullVersion(version), APIVersions: apis,
			})
		}
	}
	renderings, err := inputs[0].Engine.Render(ctx, inputs[0].Files, opts)
	if err != nil {
		return nil, err
	}
	sets := make([]*Set, len(renderings))
	for i, rendering := range renderings {
		sets[i] = read(rendering, versions[i])
	}
	return sets, nil
}

// fullVersion adds the patch that templates expect of a version.
func fullVersion(version string) string {
	if strings.Count(version, ".") == 1 {
		return version + ".0"
	}
	return version
}

func read(r *chart.Rendering, version string) *Set {
	set := &Set{Values: r.Values, Kubernetes: version, Failures: r.Failures, Images: r.Images, rendering: r}
	set.Objects, set.Faults = manifest.Parse(r.Texts)
	manifest.Sort(set.Objects, chart.InstallOrder())
	return set
}

// Place returns the line of the module's templates that rendered a line of a
// file.
func (s *Set) Place(file string, line int) chart.Place { return s.rendering.Place(file, line) }

// Image returns the key of the module's image that a reference names, or "".
func (s *Set) Image(reference string) string { return s.Images[manifest.Digest(reference)] }

// Dir is where a module keeps sets of values of its own.
const Dir = ".modship/values"

// Bases are the sets of values that every module has.
func Bases() []string {
	return []string{string(chart.Defaults), string(chart.Minimal), string(chart.Everything)}
}

// Sets returns the sets of values of a module: the bases, and the files in Dir,
// which go over the defaults.
func Sets(fsys fs.FS) ([]chart.Values, error) {
	var sets []chart.Values
	for _, base := range Bases() {
		sets = append(sets, chart.Values{Name: base, Base: chart.Base(base)})
	}
	files, err := fs.Glob(fsys, Dir+"/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		set, err := readValues(fsys, file)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func readValues(fsys fs.FS, file string) (chart.Values, error) {
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return chart.Values{}, err
	}
	values, err := ParseValues(file, data)
	return chart.Values{Name: strings.TrimSuffix(path.Base(file), ".yaml"), Base: chart.Defaults, Set: values}, err
}

// ParseValues reads a file of values.
func ParseValues(file string, data []byte) (map[string]any, error) {
	values := map[string]any{}
	if err := yaml.Unmarshal(data, &values); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return values, nil
}

// UnknownSetError is a set of values that a module does not have.
type UnknownSetError struct {
	Name  string
	Known []string
}

// Error names the sets that there are.
func (e *UnknownSetError) Error() string {
	return fmt.Sprintf("there are no values %q: expected one of %s, or a file %s/%s.yaml", e.Name, strings.Join(e.Known, ", "), Dir, e.Name)
}

// Keys returns the keys of the images that a module is likely to have: those of
// the directories in images/. Only werf.yaml knows better.
func Keys(fsys fs.FS) []string {
	entries, _ := fs.ReadDir(fsys, "images")
	var keys []string
	for _, entry := range entries {
		if entry.IsDir() {
			keys = append(keys, module.DigestKey(entry.Name()))
		}
	}
	return keys
}

// Choose returns the sets with the given names, in that order.
func Choose(sets []chart.Values, names []string) ([]chart.Values, error) {
	var known []string
	for _, set := range sets {
		known = append(known, set.Name)
	}
	var chosen []chart.Values
	for _, name := range names {
		i := slices.Index(known, name)
		if i < 0 {
			return nil, &UnknownSetError{Name: name, Known: known}
		}
		chosen = append(chosen, sets[i])
	}
	return chosen, nil
}
