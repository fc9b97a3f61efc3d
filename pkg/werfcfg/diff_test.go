package werfcfg

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/werf/werf/v2/pkg/config"
)

// TestWatchedPaths: the globs of stageDependencies are relative to the folder
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
