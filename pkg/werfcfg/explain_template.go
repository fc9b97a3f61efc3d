package werfcfg

import (
	"fmt"
	"io/fs"
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

// failedAt tells in which file and line of the project a template failed; file
// is empty when the text does not tell.
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

// place is the file and line for a sentence, or the places to look at.
func place(text string) string {
	if file, line := failedAt(text); file != "" {
		return fmt.Sprintf("%s, line %d", file, line)
	}
	return "werf.yaml or .werf"
}

func explainCheck(text string, groups []string, _ templates) (message, hint string) {
	return "werf.yaml refuses what it was given: " + strings.TrimSpace(groups[1]), "The check is the module's own: " + place(text) + "."
}

// explainYAML tells which file is no YAML: the one that the failing line reads.
func explainYAML(text string, groups []string, from templates) (message, hint string) {
	file, line := failedAt(text)
	what := "a file that is read by " + place(text)
	if from.FS != nil && file != "" {
		data, _ := fs.ReadFile(from, file) // without it the line is not known
		if lines := strings.Split(string(data), "\n"); line <= len(lines) {
			if read := filesGet.FindAllStringSubmatch(lines[line-1], -1); len(read) == 1 {
				what = read[0][1]
			}
		}
	}
	return what + " is no valid YAML: " + strings.TrimSpace(groups[1]), "It is read by " + place(text) + "."
}

func explainTemplate(text string, groups []string, _ templates) (message, hint string) {
	return "a template of werf.yaml fails: " + strings.TrimSpace(groups[1]), "Look at " + place(text) + "."
}
