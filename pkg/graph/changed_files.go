package graph

import (
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
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

// HasFile reports whether a file is within paths, see [Node].Paths. A path
// ending in a slash is a submodule; it is within paths if any file in it could
// be.
func HasFile(paths []string, file string) bool {
	file, submodule := strings.CutSuffix(file, "/")
	included, given := false, false
	for _, p := range paths {
		if excluded, ok := strings.CutPrefix(p, "!"); ok {
			if covers(excluded, file) {
				return false
			}
			continue
		}
		given = true
		included = included || covers(p, file) || submodule && reaches(p, file)
	}
	return included || !given
}

// covers reports whether a path or glob matches the file or a directory above
// it. As in werf (path_matcher), stars at the end of a glob match nothing as
// well: "conf/*" covers the file conf. A path that is not a valid glob is taken
// literally.
func covers(pattern, file string) bool {
	pattern = path.Clean("/" + pattern)[1:]
	base := trimStars(pattern)
	if within(file, base) {
		return true
	}
	for _, glob := range []string{pattern, base, path.Join(base, "**", "*")} {
		if ok, err := doublestar.Match(glob, file); ok && err == nil {
			return true
		}
	}
	return false
}

// reaches reports whether a path or glob could match something in a directory.
// It compares what comes before the first wildcard, so it errs on the side of
// yes.
func reaches(pattern, dir string) bool {
	pattern = path.Clean("/" + pattern)[1:]
	if meta := strings.IndexAny(pattern, `*?[{\`); meta >= 0 {
		pattern = strings.TrimSuffix(path.Dir("/" + pattern[:meta] + "x")[1:], "/")
	}
	return within(pattern, dir) || within(dir, pattern)
}

// trimStars drops the parts at the end of a glob that consist of stars.
func trimStars(pattern string) string {
	for pattern != "" && strings.Trim(path.Base(pattern), "*") == "" {
		pattern = strings.TrimSuffix(path.Dir(pattern), ".")
	}
	return pattern
}

// within reports whether a path is dir or below it; everything is below "".
func within(file, dir string) bool {
	rest, found := strings.CutPrefix(file, dir)
	return found && (dir == "" || rest == "" || rest[0] == '/')
}
