package filter

import "strconv"

// Miss is a condition that a resource did not meet, and what it found instead: what kind of thing, never which value.
type Miss struct {
	Condition string // canonical text of the part that failed
	Found     string // "absent", "text", "2 values" …
}

// Explain returns the first condition of a resolved expression that does not hold for the resource, or false when it
// holds. Of a conjunction that is the first term that fails; an alternative, a negation and a value path fail as a whole.
func Explain(e Expr, doc map[string]any) (Miss, bool) {
	if Match(e, doc) {
		return Miss{}, false
	}
	switch e := e.(type) {
	case *And:
		for _, t := range e.Terms {
			if miss, failed := Explain(t, doc); failed {
				return miss, true
			}
		}
	case *Or:
		return Miss{e.String(), "none of " + strconv.Itoa(len(e.Terms)) + " alternatives"}, true
	case *Not:
		return Miss{e.String(), "what must not be"}, true
	case *Compare:
		return Miss{e.String(), found(values(e.Attr.Ref, doc, false))}, true
	case *Present:
		return Miss{e.String(), found(values(e.Attr.Ref, doc, false))}, true
	case *ValuePath:
		return Miss{e.String(), found(values(e.Attr.Ref, doc, false))}, true
	}
	return Miss{}, false
}

func found(values []any) string {
	switch {
	case !present(values):
		return "absent"
	case len(values) > 1:
		return strconv.Itoa(len(values)) + " values"
	default:
		return kind(values[0])
	}
}
