package chart

import (
	"context"
	"fmt"
	"slices"
	"sync"

	helm "github.com/werf/nelm/pkg/helm/pkg/chart"
	"github.com/werf/nelm/pkg/helm/pkg/releaseutil"
	"github.com/werf/nelm/pkg/helm/pkg/strvals"

	"github.com/modship/modship/pkg/module"
)

// Values are the values that a chart is rendered with.
type Values struct {
	Name string         // such as everything, or the name of a file
	Base Base           // what is made up
	Set  map[string]any // what is given, over that
}

// Base says which values are made up.
type Base string

// The bases. Defaults is what a cluster has whose users set only what they
// must, Minimal leaves out what hooks need not have set either, and Everything
// sets all that the schemas know, in a highly available cluster with the usual
// modules.
const (
	Defaults   Base = "defaults"
	Minimal    Base = "minimal"
	Everything Base = "everything"
)

func (b Base) shape() (shape, error) {
	switch b {
	case Defaults, "":
		return shape{}, nil
	case Minimal:
		return shape{minimal: true}, nil
	case Everything:
		return shape{full: true}, nil
	}
	return shape{}, fmt.Errorf("unknown values %q: expected %s, %s or %s", string(b), Defaults, Minimal, Everything)
}

// RenderOptions are what a chart is rendered with besides its files.
type RenderOptions struct {
	Name    string // module name
	Values  Values
	Digests map[string]string // of the images by their keys; nil: made up for each key a template looks up
	Keys    []string          // image keys that exist before the build, for templates that read digests themselves
	// Kubernetes is the version of the cluster, such as 1.31; empty: a recent one.
	Kubernetes string
	// APIVersions are all that the cluster has, such as apps/v1 and
	// apps/v1/Deployment; empty: those that Helm knows.
	APIVersions []string
	Modules     []string // enabled besides those of the base
}

// Rendering is a chart that was rendered.
type Rendering struct {
	Values   string                    // the name of the values
	Texts    map[string]string         // by path below the module's root
	Failures []Failure                 // the templates that could not be rendered
	Images   map[string]string         // image keys by digest, as sha256:…
	find     func() map[string][]Place // renders once more, to fill places
	src      *source
	shape    shape
	noted    []lookup
	once     sync.Once
	places   map[string][]Place
}

// Render renders the chart with the given files, by their paths below the
// module's root. A template that does not render is a failure in the result.
func Render(ctx context.Context, files map[string][]byte, opts RenderOptions) (*Rendering, error) {
	s, err := opts.Values.Base.shape()
	if err != nil {
		return nil, err
	}
	src := newSource(files, Options{Name: opts.Name, Keys: opts.Keys})
	src.real, src.set = opts.Digests, opts.Values.Set
	src.world = world{kubernetes: opts.Kubernetes, apis: opts.APIVersions, modules: opts.Modules}
	limited, cancel := context.WithTimeoutCause(ctx, maxTime, errTooSlow)
	defer cancel()
	done := make(chan rendering, 1)
	go func() { done <- src.render(limited, s, 0) }()
	var made rendering
	select {
	case made = <-done:
	case <-limited.Done():
		made.err = context.Cause(limited)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &Rendering{Values: opts.Values.Name, Texts: map[string]string{}, Failures: sortedFailures(made.failed), Images: src.imageKeys(made.uses, made.noted), src: src, shape: s, noted: made.noted}
	if made.err != nil {
		r.Failures = append(r.Failures, Failure{Reason: made.err.Error()})
	}
	for file, text := range made.texts {
		if file = src.local(file); file != recorderFile {
			r.Texts[file] = text
		}
	}
	return r, nil
}

// imageKeys are the keys of the module's images, and those of other modules' as
// module/key, by the digests that templates get for them.
func (src *source) imageKeys(uses map[Use]bool, noted []lookup) map[string]string {
	keys := map[string]string{}
	for _, l := range noted {
		if module.TemplateKey(l.module) != src.key {
			keys["sha256:"+madeUpDigest(l.module, l.key)] = l.module + "/" + l.key
		}
	}
	for key, digest := range src.real {
		keys[digest] = key
	}
	for use := range uses {
		if src.real == nil {
			keys["sha256:"+madeUpDigest(src.name, use.Key)] = use.Key
		}
	}
	return keys
}

// Place returns the line of the module's templates that rendered a line of a
// file, counted from 1. The first call renders the chart once more.
func (r *Rendering) Place(file string, line int) Place {
	r.once.Do(func() {
		if r.find != nil {
			r.places = r.find()
			return
		}
		r.locate()
	})
	places := r.places[file]
	if line < 1 || line > len(places) || places[line-1].File == "" {
		return Place{File: file}
	}
	return places[line-1]
}

// locate renders the chart with marks.
func (r *Rendering) locate() {
	r.places = map[string][]Place{}
	defer func() { _ = recover() }() // of nelm's loader, which did not panic before
	chart, err := r.src.load()
	if err != nil {
		return
	}
	for _, failure := range r.Failures {
		takeOut(chart, failure.File, !failure.Syntax)
	}
	m := &marker{}
	chart.Templates = slices.DeleteFunc(chart.Templates, func(t *helm.File) bool { return t == nil })
	for _, t := range chart.Templates {
		if t.Name != recorderFile {
			t.Data = []byte(m.mark(t.Name, string(t.Data)))
		}
	}
	values, err := r.src.values(r.shape, 0)
	if err != nil {
		return
	}
	marked, err := r.src.renderOnce(chart, values, r.src.root(r.shape), 0)
	if err != nil {
		return
	}
	for file, text := range marked {
		file = r.src.local(file)
		r.places[file] = m.read(r.Texts[file], text)
	}
}

// InstallOrder returns the kinds in the order in which Helm installs them.
func InstallOrder() []string { return slices.Clone(releaseutil.InstallOrder) }

// SetValue sets a value as --set of Helm does, from text such as a.b=c,d=1.
func SetValue(values map[string]any, text string) error { return strvals.ParseInto(text, values) }
