package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameOf is the name in an id of the form kind:name.
func nameOf(id string) string {
	if _, name, ok := strings.Cut(id, ":"); ok {
		return name
	}
	return id
}

// shortRef makes a reference with a digest short enough to be read: the last
// part of the repository and 8 digits, which tell references of one module
// apart. Others stay as they are.
func shortRef(ref string) string {
	repository, digest, ok := strings.Cut(ref, "@sha256:")
	if !ok {
		return ref
	}
	repository = repository[strings.LastIndexByte(repository, '/')+1:]
	return repository + "@" + digest[:min(8, len(digest))]
}

// shorten cuts a text to n characters, leaving out its middle: the ends of
// names and paths tell most.
func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	head := n / 2
	return string(r[:head]) + "…" + string(r[len(r)-(n-head-1):])
}

// joinUpTo joins parts until there are n characters, and says how many more
// there are. The first one is always there, shortened when it must be.
func joinUpTo(parts []string, n int) string {
	const sep, room = " · ", 5 // room for " + 99"
	text := ""
	for i, part := range parts {
		if i == 0 {
			text = shorten(part, n-room)
			continue
		}
		if utf8.RuneCountInString(text+sep+part)+room > n {
			return fmt.Sprintf("%s + %d", text, len(parts)-i)
		}
		text += sep + part
	}
	return text
}

// textWidth estimates the width of a text in a sans-serif font of that size, a
// little too large rather than too small: the font of whoever looks at the
// picture is not known.
func textWidth(s string, size float64) float64 {
	width := 0.0
	for _, r := range s {
		switch {
		case strings.ContainsRune("iljIt.,:;'|!()[]f/ ", r):
			width += 0.34
		case strings.ContainsRune("mwMW@%", r) || r > 0x2000:
			width += 0.9
		case unicode.IsDigit(r):
			width += 0.64
		case unicode.IsUpper(r):
			width += 0.72
		default:
			width += 0.6
		}
	}
	return width * size
}
