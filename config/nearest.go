package config

import (
	"iter"
	"slices"
	"strings"
)

// DidYouMean returns `; did you mean "x"?` for the name that is nearest to word, or "" when none is near: for messages about
// names that people type.
func DidYouMean(word string, names []string) string { return didYouMean(word, slices.Values(names)) }

// didYouMean returns `; did you mean "x"?` for the name that is nearest to word, or "" when none is near.
func didYouMean(word string, names iter.Seq[string]) string {
	if name := nearest(word, names); name != "" {
		return "; did you mean " + quote(name) + "?"
	}
	return ""
}

// nearest returns the name that is nearest to word, or "" when none is near: at most one edit in three letters, three at the
// most, whatever the case. Of several, the first by the alphabet.
func nearest(word string, names iter.Seq[string]) string {
	folded := []rune(strings.ToLower(word))
	if len(folded) == 0 || len(folded) > 64 {
		return ""
	}
	best, least := "", min(3, (len(folded)+2)/3)+1
	for name := range names {
		if d := distance(folded, []rune(strings.ToLower(name))); d < least || d == least && best != "" && name < best {
			best, least = name, d
		}
	}
	return best
}

// distance is the number of insertions, deletions, replacements and swaps of neighbours that turn a into b.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
