package remote

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestIndexesOfReferrersAreStable: two targets get the same bytes, whatever
// order the source lists in.
func TestIndexesOfReferrersAreStable(t *testing.T) {
	a, b := Referrer{"sha256:a", json.RawMessage(`{"digest":"sha256:a"}`)}, Referrer{"sha256:b", json.RawMessage(`{"digest":"sha256:b"}`)}
	want := `{"annotations":{"kept":"yes"},"manifests":[{"digest":"sha256:a"},{"digest":"sha256:b"}],"mediaType":"x","schemaVersion":2}`
	for _, listed := range [][]Referrer{{a, b}, {b, a}, {b, a, b}} {
		m, err := IndexOf(map[string]json.RawMessage{"annotations": json.RawMessage(`{"kept":"yes"}`)}, "x", listed)
		if err != nil || string(m.Raw) != want || m.Digest != DigestOf([]byte(want)) {
			t.Errorf("%v: %v\n got %s\nwant %s", listed, err, m.Raw, want)
		}
	}
}

func TestDescribeReferrer(t *testing.T) {
	for raw, want := range map[string]string{
		`{"artifactType":"a","config":{"mediaType":"c"},"annotations":{"b":"1","a":"2"}}`: `"artifactType":"a","annotations":{"a":"2","b":"1"}`,
		`{"config":{"mediaType":"c"}}`: `"artifactType":"c"`,
		`{"manifests":[]}`:             `"size":16`,
	} {
		got, err := Describe(&Manifest{Digest: "d", MediaType: "m", Raw: []byte(raw)})
		if err != nil || !strings.HasSuffix(string(got), want+"}") {
			t.Errorf("%s: %s, %v", raw, got, err)
		}
	}
}
