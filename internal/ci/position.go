package ci

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// findings returns the findings of a report, and its error if none of them
// explains that. Their files are paths in the repository; what is not a file
// there is left out.
func (r *Reporter) findings(report Report) []Finding {
	list := slices.Clone(report.Findings)
	isError := func(f Finding) bool { return f.Level == Error }
	if report.Err != nil && !slices.ContainsFunc(list, isError) {
		file, line := position(report.Err)
		list = append(list, Finding{Level: Error, Title: report.Command, Message: report.Err.Error(), Fix: report.Hint, File: file, Line: line})
	}
	for i := range list {
		if list[i].File = r.inRepository(report.Dir, list[i].File); list[i].File == "" {
			list[i].Line = 0
		}
	}
	return list
}

// inRepository returns the path in the repository of a file of a module, or ""
// if there is no such file.
func (r *Reporter) inRepository(dir, file string) string {
	path := filepath.Join(dir, file)
	if info, err := os.Stat(path); file == "" || err != nil || info.IsDir() {
		return ""
	}
	relative, err := filepath.Rel(r.root, path)
	if err != nil || strings.HasPrefix(relative, "..") {
		return file
	}
	return filepath.ToSlash(relative)
}

// positioned is an error that knows the place in the repository that it is about.
type positioned interface {
	error
	Position() (file string, line int)
}

// inText matches a file of a module and a line in the text of an error.
var inText = regexp.MustCompile(`(?:^|[\s"'(])((?:[\w.-]+/)*[\w.-]+\.(?:ya?ml|tpl|json|md)|(?:[\w.-]+/)*[\w.-]*Dockerfile[\w.-]*):(\d+)(?:[:,\s"')]|$)`)

// position returns the place in the repository that an error is about: as the
// error itself says, or as its text does. Without one, file is empty.
func position(err error) (file string, line int) {
	if p, ok := errors.AsType[positioned](err); ok {
		return p.Position()
	}
	return PositionIn(err.Error())
}

// PositionIn finds the first file and line, such as werf.yaml:12, in a text.
func PositionIn(text string) (file string, line int) {
	match := inText.FindStringSubmatch(text)
	if match == nil {
		return "", 0
	}
	line, err := strconv.Atoi(match[2])
	if err != nil {
		return "", 0
	}
	return match[1], line
}
