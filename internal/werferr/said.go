package werferr

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var ansi = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")

// excerptLine is a line of the rendered configuration as werf numbers it.
var excerptLine = regexp.MustCompile(`(?m)^ *\d+  `)

// excerptImage is the first line of an image's section in an excerpt.
var excerptImage = regexp.MustCompile(`(?m)^ *\d+ +(?:image|artifact): *(\S.*?) *$`)

// configError is the type with which werf appends an excerpt of the rendered
// configuration to a message, after an empty line. It is not exported.
const configError = "*config.configError"

// split separates what werf says in an error from the excerpt of the rendered
// configuration that follows it and may hold secrets. Only the first part may
// be matched or shown.
func split(err error) (said, excerpt string) {
	text := ansi.ReplaceAllString(err.Error(), "")
	for e := err; e != nil; e = errors.Unwrap(e) {
		if fmt.Sprintf("%T", e) == configError {
			said, excerpt, _ = strings.Cut(text, "\n\n")
			return said, excerpt
		}
	}
	if said, excerpt, _ = strings.Cut(text, "\n\n"); excerptLine.MatchString(excerpt) {
		return said, excerpt
	}
	return text, ""
}

// excerptImages returns the images of an excerpt, in their order. A list of
// images in one section stays one text, "[a, b]".
func excerptImages(excerpt string) []string {
	var names []string
	for _, match := range excerptImage.FindAllStringSubmatch(excerpt, -1) {
		names = append(names, strings.Trim(match[1], `"'`))
	}
	return names
}

// oneLine joins the lines of a text and leaves out advice about werf's flags.
func oneLine(text string) string {
	text, _, _ = strings.Cut(text, "\nUse --debug")
	return strings.Join(strings.Fields(text), " ")
}

// quoted are values of the rendered configuration that werf or its YAML parser
// quotes in a message.
var quoted = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile("(?s)cannot unmarshal (!!\\w+) `.*?` into"), "cannot unmarshal a $1 into"},
	{regexp.MustCompile("(?s), got `.*`!"), ""},
}

// withoutValues leaves quoted values out of what werf says.
func withoutValues(said string) string {
	for _, q := range quoted {
		said = q.pattern.ReplaceAllString(said, q.instead)
	}
	return said
}
