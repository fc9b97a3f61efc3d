package graph

import (
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
)

// Near returns the candidate that a misspelt name was most likely meant to be:
// the one with the fewest typing errors (letters missing, added or replaced; two
// swapped letters are two errors) if there are at most two, and one for short
// names. Of several it is the first in alphabetical order. It reports false for
// a name that is itself a candidate.
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
		if !strings.EqualFold(c, name) {
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
