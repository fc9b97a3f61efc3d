package contract

import (
	"context"
	"testing"
)

func TestIgnoreRules(t *testing.T) {
	cases := []struct {
		patterns, name string
		want           bool
	}{
		{"crds", "crds/a.yaml", true},
		{"crds/", "crds/a.yaml", true},
		{"crds/", "crds", false}, // a file of that name
		{"crds/*", "crds/a.yaml", true},
		{"crds/*", "crds/deep/a.yaml", true},
		{"/crds", "crds/a.yaml", true},
		{"/crds", "docs/crds/a.yaml", false},
		{"crds", "docs/crds/a.yaml", true},
		{"*.md", "docs/README.md", true},
		{"*.md", "docs/README.md.txt", false},
		{"docs/*.md", "docs/README.md", true},
		{"docs/*.md", "other/docs/README.md", false},
		{"# crds", "crds/a.yaml", false},
		{"  crds  ", "crds/a.yaml", true},
		{"!templates", "crds/a.yaml", true}, // everything but templates
		{"[", "[", false},
		{"", "crds/a.yaml", false},
		{"\ufeffcrds", "crds/a.yaml", true},
	}
	for _, c := range cases {
		if got := parseIgnore(c.patterns).ignores(c.name); got != c.want {
			t.Errorf("%q ignores %q: %v, want %v", c.patterns, c.name, got, c.want)
		}
	}
}

// TestHelmignoreWithoutChart checks that a module without Chart.yaml needs no
// .helmignore: addon-operator makes the chart.
func TestHelmignoreWithoutChart(t *testing.T) {
	w := newWorld(ScopeRepository)
	w.subject.remove("Chart.yaml")
	w.subject.remove(".helmignore")
	if found := CheckRepository(context.Background(), w.subject.repository(), RepositoryOptions{}); len(found) > 0 {
		t.Errorf("violations: %v", found)
	}
}
