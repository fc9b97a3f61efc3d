package contract

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// rendersAs is a renderer that finds the given uses, and notes what it got.
func rendersAs(got *Chart, uses ...ImageKey) Renderer {
	return func(_ context.Context, chart Chart) (Rendered, error) {
		*got = chart
		return Rendered{Keys: uses}, nil
	}
}

// computesEcho is a renderer by which a template computes the name of the image
// echo. Checks of several versions call it at a time.
func computesEcho(context.Context, Chart) (Rendered, error) {
	return Rendered{Keys: []ImageKey{{Key: "echo", File: "templates/deployment.yaml"}}}, nil
}

// TestRenderedImages checks rule 28 on keys that rendering found, wherever the
// templates are at hand.
func TestRenderedImages(t *testing.T) {
	const named = `{{ include "helm_lib_module_image" (list . "written") }}{{ include "helm_lib_module_image" (list . "computed" "other") }}{{ include "lib_controller" (list . (dict)) }}`
	for _, scope := range []Scope{ScopeRepository, ScopeImages, ScopePublished, ScopeChannel} {
		w := newWorld(scope)
		w.subject.set("templates/named.yaml", named)
		w.subject.dir("charts")
		w.subject.set("charts/lib-1.2.3.tgz", packChart(t, map[string]string{"lib/templates/_l.tpl": library}))
		var got Chart
		w.opts.Render = rendersAs(&got,
			ImageKey{Key: "echo", File: "templates/a.yaml"}, ImageKey{Key: "computed", File: "templates/a.yaml"},
			ImageKey{Key: "web-hooks", File: "templates/b.yaml"}, ImageKey{Key: "written", File: "templates/named.yaml"},
			ImageKey{Key: "controller", File: "templates/named.yaml"})
		var messages []string
		for _, v := range w.check(t, scope, w.build(scope)) {
			if v.Rule == RuleTemplateImages && v.Severity == Error {
				messages = append(messages, v.Message)
			} else if v.Rule == RuleTemplateImages {
				t.Errorf("%s: %v", scope, v)
			}
		}
		slices.Sort(messages)
		want := []string{
			`templates/a.yaml looks up the image "computed", which has no key in images_digests.json`,
			`templates/b.yaml looks up the image "web-hooks", which has no key in images_digests.json; its key is "webHooks"`,
			`templates/named.yaml looks up the image "controller", which has no key in images_digests.json`,
			`templates/named.yaml names the image "written", which has no key in images_digests.json`,
		}
		if diff := cmp.Diff(want, slices.Compact(messages)); diff != "" {
			t.Errorf("%s: messages (-want +got):\n%s", scope, diff)
		}
		if got.Name != "echo" || !slices.Equal(got.Keys, []string{"echo", "webHooks"}) || got.Files["Chart.yaml"] == nil || got.Files["charts/lib-1.2.3.tgz"] == nil || got.Files["templates/named.yaml"] == nil {
			t.Errorf("%s: rendered %s with keys %v and files %v", scope, got.Name, got.Keys, slices.Sorted(maps.Keys(got.Files)))
		}
	}
}

// TestRenderedFiles checks what a renderer gets of a repository, and that it is
// not asked where there is nothing to render.
func TestRenderedFiles(t *testing.T) {
	c := newContent(curTag, nil)
	for _, dir := range []string{"charts", "charts/lib", "charts/lib/templates"} {
		c.dir(dir)
	}
	c.set("values.yaml", "echo: {}")
	c.set("charts/lib/templates/_l.tpl", "lib")
	c.set("templates/broken.yaml", "{{ if }}")
	c.set("templates/whole.yaml", "text")
	var got Chart
	keys, err := ImageKeys(t.Context(), c.repository(), "echo", ImageKeysOptions{Keys: []string{"b", "a"}, Render: rendersAs(&got, ImageKey{"computed", "templates/whole.yaml"})})
	if err != nil || !slices.Contains(keys, ImageKey{"computed", "templates/whole.yaml"}) {
		t.Errorf("keys %v, %v", keys, err)
	}
	for _, name := range []string{"Chart.yaml", "values.yaml", "charts/lib/templates/_l.tpl", "templates/whole.yaml", "openapi/values.yaml"} {
		if got.Files[name] == nil {
			t.Errorf("%s is not among %v", name, slices.Sorted(maps.Keys(got.Files)))
		}
	}
	if got.Files["templates/broken.yaml"] != nil || !slices.Equal(got.Keys, []string{"a", "b"}) {
		t.Errorf("keys %v, files %v", got.Keys, slices.Sorted(maps.Keys(got.Files)))
	}
	got = Chart{}
	if _, err := ImageKeys(t.Context(), fstest.MapFS{"templates": {Mode: fs.ModeDir}, "Chart.yaml": {}}, "echo", ImageKeysOptions{Render: rendersAs(&got)}); err != nil || got.Name != "" {
		t.Errorf("rendered %+v, %v", got, err)
	}
}

// TestRenderEnds checks that an interrupted rendering is no finding.
func TestRenderEnds(t *testing.T) {
	w := newWorld(ScopeImages)
	images := w.build(ScopeImages)
	images.Tag = newTag
	w.opts.Render = func(context.Context, Chart) (Rendered, error) { return Rendered{}, context.Canceled }
	if _, err := CheckImages(t.Context(), w.reg, echo, images, w.opts); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := ImageKeys(t.Context(), w.subject.repository(), "echo", ImageKeysOptions{Render: w.opts.Render}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
