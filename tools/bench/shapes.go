package main

import (
	"fmt"
	"strings"
)

// shape is a module to read.
type shape struct {
	name   string
	werf   string
	images []string // names, each with a file of its own in the repository
}

// componentsShape has n images in components of three.
func componentsShape(n int) shape {
	werf, images := catalogueModule(n)
	return shape{fmt.Sprintf("%d images", n), werf, images}
}

// catalogueShape has n images that give names to base images by digest, as
// catalogues of base images do.
func catalogueShape(n int) shape {
	var text strings.Builder
	text.WriteString("project: catalogue\nconfigVersion: 1\n")
	for i := range n {
		fmt.Fprintf(&text, "---\nimage: builder/b%d\nfrom: registry.example/container-factory@sha256:%064x\nfinal: false\n", i, i)
	}
	return shape{fmt.Sprintf("catalogue of %d images", n), text.String(), nil}
}

// largeShape has n images like those of the largest real module: most import
// from two others, and install with long lists of commands.
func largeShape(n int) shape {
	var text strings.Builder
	text.WriteString("project: large\nconfigVersion: 1\n")
	edges := 0
	for i := range n {
		fmt.Fprintf(&text, "---\nimage: component/c%d\nfrom: registry.example/base@sha256:%064x\nfinal: %t\n", i, i%20, i%2 == 1)
		fmt.Fprintf(&text, "git:\n- add: /images/c%d\n  to: /src\n  includePaths: [\"**/*.go\", go.mod, go.sum]\n  stageDependencies:\n    install: [\"**/*\"]\n", i)
		if i > 10 {
			text.WriteString("import:\n")
			for _, from := range []int{i / 2, i / 10} {
				fmt.Fprintf(&text, "- {image: component/c%d, add: /out, to: /in/%d, before: install}\n", from, from)
				edges++
			}
		}
		text.WriteString("shell:\n  install:\n")
		for step := range 60 {
			fmt.Fprintf(&text, "  - echo \"step %d of component %d\" && go build -o /out/c%d-%d ./cmd/c%d/part%d && chmod 0755 /out/c%d-%d\n", step, i, i, step, i, step, i, step)
		}
	}
	return shape{fmt.Sprintf("large, %d images, %d imports", n, edges), text.String(), nil}
}
