package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The codes of the problems that [Problems] reports.
const (
	ProblemCycle        = "cycle"         // images need each other in a circle
	ProblemNoValue      = "no-value"      // a template left <no value> where a reference belongs
	ProblemNearMiss     = "near-miss"     // a base is one typing error away from an image
	ProblemDigestKey    = "digest-key"    // two images have the same key in images_digests.json
	ProblemUnknownKey   = "unknown-key"   // a template uses a key that no image has
	ProblemUnusedImages = "unused-images" // images that are not final and that nothing needs
)

// ProblemsOptions is what the graph itself does not know.
type ProblemsOptions struct {
	UsedKeys []KeyUse // keys of images_digests.json that templates use
	// Spare reports whether an image is meant to be there unused, because
	// werf.yaml has one for each key of a catalogue. Nil means that none is.
	Spare func(image string) bool
}

// KeyUse is a place where a template uses a key of images_digests.json.
type KeyUse struct {
	Key  string
	File string // path in the repository
}

// Problems reports what can be seen to be wrong from the graph alone, in the
// order of the codes above and by id.
func Problems(g *Graph, opts ProblemsOptions) []Problem {
	return slices.Concat(cycleProblems(g), baseProblems(g), digestKeyProblems(g), usedKeyProblems(g, opts.UsedKeys), unusedProblems(g, opts.Spare))
}

func cycleProblems(g *Graph) []Problem {
	circle := g.Cycle()
	if circle == nil {
		return nil
	}
	var names []string
	for _, id := range append(circle, circle[0]) {
		names = append(names, g.nodes[g.index[id]].Name)
	}
	return []Problem{{
		Code: ProblemCycle, Image: names[0],
		Message: fmt.Sprintf("these images need each other in a circle, so none of them can be built: %s", strings.Join(names, " -> ")),
		Hint:    "Remove one of the imports, dependencies or from lines between them.",
	}}
}

// baseProblems looks for bases that were meant to be something else.
func baseProblems(g *Graph) []Problem {
	var images []string
	for _, n := range g.nodes {
		if n.Kind == Image {
			images = append(images, n.Name)
		}
	}
	var problems []Problem
	for i, n := range g.nodes {
		if n.Kind != Base {
			continue
		}
		user := ""
		if users := g.neededBy(i); len(users) > 0 {
			user = g.nodes[users[0]].Name
		}
		if strings.Contains(n.Name, "<no value>") {
			problems = append(problems, Problem{
				Code: ProblemNoValue, Image: user,
				Message: fmt.Sprintf("image %s is made from %q: a template looked up a key that is not there", user, n.Name),
				Hint:    "Correct the key in the template, or add it to the file the template reads (base_images.yml).",
			})
			continue
		}
		if !couldBeImage(n.Name) {
			continue // a catalogue has hundreds of bases by digest
		}
		if near, ok := Near(n.Name, images); ok {
			problems = append(problems, Problem{
				Code: ProblemNearMiss, Image: user,
				Message: fmt.Sprintf("image %s is made from %q, which is no image of the configuration and so is pulled from a registry: did you mean %q?", user, n.Name, near),
				Hint:    "Correct the name; a reference that is meant gets a tag or a digest.",
			})
		}
	}
	return problems
}

// couldBeImage reports whether a reference looks like a name of the
// configuration: no registry host, no tag, no digest.
func couldBeImage(ref string) bool {
	host, _, nested := strings.Cut(ref, "/")
	return !strings.ContainsAny(ref, "@:") && !(nested && (strings.Contains(host, ".") || host == "localhost"))
}

func digestKeyProblems(g *Graph) []Problem {
	byKey := map[string][]string{}
	var keys []string
	for _, n := range g.nodes {
		if n.DigestKey == "" {
			continue
		}
		if byKey[n.DigestKey] == nil {
			keys = append(keys, n.DigestKey)
		}
		byKey[n.DigestKey] = append(byKey[n.DigestKey], n.Name)
	}
	slices.Sort(keys)
	var problems []Problem
	for _, key := range keys {
		if names := byKey[key]; len(names) > 1 {
			problems = append(problems, Problem{
				Code: ProblemDigestKey, Image: names[0],
				Message: fmt.Sprintf("images %s have the same key %q in images_digests.json, so only one of them can be used", strings.Join(names, " and "), key),
				Hint:    "Rename one: the key is the last part of the name in lower camel case, and digits and hyphens get lost in it.",
			})
		}
	}
	return problems
}

func usedKeyProblems(g *Graph, uses []KeyUse) []Problem {
	var keys []string
	for _, n := range g.nodes {
		if n.DigestKey != "" {
			keys = append(keys, n.DigestKey)
		}
	}
	uses = slices.Clone(uses)
	slices.SortFunc(uses, func(a, b KeyUse) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.File, b.File)) })
	var problems []Problem
	for _, u := range slices.Compact(uses) {
		if slices.Contains(keys, u.Key) {
			continue
		}
		p := Problem{
			Code: ProblemUnknownKey, File: u.File,
			Message: fmt.Sprintf("%s uses the image %q, but images_digests.json will have no such key", u.File, u.Key),
			Hint:    "Add the image, or use a key of an image that there is.",
		}
		if near, ok := Near(u.Key, keys); ok {
			p.Hint = fmt.Sprintf("Did you mean %q?", near)
		}
		problems = append(problems, p)
	}
	return problems
}

// unusedProblems makes one problem of all unused images.
func unusedProblems(g *Graph, spare func(string) bool) []Problem {
	var names []string
	for i, n := range g.nodes {
		if n.Kind == Image && !n.Final && len(g.neededBy(i)) == 0 && (spare == nil || !spare(n.Name)) {
			names = append(names, n.Name)
		}
	}
	const shown = 5
	p := Problem{Code: ProblemUnusedImages, Hint: "Remove them, use them, or make them final."}
	switch {
	case len(names) == 0:
		return nil
	case len(names) == 1:
		p.Image, p.Message = names[0], fmt.Sprintf("image %s is not final and nothing needs it, so it is never built", names[0])
	case len(names) > shown:
		p.Message = fmt.Sprintf("%d images are not final and nothing needs them, so they are never built: %s and %d more", len(names), strings.Join(names[:shown], ", "), len(names)-shown)
	default:
		p.Message = fmt.Sprintf("%d images are not final and nothing needs them, so they are never built: %s", len(names), strings.Join(names, ", "))
	}
	return []Problem{p}
}
