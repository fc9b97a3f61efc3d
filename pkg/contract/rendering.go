package contract

import (
	"context"
	"maps"
	"slices"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/contract/internal/templates"
)

// Chart is the Helm chart of a module.
type Chart struct {
	Name  string            // module name
	Files map[string][]byte // by path below the module's root
	Keys  []string          // image keys that exist
}

// Rendered is what rendering a chart shows.
type Rendered struct {
	// Keys are the image keys of the module that the templates look up (rule
	// 28): those that exist, and those that would fail in any cluster.
	Keys []ImageKey
	// Broken are the templates whose result Helm cannot install, whatever the
	// values (rule 48).
	Broken []BrokenTemplate
}

// BrokenTemplate is a template that renders to something other than objects.
type BrokenTemplate struct {
	File   string // path below the module's root
	Reason string
}

// Renderer renders a chart. It leaves out what it cannot tell; only the end of
// ctx is an error.
type Renderer func(ctx context.Context, chart Chart) (Rendered, error)

// checkRendered checks rule 48.
func (c *checker) checkRendered(t *artifact.Tree, result Rendered) {
	for _, broken := range result.Broken {
		c.report(RuleTemplateYAML, t.At(broken.File), "%s renders to something that Helm cannot install: %s", broken.File, broken.Reason)
	}
}

// rendered asks the renderer, if there is one, about the templates of a tree.
func rendered(ctx context.Context, render Renderer, t *artifact.Tree, calls templates.Calls, name string, keys map[string]bool) (Rendered, error) {
	if render == nil || name == "" || len(t.Under("templates")) == 0 {
		return Rendered{}, nil
	}
	chart := Chart{Name: name, Files: map[string][]byte{}, Keys: slices.Sorted(maps.Keys(keys))}
	for _, file := range []string{artifact.ChartFile, artifact.OwnValuesFile} {
		if data, ok := t.Data(file); ok {
			chart.Files[file] = data
		}
	}
	ignore := templates.IgnoreOf(t)
	for _, dir := range []string{"charts", "openapi", "templates"} {
		for _, e := range t.Under(dir) {
			read := dir == "openapi" || !ignore.Ignores(e.Path) // the schemas are not for Helm
			if e.Data != nil && read && calls.Broken[e.Path] == nil {
				chart.Files[e.Path] = e.Data
			}
		}
	}
	return render(ctx, chart)
}

// withRendered returns the calls with what rendering found. A call that the module's
// templates write down covers the same key, and what rendering found covers
// calls in lib-helm: they are made.
func withRendered(calls templates.Calls, rendered []ImageKey, name string) templates.Calls {
	written, made := map[string]bool{}, map[string]bool{}
	for _, call := range calls.Names {
		if call.Own && call.Of(name) {
			written[call.Key] = true
		}
	}
	var names []templates.Call
	for _, use := range rendered {
		if !written[use.Key] {
			made[use.Key] = true
			names = append(names, templates.Call{File: use.File, Own: true, Rendered: true, Key: use.Key})
		}
	}
	for _, call := range calls.Names {
		if call.Own || !call.Of(name) || !made[call.Key] {
			names = append(names, call)
		}
	}
	calls.Names = names
	return calls
}
