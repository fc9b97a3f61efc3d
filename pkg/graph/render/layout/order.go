package layout

import (
	"cmp"
	"slices"
)

// sweeps is how often the order of the columns is improved, from left to right
// and back. Real graphs stop getting better after a few.
const sweeps = 12

// order chooses the order of the vertices within each column so that few lines
// cross: starting from a walk along the lines, each column is sorted by the
// average row of the neighbours in the column before it, again and again; the
// best order seen is kept.
func (s *sketch) order() {
	s.walk()
	best, crossings := s.rows(), s.crossings()
	for sweep := range sweeps {
		if sweep%2 == 0 {
			for c := 1; c < len(s.columns); c++ {
				s.sortColumn(c, func(v *vertex) []int { return v.left })
			}
		} else {
			for c := len(s.columns) - 2; c >= 0; c-- {
				s.sortColumn(c, func(v *vertex) []int { return v.right })
			}
		}
		if n := s.crossings(); n < crossings {
			best, crossings = s.rows(), n
		}
	}
	for i, row := range best {
		s.layout[i].row = row
	}
	for c := range s.columns {
		slices.SortFunc(s.columns[c], func(a, b int) int { return cmp.Compare(s.layout[a].row, s.layout[b].row) })
	}
}

// walk numbers the rows in the order of a walk that starts at the right end and
// follows lines to the left, so that what belongs together starts together.
func (s *sketch) walk() {
	seen := make([]bool, len(s.layout))
	filled := make([]int, len(s.columns))
	for _, v := range slices.Backward(s.columns) {
		for _, start := range v {
			todo := []int{start}
			for len(todo) > 0 {
				at := todo[len(todo)-1]
				todo = todo[:len(todo)-1]
				if seen[at] {
					continue
				}
				seen[at] = true
				v := &s.layout[at]
				v.row = filled[v.column]
				filled[v.column]++
				for _, next := range slices.Backward(v.left) {
					todo = append(todo, next)
				}
			}
		}
	}
	for i, v := range s.layout {
		s.columns[v.column][v.row] = i
	}
}

func (s *sketch) rows() []int {
	rows := make([]int, len(s.layout))
	for i, v := range s.layout {
		rows[i] = v.row
	}
	return rows
}

// sortColumn sorts a column by the average row of neighbours. A vertex without
// any stays about where it is.
func (s *sketch) sortColumn(c int, neighbours func(*vertex) []int) {
	column := s.columns[c]
	wish := make(map[int]float64, len(column))
	for _, i := range column {
		v := &s.layout[i]
		near := neighbours(v)
		if len(near) == 0 {
			wish[i] = float64(v.row)
			continue
		}
		sum := 0.0
		for _, n := range near {
			sum += float64(s.layout[n].row)
		}
		wish[i] = sum / float64(len(near))
	}
	slices.SortStableFunc(column, func(a, b int) int { return cmp.Compare(wish[a], wish[b]) })
	for row, i := range column {
		s.layout[i].row = row
	}
}

// crossings counts the pairs of lines that cross.
func (s *sketch) crossings() int {
	total := 0
	for c := range len(s.columns) - 1 {
		var ends []int // rows of the right ends, in the order of the left ones
		for _, i := range s.columns[c] {
			from := len(ends)
			for _, n := range s.layout[i].right {
				ends = append(ends, s.layout[n].row)
			}
			slices.Sort(ends[from:])
		}
		total += inversions(ends, len(s.columns[c+1]))
	}
	return total
}

// inversions counts the pairs that are in the wrong order, with a Fenwick tree
// over values below n.
func inversions(values []int, n int) int {
	tree := make([]int, n+1)
	total := 0
	for seen, v := range values {
		notAbove := 0
		for i := v + 1; i > 0; i -= i & -i {
			notAbove += tree[i]
		}
		total += seen - notAbove
		for i := v + 1; i <= n; i += i & -i {
			tree[i]++
		}
	}
	return total
}
