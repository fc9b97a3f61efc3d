package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/pkg/contract"
)

// TestRenderer checks rule 28 on a repository whose templates compute names:
// one image is missing, and one template does not render without a cluster.
func TestRenderer(t *testing.T) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"module.yaml":                "name: csi-nfs\nstage: Preview\ndescriptions: {en: NFS}",
		"Chart.yaml":                 "name: csi-nfs\nversion: 0.0.1\n",
		".helmignore":                "crds\ndocs\nhooks\nimages\nopenapi\n",
		"docs/README.md":             "# NFS",
		"openapi/config-values.yaml": "properties: {drivers: {type: array, items: {type: string}, default: [nfs, smb]}}",
		"templates/drivers.yaml": `{{- range .Values.csiNfs.drivers }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ . }}}
data:
  image: {{ include "helm_lib_module_image" (list $ (printf "csi-%s" . | camelcase | untitle)) }}
{{- end }}`,
		"templates/node.yaml": `{{ range $crt := .Values.csiNfs.internal.fromHook.certificates }}{{ include "helm_lib_module_image" (list $ (printf "x%s" $crt)) }}{{ end }}`,
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	var said []string
	opts := contract.RepositoryOptions{
		Tag: "v1.2.3", Images: []string{"csi-nfs"},
		Render: Renderer(chart.Engine{}, func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }),
	}
	for range 2 {
		var found []string
		for _, v := range contract.CheckRepository(t.Context(), files, opts) {
			found = append(found, v.String())
		}
		want := []string{`rule 28 (error): templates/drivers.yaml looks up the image "csiSmb", which has no key in images_digests.json`}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("violations (-want +got):\n%s", diff)
		}
	}
	if len(said) != 1 || !strings.HasPrefix(said[0], "note: 1 of 2 templates could not be rendered") || !strings.Contains(said[0], "templates/node.yaml: ") {
		t.Errorf("said %q", said)
	}
	keys, err := contract.ImageKeys(t.Context(), files, "csi-nfs", contract.ImageKeysOptions{Keys: []string{"csiNfs"}, Render: opts.Render})
	if want := []contract.ImageKey{{Key: "csiNfs", File: "templates/drivers.yaml"}, {Key: "csiSmb", File: "templates/drivers.yaml"}}; err != nil || !slices.Equal(keys, want) {
		t.Errorf("keys %v, %v", keys, err)
	}
}
