// Package layout places the boxes of a directed graph in columns, left to
// right, so that edges point right, few of them cross and most are straight. It
// is the layered method of Sugiyama, Tagawa and Toda: break cycles, choose a
// column for each box, order the boxes within the columns, choose heights.
//
// Edges that leave one box for distant columns share a way until they have to
// part: thirty users of one box make one line that fans out, not thirty.
package layout

// Size is how large a box is.
type Size struct{ Width, Height float64 }

// Edge goes from one box to another, given by their positions in the list.
type Edge struct{ From, To int }

// Point is a place in the picture; x grows to the right, y downwards.
type Point struct{ X, Y float64 }

// Box is a placed box: its upper left corner and its size. All boxes of a column
// are as wide as the widest.
type Box struct {
	Point
	Size
}

// Layout is a finished picture. Its upper left corner is 0, 0.
type Layout struct {
	Boxes []Box // in the order of the sizes given
	// Routes has a list of points for each edge, in the order given: from the
	// edge of one box to that of the other. Between the points with even and odd
	// position (0 and 1, 2 and 3, …) a route crosses a gap between columns,
	// between odd and even ones it runs straight through a column.
	Routes [][]Point
	Size   Size
}

// Options says how far apart things are.
type Options struct {
	ColumnGap float64 // least distance of two columns; 0 = 48
	RowGap    float64 // least distance of two boxes in a column; 0 = 12
	LineGap   float64 // least distance of lines that run through a column; 0 = 6
}

// Layered places boxes of the given sizes. Edges from a box to itself get an
// empty route. Parts that hang together are placed below each other, the largest
// first, and boxes without edges in rows below them.
func Layered(sizes []Size, edges []Edge, opts Options) *Layout {
	if opts.ColumnGap <= 0 {
		opts.ColumnGap = 48
	}
	if opts.RowGap <= 0 {
		opts.RowGap = 12
	}
	if opts.LineGap <= 0 {
		opts.LineGap = 6
	}
	l := &Layout{Boxes: make([]Box, len(sizes)), Routes: make([][]Point, len(edges))}
	parts, alone := components(len(sizes), edges)
	for _, part := range parts {
		if l.Size.Height > 0 {
			l.Size.Height += 3 * opts.RowGap
		}
		l.place(part, sizes, edges, opts)
	}
	l.grid(alone, sizes, opts)
	return l
}

// place lays out one part below the parts placed so far.
func (l *Layout) place(p part, sizes []Size, edges []Edge, opts Options) {
	index := map[int]int{} // box to position in the part
	local := make([]Size, len(p.boxes))
	for i, box := range p.boxes {
		index[box], local[i] = i, sizes[box]
	}
	links := make([]Edge, len(p.edges))
	for i, e := range p.edges {
		links[i] = Edge{index[edges[e].From], index[edges[e].To]}
	}
	s := newSketch(local, links, opts)
	s.order()
	s.place()
	top := l.Size.Height
	for i, box := range p.boxes {
		l.Boxes[box] = s.box(i)
		l.Boxes[box].Y += top
	}
	for i, e := range p.edges {
		l.Routes[e] = s.route(i)
		for k := range l.Routes[e] {
			l.Routes[e][k].Y += top
		}
	}
	l.Size.Width = max(l.Size.Width, s.size.Width)
	l.Size.Height += s.size.Height
}

// grid puts boxes in rows below the parts placed so far.
func (l *Layout) grid(boxes []int, sizes []Size, opts Options) {
	if len(boxes) == 0 {
		return
	}
	var cell Size
	for _, b := range boxes {
		cell.Width, cell.Height = max(cell.Width, sizes[b].Width), max(cell.Height, sizes[b].Height)
	}
	stepX, stepY := cell.Width+2*opts.RowGap, cell.Height+opts.RowGap
	// As wide as the rest, or in the shape of a screen when there is little.
	columns := 1
	for float64(columns)*stepX < l.Size.Width || float64(columns+1)*stepX < 1.6*stepY*float64(len(boxes)/(columns+1)) {
		columns++
	}
	top := l.Size.Height
	if top > 0 {
		top += 3 * opts.RowGap
	}
	for i, b := range boxes {
		at := Point{float64(i%columns) * stepX, top + float64(i/columns)*stepY}
		l.Boxes[b] = Box{at, Size{cell.Width, sizes[b].Height}}
		l.Size.Width = max(l.Size.Width, at.X+cell.Width)
		l.Size.Height = max(l.Size.Height, at.Y+cell.Height)
	}
}
