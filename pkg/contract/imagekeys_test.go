package contract

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestImageKeys(t *testing.T) {
	files := fstest.MapFS{
		"templates/a.yaml":      {Data: []byte(`{{ include "helm_lib_module_image" (list . "echo") }}{{ include "helm_lib_module_image" (list . "proxy" "common") }}`)},
		"templates/b.yaml":      {Data: []byte(`{{ include "helm_lib_module_image" (list . "echo") }}{{ include "controller" . }}{{ include "helm_lib_module_image" (list . "own" "csiNfs") }}`)},
		"charts/lib-1.0.0.tgz":  {Data: []byte(packChart(t, map[string]string{"lib/templates/_l.tpl": `{{ define "controller" }}{{ include "helm_lib_module_image" (list . "controller") }}{{ end }}`}))},
		"templates/ignored.txt": {Data: []byte("no template")},
	}
	got, err := ImageKeys(t.Context(), files, "csi-nfs", ImageKeysOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []ImageKey{{"controller", "charts/lib-1.0.0.tgz/lib/templates/_l.tpl"}, {"echo", "templates/a.yaml"}, {"echo", "templates/b.yaml"}, {"own", "templates/b.yaml"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}
