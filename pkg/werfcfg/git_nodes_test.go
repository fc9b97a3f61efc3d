package werfcfg

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/graph"
)

func TestGitEntriesHaveWhatStagesWatch(t *testing.T) {
	ctx, p := openWerf(t)
	c := readFiles(t, ctx, p, map[string]string{"werf.yaml": `project: p
configVersion: 1
---
image: app
from: alpine:3
git:
- add: /src
  to: /app
  includePaths: ["*.go", go.mod]
  excludePaths: [vendor]
  stageDependencies:
    install: go.mod
    setup: ["**/*.go", "*.tmpl"]
- add: /src
  to: /copy
  includePaths: ["*.go", go.mod]
  excludePaths: [vendor]
- url: https://user:password@example.com/lib.git
  tag: v1
  add: /
  to: /lib
  stageDependencies:
    beforeSetup: ["**/*"]
`, "src/main.go": "package main"}, "")
	n, _ := c.Graph.Node("image:app")
	local, remote := "git:src/*.go,src/go.mod -vendor", "git:https://example.com/lib.git@v1"
	want := []graph.GitEntry{
		{
			Source: local, Add: "/src", To: "/app", IncludePaths: []string{"*.go", "go.mod"}, ExcludePaths: []string{"vendor"},
			StageDependencies: map[string][]string{"install": {"go.mod"}, "setup": {"**/*.go", "*.tmpl"}},
		},
		{Source: local, Add: "/src", To: "/copy", IncludePaths: []string{"*.go", "go.mod"}, ExcludePaths: []string{"vendor"}},
		{Source: remote, Add: "/", To: "/lib", StageDependencies: map[string][]string{"beforeSetup": {"**/*"}}},
	}
	if diff := cmp.Diff(want, n.Adds); diff != "" {
		t.Error(diff)
	}
	for _, e := range want {
		if _, ok := c.Graph.Node(e.Source); !ok {
			t.Errorf("no node %s", e.Source)
		}
	}
}
