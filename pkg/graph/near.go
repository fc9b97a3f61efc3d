package graph

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Near returns the candidate that a misspelt name was most likely meant to be:
// the one with the fewest typing errors (letters missing, added, replaced or
// swapped) if that are at most two, and one for short names; of several the
// first in alphabetical order. A name that is a candidate itself has none.
func Near(name string, candidates []string) (string, bool) {
	limit := 2
	if utf8.RuneCountInString(name) < 7 {
		limit = 1
	}
	best, fewest := "", limit+1
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if c == name {
			return "", false
		}
		if strings.EqualFold(c, name) {
			return c, true
		}
		if n := typos([]rune(name), []rune(c), limit); n < fewest {
			best, fewest = c, n
		}
	}
	return best, best != ""
}

// typos counts the typing errors between two words (their restricted
// Damerau-Levenshtein distance), or returns limit+1 when there are more.
func typos(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, row := make([]int, len(b)+1), make([]int, len(b)+1) // two rows back, one row back
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := row[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			next[j] = min(replaced, row[j]+1, next[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return min(row[len(b)], limit+1)
}
