package schedule

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestQueue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	q := queue[int]{before: func(a, b int) bool { return a < b }}
	var inside []int
	for range 20_000 {
		if len(inside) == 0 || r.IntN(5) < 3 {
			v := r.IntN(100)
			q.push(v)
			inside = append(inside, v)
			continue
		}
		want := slices.Min(inside)
		if got := q.pop(); got != want {
			t.Fatalf("pop = %d, want %d", got, want)
		}
		at := slices.Index(inside, want)
		inside = slices.Delete(inside, at, at+1)
	}
}
