package manifest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		objects []string
		faults  []string
	}{
		"two":       {"---\n# Source\nkind: A\napiVersion: v1\nmetadata: {name: a}\n---\n\nkind: B\napiVersion: v1\n---\n# nothing\n", []string{"A a 3", "B  8"}, nil},
		"separator": {"kind: A\napiVersion: v1\n--- # next\nkind: B\napiVersion: v1\ndata:\n  x: |\n    ---\n", []string{"A  1", "B  4"}, nil},
		"list":      {"kind: List\napiVersion: v1\nitems:\n- {kind: A, apiVersion: v1}\n- {kind: B, apiVersion: v1}\n", []string{"A  1", "B  1"}, nil},
		"syntax":    {"a: b\n---\nkind: A\n  b: c\n", nil, []string{"1 the object has no apiVersion or no kind", "4 not valid YAML: mapping values are not allowed in this context"}},
		"text":      {"just text", nil, []string{"1 expected a Kubernetes object, found text or a list"}},
		"twice":     {"kind: A\napiVersion: v1\nspec:\n  a: 1\n  a: 2\n", []string{"A  1"}, []string{"5 the key a is there twice: the first value is lost"}},
		"empty":     {"\n# comment\n---\n", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			objects, faults := Parse(map[string]string{"templates/t.yaml": c.text, "templates/NOTES.txt": "Hello: {"})
			var got, said []string
			for _, o := range objects {
				got = append(got, fmt.Sprintf("%s %s %d", o.Kind(), o.Name(), o.Line))
			}
			for _, f := range faults {
				said = append(said, fmt.Sprintf("%d %s", f.Line, f.Message))
			}
			if diff := cmp.Diff(c.objects, got); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.faults, said); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

var none = strings.NewReplacer()

const workload = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
  namespace: d8-a
spec:
  template:
    spec:
      initContainers:
      - {name: i, image: r/m@sha256:1}
      containers:
      - name: c
        image: r/m@sha256:2
        resources: {requests: {cpu: 1, memory: 5Mi}}
`

func TestContainers(t *testing.T) {
	objects, _ := Parse(map[string]string{"t.yaml": "# one\n" + workload})
	o := objects[0]
	var got []string
	for _, c := range o.Containers() {
		got = append(got, fmt.Sprintf("%s %t %s %v %d", c.Name, c.Init, Digest(c.Image), c.Requests, o.LineOf(append(c.Path, "image"))))
	}
	want := []string{"i true sha256:1 map[] 11", "c false sha256:2 map[cpu:1 memory:5Mi] 14"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
	if line := o.LineOf([]any{"spec", "absent", "x"}); line != 7 {
		t.Errorf("a path that is not there is at line %d", line)
	}
}

func TestSort(t *testing.T) {
	objects, _ := Parse(map[string]string{
		"a.yaml": "kind: Deployment\napiVersion: apps/v1\n---\nkind: Zoo\napiVersion: x/v1\n---\nkind: Bar\napiVersion: x/v1\n",
		"b.yaml": "kind: Namespace\napiVersion: v1\n---\nkind: Deployment\napiVersion: apps/v1\nmetadata: {name: b}\n",
	})
	Sort(objects, []string{"Namespace", "Deployment"})
	var got []string
	for _, o := range objects {
		got = append(got, o.Kind()+o.Name())
	}
	if diff := cmp.Diff([]string{"Namespace", "Deployment", "Deploymentb", "Bar", "Zoo"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDiff(t *testing.T) {
	parse := func(text string) []*Object {
		objects, _ := Parse(map[string]string{"t.yaml": text})
		return objects
	}
	gone := "---\nkind: Service\napiVersion: v1\nmetadata: {name: s}\n"
	before := parse(workload + gone)
	after := parse(strings.NewReplacer("sha256:1", "sha256:9", "sha256:2", "sha256:8", "5Mi", "6Mi").Replace(workload) + strings.ReplaceAll(gone, "name: s", "name: new"))
	names := strings.NewReplacer("sha256:1", "<i>", "sha256:2", "<c>")
	newNames := strings.NewReplacer("sha256:9", "<i>", "sha256:8", "<other>")
	var got []string
	for _, c := range Diff(before, after, names, newNames) {
		got = append(got, fmt.Sprintf("%s %s %v", c.Action, c.ID, c.Fields))
	}
	want := []string{
		"change Deployment d8-a/a [{spec.template.spec.containers[c].image r/m@<c> r/m@<other>} {spec.template.spec.containers[c].resources.requests.memory 5Mi 6Mi}]",
		"create Service new []", "delete Service s []",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if changes := Diff(before, before, names, names); len(changes) > 0 {
		t.Errorf("equal objects differ: %v", changes)
	}
}
