package graph_test

import (
	"fmt"
	"os"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/render"
)

func module() (*graph.Graph, error) {
	b := graph.NewBuilder()
	builder := b.AddNode(graph.Node{Kind: graph.Image, Name: "builder", Builder: graph.Stapel})
	app := b.AddNode(graph.Node{Kind: graph.Image, Name: "app", Builder: graph.Stapel, Final: true})
	bundle := b.AddNode(graph.Node{Kind: graph.Image, Name: "bundle", Builder: graph.Stapel, Final: true})
	b.AddEdge(b.AddNode(graph.Node{Kind: graph.Base, Name: "golang:1.26"}), builder, graph.From)
	b.AddEdge(b.AddNode(graph.Node{Kind: graph.Git, Name: "src", Paths: []string{"src"}}), builder, graph.FromGit)
	b.AddEdge(builder, app, graph.Import)
	b.AddEdge(app, bundle, graph.Digest)
	return b.Build()
}

// Build a graph and draw it.
func Example() {
	g, err := module()
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := render.Tree(os.Stdout, g, render.TreeOptions{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// bundle (final)
	// └─ digest app (final)
	//    └─ import builder  ← golang:1.26, git src
	// 3 images (2 final), 1 base image, 1 git source
}

// Ask what an image needs and what needs it.
func ExampleGraph_Dependents() {
	g, err := module()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(g.Needs("image:builder"))
	for _, n := range g.Dependents("image:builder").Nodes() {
		fmt.Println(n.ID)
	}
	// Output:
	// [base:golang:1.26 git:src]
	// image:app
	// image:builder
	// image:bundle
}

// Ask which images a change of files rebuilds.
func ExampleAffected() {
	g, err := module()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, impact := range graph.Affected(g, g, []string{"src/main.go"}, graph.AffectedOptions{}) {
		fmt.Println(impact.Name, impact.Causes)
	}
	// Output:
	// app [builder]
	// builder [src/main.go]
	// bundle [app]
}
