package werferr

import (
	"regexp"
	"strings"
)

var spaces = regexp.MustCompile(`\s+`)

// wrappers are what werf puts around an error on its way up and what the stage
// named beside the message already says.
var wrappers = regexp.MustCompile(strings.Join([]string{
	`failed to build image for stage \S+ with digest \S+: `,
	`error building stage \S+: `,
	`error building stapel stage with buildah-backend: `,
	`unable to run commands script: `,
	`RunCommand failed: `,
	`unable to fetch base image "[^"]*" for stage \S+: `,
	`unable to pull image \S+: `,
	`error pulling image "[^"]*": `,
}, "|"))

// What werf and the registry clients say last of a failed request; what is
// before it repeats the image's name in other words. The query of an upload
// address is the registry's own.
var (
	push        = regexp.MustCompile(`([a-z0-9.:-]+(?:/[a-z0-9._-]+)+):[0-9a-f]{56}-\d+.*(writing (?:blob|manifest)\b.*)$`)
	requested   = regexp.MustCompile(`(?i)\b(?:GET|HEAD|POST|PUT|PATCH|DELETE) "?https?://.*$`)
	uploadQuery = regexp.MustCompile(`(/blobs/uploads/[^?\s]*)\?[^\s":]*`)
)

// page is a web page that a proxy answers with.
var page = regexp.MustCompile(`(?is)[\s:,"\\]*<(?:!doctype\s+)?html\b.*$`)

// maxMessage bounds the one line that an error is; the log file has the rest.
const maxMessage = 400

func shorten(text string) string {
	text = strings.TrimSpace(spaces.ReplaceAllString(ansi.ReplaceAllString(text, ""), " "))
	if failed := push.FindStringSubmatch(text); failed != nil {
		text = "push to " + failed[1] + ": " + failed[2]
	}
	if failed := requested.FindString(text); failed != "" {
		text = failed
	}
	text = page.ReplaceAllString(text, "")
	text = uploadQuery.ReplaceAllString(text, "$1")
	text = wrappers.ReplaceAllString(text, "")
	return bound(text)
}

// bound replaces the middle of an overlong text.
func bound(text string) string {
	if runes := []rune(text); len(runes) > maxMessage {
		text = string(runes[:maxMessage/2]) + " … " + string(runes[len(runes)-maxMessage/2:])
	}
	return text
}
