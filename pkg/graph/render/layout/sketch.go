package layout

import "slices"

// sketch is one part of the graph on its way to a layout. Its vertices are the
// boxes, and a bend for each column that a line runs through on its way.
type sketch struct {
	opts    Options
	links   []Edge // as given
	turned  []bool // links that had to be reversed to break a cycle
	boxes   int    // the first so many vertices are boxes
	size    Size   // of the picture
	columns [][]int
	layout  []vertex
	bends   []map[int]int // for each box that lines leave: column to bend
}

type vertex struct {
	size   Size
	column int
	row    int // position within the column
	left   []int
	right  []int
	x, y   float64 // left edge and middle
}

func newSketch(sizes []Size, links []Edge, opts Options) *sketch {
	s := &sketch{opts: opts, links: links, boxes: len(sizes), layout: make([]vertex, len(sizes)), bends: make([]map[int]int, len(sizes))}
	for i, size := range sizes {
		s.layout[i].size = size
	}
	s.turned = backwards(len(sizes), links)
	s.chooseColumns()
	for i := range links {
		s.connect(s.ends(i))
	}
	s.columns = make([][]int, s.width())
	for i := range s.layout {
		v := &s.layout[i]
		v.row = len(s.columns[v.column])
		s.columns[v.column] = append(s.columns[v.column], i)
	}
	return s
}

// ends returns the boxes of a link, the left one first.
func (s *sketch) ends(link int) (from, to int) {
	e := s.links[link]
	if s.turned[link] {
		return e.To, e.From
	}
	return e.From, e.To
}

func (s *sketch) width() int {
	width := 0
	for _, v := range s.layout {
		width = max(width, v.column+1)
	}
	return width
}

// connect makes a way from one box to another through the columns between.
func (s *sketch) connect(from, to int) {
	at := from
	for column := s.layout[from].column + 1; column < s.layout[to].column; column++ {
		if s.bends[from] == nil {
			s.bends[from] = map[int]int{}
		}
		bend, ok := s.bends[from][column]
		if !ok {
			bend = len(s.layout)
			s.bends[from][column] = bend
			s.layout = append(s.layout, vertex{column: column})
			s.join(at, bend)
		}
		at = bend
	}
	s.join(at, to)
}

func (s *sketch) join(left, right int) {
	s.layout[left].right = append(s.layout[left].right, right)
	s.layout[right].left = append(s.layout[right].left, left)
}

// backwards marks the links that close a cycle on a walk through the graph.
func backwards(n int, links []Edge) []bool {
	out := make([][]int, n)
	for i, e := range links {
		out[e.From] = append(out[e.From], i)
	}
	const open, done = 1, 2
	state, turned := make([]int8, n), make([]bool, len(links))
	for start := range n {
		if state[start] != 0 {
			continue
		}
		next := make(map[int]int) // box to how many of its links were followed
		way := []int{start}
		state[start] = open
		for len(way) > 0 {
			at := way[len(way)-1]
			if next[at] == len(out[at]) {
				state[at] = done
				way = way[:len(way)-1]
				continue
			}
			link := out[at][next[at]]
			next[at]++
			switch to := links[link].To; state[to] {
			case open:
				turned[link] = true
			case 0:
				state[to] = open
				way = append(way, to)
			}
		}
	}
	return turned
}

// chooseColumns puts each box right of all it follows, as far left as that
// allows; then boxes that more lines leave than enter move right as far as they
// can, which makes those lines shorter.
func (s *sketch) chooseColumns() {
	left, right := make([][]int, s.boxes), make([][]int, s.boxes)
	waits := make([]int, s.boxes)
	for i := range s.links {
		from, to := s.ends(i)
		left[to], right[from] = append(left[to], from), append(right[from], to)
		waits[to]++
	}
	var sorted []int
	for i, n := range waits {
		if n == 0 {
			sorted = append(sorted, i)
		}
	}
	for next := 0; next < len(sorted); next++ {
		at := sorted[next]
		for _, to := range right[at] {
			s.layout[to].column = max(s.layout[to].column, s.layout[at].column+1)
			if waits[to]--; waits[to] == 0 {
				sorted = append(sorted, to)
			}
		}
	}
	for _, at := range slices.Backward(sorted) {
		if len(right[at]) == 0 || len(left[at]) > len(right[at]) {
			continue
		}
		column := s.layout[right[at][0]].column - 1
		for _, to := range right[at] {
			column = min(column, s.layout[to].column-1)
		}
		s.layout[at].column = column
	}
}
