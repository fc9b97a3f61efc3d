package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/kube"
	"github.com/modship/modship/internal/manifest"
)

// fields compares an object with the schema of its kind.
func (c *setChecker) fields(o *manifest.Object) {
	if c.unserved(o) {
		return
	}
	for _, p := range kube.Check(o.Data, c.rangeOf()) {
		if chart.IsMadeUp(p.Value) {
			continue
		}
		c.report(checkOf(p.Fault), o, p.Path, p.Message)
	}
}

// unserved reports an object whose kind the cluster does not have.
func (c *setChecker) unserved(o *manifest.Object) bool {
	id, version := o.ID(), kube.Range{From: c.set.Kubernetes, To: c.set.Kubernetes}
	found, reason := kube.Find(id.APIVersion, id.Kind, version)
	if found != kube.Absent {
		return false
	}
	which := "Kubernetes " + c.set.Kubernetes
	if everywhere, _ := kube.Find(id.APIVersion, id.Kind, c.versions); everywhere == kube.Absent {
		which = "any supported Kubernetes"
	}
	c.report(APIVersion, o, []any{"apiVersion"}, fmt.Sprintf("%s %s is not served by %s: %s", id.APIVersion, id.Kind, which, reason))
	return true
}

// rangeOf is the range of versions that a set of values stands for: of fields,
// those are known that some version has from the one it was rendered for on.
func (c *setChecker) rangeOf() kube.Range {
	return kube.Range{From: c.set.Kubernetes, To: c.versions.To}
}

func checkOf(fault kube.Fault) string {
	switch fault {
	case kube.UnknownField:
		return UnknownField
	case kube.Missing:
		return MissingField
	case kube.BadValue:
		return BadValue
	case kube.OtherVersion:
		return FieldVersion
	}
	return WrongType
}

// names checks the name, the labels and the annotations of an object and of its
// pods.
func (c *setChecker) names(o *manifest.Object) {
	name := manifest.Get(o.Data, "metadata", "name")
	switch text, isText := name.(string); {
	case name == nil && manifest.Text(o.Data, "metadata", "generateName") == "":
		c.report(InvalidName, o, []any{"metadata"}, o.Kind()+" without a name")
	case name != nil && !isText:
		c.report(InvalidName, o, []any{"metadata", "name"}, fmt.Sprintf("the name %v is not a string: quote it", name))
	case isText && !chart.IsMadeUp(text):
		if fault := kube.CheckName(o.Kind(), text); fault != "" {
			c.report(InvalidName, o, []any{"metadata", "name"}, fmt.Sprintf("the name %q: %s", text, fault))
		}
	}
	c.metadata(o, nil)
	if path, ok := o.PodPath(); ok && len(path) > 0 {
		at := make([]any, len(path))
		for i, part := range path {
			at[i] = part
		}
		c.metadata(o, at)
		c.selector(o, at)
	}
}

func (c *setChecker) metadata(o *manifest.Object, base []any) {
	for field, check := range map[string]func(map[string]string) map[string]string{"labels": kube.CheckLabels, "annotations": kube.CheckAnnotations} {
		at := append(slices.Clone(base), "metadata", field)
		texts := stringsAt(o.Data, at)
		faults := check(texts)
		for _, key := range slices.Sorted(maps.Keys(faults)) {
			if !chart.IsMadeUp(key) && !chart.IsMadeUp(texts[key]) {
				c.report(InvalidLabel, o, append(slices.Clone(at), key), fmt.Sprintf("%s: %s", strings.TrimSuffix(field, "s"), faults[key]))
			}
		}
	}
}

// stringsAt returns the strings of the object at a path.
func stringsAt(value any, path []any) map[string]string {
	for _, part := range path {
		value = manifest.Get(value, fmt.Sprint(part))
	}
	texts := map[string]string{}
	object, _ := value.(map[string]any)
	for key, value := range object {
		if text, ok := value.(string); ok {
			texts[key] = text
		}
	}
	return texts
}

// selector checks that a workload selects its own pods.
func (c *setChecker) selector(o *manifest.Object, pod []any) {
	wanted := stringsAt(o.Data, []any{"spec", "selector", "matchLabels"})
	labels := stringsAt(o.Data, append(slices.Clone(pod), "metadata", "labels"))
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if labels[key] != wanted[key] && !chart.IsMadeUp(wanted[key]) && o.Kind() != "Job" {
			c.report(SelectorMismatch, o, []any{"spec", "selector", "matchLabels", key}, fmt.Sprintf("the pods do not have the label %s: %s", key, wanted[key]))
		}
	}
}

// duplicates finds objects that are there twice.
func (c *setChecker) duplicates() {
	first := map[manifest.ID]*manifest.Object{}
	for _, o := range c.set.Objects {
		id := o.ID()
		if kube.Namespaced(id.Kind) && id.Namespace == "" {
			id.Namespace = c.namespace()
		}
		if other := first[id]; other != nil && id.Name != "" {
			place := c.set.Place(other.File, other.Line)
			c.report(DuplicateObject, o, nil, fmt.Sprintf("%s is there twice, the other one is in %s:%d", id, place.File, place.Line))
			continue
		}
		first[id] = o
	}
}
