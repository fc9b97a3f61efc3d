package manifest

import "testing"

// FuzzParse reads foreign text. It never panics, and what it takes for an object
// has a kind and a line in the text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{workload, "kind: List\napiVersion: v1\nitems: [1, {kind: A, apiVersion: v1}]", "a: &a [*a]", "---\n--- \n? x\n: y", "kind: A\napiVersion: v1\n<<: {a: 1}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		objects, _ := Parse(map[string]string{"t.yaml": text})
		for _, o := range objects {
			if o.Kind() == "" || o.Line < 1 {
				t.Errorf("object %q at line %d", o.Kind(), o.Line)
			}
			for _, c := range o.Containers() {
				_ = o.LineOf(c.Path)
			}
		}
		Diff(objects, objects, none, none)
	})
}
