package graph

import (
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
)

// Near returns the candidate that a misspelt name was most likely meant to be:
// the one with the fewest typing errors (letters missing, added, replaced, or
// swapped with the next) if there are at most two, and one for short names. Of
// several it is the first in alphabetical order. It reports false for a name
// that is itself a candidate.
func Near(name string, candidates []string) (string, bool) {
	limit, length := 2, utf8.RuneCountInString(name)
	if length < 7 {
		limit = 1
	}
	params := levenshtein.NewParams().MaxCost(limit)
	best, fewest := "", limit+1
	for _, c := range candidates {
		if c == name {
			return "", false
		}
		if d := utf8.RuneCountInString(c) - length; d > limit || d < -limit {
			continue
		}
		typos := 0
		switch {
		case strings.EqualFold(c, name):
		case isSwapped(name, c):
			typos = 1
		default:
			// With a limit, the library may count too few; it is a quick filter.
			if typos = levenshtein.Distance(name, c, params); typos <= limit {
				typos = levenshtein.Distance(name, c, nil)
			}
		}
		if typos < fewest || typos == fewest && c < best {
			best, fewest = c, typos
		}
	}
	return best, fewest <= limit
}

// isSwapped reports whether two neighbouring letters of a are swapped in b and
// all others are the same. To Levenshtein those are two errors.
func isSwapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
