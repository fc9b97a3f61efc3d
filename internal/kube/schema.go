package kube

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// File is the content of schema.json.gz, which gen writes.
type File struct {
	Versions []string         `json:"versions"` // such as 1.31, in order
	Types    map[string]*Type `json:"types"`
}

// Type is an object type of the API.
type Type struct {
	Kind   string            `json:"k,omitempty"` // KindName of a kind that can be installed
	In     Versions          `json:"v"`
	Fields map[string]*Field `json:"f"`
}

// Field is a field of a type. Its type is string, integer, number, boolean,
// object, any, quantity, int-or-string, byte, or # and the name of a Type, with
// [] or {} before it for lists and maps.
type Field struct {
	Type     string   `json:"t"`
	In       Versions `json:"v"`
	Required Versions `json:"r,omitempty"`
}

// Versions is a set of versions: bit i is the version File.Versions[i].
type Versions uint32

//go:embed schema.json.gz
var packed []byte

// schema is read at the first use.
var schema = sync.OnceValue(func() *index {
	ix := &index{kinds: map[string]*Type{}}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		err = json.NewDecoder(unpacked).Decode(&ix.File)
	}
	if err != nil {
		panic(fmt.Sprintf("schema.json.gz: %v", err)) // a test reads it
	}
	for _, t := range ix.Types {
		if t.Kind != "" {
			ix.kinds[t.Kind] = t
		}
	}
	return ix
})

type index struct {
	File
	kinds map[string]*Type // by KindName
}

// KindName writes a kind as in apps/v1/Deployment or v1/Pod.
func KindName(group, version, kind string) string {
	return APIVersion(group, version) + "/" + kind
}

// APIVersion writes a group and its version as in objects.
func APIVersion(group, version string) string {
	if group == "" {
		return version
	}
	return group + "/" + version
}

// Known returns the minor versions of Kubernetes that the package knows, in
// order.
func Known() []string { return slices.Clone(schema().Versions) }

// bit returns the set of one version; the newest for versions after it, and
// the oldest for those before.
func (ix *index) bit(version string) Versions {
	for i, known := range ix.Versions {
		if Compare(known, version) >= 0 {
			return 1 << i
		}
	}
	return 1 << (len(ix.Versions) - 1)
}

// first names the first version of a set.
func (ix *index) first(in Versions) string {
	for i, version := range ix.Versions {
		if in&(1<<i) != 0 {
			return version
		}
	}
	return ""
}

// after names the first version that is newer than all of a set.
func (ix *index) after(in Versions) string {
	for i := range slices.Backward(ix.Versions) {
		if in&(1<<i) != 0 && i+1 < len(ix.Versions) {
			return ix.Versions[i+1]
		}
	}
	return ""
}

// APIs returns what a cluster of that version serves, as templates ask for it
// with .Capabilities.APIVersions: apps/v1 and apps/v1/Deployment.
func APIs(version string) []string {
	ix := schema()
	bit := ix.bit(version)
	var apis []string
	for name, t := range ix.kinds {
		if t.In&bit != 0 && !strings.Contains(name, "alpha") {
			apis = append(apis, name, name[:strings.LastIndex(name, "/")])
		}
	}
	slices.Sort(apis)
	return slices.Compact(apis)
}
