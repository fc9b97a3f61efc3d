package werferr

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/modship/modship/internal/werfsrc"
)

// secretName matches the names of environment variables that hold secrets.
var secretName = regexp.MustCompile(`(?i)(TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIAL|PRIVATE|APIKEY|API_KEY|_KEY$|_PAT$)`)

// Values shorter than shortest are not hidden: they would tear ordinary text
// apart. Those shorter than anywhere are hidden only as whole words.
const (
	shortest = 4
	anywhere = 10
)

// hideVariables replaces the values of environment variables by $NAME: of those
// that the templates read and of those whose names promise a secret. A message
// of werf, or of a check in the templates, may quote them.
func hideVariables(text string, project werfsrc.Project) string {
	read := project.Variables()
	var hidden [][2]string
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if len(value) < shortest || !strings.Contains(text, value) {
			continue
		}
		if secretName.MatchString(name) || slices.Contains(read, name) {
			hidden = append(hidden, [2]string{name, value})
		}
	}
	// The longest first: one value may be a part of another.
	slices.SortStableFunc(hidden, func(a, b [2]string) int { return len(b[1]) - len(a[1]) })
	for _, h := range hidden {
		text = hideValue(text, h[0], h[1])
	}
	return text
}

func hideValue(text, name, value string) string {
	if len(value) >= anywhere {
		return strings.ReplaceAll(text, value, "$"+name)
	}
	word := regexp.MustCompile(`(^|[^\w$])` + regexp.QuoteMeta(value) + `($|\W)`)
	return word.ReplaceAllString(text, "${1}$$"+name+"${2}")
}
