package werfcfg

import (
	"path"
	"slices"
	"strings"

	"github.com/werf/werf/v2/pkg/config"

	"github.com/modship/modship/pkg/graph"
)

// gitEntries are what the git entries of an image add, and what stages watch.
func gitEntries(image *config.StapelImageBase) []graph.GitEntry {
	if image.Git == nil {
		return nil
	}
	var list []graph.GitEntry
	for _, local := range image.Git.Local {
		list = append(list, gitEntry(localGit(local), local))
	}
	for _, remote := range image.Git.Remote {
		list = append(list, gitEntry(remoteGit(remote), &config.GitLocal{GitLocalExport: remote.GitLocalExport}))
	}
	return list
}

func gitEntry(source graph.Node, entry *config.GitLocal) graph.GitEntry {
	e := graph.GitEntry{
		Source: graph.ID(source.Kind, source.Name), Add: entry.Add, To: entry.To,
		IncludePaths: entry.IncludePaths, ExcludePaths: entry.ExcludePaths,
	}
	for _, stage := range watchingStages {
		if globs := globsOf(entry.StageDependencies, stage); len(globs) > 0 {
			if e.StageDependencies == nil {
				e.StageDependencies = map[string][]string{}
			}
			e.StageDependencies[stage] = globs
		}
	}
	return e
}

// localGit is the set of paths of this repository that one git entry adds.
func localGit(local *config.GitLocal) graph.Node {
	paths := gitPaths(local.Add, local.IncludePaths)
	name := gitName(paths, local.ExcludePaths)
	for _, p := range local.ExcludePaths {
		paths = append(paths, "!"+path.Join(strings.Trim(local.Add, "/"), p))
	}
	return graph.Node{Kind: graph.Git, Name: name, Paths: paths}
}

func remoteGit(remote *config.GitRemote) graph.Node {
	rev := firstOf(remote.Commit, remote.Tag, remote.Branch, "HEAD")
	return graph.Node{
		Kind: graph.Git, Name: stripUserinfo(remote.Url) + "@" + rev, Ref: stripUserinfo(remote.Url),
		Paths: gitPaths(remote.Add, remote.IncludePaths),
	}
}

// gitPaths are the slash-separated paths of the repository that a git entry
// reads; none means everything.
func gitPaths(add string, include []string) []string {
	root := strings.Trim(add, "/")
	if len(include) == 0 {
		if root == "" {
			return nil
		}
		return []string{root}
	}
	var paths []string
	for _, p := range include {
		paths = append(paths, path.Join(root, p))
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func gitName(paths, exclude []string) string {
	name := "."
	if len(paths) > 0 {
		name = strings.Join(paths, ",")
	}
	if len(exclude) > 0 {
		name += " -" + strings.Join(exclude, ",-")
	}
	return name
}

// stripUserinfo removes a user and password from an address: graphs are
// printed in logs.
func stripUserinfo(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	host, tail, _ := strings.Cut(rest, "/")
	if _, bare, ok := strings.Cut(host, "@"); ok {
		host = bare
	}
	return scheme + "://" + host + "/" + tail
}
