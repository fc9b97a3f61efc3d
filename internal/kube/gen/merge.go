package main

import (
	"slices"
	"strings"

	"github.com/modship/modship/internal/kube"
)

// document holds the parts of an OpenAPI document that are used.
type document struct {
	Definitions map[string]*definition `json:"definitions"`
}

type definition struct {
	Ref                  string                 `json:"$ref"`
	Type                 string                 `json:"type"`
	Format               string                 `json:"format"`
	Items                *definition            `json:"items"`
	AdditionalProperties *definition            `json:"additionalProperties"`
	Properties           map[string]*definition `json:"properties"`
	Required             []string               `json:"required"`
	Kinds                []struct {
		Group, Version, Kind string
	} `json:"x-kubernetes-group-version-kind"`
}

// merge collects the types of several versions.
type merge struct{ file kube.File }

func newMerge() *merge { return &merge{file: kube.File{Types: map[string]*kube.Type{}}} }

// add adds the kinds of one version and the types they need.
func (m *merge) add(version string, doc *document) {
	bit := kube.Versions(1) << len(m.file.Versions)
	m.file.Versions = append(m.file.Versions, version)
	seen := map[string]bool{}
	for name, d := range doc.Definitions {
		if isObject(d) {
			m.addType(doc, name, bit, seen)
			k := d.Kinds[0]
			m.file.Types[short(name)].Kind = kube.KindName(k.Group, k.Version, k.Kind)
		}
	}
}

// isObject reports whether a definition is a kind that a chart can hold.
func isObject(d *definition) bool {
	return len(d.Kinds) == 1 && d.Properties["metadata"] != nil && d.Properties["items"] == nil
}

func (m *merge) addType(doc *document, name string, bit kube.Versions, seen map[string]bool) {
	if seen[name] {
		return
	}
	seen[name] = true
	t := m.file.Types[short(name)]
	if t == nil {
		t = &kube.Type{Fields: map[string]*kube.Field{}}
		m.file.Types[short(name)] = t
	}
	t.In |= bit
	d := doc.Definitions[name]
	for field, property := range d.Properties {
		f := t.Fields[field]
		if f == nil {
			f = &kube.Field{}
			t.Fields[field] = f
		}
		f.In |= bit
		f.Type = m.typeOf(doc, property, bit, seen)
		if slices.Contains(d.Required, field) {
			f.Required |= bit
		}
	}
}

// typeOf writes a type as package kube reads it.
func (m *merge) typeOf(doc *document, d *definition, bit kube.Versions, seen map[string]bool) string {
	switch {
	case d.Ref != "":
		return m.reference(doc, strings.TrimPrefix(d.Ref, "#/definitions/"), bit, seen)
	case d.Type == "array":
		return "[]" + m.typeOf(doc, d.Items, bit, seen)
	case d.Type == "object" && d.AdditionalProperties != nil:
		return "{}" + m.typeOf(doc, d.AdditionalProperties, bit, seen)
	case d.Type == "object":
		return "object"
	case d.Format == "int-or-string", d.Format == "byte":
		return d.Format
	case d.Type == "":
		return "any"
	}
	return d.Type
}

func (m *merge) reference(doc *document, name string, bit kube.Versions, seen map[string]bool) string {
	switch d := doc.Definitions[name]; {
	case strings.HasSuffix(name, ".Quantity"):
		return "quantity"
	case d.Type == "object" && len(d.Properties) > 0:
		m.addType(doc, name, bit, seen)
		return "#" + short(name)
	default:
		return m.typeOf(doc, d, bit, seen)
	}
}

// short leaves out what all names have in common.
func short(name string) string {
	for _, prefix := range []string{"io.k8s.api.", "io.k8s.apimachinery.pkg.apis.", "io.k8s.apiextensions-apiserver.pkg.apis.", "io.k8s."} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return rest
		}
	}
	return name
}
