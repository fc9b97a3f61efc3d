package lint

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/modship/modship/internal/kube"
	"github.com/modship/modship/internal/manifest"
)

// catalog finds objects of one rendering.
type catalog struct {
	namespace string // of objects that name none
	byName    map[string]*manifest.Object
	all       []*manifest.Object
	// mentioned are all strings in objects of kinds that are not Kubernetes' own:
	// what controllers make of them may have such a name, like the Secret of a
	// Certificate.
	mentioned map[string]bool
	owned     map[string]bool // namespaces that the module creates
}

func newCatalog(objects []*manifest.Object, namespace string) *catalog {
	c := &catalog{namespace: namespace, byName: map[string]*manifest.Object{}, all: objects, mentioned: map[string]bool{}, owned: map[string]bool{}}
	for _, o := range objects {
		c.byName[key(o.Kind(), c.namespaceOf(o), o.Name())] = o
		if o.Kind() == "Namespace" {
			c.owned[o.Name()] = true
		}
		if found, _ := kube.Find(o.ID().APIVersion, o.Kind(), kube.Range{From: "1.29", To: "1.29"}); found == kube.Foreign && o.Kind() != autoscaler {
			mention(o.Data, c.mentioned)
		}
	}
	return c
}

// autoscaler is a kind that refers to workloads and makes none.
const autoscaler = "VerticalPodAutoscaler"

func key(kind, namespace, name string) string { return kind + "/" + namespace + "/" + name }

func (c *catalog) namespaceOf(o *manifest.Object) string {
	if namespace := o.Namespace(); namespace != "" || !kube.Namespaced(o.Kind()) {
		return namespace
	}
	return c.namespace
}

func (c *catalog) find(kind, namespace, name string) *manifest.Object {
	return c.byName[key(kind, namespace, name)]
}

func mention(value any, into map[string]bool) {
	switch value := value.(type) {
	case string:
		into[value] = true
	case []any:
		for _, item := range value {
			mention(item, into)
		}
	case map[string]any:
		for _, item := range value {
			mention(item, into)
		}
	}
}

// pods returns the workloads in a namespace whose pods a selector matches.
func (c *catalog) pods(namespace string, selector map[string]string) []*manifest.Object {
	var found []*manifest.Object
	for _, o := range c.all {
		pod := o.Pod()
		if pod == nil || c.namespaceOf(o) != namespace || len(selector) == 0 {
			continue
		}
		labels, matches := stringsAt(pod, []any{"metadata", "labels"}), true
		for key, value := range selector {
			matches = matches && labels[key] == value
		}
		if matches {
			found = append(found, o)
		}
	}
	return found
}

// hasPort reports whether a container of the pods has a port of that name.
func hasPort(o *manifest.Object, name string) bool {
	for _, container := range o.Containers() {
		for _, port := range manifest.List(container.Data, "ports") {
			if manifest.Text(port, "name") == name {
				return true
			}
		}
	}
	return false
}

// servicePort reports whether a Service has a port with a name or number.
func servicePort(service *manifest.Object, port any) bool {
	for _, p := range manifest.List(service.Data, "spec", "ports") {
		if fmt.Sprint(manifest.Get(p, "port")) == fmt.Sprint(port) || manifest.Text(p, "name") == fmt.Sprint(port) {
			return true
		}
	}
	return false
}

// Limits for reading files that may also create an object.
const (
	maxSource  = 1 << 20
	maxSources = 128 << 20
)

// isMadeByCode reports whether a name stands in the sources of the module's
// hooks or programs, which may create the object.
func (l *linter) isMadeByCode(name string) bool {
	if l.texts == nil {
		text := readSources(l.module.FS)
		l.texts = &text
	}
	return strings.Contains(*l.texts, name)
}

func readSources(fsys fs.FS) string {
	var b strings.Builder
	_ = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // what cannot be read mentions nothing
		}
		if d.IsDir() {
			if isGenerated(name) {
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxSource || b.Len() > maxSources {
			return nil
		}
		if data, err := fs.ReadFile(fsys, name); err == nil {
			b.Write(data)
		}
		return nil
	})
	return b.String()
}

// isGenerated reports whether a directory holds no sources of hooks or programs.
func isGenerated(dir string) bool {
	switch path.Base(dir) {
	case ".git", "node_modules", "vendor", ".werf":
		return true
	}
	top, _, _ := strings.Cut(dir, "/")
	switch top {
	case ".", "hooks", "images", "lib", "api", "src", "internal", "pkg", "cmd":
		return false
	}
	return true
}
