package main

import (
	"regexp"
	"strings"
)

// compile makes a Go regular expression of a POSIX one. In basic ones (grep
// and sed without -E) the escaped \( \) \{ \} \| \+ \? are the operators and the
// plain characters are literal.
func compile(pattern string, extended, ignoreCase bool) (*regexp.Regexp, error) {
	if !extended {
		pattern = swapEscapes(pattern)
	}
	if ignoreCase {
		pattern = "(?i)" + pattern
	}
	return regexp.Compile(pattern)
}

const swapped = "(){}|+?"

func swapEscapes(pattern string) string {
	var out strings.Builder
	inClass := false
	for i := 0; i < len(pattern); i++ {
		switch char := pattern[i]; {
		case inClass:
			inClass = char != ']'
			out.WriteByte(char)
		case char == '[':
			inClass = true
			out.WriteByte(char)
		case char == '\\' && i+1 < len(pattern):
			i++
			if !strings.ContainsRune(swapped, rune(pattern[i])) {
				out.WriteByte('\\')
			}
			out.WriteByte(pattern[i])
		case strings.ContainsRune(swapped, rune(char)):
			out.WriteByte('\\')
			out.WriteByte(char)
		default:
			out.WriteByte(char)
		}
	}
	return out.String()
}
