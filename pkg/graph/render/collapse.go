package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/graph"
)

const (
	// largePicture is the number of boxes above which nobody reads a picture:
	// nodes are grouped.
	largePicture = 300
	// mostGroups is the number of nodes above which grouping by kind and name is
	// too fine, and kind alone has to do.
	mostGroups = 80
)

// overview is a view in which nodes stand for groups of those of another.
type overview struct {
	*view
	members [][]int  // by node of the overview: positions in the whole view, one or more
	titles  []string // descriptions of groups; "" for nodes that stay alone
}

// newOverview groups the nodes by kind and by the first part of their names
// (images "cert-manager/webhook" and "cert-manager/controller"), or by kind
// alone if that leaves too many.
func newOverview(whole *view) *overview {
	o := groupBy(whole, func(i int) string { return whole.group(i, true) })
	if len(o.nodes) > mostGroups {
		o = groupBy(whole, func(i int) string { return whole.group(i, false) })
	}
	return o
}

// group names the group of a node; a node whose group is its id stays alone:
// artifacts, the images they are made of, and those that collect digests.
func (v *view) group(i int, byName bool) string {
	n := v.nodes[i]
	if n.Kind.IsArtifact() || v.isRoot(i) {
		return n.ID
	}
	class, name := lookKey(n), n.Name
	switch {
	case v.isCatalogue(i):
		class = catalogue
	case n.Kind == graph.Base:
		name = n.Key
	case n.Kind != graph.Image:
		name = "" // paths of repositories have no common names
	}
	first, _, nested := strings.Cut(name, "/")
	if !byName || !nested {
		first = ""
	}
	return class + "\x00" + first
}

// catalogue is the class of images that only give names to base images.
const catalogue = "catalogue"

func (v *view) isCatalogue(i int) bool {
	needs := v.needs[i]
	return v.nodes[i].Kind == graph.Image && !v.nodes[i].Final && len(needs) == 1 &&
		v.nodes[needs[0]].Kind == graph.Base && slices.Equal(v.kinds(needs[0], i), []graph.EdgeKind{graph.From})
}

// isRoot reports whether an image becomes an artifact or collects digests.
func (v *view) isRoot(i int) bool {
	if v.nodes[i].Kind != graph.Image {
		return false
	}
	if slices.ContainsFunc(v.users[i], func(user int) bool { return v.nodes[user].Kind.IsArtifact() }) {
		return true
	}
	return slices.ContainsFunc(v.needs[i], func(need int) bool { return slices.Contains(v.kinds(need, i), graph.Digest) })
}

// groupBy makes the overview of the groups that nodes belong to.
func groupBy(whole *view, groupOf func(int) string) *overview {
	o := &overview{view: &view{}}
	at, place := map[string]int{}, make([]int, len(whole.nodes))
	for i := range whole.nodes {
		group := groupOf(i)
		k, ok := at[group]
		if !ok {
			k = len(o.members)
			at[group], o.members = k, append(o.members, nil)
			o.nodes, o.titles = append(o.nodes, whole.nodes[i]), append(o.titles, "")
		}
		o.members[k], place[i] = append(o.members[k], i), k
	}
	for k, members := range o.members {
		if len(members) > 1 {
			o.name(whole, k, members)
		}
	}
	for _, e := range whole.edges {
		if from, to := place[e.from], place[e.to]; from != to {
			o.edges = append(o.edges, viewEdge{from, to, e.kind})
		}
	}
	slices.SortFunc(o.edges, func(a, b viewEdge) int { return cmp.Or(a.compareEnds(b), cmp.Compare(a.kind, b.kind)) })
	o.edges = slices.Compact(o.edges)
	o.connect()
	return o
}

// name describes the group k in place of its first member.
func (o *overview) name(whole *view, k int, members []int) {
	first := whole.nodes[members[0]]
	what := looks[lookKey(first)].plural
	if whole.isCatalogue(members[0]) {
		what = "names of base images"
	}
	o.titles[k] = fmt.Sprintf("%d %s", len(members), what)
	name := o.titles[k]
	if prefix, _, nested := strings.Cut(cmp.Or(first.Key, first.Name), "/"); nested && allBegin(whole, members, prefix+"/") {
		name = prefix + "/…"
	}
	o.nodes[k] = graph.Node{ID: first.ID, Kind: first.Kind, Final: first.Final, Name: name}
}

func allBegin(v *view, members []int, prefix string) bool {
	return !slices.ContainsFunc(members, func(i int) bool {
		return !strings.HasPrefix(cmp.Or(v.nodes[i].Key, v.nodes[i].Name), prefix)
	})
}
