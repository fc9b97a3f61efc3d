package werferr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modship/modship/internal/werfsrc"
	"github.com/modship/modship/pkg/graph"
)

func explainNoValue(r *report, groups []string) (message, hint string) {
	if r.image() == "" {
		return fmt.Sprintf("werf.yaml imports from an image named %q: a template looked up a key that is not there", groups[1]), r.project.NoValueHint(nil)
	}
	return fmt.Sprintf("image %s imports from %q: a template looked up a key that is not there", r.image(), groups[1]),
		r.project.NoValueHint(r.project.DefinedIn(r.image()))
}

// explainUnknownImage is the commonest failure of real repositories: a key that
// the catalogue of base images does not have.
func explainUnknownImage(r *report, groups []string) (message, hint string) {
	return unknownImage(r, r.image(), groups[1])
}

// explainPlatform is about images that need one that is not there at all, or
// not for their platform.
func explainPlatform(r *report, groups []string) (message, hint string) {
	image, needed, platform := groups[1], groups[2], groups[3]
	if strings.Contains(needed, "<no value>") {
		r.images = []string{image}
		return explainNoValue(r, []string{"", needed})
	}
	if r.section(needed) == nil {
		return unknownImage(r, image, needed)
	}
	return fmt.Sprintf("image %s needs image %s for %s, which werf.yaml does not build it for", image, needed, platform),
		fmt.Sprintf("Add %s to platform of image %s, in %s.", platform, needed, r.files(needed))
}

func unknownImage(r *report, image, needed string) (message, hint string) {
	message = fmt.Sprintf("werf.yaml uses an image %q that it does not define", needed)
	if image != "" {
		message = fmt.Sprintf("image %s %s %q, which werf.yaml does not define", image, useOf(r.section(image), needed), needed)
	}
	place := r.files(image)
	catalogues := r.project.BaseKeyFiles()
	near, ok := graph.Near(needed, r.names())
	switch {
	case ok:
		hint = fmt.Sprintf("Did you mean %q? Correct the name in %s.", near, place)
	case len(catalogues) > 0:
		hint = fmt.Sprintf("Correct the name in %s, or add the key %s to %s: another version of that file may have it.", place, needed, strings.Join(catalogues, " or "))
	default:
		hint = fmt.Sprintf("Correct the name in %s, or write a registry reference with a tag or digest for an image from a registry.", place)
	}
	return message, hint
}

// useOf says how a section uses an image.
func useOf(section map[string]any, image string) string {
	for _, use := range []struct{ list, verb string }{{"import", "imports from"}, {"dependencies", "depends on"}} {
		items, _ := section[use.list].([]any)
		for _, item := range items {
			fields, _ := item.(map[string]any)
			for _, key := range []string{"image", "from", "artifact"} {
				if fields[key] == image {
					return use.verb
				}
			}
		}
	}
	for _, key := range []string{"from", "fromImage", "fromArtifact"} {
		if section[key] == image {
			return "is made from"
		}
	}
	return "uses"
}

func explainNoBase(r *report, _ []string) (message, hint string) {
	return r.subject() + " is made from nothing: from is missing",
		"Add from to it in " + r.files(r.image()) + ": a reference, the name of another image, or scratch."
}

// explainConflict names the image that is defined twice; either definition may
// be in a list, or made of a key of the base images.
func explainConflict(r *report, _ []string) (message, hint string) {
	if len(r.images) == 0 {
		return "two images of werf.yaml have the same name", "Rename one of them."
	}
	name := commonName(r.images)
	message, hint = fmt.Sprintf("two images of werf.yaml are named %s", name), "Rename one of them."
	if places := r.project.AllDefinitions(name); len(places) > 0 {
		hint = "Rename or remove one of them: they come from " + strings.Join(places, " and ") + "."
		if len(places) == 1 {
			hint = "Rename or remove one of them, in " + places[0] + "."
		}
	}
	return message, hint
}

// explainCircle says it as the graph does. werf lists the walk from what needs
// to its dependencies, which may begin before the cycle.
func explainCircle(r *report, groups []string) (message, hint string) {
	walk := strings.Split(strings.TrimSpace(groups[1]), " -> ")
	b := graph.NewBuilder()
	for i, name := range walk {
		id := b.AddNode(graph.Node{Kind: graph.Image, Name: name})
		if i > 0 {
			b.AddEdge(id, graph.ID(graph.Image, walk[i-1]), graph.Import)
		}
	}
	message, hint = "images of werf.yaml need each other in a circle: "+groups[1], r.project.CircleHint()
	g, err := b.Build()
	if err != nil {
		return message, hint
	}
	for _, p := range graph.Problems(g, graph.ProblemsOptions{}) {
		if p.Code == graph.ProblemCycle {
			return p.Message, r.project.CircleHint(circle(g)...)
		}
	}
	return message, hint
}

func circle(g *graph.Graph) []string {
	var names []string
	for _, id := range g.Cycle() {
		n, _ := g.Node(id)
		names = append(names, n.Name)
	}
	return names
}

// commonName is the image that both sections define. Either may be a list.
func commonName(sections []string) string {
	first, last := werfsrc.NamesIn(sections[0]), werfsrc.NamesIn(sections[len(sections)-1])
	for _, name := range last {
		if slices.Contains(first, name) {
			return name
		}
	}
	return last[0]
}
