package lint

import (
	"context"
	"io/fs"
	"slices"
	"strings"

	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/kube"
	"github.com/modship/modship/internal/manifest"
	"github.com/modship/modship/internal/render"
	"github.com/modship/modship/pkg/module"
)

// Module is the module to check.
type Module struct {
	Engine chart.Engine
	Name   string
	FS     fs.FS             // the module's root
	Files  map[string][]byte // as chart.ReadFiles reads them
	// Digests are those of the images by key; nil before the build.
	Digests map[string]string
	Keys    []string       // of the images, before the build; nil: those of the directories in images/
	Sets    []chart.Values // nil: those of the module
}

// Run runs all checks but those of the contract. The findings are sorted.
func Run(ctx context.Context, m Module) ([]Finding, error) { return run(ctx, m, false) }

// RunChart runs the checks of what the chart renders to.
func RunChart(ctx context.Context, m Module) ([]Finding, error) { return run(ctx, m, true) }

func run(ctx context.Context, m Module, chartOnly bool) ([]Finding, error) {
	versions, err := kubernetesRange(m.FS)
	if err != nil {
		return nil, err
	}
	if m.Sets == nil {
		if m.Sets, err = render.Sets(m.FS); err != nil {
			return nil, err
		}
	}
	if m.Keys == nil {
		m.Keys = render.Keys(m.FS)
	}
	l := &linter{module: m, versions: versions, seen: map[string]bool{}}
	if err := l.chart(ctx); err != nil {
		return nil, err
	}
	if !chartOnly {
		l.crds()
		l.hooks()
		l.values()
	}
	Sort(l.findings)
	return l.findings, ctx.Err()
}

type linter struct {
	module   Module
	versions kube.Range
	findings []Finding
	seen     map[string]bool
	texts    *string // of hooks and images, read when asked for
}

// add adds a finding, once.
func (l *linter) add(f Finding) {
	check := checkByName(f.Check)
	if f.Severity == "" {
		f.Severity = check.Severity
	}
	f.Fix = check.Fix
	f.Artifact = f.File
	key := strings.Join([]string{f.Check, f.File, f.Object, f.Message}, "\x00")
	if !l.seen[key] {
		l.seen[key] = true
		l.findings = append(l.findings, f)
	}
}

// chart renders the chart for the oldest cluster that the module supports, and
// with everything for the newest too, and checks the objects.
func (l *linter) chart(ctx context.Context) error {
	in := render.Input{Engine: l.module.Engine, Name: l.module.Name, Files: l.module.Files, Digests: l.module.Digests, Keys: l.module.Keys, Sets: l.module.Sets, Kubernetes: l.versions.From}
	inputs := []render.Input{in}
	if kube.Compare(l.versions.From, l.versions.To) < 0 {
		newest := in
		newest.Kubernetes = l.versions.To
		newest.Sets = slices.DeleteFunc(slices.Clone(in.Sets), func(v chart.Values) bool { return v.Base != chart.Everything })
		inputs = append(inputs, newest)
	}
	sets, err := render.RunAll(ctx, inputs...)
	if err != nil {
		return err
	}
	for _, set := range sets {
		c := &setChecker{linter: l, set: set, objects: newCatalog(set.Objects, l.namespace())}
		c.check()
	}
	return nil
}

// namespace is that of the module's objects (lib-helm, module.yaml).
func (l *linter) namespace() string {
	data, _ := fs.ReadFile(l.module.FS, "module.yaml")
	if definition, err := module.ParseDefinition(data); err == nil && definition.Namespace != "" {
		return definition.Namespace
	}
	return "d8-" + l.module.Name
}

// setChecker checks what the chart rendered to with one set of values.
type setChecker struct {
	*linter
	set     *render.Set
	objects *catalog
}

func (c *setChecker) check() {
	c.failures()
	for _, o := range c.set.Objects {
		c.fields(o)
		c.names(o)
		c.references(o)
	}
	c.duplicates()
}

// report adds a finding about a place in an object.
func (c *setChecker) report(check string, o *manifest.Object, path []any, message string) {
	c.reportAs(check, "", o, path, message)
}

func (c *setChecker) reportAs(check string, severity Severity, o *manifest.Object, path []any, message string) {
	place := c.set.Place(o.File, o.LineOf(path))
	if len(path) > 0 {
		message += " (" + kube.PathText(path) + ")"
	}
	c.add(Finding{Check: check, Severity: severity, File: place.File, Line: place.Line, Object: o.ID().String(), Values: c.set.Values, Message: message})
}

// failures reports what did not render. What only the least values lack is a
// promise that the schema does not make, so it is a warning.
func (c *setChecker) failures() {
	severity := Error
	if c.set.Values == string(chart.Minimal) {
		severity = Warning
	}
	for _, f := range c.set.Failures {
		c.add(Finding{Check: TemplateFails, Severity: severity, File: f.File, Line: f.Line, Values: c.set.Values, Message: f.Reason})
	}
	for _, f := range c.set.Faults {
		check := InvalidYAML
		if !f.Fatal {
			check = DuplicateKey
		}
		place := c.set.Place(f.File, f.Line)
		c.add(Finding{Check: check, File: place.File, Line: place.Line, Values: c.set.Values, Message: f.Message})
	}
}
