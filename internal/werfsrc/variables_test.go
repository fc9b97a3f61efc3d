package werfsrc

import (
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
