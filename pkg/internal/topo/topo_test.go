package topo

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCircle(t *testing.T) {
	for name, tc := range map[string]struct {
		needs [][]int
		want  []int
	}{
		"none":        {[][]int{{1}, nil}, nil},
		"itself":      {[][]int{{0}}, []int{0}},
		"two":         {[][]int{{1}, {0}}, []int{0, 1}},
		"with a tail": {[][]int{nil, {3}, {1}, {2, 0}, {2}}, []int{1, 2, 3}},
	} {
		if diff := cmp.Diff(tc.want, Circle(tc.needs)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestOnRandomNeeds checks that what Circle returns is a circle, and that the
// order holds everything when there is none.
func TestOnRandomNeeds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 2000 {
		needs := make([][]int, 2+r.IntN(8))
		for range 1 + r.IntN(10) {
			i, need := r.IntN(len(needs)), r.IntN(len(needs))
			if !slices.Contains(needs[i], need) {
				needs[i] = append(needs[i], need)
			}
		}
		order, circle := Order(needs), Circle(needs)
		if (circle == nil) != (len(order) == len(needs)) {
			t.Fatalf("circle %v, but %d of %d have an order", circle, len(order), len(needs))
		}
		for at, i := range order {
			for _, need := range needs[i] {
				if !slices.Contains(order[:at], need) {
					t.Fatalf("%v: %d comes before %d, which it needs", order, i, need)
				}
			}
		}
		for at, i := range circle {
			if next := circle[(at+1)%len(circle)]; !slices.Contains(needs[next], i) || i < circle[0] {
				t.Fatalf("%v is not a circle in order: %d does not need %d", circle, next, i)
			}
			found++
		}
	}
	if found == 0 {
		t.Error("no random needs had a circle: the test says nothing")
	}
}
