package manifest

import (
	"cmp"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Object is a Kubernetes object that a template rendered.
type Object struct {
	File    string         // the template, by its path below the module's root
	Line    int            // of the rendered file, where the object begins
	Content string         // as rendered
	Data    map[string]any // decoded as the API server's clients decode it
	node    *yaml.Node
	offset  int // lines of the rendered file before the document
}

// ID names an object.
type ID struct{ APIVersion, Kind, Namespace, Name string }

// ID returns what names the object.
func (o *Object) ID() ID {
	return ID{text(o.Data["apiVersion"]), o.Kind(), o.Namespace(), o.Name()}
}

// String writes an ID as in Deployment d8-echo/echo-server.
func (id ID) String() string {
	if id.Namespace == "" {
		return id.Kind + " " + id.Name
	}
	return id.Kind + " " + id.Namespace + "/" + id.Name
}

// Kind returns the kind of the object.
func (o *Object) Kind() string { return text(o.Data["kind"]) }

// Name returns the name of the object.
func (o *Object) Name() string { return text(Get(o.Data, "metadata", "name")) }

// Namespace returns the namespace that the object names.
func (o *Object) Namespace() string { return text(Get(o.Data, "metadata", "namespace")) }

// Get returns the value at a path of names, or nil.
func Get(value any, path ...string) any {
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// Map returns the object at a path of names, or nil.
func Map(value any, path ...string) map[string]any {
	object, _ := Get(value, path...).(map[string]any)
	return object
}

// List returns the list at a path of names, or nil.
func List(value any, path ...string) []any {
	list, _ := Get(value, path...).([]any)
	return list
}

// Text returns the string at a path of names, or "".
func Text(value any, path ...string) string { return text(Get(value, path...)) }

func text(value any) string {
	s, _ := value.(string)
	return s
}

// LineOf returns the line of the rendered file that holds the value at a path
// of names and indexes, or the innermost part of the path that is there.
func (o *Object) LineOf(path []any) int {
	node, line := o.node, o.Line
	for _, part := range path {
		key, value := child(node, part)
		if value == nil {
			break
		}
		node, line = value, key.Line+o.offset
	}
	return line
}

func child(node *yaml.Node, part any) (key, value *yaml.Node) {
	switch {
	case node == nil:
	case node.Kind == yaml.AliasNode:
		return child(node.Alias, part)
	case node.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == fmt.Sprint(part) {
				return node.Content[i], node.Content[i+1]
			}
		}
	case node.Kind == yaml.SequenceNode:
		if i, ok := part.(int); ok && i < len(node.Content) {
			return node.Content[i], node.Content[i]
		}
	}
	return nil, nil
}

// Sort puts objects into the order in which Helm installs them: by kind, then
// by the order of their templates. kinds is Helm's order; other kinds come last.
func Sort(objects []*Object, kinds []string) {
	rank := func(o *Object) int {
		if i := slices.Index(kinds, o.Kind()); i >= 0 {
			return i
		}
		return len(kinds)
	}
	slices.SortStableFunc(objects, func(a, b *Object) int {
		if d := cmp.Compare(rank(a), rank(b)); d != 0 || rank(a) < len(kinds) {
			return d
		}
		return cmp.Compare(a.Kind(), b.Kind())
	})
}
