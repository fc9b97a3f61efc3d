package chart

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	helm "github.com/werf/nelm/pkg/helm/pkg/chart"
	"github.com/werf/nelm/pkg/helm/pkg/chartutil"
	"github.com/werf/nelm/pkg/helm/pkg/engine"
)

// rendering is what rendering with one set of values came to.
type rendering struct {
	uses      map[Use]bool
	templates int
	texts     map[string]string  // what each file rendered to
	failed    map[string]Failure // by file
	noted     []lookup           // images of all modules
	err       error              // nothing is known
}

// maxFailures bounds how often the rest is rendered again. The modules that we
// know have no failures.
const maxFailures = 20

// render renders the chart with values of the shape s; variant tells apart
// values that are made up. Helm stops at the first template that fails: it is
// taken out, and the rest rendered again.
func (src *source) render(ctx context.Context, s shape, variant int) (r rendering) {
	r = rendering{uses: map[Use]bool{}, failed: map[string]Failure{}}
	defer func() {
		if p := recover(); p != nil { // of nelm's loader; its engine recovers itself
			r.err = fmt.Errorf("%v", p)
		}
	}()
	chart, err := src.load()
	if err != nil {
		r.err = err
		return r
	}
	r.templates = len(roots(chart))
	for ctx.Err() == nil {
		values, err := src.values(s, variant)
		if err != nil {
			r.err = err
			return r
		}
		rendered, err := src.renderOnce(chart, values, src.root(s), variant)
		r.noted = lookups(values)
		src.addUses(r.uses, r.noted, rendered)
		if err == nil {
			r.texts = rendered
			return r
		}
		place := src.failedPlace(chart, err)
		if place.File == "" {
			r.err = errors.New(src.explainLibHelm(reason(err)))
			return r
		}
		file := place.File
		unparsed := strings.HasPrefix(err.Error(), "parse error")
		r.failed[file] = Failure{File: file, Line: place.Line, Reason: src.explainLibHelm(reason(err)), Syntax: unparsed}
		if len(r.failed) == maxFailures {
			return r
		}
		takeOut(chart, file, !unparsed)
	}
	r.err = context.Cause(ctx)
	return r
}

func (src *source) renderOnce(chart *helm.Chart, values, root map[string]any, variant int) (map[string]string, error) {
	addChildValues(chart, values)
	version, err := chartutil.ParseKubeVersion(src.kubernetes(variant))
	if err != nil {
		return nil, err
	}
	capabilities := *chartutil.DefaultCapabilities
	capabilities.KubeVersion = *version
	capabilities.APIVersions = slices.Concat(capabilities.APIVersions, extraAPIs)
	if src.world.apis != nil {
		capabilities.APIVersions = src.world.apis
	}
	opts := loadOptions
	opts.ChartLoadOpts.DefaultRootContext = root
	return engine.Engine{}.Render(chart, chartutil.Values{
		"Values": chartutil.Values(values),
		"Release": map[string]any{
			"Name": chart.Name(), "Namespace": "d8-" + chart.Name(), "Service": "Helm",
			"Revision": 1, "IsInstall": true, "IsUpgrade": false,
		},
		"Capabilities": &capabilities,
		"Runtime":      map[string]any{},
	}, opts)
}

// addChildValues gives the charts in charts/ their own values and the global
// ones, as Helm does.
func addChildValues(chart *helm.Chart, values map[string]any) {
	for _, child := range chart.Dependencies() {
		own := map[string]any{}
		merge(own, child.Values)
		merge(own, asMap(values[child.Name()]))
		own["global"] = values["global"]
		values[child.Name()] = own
		addChildValues(child, own)
	}
}

var errorPlace = regexp.MustCompile(`([^\s()"]+?):(\d+)`)

// failedPlace finds in Helm's error the template that it was rendering: the
// outermost of those it names.
func (src *source) failedPlace(chart *helm.Chart, err error) Place {
	names := roots(chart)
	for _, place := range errorPlace.FindAllStringSubmatch(err.Error(), -1) {
		if file := src.local(place[1]); slices.Contains(names, file) {
			line, _ := strconv.Atoi(place[2])
			return Place{File: file, Line: line}
		}
	}
	return Place{}
}

var errorWay = regexp.MustCompile(`^(?:.*>: (?:error calling \w+: )?|(?:execution|parse) error at \([^)]*\): )`)

// reason is Helm's error without the way to the place and without the advice
// that follows it.
func reason(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return errorWay.ReplaceAllString(text, "")
}
