package werfcfg

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/graph"
)

// Explain tells what an error of werf's build means, if it is about files of
// the repository; ok is false for others.
func Explain(err error) (explained error, ok bool) {
	return explainBy(ofFiles, err, templates{})
}

// explain makes an error of werf's configuration reading one that a person can
// act on. What no explanation fits keeps werf's text, cut to its last sentence
// before a dump of the rendered configuration, which may hold secrets.
func explain(err error, from templates) error {
	if explained, ok := explainBy(slices.Concat(ofFiles, ofConfig), err, from); ok {
		return explained
	}
	return exit.With(exit.Failed, fmt.Errorf("read werf.yaml: %s", withoutDump(err.Error())), "")
}

func explainBy(explanations []explanation, err error, from templates) (explained error, ok bool) {
	text := ansi.ReplaceAllString(err.Error(), "")
	for _, e := range explanations {
		groups := e.pattern.FindStringSubmatch(text)
		if groups == nil {
			continue
		}
		if e.special != nil {
			message, hint := e.special(text, groups, from)
			return exit.With(exit.Failed, errors.New(message), hint), true
		}
		return exit.With(exit.Failed, errors.New(fill(e.message, groups[1:])), fill(e.hint, groups[1:])), true
	}
	return nil, false
}

func fill(format string, groups []string) string {
	if !strings.Contains(format, "%[") {
		return format
	}
	args := make([]any, len(groups))
	for i, g := range groups {
		args[i] = strings.TrimSpace(g)
	}
	return fmt.Sprintf(format, args...)
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

// withoutDump cuts werf's error before the excerpt of the rendered
// configuration that it appends.
func withoutDump(text string) string {
	text = ansi.ReplaceAllString(text, "")
	head, _, _ := strings.Cut(text, "\n\n")
	head, _, _ = strings.Cut(head, "\nUse --debug") // of flags that modship keeps hidden
	return strings.Join(strings.Fields(head), " ")
}

// dumpedImage is an image's first line in the excerpt.
var dumpedImage = regexp.MustCompile(`(?m)^ *\d+ +(?:image|artifact): *(\S.*?) *$`)

// dumpedImages are the images in the excerpts, in their order.
func dumpedImages(text string) []string {
	_, dump, _ := strings.Cut(text, "\n\n")
	var names []string
	for _, match := range dumpedImage.FindAllStringSubmatch(dump, -1) {
		names = append(names, strings.Trim(match[1], `"'`))
	}
	return names
}

func explainListed(changed bool) special {
	return func(_ string, groups []string, _ templates) (message, hint string) {
		err := notCommitted(listedFiles(groups[1]), changed)
		return err.Error(), exit.HintOf(err)
	}
}

func explainNoValue(text string, groups []string, from templates) (message, hint string) {
	message = fmt.Sprintf("werf.yaml imports from an image named %q: a template looked up a key that is not there", groups[1])
	var files []string
	if images := dumpedImages(text); len(images) > 0 {
		message = fmt.Sprintf("image %s imports from %q: a template looked up a key that is not there", images[0], groups[1])
		files = from.definedIn(images[0])
	}
	return message, from.noValueHint(files)
}

// explainConflict names the image that is there twice; either may be in a list.
func explainConflict(text string, _ []string, from templates) (message, hint string) {
	names := dumpedImages(text)
	if len(names) == 0 {
		return "two images of werf.yaml have the same name", "Rename one of them."
	}
	name := strings.TrimSpace(names[len(names)-1])
	for _, candidate := range strings.Split(strings.Trim(name, "[]"), ",") {
		if candidate = strings.Trim(candidate, ` "'`); namesImage(names[0], candidate) {
			name = candidate
		}
	}
	message, hint = fmt.Sprintf("two images of werf.yaml are named %s", name), "Rename one of them."
	switch files := from.definedIn(name); len(files) {
	case 0:
	case 1:
		hint = "Rename one of them, or take one out: look in " + files[0] + "."
	default:
		hint = "Rename one of them, or take one out: they are in " + strings.Join(files, " and ") + "."
	}
	return message, hint
}

// explainCircle says it as the graph does: of the walk that werf lists, from
// what needs to what is needed, which may begin before the circle.
func explainCircle(_ string, groups []string, from templates) (message, hint string) {
	walk := strings.Split(strings.TrimSpace(groups[1]), " -> ")
	b := graph.NewBuilder()
	for i, name := range walk {
		id := b.AddNode(graph.Node{Kind: graph.Image, Name: name})
		if i > 0 {
			b.AddEdge(id, graph.ID(graph.Image, walk[i-1]), graph.Import)
		}
	}
	if g, err := b.Build(); err == nil {
		for _, p := range (&Config{templates: from}).problemsOf(g, graph.ProblemsOptions{}) {
			if p.Code == graph.ProblemCycle {
				return p.Message, p.Hint
			}
		}
	}
	return "images of werf.yaml need each other in a circle: " + groups[1], circleHint("")
}
