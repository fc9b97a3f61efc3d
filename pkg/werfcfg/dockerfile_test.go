package werfcfg

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/werf/werf/v2/pkg/config"
)

// An argument of FROM has a value by args, by a default or by a dependency.
func TestParseDockerfileArguments(t *testing.T) {
	for _, tt := range []struct {
		name string
		args map[string]any
		want []source
	}{
		{"none", nil, []source{{unresolved: "$FOUNDATION"}}},
		{"args", map[string]any{"FOUNDATION": "alpine:3"}, []source{{ref: "alpine:3", kind: "from"}}},
	} {
		d, err := parseDockerfile([]byte("ARG FOUNDATION\nFROM $FOUNDATION\n"), &config.ImageFromDockerfile{Args: tt.args})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, d.sources, cmp.AllowUnexported(source{})); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	given := &config.ImageFromDockerfile{Dependencies: []*config.Dependency{{Imports: []*config.DependencyImport{{TargetBuildArg: "FOUNDATION"}}}}}
	d, err := parseDockerfile([]byte("ARG FOUNDATION\nFROM $FOUNDATION\n"), given)
	if err != nil || len(d.sources) != 0 {
		t.Errorf("dependency: %v, %v", d.sources, err)
	}
}
