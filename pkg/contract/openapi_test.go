package contract

import (
	"testing"
)

// TestConversionMessages checks that a misplaced conversion is told from a
// missing one.
func TestConversionMessages(t *testing.T) {
	for change, want := range map[string]string{
		"v1":          "rule 36 (warning): openapi/conversions/v1.yaml converts nothing: settings begin with version 1, so the first conversion is v2.yaml",
		"old/v3":      "rule 36 (warning): openapi/conversions/old/v3.yaml is no conversion, because it is in a folder of its own: expected openapi/conversions/v3.yaml",
		"testdata/v3": "",
		"old/other":   "",
	} {
		w := newWorld(ScopeRepository)
		conversion(change, "version: 3\n")(w.subject)
		var got string
		for _, v := range w.check(t, ScopeRepository, Images{}) {
			got += v.String()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", change, got, want)
		}
	}
}
