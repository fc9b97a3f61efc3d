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

// HasFile reports whether a file is within paths, see [Node].Paths. A path with
// a slash at its end is a folder of which nothing is known but that something
// in it may be within them: a submodule.
func HasFile(paths []string, file string) bool {
	file, folder := strings.CutSuffix(file, "/")
	included, any := false, false
	for _, p := range paths {
		if excluded, ok := strings.CutPrefix(p, "!"); ok {
			if covers(excluded, file, false) {
				return false
			}
			continue
		}
		any = true
		included = included || covers(p, file, folder)
	}
	return included || !any
}

// covers reports whether a path or glob is the file, or a directory above it,
// or of a folder whether it can be something in it.
// Globs are werf's: {a,b} are alternatives, and what ends with stars only
// ("conf/*") stands for the path before them too, as a file.
func covers(pattern, file string, folder bool) bool {
	for _, p := range alternatives(pattern) {
		p = path.Clean("/" + p)[1:]
		for p != "" && strings.Trim(path.Base(p), "*") == "" {
			p = strings.TrimSuffix(path.Dir(p), ".")
		}
		if p == "" || matchParts(strings.Split(p, "/"), strings.Split(file, "/"), folder) {
			return true
		}
	}
	return false
}

// alternatives are the globs without braces that a glob stands for. Braces that
// do not fit together are letters.
func alternatives(pattern string) []string {
	open, depth, from := -1, 0, 0
	var choices []string
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case c == '{':
			if depth++; depth == 1 && open < 0 {
				open, from = i, i+1
			}
		case c == ',' && depth == 1:
			choices, from = append(choices, pattern[from:i]), i+1
		case c == '}' && depth > 0:
			if depth--; depth == 0 {
				var all []string
				for _, choice := range append(choices, pattern[from:i]) {
					all = append(all, alternatives(pattern[:open]+choice+pattern[i+1:])...)
				}
				return all
			}
		}
	}
	return []string{pattern}
}

// matchParts matches the parts of a glob with those of a path or of a directory
// above it, of a folder also with those of what is in it; ** stands for any
// number of parts.
func matchParts(pattern, file []string, folder bool) bool {
	for i, p := range pattern {
		if p == "**" {
			for skip := range len(file) - i + 1 {
				if matchParts(pattern[i+1:], file[i+skip:], folder) {
					return true
				}
			}
			return false
		}
		if i >= len(file) {
			return folder
		}
		// Both [^a] and [!a] are usual for what is not in a class.
		if ok, err := path.Match(strings.ReplaceAll(p, "[!", "[^"), file[i]); p != file[i] && (err != nil || !ok) {
			return false
		}
	}
	return true
}
