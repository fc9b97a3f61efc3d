package settings

import (
	"strings"
	"unicode"
)

// cleanTag takes off what surrounds a tag or a branch by mistake: white space,
// a carriage return, a byte order mark and other invisible characters, quotes,
// and refs/tags/ or refs/heads/. Otherwise "v1.2.3\r" would become the dev tag
// v1.2.3-, and the job that should publish the version would succeed.
func cleanTag(value string) string {
	for {
		clean := strings.TrimFunc(value, isInvisible)
		for _, quote := range []string{`"`, `'`, "`"} {
			if len(clean) > 1 && strings.HasPrefix(clean, quote) && strings.HasSuffix(clean, quote) {
				clean = clean[1 : len(clean)-1]
			}
		}
		for _, prefix := range []string{"refs/tags/", "refs/heads/"} {
			clean = strings.TrimPrefix(clean, prefix)
		}
		if clean == value {
			return value
		}
		value = clean
	}
}

// isInvisible reports whether a character shows nothing: white space, control
// and formatting characters such as the zero width space.
func isInvisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.C, r) || r == unicode.ReplacementChar
}

// isBranchName reports whether git accepts the name for a branch, as far as
// its characters say, see git-check-ref-format(1). git accepts quotes and
// dollar signs, too, but here they are left over from a script.
func isBranchName(name string) bool {
	return name != "" && !strings.ContainsAny(name, "~^:?*[\\\"'`$") && !strings.ContainsFunc(name, isInvisible)
}
