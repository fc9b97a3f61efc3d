package werfsrc

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestDefinedIn(t *testing.T) {
	from := Project{fstest.MapFS{
		"werf.yaml":                  {Data: []byte("image: plain\n")},
		".werf/images.yaml":          {Data: []byte("image: {{ $context.ImageName }}\n")},
		"images/echo/werf.inc.yaml":  {Data: []byte("image: {{ .ImageName }}-artifact\nimport:\n  - image: plain\n")},
		"images/probe/werf.inc.yaml": {Data: []byte("image: {{ .ImageName }}-artifact\n")},
		"templates/a.yaml":           {Data: []byte("image: plain\n")},
	}}
	for _, tt := range []struct{ images, want []string }{
		{[]string{"plain"}, []string{"werf.yaml"}},
		{[]string{"probe"}, []string{".werf/images.yaml"}},
		{[]string{"probe", "plain"}, []string{".werf/images.yaml", "werf.yaml"}},
		{[]string{"echo-artifact"}, []string{"images/echo/werf.inc.yaml"}},
		{[]string{"echo-probe-artifact"}, []string{".werf/images.yaml"}}, // either of two folders
	} {
		if diff := cmp.Diff(tt.want, from.DefinedIn(tt.images...)); diff != "" {
			t.Errorf("%v: %s", tt.images, diff)
		}
	}
	if files := (Project{}).DefinedIn("plain"); len(files) > 0 {
		t.Errorf("without templates: %v", files)
	}
}
