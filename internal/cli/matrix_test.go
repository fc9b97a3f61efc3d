package cli

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/pkg/schedule"
)

func TestMatrixFormats(t *testing.T) {
	work := []schedule.Task{{ID: "image:a", Weight: 2 * time.Second}, {ID: "image:b", Weight: schedule.Unknown}}
	for name, tc := range map[string]struct {
		format string
		parts  [][]string
		want   string
	}{
		"github":          {"github", [][]string{{"image:a"}, {"image:b"}}, `{"shard":["1/2","2/2"]}` + "\n"},
		"github, nothing": {"github", nil, `{"shard":[]}` + "\n"},
		"gitlab":          {"gitlab", [][]string{{"image:a"}, {"image:b"}}, ".shards:\n  parallel:\n    matrix:\n      - SHARD: [\"1/2\", \"2/2\"]\n"},
		"gitlab, nothing": {"gitlab", nil, ".shards:\n  rules:\n    - when: never\n"},
		"json, nothing":   {"json", nil, "{\n  \"shards\": []\n}\n"},
		"json": {"json", [][]string{{"image:a", "image:b"}}, `{
  "shards": [
    {
      "shard": "1/1",
      "images": [
        "a",
        "b"
      ],
      "seconds": 2
    }
  ]
}
`},
	} {
		var out bytes.Buffer
		if err := printMatrix(&out, tc.format, newMatrix(tc.parts, work)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestParseShard(t *testing.T) {
	for text, want := range map[string]*build.Shard{
		"": nil, "auto": {}, "1/1": {Index: 1, Count: 1}, "2/3": {Index: 2, Count: 3},
	} {
		got, err := parseShard(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
	}
	for _, text := range []string{"0/3", "4/3", "1", "1/", "/2", "a/b", "-1/2", "all"} {
		if _, err := parseShard(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
