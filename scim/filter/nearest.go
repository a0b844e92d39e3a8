package filter

import (
	"strings"

	"rollcall/scim/schema"
)

// nearest returns the known attribute whose name is most like one that is not known, or "" when none is like it.
func (r *resolver) nearest(a Attr) string {
	best, least := "", 3
	consider := func(name, known, path string) {
		if d := distance(name, known); d < least && d < len(name)-1 {
			best, least = path, d
		}
	}
	if r.within.Attr != nil {
		for _, sub := range r.within.Attr.Sub {
			consider(a.Name, sub.Name, sub.Name)
		}
		return best
	}
	for _, s := range append([]*schema.Schema{r.rt.Core, schema.Common}, r.rt.Extensions...) {
		for _, attr := range s.Attributes {
			path := schema.Ref{Schema: s, Attr: attr}.String()
			switch {
			case a.Sub == "":
				consider(a.Name, attr.Name, path)
			case attr.SubAttribute(a.Sub) != nil:
				consider(a.Name, attr.Name, path+"."+attr.SubAttribute(a.Sub).Name)
			}
			for _, sub := range attr.Sub {
				switch {
				case strings.EqualFold(a.Name, attr.Name):
					consider(a.Sub, sub.Name, path+"."+sub.Name)
				case a.Sub == "" && !attr.MultiValued:
					consider(a.Name, sub.Name, path+"."+sub.Name)
				}
			}
		}
	}
	return best
}

// distance returns how many letters must be added, removed or replaced to make one name of the other, in any case.
func distance(a, b string) int {
	const longest = 64 // longer than any name that is known
	if len(a) > longest {
		return longest
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			if a[i] != b[j] {
				diagonal++
			}
			diagonal, row[j+1] = row[j+1], min(diagonal, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
