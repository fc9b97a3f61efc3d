package templates

import (
	"strings"
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
		{"./docs", "docs/README.md", false},
		{"crds\n\ufeffdocs", "docs/README.md", false}, // the mark is skipped at the start only
		{"", "templates/.hidden", true},
		{"", "crds/a.yaml", false},
		{"\ufeffcrds", "crds/a.yaml", true},
	}
	for _, c := range cases {
		rules, err := ParseIgnore(c.patterns)
		if got := rules.Ignores(c.name); got != c.want || err != nil {
			t.Errorf("%q ignores %q: %v, want %v, error %v", c.patterns, c.name, got, c.want, err)
		}
	}
}

func TestIgnoreRefused(t *testing.T) {
	for patterns, want := range map[string]string{
		"crds\n# a**\ndocs/**\n": `line 3 is "docs/**": Helm does not support **`,
		"[":                      `line 1 is "[", which is no pattern`,
		"a\\":                    `line 1 is "a\\", which is no pattern`,
	} {
		if _, err := ParseIgnore(patterns); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", patterns, err, want)
		}
	}
}
