package werfcfg

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/werf/werf/v2/pkg/config"
)

// TestWatchedPaths: the globs of stageDependencies are relative to the directory
// that is added.
func TestWatchedPaths(t *testing.T) {
	local := func(add string, d *config.StageDependencies) *config.GitLocal {
		export := &config.GitLocalExport{GitExportBase: &config.GitExportBase{GitExport: &config.GitExport{ExportBase: &config.ExportBase{}}, StageDependencies: d}}
		export.Add = add
		return &config.GitLocal{GitLocalExport: export}
	}
	image := &config.StapelImageBase{Git: &config.GitManager{Local: []*config.GitLocal{
		local("/images/app", &config.StageDependencies{Install: []string{"**/*.go"}, Setup: []string{"conf"}}),
		local("/", &config.StageDependencies{BeforeSetup: []string{"docs/*"}}),
		local("/charts", nil),
	}}}
	want := []string{"images/app/**/*.go", "images/app/conf", "docs/*"}
	if diff := cmp.Diff(want, watchedPaths(image)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := watchedPaths(&config.StapelImageBase{}); got != nil {
		t.Errorf("an image without git watches %q", got)
	}
}

func TestChangedGlobsAreOfTheirStage(t *testing.T) {
	section := func(globs map[string]any) Section {
		entry := map[string]any{"add": "/", "to": "/src"}
		if globs != nil {
			entry["stageDependencies"] = globs
		}
		return Section{"git": []any{entry}}
	}
	other := section(map[string]any{"install": "*"})
	other["git"].([]any)[0].(map[string]any)["to"] = "/elsewhere"
	for name, tc := range map[string]struct {
		before, after Section
		want          []string
		stage         string
	}{
		"a glob":         {section(map[string]any{"install": "*", "setup": "a"}), section(map[string]any{"install": "*", "setup": "b"}), []string{"git.stageDependencies.setup"}, "setup"},
		"the first glob": {section(nil), section(map[string]any{"install": "*"}), []string{"git.stageDependencies.install"}, "install"},
		"more than that": {section(nil), other, []string{"git"}, "gitArchive"},
		"one entry more": {Section{}, other, []string{"git"}, "gitArchive"},
		"nothing":        {other, other, nil, ""},
	} {
		got := ChangedKeys(tc.before, tc.after)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for _, key := range got {
			if stage := StageOfKey(key); stage != tc.stage {
				t.Errorf("%s: key %s is of stage %s, want %s", name, key, stage, tc.stage)
			}
		}
	}
}
