package graph

import (
	"path"
	"strings"
)

// changedFiles returns the changed files that belong to a git or context node.
// Files of a remote (it has a Ref) are not in the repository.
func changedFiles(n Node, changed []string) []string {
	if n.Ref != "" {
		return nil
	}
	var files []string
	for _, file := range changed {
		if HasFile(n.Paths, file) {
			files = append(files, file)
		}
	}
	return files
}

// HasFile reports whether a file is within paths, see [Node].Paths.
func HasFile(paths []string, file string) bool {
	included, any := false, false
	for _, p := range paths {
		if excluded, ok := strings.CutPrefix(p, "!"); ok {
			if covers(excluded, file) {
				return false
			}
			continue
		}
		any = true
		included = included || covers(p, file)
	}
	return included || !any
}

// covers reports whether a path or glob is the file, or a directory above it.
func covers(pattern, file string) bool {
	pattern = path.Clean("/" + pattern)[1:]
	return pattern == "" || matchParts(strings.Split(pattern, "/"), strings.Split(file, "/"))
}

// matchParts matches the parts of a glob with those of a path or of a directory
// above it; ** stands for any number of parts.
func matchParts(pattern, file []string) bool {
	for i, p := range pattern {
		if p == "**" {
			for skip := range len(file) - i + 1 {
				if matchParts(pattern[i+1:], file[i+skip:]) {
					return true
				}
			}
			return false
		}
		if i >= len(file) {
			return false
		}
		if ok, err := path.Match(p, file[i]); p != file[i] && (err != nil || !ok) {
			return false
		}
	}
	return true
}
