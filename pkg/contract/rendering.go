package contract

import (
	"context"
	"maps"
	"slices"
)

// Chart is the Helm chart of a module.
type Chart struct {
	Name  string            // module name
	Files map[string][]byte // by path below the module's root
	Keys  []string          // image keys that exist
}

// Renderer renders a chart and returns the image keys of its module that the
// templates look up (rule 28): those that exist, and those that would fail in
// any cluster. It leaves out what it cannot tell; only the end of ctx is an
// error.
type Renderer func(ctx context.Context, chart Chart) ([]ImageKey, error)

// rendered asks the renderer, if there is one, for the keys that the templates
// of a tree look up.
func rendered(ctx context.Context, render Renderer, t *tree, calls imageCalls, name string, keys map[string]bool) ([]ImageKey, error) {
	if render == nil || name == "" || len(t.under("templates")) == 0 {
		return nil, nil
	}
	chart := Chart{Name: name, Files: map[string][]byte{}, Keys: slices.Sorted(maps.Keys(keys))}
	for _, file := range []string{chartFile, ownValuesFile} {
		if data, ok := t.data(file); ok {
			chart.Files[file] = data
		}
	}
	for _, dir := range []string{"charts", "openapi", "templates"} {
		for _, e := range t.under(dir) {
			if e.data != nil && calls.broken[e.path] == nil {
				chart.Files[e.path] = e.data
			}
		}
	}
	return render(ctx, chart)
}

// with returns the calls with what rendering found. A call that the module's
// templates write down covers the same key, and what rendering found covers
// calls in lib-helm: they are made.
func (calls imageCalls) with(rendered []ImageKey, name string) imageCalls {
	written, made := map[string]bool{}, map[string]bool{}
	for _, call := range calls.names {
		if call.own && call.of(name) {
			written[call.key] = true
		}
	}
	var names []imageCall
	for _, use := range rendered {
		if !written[use.Key] {
			made[use.Key] = true
			names = append(names, imageCall{file: use.File, own: true, rendered: true, key: use.Key})
		}
	}
	for _, call := range calls.names {
		if call.own || !call.of(name) || !made[call.key] {
			names = append(names, call)
		}
	}
	calls.names = names
	return calls
}
