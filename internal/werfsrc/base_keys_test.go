package werfsrc

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestBaseKeys(t *testing.T) {
	digest := func(c string) string { return "sha256:" + strings.Repeat(c, 64) }
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	got := Project{fstest.MapFS{
		"base_images.yml": file("REGISTRY_PATH: registry.example.com/base\nbuilder/golang-1.22: \"" + digest("a") + "\" # from: x\nBASE_ALPINE: " + digest("b") + "\n" +
			"z: " + digest("c") + "\nshort: sha256:abc\n"),
		"build/base-images/other_images.yaml": file("'tools/jq': registry.example.com/jq@" + digest("d") + "\na: " + digest("c") + "\n"),
		"images/x/werf.inc.yaml":              file("from: registry.example.com/x@" + digest("e") + "\n"),
	}}.BaseKeys()
	want := map[string]string{digest("a"): "builder/golang-1.22", digest("b"): "BASE_ALPINE", digest("c"): "a", digest("d"): "tools/jq"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := DigestOf("registry.example.com/x:tag@" + digest("a")); got != digest("a") || DigestOf("alpine:3") != "" {
		t.Errorf("DigestOf: %q", got)
	}
}
