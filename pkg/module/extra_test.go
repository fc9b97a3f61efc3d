package module

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseExtraImages(t *testing.T) {
	images, err := ParseExtraImages([]byte(`{"a": "v1", "b": 1.10, "c": 1e3, "d/e": 7, "list": ["v1"], "no": null, "yes": true, "Big": "v1", "bad": "x y"}`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, image := range images {
		switch {
		case image.Fault != nil:
			got[image.Name] = "fault: " + image.Fault.Error()
		case image.Ignored:
			got[image.Name] = "ignored"
		default:
			got[image.Name] = image.Tag
		}
	}
	want := map[string]string{
		"a": "v1", "b": "1.10", "c": "1e3", "d/e": "7", "list": "ignored", "no": "ignored", "yes": "ignored",
		"Big": `fault: extra_images.json: the name "Big" cannot be part of a repository <name>/extra/<extra>: expected lower case letters, digits and single separators . _ - between them`,
		"bad": `fault: extra_images.json: the extra image "bad" has an invalid tag "x y"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("extra images (-want +got):\n%s", diff)
	}
	for _, text := range []string{"", "[]", "null", `{"a": "v1"} {}`, `{"a": "v1"`} {
		if _, err := ParseExtraImages([]byte(text)); err == nil {
			t.Errorf("%q is read without an error", text)
		}
	}
}
