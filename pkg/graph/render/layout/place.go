package layout

import "slices"

// rounds is how often heights are improved.
const rounds = 30

// place chooses the places of all vertices for their order.
func (s *sketch) place() {
	for _, column := range s.columns {
		y := 0.0
		for k, i := range column {
			if k > 0 {
				y += s.apart(column[k-1], i)
			}
			s.layout[i].y = y
		}
	}
	for round := range rounds {
		if round%2 == 0 {
			for c := range s.columns {
				s.settle(c, func(v *vertex) [][]int { return [][]int{v.left} })
			}
		} else {
			for c := range slices.Backward(s.columns) {
				s.settle(c, func(v *vertex) [][]int { return [][]int{v.right} })
			}
		}
	}
	for c := range s.columns {
		s.settle(c, func(v *vertex) [][]int { return [][]int{v.left, v.right} })
	}
	s.across()
	s.toOrigin()
}

// apart is the least distance of the middles of two neighbours in a column.
func (s *sketch) apart(above, below int) float64 {
	gap := s.opts.RowGap
	if above >= s.boxes && below >= s.boxes {
		gap = s.opts.LineGap
	}
	return (s.layout[above].size.Height+s.layout[below].size.Height)/2 + gap
}

// settle moves the vertices of a column as close as possible to the median
// height of their neighbours, keeping order and distances: the sum of the
// squared deviations is the least there is. Lines that run through weigh more
// than boxes, so that long lines become straight.
func (s *sketch) settle(c int, neighbours func(*vertex) [][]int) {
	column := s.columns[c]
	wish, weight := make([]float64, len(column)), make([]float64, len(column))
	offset := 0.0
	offsets := make([]float64, len(column))
	for k, i := range column {
		v := &s.layout[i]
		if k > 0 {
			offset += s.apart(column[k-1], i)
		}
		near := slices.Concat(neighbours(v)...)
		wish[k], weight[k] = v.y, 0.1
		if len(near) > 0 {
			wish[k], weight[k] = s.median(near), 1
			if i >= s.boxes {
				weight[k] = 4
			}
		}
		wish[k] -= offset
		offsets[k] = offset
	}
	for k, y := range rising(wish, weight) {
		s.layout[column[k]].y = y + offsets[k]
	}
}

func (s *sketch) median(vertices []int) float64 {
	ys := make([]float64, len(vertices))
	for i, v := range vertices {
		ys[i] = s.layout[v].y
	}
	slices.Sort(ys)
	return (ys[(len(ys)-1)/2] + ys[len(ys)/2]) / 2
}

// rising returns the sequence that never falls and is closest to the wishes by
// weighted squares: neighbours that would fall are pooled at their average (the
// pool-adjacent-violators algorithm of isotonic regression).
func rising(wish, weight []float64) []float64 {
	type pool struct {
		value, weight float64
		size          int
	}
	var pools []pool
	for i := range wish {
		pools = append(pools, pool{wish[i], weight[i], 1})
		for len(pools) > 1 && pools[len(pools)-2].value > pools[len(pools)-1].value {
			a, b := pools[len(pools)-2], pools[len(pools)-1]
			w := a.weight + b.weight
			pools = append(pools[:len(pools)-2], pool{(a.value*a.weight + b.value*b.weight) / w, w, a.size + b.size})
		}
	}
	result := make([]float64, 0, len(wish))
	for _, p := range pools {
		for range p.size {
			result = append(result, p.value)
		}
	}
	return result
}

// across gives the columns their x. The gap between two columns is wider where
// lines climb far, so that they do not become too steep to follow.
func (s *sketch) across() {
	x := 0.0
	for _, column := range s.columns {
		width, climb := 0.0, 0.0
		for _, i := range column {
			v := &s.layout[i]
			v.x = x
			width = max(width, v.size.Width)
			for _, n := range v.right {
				climb = max(climb, s.layout[n].y-v.y, v.y-s.layout[n].y)
			}
		}
		for _, i := range column {
			s.layout[i].size.Width = width
		}
		s.size.Width = x + width
		x += width + s.opts.ColumnGap + min(climb/10, 1.5*s.opts.ColumnGap)
	}
}

// toOrigin moves everything so that the upper edge is at 0.
func (s *sketch) toOrigin() {
	top, bottom := s.layout[0].y, s.layout[0].y
	for _, v := range s.layout {
		top, bottom = min(top, v.y-v.size.Height/2), max(bottom, v.y+v.size.Height/2)
	}
	for i := range s.layout {
		s.layout[i].y -= top
	}
	s.size.Height = bottom - top
}

func (s *sketch) box(i int) Box {
	v := s.layout[i]
	return Box{Point{v.x, v.y - v.size.Height/2}, v.size}
}

// route returns the points of a link, see [Layout.Routes].
func (s *sketch) route(link int) []Point {
	from, to := s.ends(link)
	at := s.layout[from]
	points := []Point{{at.x + at.size.Width, at.y}}
	for column := at.column + 1; column < s.layout[to].column; column++ {
		bend := s.layout[s.bends[from][column]]
		points = append(points, Point{bend.x, bend.y}, Point{bend.x + bend.size.Width, bend.y})
	}
	points = append(points, Point{s.layout[to].x, s.layout[to].y})
	if s.turned[link] {
		slices.Reverse(points)
	}
	return points
}
