package schema

import "maps"

// collapse makes one of the elements that have the same type and value (RFC 7643 §2.4) or, where they have no value, are
// equal; it stands in the place of the first. It changes elements and its objects.
func collapse(a *Attribute, elements []any) []any {
	if len(elements) < 2 {
		return elements
	}
	seen := make(map[elementKey]int, len(elements))
	out := elements[:0]
	for _, e := range elements {
		key := keyOf(a, e)
		at, twice := seen[key]
		if !twice {
			seen[key] = len(out)
			out = append(out, e)
			continue
		}
		if later, ok := e.(map[string]any); ok {
			first, _ := out[at].(map[string]any)
			maps.Copy(first, later)
		}
	}
	clear(elements[len(out):])
	return out
}

// elementKey is what makes an element the same as another.
type elementKey struct{ kind, value, whole string }

func keyOf(a *Attribute, element any) elementKey {
	if s, ok := element.(string); ok {
		return elementKey{value: foldedString(a, s)}
	}
	object, _ := element.(map[string]any)
	if s, ok := object["value"].(string); ok {
		kind, _ := object["type"].(string)
		return elementKey{kind: Fold(kind), value: foldedString(a.SubAttribute("value"), s)}
	}
	whole, _ := AppendJSON(nil, element) // a normalised element is always JSON
	return elementKey{whole: string(whole)}
}

// onePrimary sees to it that at most one element is primary.
func (n *normalizer) onePrimary(ref Ref, elements []any) {
	var last map[string]any
	for _, e := range elements {
		object, ok := e.(map[string]any)
		if !ok || object["primary"] != true {
			continue
		}
		if last != nil && !n.lenient.LastPrimaryWins {
			n.refuse(ref, 0, "has more than one primary value; at most one may be")
			return
		}
		if last != nil {
			last["primary"] = false
		}
		last = object
	}
}
