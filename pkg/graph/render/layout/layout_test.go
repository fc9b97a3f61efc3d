package layout

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func boxes(n int) []Size {
	sizes := make([]Size, n)
	for i := range sizes {
		sizes[i] = Size{Width: 50 + float64(i%7)*10, Height: 20 + float64(i%3)*8}
	}
	return sizes
}

// check checks what must hold for every layout.
func check(t *testing.T, l *Layout, sizes []Size, edges []Edge) {
	t.Helper()
	for i, b := range l.Boxes {
		if b.X < -0.01 || b.Y < -0.01 || b.X+b.Width > l.Size.Width+0.01 || b.Y+b.Height > l.Size.Height+0.01 {
			t.Fatalf("box %d %v is outside the picture %v", i, b, l.Size)
		}
		if b.Width < sizes[i].Width || b.Height != sizes[i].Height {
			t.Fatalf("box %d is %v, smaller than %v", i, b.Size, sizes[i])
		}
		for j, o := range l.Boxes[:i] {
			if b.X < o.X+o.Width && o.X < b.X+b.Width && b.Y < o.Y+o.Height-0.01 && o.Y < b.Y+b.Height-0.01 {
				t.Fatalf("boxes %d %v and %d %v overlap", i, b, j, o)
			}
		}
	}
	for i, e := range edges {
		route := l.Routes[i]
		if e.From == e.To {
			if len(route) != 0 {
				t.Fatalf("the loop %v has a route", e)
			}
			continue
		}
		if len(route)%2 != 0 || !touches(l.Boxes[e.From], route[0]) || !touches(l.Boxes[e.To], route[len(route)-1]) {
			t.Fatalf("edge %v: route %v does not join %v and %v", e, route, l.Boxes[e.From], l.Boxes[e.To])
		}
		for k := 1; k+1 < len(route); k += 2 {
			if route[k].Y != route[k+1].Y {
				t.Fatalf("edge %v does not run straight through a column: %v", e, route)
			}
			for n, b := range l.Boxes {
				if y := route[k].Y; y > b.Y && y < b.Y+b.Height && route[k].X < b.X+b.Width && b.X < route[k+1].X {
					t.Fatalf("edge %v runs through box %d", e, n)
				}
			}
		}
	}
}

func touches(b Box, p Point) bool {
	return math.Abs(p.Y-b.Y-b.Height/2) < 0.01 && (p.X == b.X || p.X == b.X+b.Width)
}

func TestRandomGraphs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n := 1 + r.IntN(40)
		edges := make([]Edge, r.IntN(2*n))
		for i := range edges {
			edges[i] = Edge{r.IntN(n), r.IntN(n)} // with loops, cycles and repetitions
		}
		l := Layered(boxes(n), edges, Options{})
		check(t, l, boxes(n), edges)
		if diff := cmp.Diff(l, Layered(boxes(n), edges, Options{})); diff != "" {
			t.Fatalf("the same graph, another layout:\n%s", diff)
		}
	}
}

func TestEdgesPointRight(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		n := 2 + r.IntN(40)
		var edges []Edge
		for range 2 * n {
			if a, b := r.IntN(n), r.IntN(n); a < b {
				edges = append(edges, Edge{a, b})
			}
		}
		l := Layered(boxes(n), edges, Options{})
		for i, e := range edges {
			for k := range l.Routes[i][1:] {
				if l.Routes[i][k+1].X < l.Routes[i][k].X {
					t.Fatalf("edge %v goes left: %v", e, l.Routes[i])
				}
			}
		}
	}
}

// TestStraightWhereItCanBe: parallel chains are drawn as straight lines.
func TestStraightWhereItCanBe(t *testing.T) {
	var edges []Edge
	for chain := range 5 {
		edges = append(edges, Edge{3 * chain, 3*chain + 1}, Edge{3*chain + 1, 3*chain + 2}, Edge{3*chain + 2, 15})
	}
	l := Layered(boxes(16), edges, Options{})
	for chain := range 5 {
		a, b, c := l.Routes[3*chain][0].Y, l.Routes[3*chain+1][0].Y, l.Routes[3*chain+1][1].Y
		if math.Abs(a-b) > 0.5 || math.Abs(b-c) > 0.5 {
			t.Errorf("chain %d is at heights %f, %f, %f", chain, a, b, c)
		}
	}
}

func TestFewCrossings(t *testing.T) {
	// Two combs that can be drawn without a crossing, given in a bad order.
	edges := []Edge{{0, 5}, {1, 4}, {0, 7}, {1, 6}, {2, 4}, {3, 5}, {0, 9}, {1, 8}}
	s := newSketch(boxes(10), edges, Options{RowGap: 1, LineGap: 1, ColumnGap: 1})
	s.order()
	if n := s.crossings(); n != 0 {
		t.Errorf("%d crossings", n)
	}
}

// TestSharedWay: edges that leave one box for one distant column share all of
// their way but the end.
func TestSharedWay(t *testing.T) {
	edges := []Edge{{0, 1}, {1, 2}, {2, 3}, {2, 4}, {0, 3}, {0, 4}}
	l := Layered(boxes(5), edges, Options{})
	a, b := l.Routes[4], l.Routes[5]
	if diff := cmp.Diff(a[:len(a)-1], b[:len(b)-1]); diff != "" || len(a) != 6 {
		t.Errorf("two ways:\n%s", diff)
	}
}

func TestBoxesWithoutEdgesFillRows(t *testing.T) {
	l := Layered(boxes(1000), []Edge{{0, 1}}, Options{})
	check(t, l, boxes(1000), []Edge{{0, 1}})
	if ratio := l.Size.Width / l.Size.Height; ratio < 0.8 || ratio > 4 {
		t.Errorf("the picture is %v, not in the shape of a screen", l.Size)
	}
	if empty := Layered(nil, nil, Options{}); empty.Size != (Size{}) {
		t.Errorf("nothing is %v large", empty.Size)
	}
}

func TestRising(t *testing.T) {
	for _, tc := range []struct{ wish, weight, want []float64 }{
		{[]float64{1, 2, 3}, []float64{1, 1, 1}, []float64{1, 2, 3}},
		{[]float64{3, 1, 2}, []float64{1, 1, 1}, []float64{2, 2, 2}},
		{[]float64{1, 6, 0}, []float64{1, 1, 5}, []float64{1, 1, 1}},
		{nil, nil, []float64{}},
	} {
		if diff := cmp.Diff(tc.want, rising(tc.wish, tc.weight)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tc.wish, diff)
		}
	}
}

func BenchmarkLayered(b *testing.B) {
	const n = 1000
	var edges []Edge
	for i := 0; i < n-13; i += 3 {
		edges = append(edges, Edge{i, i + 1}, Edge{i + 1, i + 2}, Edge{i + 2, n - 1}, Edge{n - 2 - i%9, i + 1}, Edge{n - 2 - i%7, i + 2})
	}
	for b.Loop() {
		Layered(boxes(n), edges, Options{})
	}
}
