package graph

import (
	"cmp"
	"fmt"
	"slices"
)

// Impact is an image whose inputs differ between two states of a module.
type Impact struct {
	Name   string   `json:"name"`
	ID     string   `json:"id"`
	Direct bool     `json:"direct"` // its own inputs differ; else only those of an image it needs
	Causes []string `json:"causes"` // what differs, a few words each; for others the images it needs that are affected
}

// AffectedOptions says what [Affected] leaves out.
type AffectedOptions struct {
	// Ignored are changed files that do not count for an image, by its name.
	Ignored func(image string) []string
}

// Affected returns the images of after that cannot be the same as in before, by
// name: new ones, those whose node or edges differ, those that use a changed
// file of the repository, and everything that needs one of them. Changed are the
// slash-separated paths of files that were added, changed or removed between
// the two states. A nil before means that there was nothing.
//
// The answer errs on the side of more: a file counts when it is within the paths
// of a git or context node, whatever the image does with it, frozen ones
// excepted. Images on a cycle are left out.
func Affected(before, after *Graph, changed []string, opts AffectedOptions) []Impact {
	if before == nil {
		before = &Graph{}
	}
	touched := map[int][]string{} // node to what differs
	var impacts []Impact
	for _, i := range after.order() { // without cycles: those cannot be built anyway
		causes := after.differs(before, i, changed)
		direct := len(causes) > 0
		for _, need := range after.needs(i) {
			switch n := after.nodes[need]; {
			case len(touched[need]) == 0:
			case n.Kind.IsInput():
				noticed := after.nodes[i].notices(n, touched[need])
				if opts.Ignored != nil && n.Kind != Base {
					noticed = without(noticed, opts.Ignored(after.nodes[i].Name))
				}
				causes, direct = append(causes, noticed...), direct || len(noticed) > 0
			case !direct:
				causes = append(causes, n.Name)
			}
		}
		if touched[i] = causes; len(causes) > 0 && after.nodes[i].Kind == Image {
			impacts = append(impacts, Impact{Name: after.nodes[i].Name, ID: after.nodes[i].ID, Direct: direct, Causes: sortedSet(causes)})
		}
	}
	slices.SortFunc(impacts, func(a, b Impact) int { return cmp.Compare(a.Name, b.Name) })
	return impacts
}

// notices returns what counts for an image of that which differs in a node it
// needs.
func (n Node) notices(need Node, causes []string) []string {
	if need.Kind != Git || !n.Frozen {
		return causes
	}
	var noticed []string
	for _, file := range causes {
		if len(n.Watched) > 0 && HasFile(n.Watched, file) {
			noticed = append(noticed, file)
		}
	}
	return noticed
}

// without is a list without the items of another.
func without(list, items []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(items, s) })
}

// differs says in what node i of g differs from the node of that id in before,
// leaving out what the nodes it needs are like.
func (g *Graph) differs(before *Graph, i int, changed []string) []string {
	n := g.nodes[i]
	if n.Kind.IsInput() && n.Kind != Base {
		return changedFiles(n, changed)
	}
	old, ok := before.Node(n.ID)
	if !ok {
		return []string{"new: " + n.Name}
	}
	var causes []string
	if n.Ref != old.Ref && n.Kind == Base {
		causes = append(causes, "reference of "+n.Name)
	}
	if n.Builder != old.Builder || !slices.Equal(n.Platforms, old.Platforms) {
		causes = append(causes, "settings")
	}
	if n.Fingerprint != old.Fingerprint {
		causes = append(causes, "instructions")
	}
	ends := func(e Edge) string { return fmt.Sprintf("%s %s", e.Kind, e.From) }
	now, then := g.EdgesTo(n.ID), before.EdgesTo(n.ID)
	for _, e := range now {
		if !slices.Contains(then, e) {
			causes = append(causes, "added: "+ends(e))
		}
	}
	for _, e := range then {
		if !slices.Contains(now, e) {
			causes = append(causes, "removed: "+ends(e))
		}
	}
	return causes
}
