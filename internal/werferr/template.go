package werferr

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// frame is one template in Go's error text: its name, the line and what is
// executed there. werf.yaml is called werfConfig; what tpl executes has a name
// without a meaning.
var frame = regexp.MustCompile(`template: ([^\s:]+):(\d+)(?::\d+)?: (?:executing "[^"]*" at <([^\n]*?)>: )?`)

// filesGet is the file that a template reads.
var filesGet = regexp.MustCompile(`\.Files\.Get\s+"([^"]+)"`)

// failedAt returns the file and line of the project where a template failed; file
// is empty if the text does not name one.
func failedAt(text string) (file string, line int) {
	read := ""
	for _, match := range frame.FindAllStringSubmatch(text, -1) {
		switch name := match[1]; {
		case name == "werfConfig":
			file = "werf.yaml"
		case strings.HasPrefix(name, "tpl-"):
			file = read
		default:
			file = name
		}
		line, _ = strconv.Atoi(match[2]) // the pattern has digits only
		read = ""
		if got := filesGet.FindStringSubmatch(match[3]); got != nil {
			read = got[1]
		}
	}
	return file, line
}

// place is the file and line for a sentence, or the places to look at. werf
// names templates by their paths below .werf.
func (r *report) place() string {
	file, line := failedAt(r.said)
	if file == "" {
		return "werf.yaml or .werf"
	}
	if below := path.Join(".werf", file); !r.project.Has(file) && r.project.Has(below) {
		file = below
	}
	return fmt.Sprintf("%s, line %d", file, line)
}

func explainCheck(r *report, groups []string) (message, hint string) {
	return "werf.yaml refuses what it was given: " + strings.TrimSpace(groups[1]), "The check is the module's own: " + r.place() + "."
}

// explainYAMLFile names the file that is not valid YAML: the one that the
// failing line reads.
func explainYAMLFile(r *report, groups []string) (message, hint string) {
	file, line := failedAt(r.said)
	what := "a file that is read by " + r.place()
	if r.project.FS != nil && file != "" {
		data, _ := fs.ReadFile(r.project, file) // without it the line is not known
		if lines := strings.Split(string(data), "\n"); line <= len(lines) {
			if read := filesGet.FindAllStringSubmatch(lines[line-1], -1); len(read) == 1 {
				what = read[0][1]
			}
		}
	}
	return what + " is not valid YAML: " + strings.TrimSpace(groups[1]), "It is read by " + r.place() + "."
}

// parsedAt begins an error of parsing a template; place says the same.
var parsedAt = regexp.MustCompile(`^template: \S+?:\d+(?::\d+)?: `)

func explainTemplate(r *report, groups []string) (message, hint string) {
	return "a template of werf.yaml fails: " + parsedAt.ReplaceAllString(strings.TrimSpace(groups[1]), ""), "Look at " + r.place() + "."
}
