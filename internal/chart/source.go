package chart

import (
	"iter"
	"path"
	"slices"
	"strings"

	helm "github.com/werf/nelm/pkg/helm/pkg/chart"
	"github.com/werf/nelm/pkg/helm/pkg/chart/loader"
	"github.com/werf/nelm/pkg/helm/pkg/werf/helmopts"

	"github.com/modship/modship/pkg/module"
)

// source is a module whose chart is rendered.
type source struct {
	name  string
	key   string // of the module in the digests
	files map[string][]byte
	known map[string]bool   // image keys
	real  map[string]string // digests by image key; nil: made up
	world world
	set   map[string]any // values over those that are made up
}

// world is the cluster that the chart is rendered for, where it is given.
type world struct {
	kubernetes string   // such as 1.31.4; empty: one per variant
	apis       []string // all that the cluster has; empty: those that Helm knows and extraAPIs
	modules    []string // enabled besides the usual ones
}

func newSource(files map[string][]byte, opts Options) *source {
	src := &source{name: opts.Name, key: module.TemplateKey(opts.Name), files: files, known: map[string]bool{}}
	for _, key := range opts.Keys {
		src.known[key] = true
	}
	return src
}

// loadOptions keep nelm from looking for secrets and for values files.
var loadOptions = helmopts.HelmOptions{ChartLoadOpts: helmopts.ChartLoadOptions{
	NoSecrets: true, DefaultSecretValuesDisable: true, DefaultValuesDisable: true,
	DefaultChartAPIVersion: helm.APIVersionV2, DefaultChartVersion: "0.2.0", // as addon-operator has it
}}

// load makes the chart that Helm would render, with the recorder on top. A
// requirements.yaml would make nelm's loader write to stderr.
func (src *source) load() (*helm.Chart, error) {
	opts := loadOptions
	opts.ChartLoadOpts.DefaultChartName = src.name
	var files []*loader.BufferedFile
	for name, data := range src.files {
		if isOfChart(name) {
			files = append(files, &loader.BufferedFile{Name: name, Data: data})
		}
	}
	slices.SortFunc(files, func(a, b *loader.BufferedFile) int { return strings.Compare(a.Name, b.Name) })
	chart, err := loader.LoadFiles(files, opts)
	if err != nil {
		return nil, err
	}
	chart.Metadata.Name = src.name
	chart.Templates = append(chart.Templates, &helm.File{Name: recorderFile, Data: []byte(src.definitions())})
	for c := range withSubcharts(chart) {
		for _, t := range c.Templates {
			t.Data = []byte(fix(t.Name, string(t.Data)))
		}
	}
	return chart, nil
}

// definitions are those that modship adds to a chart.
func (src *source) definitions() string {
	if src.real != nil {
		return fixedTemplate + strings.ReplaceAll(recorder, requiredModule, src.key)
	}
	return fixedTemplate + recorder
}

// withSubcharts yields a chart and all charts below it.
func withSubcharts(chart *helm.Chart) iter.Seq[*helm.Chart] {
	return func(yield func(*helm.Chart) bool) {
		if !yield(chart) {
			return
		}
		for _, child := range chart.Dependencies() {
			for c := range withSubcharts(child) {
				if !yield(c) {
					return
				}
			}
		}
	}
}

// local is the path below the module's root of a file that Helm names.
func (src *source) local(file string) string { return strings.TrimPrefix(file, src.name+"/") }

// roots are the templates of the module itself that Helm renders.
func roots(chart *helm.Chart) []string {
	var names []string
	for _, t := range chart.Templates {
		if t.Name != recorderFile && !strings.HasPrefix(path.Base(t.Name), "_") {
			names = append(names, t.Name)
		}
	}
	return names
}

// takeOut keeps a template's definitions but does not render it. What cannot be
// parsed goes altogether.
func takeOut(chart *helm.Chart, name string, parsed bool) {
	for i, t := range chart.Templates {
		if t.Name != name {
			continue
		}
		t.Name = path.Join(path.Dir(name), "_"+path.Base(name))
		if !parsed {
			chart.Templates = slices.Delete(chart.Templates, i, i+1)
		}
		return
	}
}

// isOfChart reports whether a file of a module is part of what Helm loads. The
// directories that are not are those that every module keeps out of its chart
// with .helmignore or that the controller does (helm3lib.go): Helm would read
// them for nothing. Files such as monitoring/ are what templates read as .Files.
func isOfChart(name string) bool {
	dir, _, _ := strings.Cut(name, "/")
	switch dir {
	case "crds", "docs", "hooks", "images", "openapi", "lib", "values.yaml", "requirements.lock", "ts":
		return false
	}
	return path.Base(name) != "requirements.yaml"
}
