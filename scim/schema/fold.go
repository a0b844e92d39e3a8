package schema

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Fold returns the form in which strings are compared, sorted and made unique where caseExact is false. It maps each rune
// to one representative of those that differ only in case (Unicode simple folding), lower case where there is one, so that
// [strings.EqualFold](a, b) implies Fold(a) == Fold(b), and Fold(Fold(s)) == Fold(s). It works rune by rune: it does
// not expand ("Straße" and "STRASSE" stay different), does not compose or decompose accents, and knows no language (the
// Turkish İ and ı stay apart from i).
func Fold(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf {
			return strings.Map(foldRune, s)
		} else if 'A' <= c && c <= 'Z' {
			return foldFrom(s, i)
		}
	}
	return s
}

// foldFrom folds s, whose first i bytes are folded already.
func foldFrom(s string, i int) string {
	b := make([]byte, len(s))
	copy(b, s[:i])
	for ; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return strings.Map(foldRune, s)
		}
		b[i] = lowerASCII(s[i])
	}
	return string(b)
}

// foldRune returns the representative of the runes that fold together: the lower case of the least of them, when that
// is one of them, else the least.
func foldRune(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	lower := unicode.ToLower(least)
	for next := unicode.SimpleFold(least); next != least; next = unicode.SimpleFold(next) {
		if next == lower {
			return lower
		}
	}
	return least
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// Instant is the form of a dateTime in a folded document: UTC, microseconds, of one length, so that it sorts as text.
const Instant = "2006-01-02T15:04:05.000000Z"

// FoldedDocument returns the form of a normalised document on which filters run in SQL: the same shape with names and URNs
// in lower case, strings folded where caseExact is false, dateTimes as [Instant], and multi-valued attributes always
// arrays. What the table does not know is left out. It shares nothing mutable with doc.
func (rt *ResourceType) FoldedDocument(doc map[string]any) map[string]any {
	out := make(map[string]any, len(doc))
	for name, value := range doc {
		if ref, ok := rt.Resolve("", name, ""); ok {
			out[ref.Attr.lower] = foldedAttribute(ref.Attr, value)
			continue
		}
		extension, ok := value.(map[string]any)
		if s := rt.schema(name); s != nil && ok {
			folded := make(map[string]any, len(extension))
			for name, value := range extension {
				if a := s.Attribute(name); a != nil {
					folded[a.lower] = foldedAttribute(a, value)
				}
			}
			out[s.lower] = folded
		}
	}
	return out
}

func foldedAttribute(a *Attribute, value any) any {
	if !a.MultiValued {
		return foldedValue(a, value)
	}
	elements, many := value.([]any)
	if !many {
		elements = []any{value}
	}
	folded := make([]any, len(elements))
	for i, e := range elements {
		folded[i] = foldedValue(a, e)
	}
	return folded
}

func foldedValue(a *Attribute, value any) any {
	switch v := value.(type) {
	case map[string]any:
		folded := make(map[string]any, len(v))
		for name, value := range v {
			if sub := a.SubAttribute(name); sub != nil {
				folded[sub.lower] = foldedValue(sub, value)
			}
		}
		return folded
	case string:
		if folded := foldedString(a, v); folded != v {
			return folded
		}
	}
	return value
}

func foldedString(a *Attribute, s string) string {
	if a.Type == DateTime {
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return t.UTC().Format(Instant)
		}
	}
	if a.CaseExact {
		return s
	}
	return Fold(s)
}
