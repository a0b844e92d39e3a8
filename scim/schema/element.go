package schema

// collapse makes one of the elements that have the same type and value (RFC 7643 §2.4), in the place of the first. It
// changes elements and its objects.
func collapse(a *Attribute, elements []any) []any {
	if len(elements) < 2 {
		return elements
	}
	value, kind := a.SubAttribute("value"), a.SubAttribute("type")
	if a.Type == Complex && value == nil {
		return elements // addresses: nothing tells that two are one
	}
	seen := make(map[[2]string]int, len(elements))
	out := elements[:0]
	for _, e := range elements {
		key, ok := elementKey(a, value, kind, e)
		at, twice := seen[key]
		switch {
		case !ok || !twice:
			if ok {
				seen[key] = len(out)
			}
			out = append(out, e)
		case a.Type == Complex:
			first, _ := out[at].(map[string]any)
			later, _ := e.(map[string]any)
			for name, v := range later {
				first[name] = v
			}
		}
	}
	clear(elements[len(out):])
	return out
}

// elementKey returns what makes an element the same as another, and whether it can be.
func elementKey(a, value, kind *Attribute, e any) (key [2]string, ok bool) {
	switch e := e.(type) {
	case string:
		return [2]string{foldedString(a, e)}, true
	case map[string]any:
		v, ok := e["value"].(string)
		if !ok {
			return key, false
		}
		t, _ := e["type"].(string)
		return [2]string{foldedString(value, v), Fold(t)}, kind != nil
	}
	return key, false
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
