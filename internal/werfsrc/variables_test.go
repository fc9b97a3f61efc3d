package werfsrc

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestVariables(t *testing.T) {
	files := fstest.MapFS{
		"werf.yaml":                 {Data: []byte(`{{ env "MODULES_MODULE_TAG" }} {{ env   "EDITION" | default "ce" }}`)},
		".werf/release.yaml":        {Data: []byte(`{{- $t := env "MODULES_MODULE_TAG" "dev" }}`)},
		"images/app/werf.inc.yaml":  {Data: []byte(`{{ if env "SVACE_ENABLED" "" }}`)},
		"images/app/src/config.go":  {Data: []byte(`env "NOT_A_TEMPLATE"`)},
		"templates/deployment.yaml": {Data: []byte(`{{ env "OF_HELM" }}`)},
	}
	if diff := cmp.Diff([]string{"EDITION", "MODULES_MODULE_TAG", "SVACE_ENABLED"}, Project{files}.Variables()); diff != "" {
		t.Error(diff)
	}
	if none := (Project{fstest.MapFS{}}).Variables(); len(none) > 0 {
		t.Errorf("nothing: %v", none)
	}
}

// TestForbiddenVariables follows werf's own reading of allowEnvVariables.
func TestForbiddenVariables(t *testing.T) {
	files := fstest.MapFS{
		"werf.yaml":        {Data: []byte(`{{ env "A" }} {{ env "WERF_X" "" }} {{ env "CI_TAG" "" }} {{ env "CI_TAGS" "" }} {{ env "B" }}`)},
		".werf/other.tmpl": {Data: []byte(`{{ env "B" }}{{ env "C" "x" }}`)},
	}
	for rules, want := range map[string][]string{
		"": {"A", "B", "C", "CI_TAG", "CI_TAGS", "WERF_X"},
		"config: {goTemplateRendering: {allowEnvVariables: [A, /WERF_.*/, /CI_TAG/, '/[/']}}\n": {"B", "C", "CI_TAGS"},
		"config: {goTemplateRendering: {allowEnvVariables: [/.+/]}}\n":                          nil,
		"config: [": nil, // werf reports it
	} {
		delete(files, "werf-giterminism.yaml")
		if rules != "" {
			files["werf-giterminism.yaml"] = &fstest.MapFile{Data: []byte(rules)}
		}
		if got := (Project{FS: files}).ForbiddenVariables(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", rules, got, want)
		}
	}
}
