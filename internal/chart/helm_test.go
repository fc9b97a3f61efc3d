package chart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/werf/nelm/pkg/helm/pkg/chart/loader"
	"github.com/werf/nelm/pkg/helm/pkg/chartutil"
	"github.com/werf/nelm/pkg/helm/pkg/engine"

	"github.com/modship/modship/pkg/module"
)

// TestLikeHelm compares what Render makes of modules with what Helm makes of
// them, given the same values, as `helm template` calls it: its own loader reads
// the directory, its own code merges the values. With MODSHIP_MODULES=DIR, the
// modules in the directories of DIR are compared too.
func TestLikeHelm(t *testing.T) {
	modules, err := filepath.Glob(filepath.Join("..", "..", "examples", "echo"))
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("MODSHIP_MODULES"); dir != "" {
		more, err := filepath.Glob(filepath.Join(dir, "*", "module.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range more {
			modules = append(modules, filepath.Dir(file))
		}
	}
	for _, dir := range modules {
		for _, base := range []Base{Defaults, Minimal, Everything} {
			t.Run(filepath.Base(dir)+"/"+string(base), func(t *testing.T) { likeHelm(t, dir, base) })
		}
	}
}

func likeHelm(t *testing.T, dir string, base Base) {
	files, err := ReadFiles(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "module.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	definition, err := module.ParseDefinition(data)
	if err != nil {
		t.Fatal(err)
	}
	name := definition.Name
	if name == "" {
		name = filepath.Base(dir)
	}
	// Digests for every image that the templates look up.
	digests := map[string]string{}
	for _, b := range []Base{Defaults, Minimal, Everything} {
		known, err := Render(t.Context(), files, RenderOptions{Name: name, Values: Values{Base: b}})
		if err != nil {
			t.Fatal(err)
		}
		for digest, key := range known.Images {
			digests[key] = digest
		}
	}
	got, err := Render(t.Context(), files, RenderOptions{Name: name, Values: Values{Base: base}, Digests: digests})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Failures) > 0 {
		t.Skipf("it does not render: %v", got.Failures)
	}
	want := helmTemplate(t, dir, got)
	random := func(line string) bool {
		return strings.Contains(line, strings.Repeat("x", 8)) || strings.Contains(line, "2000-01-01")
	}
	for file := range want {
		a, b := strings.Split(want[file], "\n"), strings.Split(got.Texts[file], "\n")
		for i := range a {
			if len(a) == len(b) && random(b[i]) {
				a[i] = b[i]
			}
		}
		want[file] = strings.Join(a, "\n")
	}
	if diff := cmp.Diff(want, got.Texts); diff != "" {
		t.Errorf("helm and modship differ (-helm +modship):\n%s", diff)
	}
	t.Logf("%d files are equal", len(want))
}

// helmTemplate renders the chart in a directory with the values of r.
func helmTemplate(t *testing.T, dir string, r *Rendering) map[string]string {
	t.Helper()
	opts := loadOptions
	opts.ChartLoadOpts.DefaultChartName = r.src.name
	chart, err := loader.LoadDir(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	chart.Metadata.Name = r.src.name
	values, err := r.src.values(r.shape, 0)
	if err != nil {
		t.Fatal(err)
	}
	// What Deckhouse itself ships, which Render makes up.
	all := asMap(asMap(asMap(values["global"])["modulesImages"])["digests"])
	for _, l := range r.noted {
		others := asMap(all[module.TemplateKey(l.module)])
		if others == nil {
			others = map[string]any{}
			all[module.TemplateKey(l.module)] = others
		}
		if others[l.key] == nil {
			others[l.key] = "sha256:" + madeUpDigest(l.module, l.key)
		}
	}
	opts.ChartLoadOpts.DefaultRootContext = r.src.root(r.shape)
	capabilities := *chartutil.DefaultCapabilities
	version, err := chartutil.ParseKubeVersion(r.src.kubernetes(0))
	if err != nil {
		t.Fatal(err)
	}
	capabilities.KubeVersion = *version
	capabilities.APIVersions = append(capabilities.APIVersions, extraAPIs...)
	release := chartutil.ReleaseOptions{Name: r.src.name, Namespace: "d8-" + r.src.name, IsInstall: true, Revision: 1}
	top, err := chartutil.ToRenderValues(chart, values, release, &capabilities, map[string]any{}, opts.ChartLoadOpts.DefaultRootContext)
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := engine.Render(chart, top, opts)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for file, text := range rendered {
		texts[r.src.local(file)] = text
	}
	return texts
}
