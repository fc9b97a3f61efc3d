package scaffold

import (
	"path"
	"regexp"
	"strings"
)

// assignment finds the commands with which steps of GitHub set variables and
// outputs: echo "NAME=VALUE" >> "$GITHUB_ENV".
var assignment = regexp.MustCompile(`^\s*echo\s+["']?([A-Za-z_][A-Za-z0-9_]*)=(.*?)["']?\s*>>\s*["']?\$\{?(GITHUB_ENV|GITHUB_OUTPUT)`)

// run takes from a script what it sets. id is the step's, for its outputs. Of
// several values the last one counts: behind "else", it is what builds without
// further wishes get.
func (s *scope) run(id, script string) {
	for line := range strings.Lines(script) {
		m := assignment.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		value, ok := s.translate(m[2])
		if !ok || strings.Contains(value, "$(") {
			continue // decided by the run
		}
		if m[3] == "GITHUB_ENV" {
			s.variables[m[1]] = value
		} else {
			s.outputs[id+"."+m[1]] = value
		}
	}
}

// download finds wget and curl with an address and, if given, a destination.
var (
	download    = regexp.MustCompile(`\b(?:wget|curl)\b.*?["']?(https?://[^\s"']+)`)
	destination = regexp.MustCompile(`\s(?:-O|-o|--output|--output-document)[ =]?["']?([^\s"'-][^\s"']*)`)
	changeDir   = regexp.MustCompile(`\bcd\s+([^\s&;]+)`)
)

// downloads returns the files of a kind that builds read which a script fetches:
// lists of base images and charts.
func downloads(script, from string) []File {
	var list []File
	for line := range strings.Lines(strings.ReplaceAll(script, "\\\n", " ")) {
		m := download.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		f := File{URL: withBraces(m[1]), Path: path.Base(m[1]), From: from}
		if to := destination.FindStringSubmatch(line); to != nil {
			f.Path = withBraces(strings.TrimPrefix(to[1], "./"))
		}
		if dir := changeDir.FindStringSubmatch(line); dir != nil {
			f.Path = path.Join(dir[1], f.Path)
		}
		if ext := path.Ext(f.Path); ext == ".yml" || ext == ".yaml" || strings.HasPrefix(f.Path, "charts/") {
			list = append(list, f)
		}
	}
	return list
}

// withBraces writes $NAME as ${NAME}.
func withBraces(value string) string {
	return referencePattern.ReplaceAllStringFunc(value, func(found string) string {
		if strings.HasPrefix(found, "${") {
			return found
		}
		return reference(found[1:])
	})
}
