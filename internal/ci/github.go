package ci

import (
	"fmt"
	"io"
	"strings"
)

// maxAnnotations is how many annotations of one level GitHub shows of a step,
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands.
const maxAnnotations = 10

// annotate writes the findings as annotations. Where there are too many of one
// level, the last says so.
func annotate(w io.Writer, found []Finding) {
	byLevel := map[Level][]Finding{}
	for _, f := range found {
		byLevel[f.Level] = append(byLevel[f.Level], f)
	}
	for _, level := range []Level{Error, Warning, Notice} {
		list := byLevel[level]
		if more := len(list) - maxAnnotations + 1; more > 1 {
			list = append(list[:maxAnnotations-1:maxAnnotations-1], Finding{
				Level: level, Title: "findings", Message: fmt.Sprintf("%d more: see the summary of the job", more),
			})
		}
		for _, f := range list {
			fmt.Fprintln(w, annotation(f))
		}
	}
}

// annotation returns a finding as one of GitHub's workflow commands.
func annotation(f Finding) string {
	var properties []string
	add := func(name, value string) {
		if value != "" {
			properties = append(properties, name+"="+propertyEscaper.Replace(value))
		}
	}
	add("file", f.File)
	if f.Line > 0 {
		add("line", fmt.Sprint(f.Line))
	}
	add("title", strings.TrimSpace("modship "+f.Title))
	message := f.Message
	if f.File == "" && f.Where != "" && !strings.HasPrefix(message, f.Where) {
		message = f.Where + ": " + message
	}
	if f.Fix != "" {
		message += "\n" + f.Fix
	}
	return "::" + string(f.Level) + " " + strings.Join(properties, ",") + "::" + dataEscaper.Replace(message)
}

// The characters that workflow commands escape in messages and in properties.
var (
	dataEscaper     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscaper = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
