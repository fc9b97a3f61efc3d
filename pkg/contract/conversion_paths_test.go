package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSetPaths(t *testing.T) {
	for expression, want := range map[string][]string{
		`.logs.level = "info"`:                       {".logs.level"},
		`.a |= tostring | .b //= 1 | .c += 1`:        {".a", ".b", ".c"},
		`del(.old) | .new = .old`:                    {".new"},
		`.new = .old | del(.old)`:                    {".new"},
		`.a = 1 | del(.a)`:                           nil,
		`.a.b = 1 | del(.c, .a)`:                     nil,
		`.a == 1`:                                    nil,
		`if .a == 1 then .b = 2 else . end`:          nil,
		`.a = 1 | if .x then del(.a) else . end`:     nil,
		`.a = 1 | if .x then .y = 2 else . end`:      {".a"},
		`.a = 1 | with_entries(select(.key != "z"))`: nil,
		`.a = "x | .b = 1" | .c = (.d | .e = 1)`:     {".a", ".c"},
		`(.a, .b) = 1`:                               nil,
		`.list[0] = 1`:                               nil,
		`."quoted-name" = 1`:                         nil,
		``:                                           nil,
	} {
		if diff := cmp.Diff(want, setPaths([]string{expression}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", expression, diff)
		}
	}
	if got := setPaths([]string{".a = 1", "del(.a)", ".b = 1"}); !cmp.Equal(got, []string{".b"}) {
		t.Errorf("over several expressions: %v", got)
	}
}
