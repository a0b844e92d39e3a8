package console

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// valueText writes a value of the configuration or of an attribute as text.
func (v *visit) valueText(x any) string {
	switch x := x.(type) {
	case nil:
		return "–"
	case string:
		if x == "" {
			return "–"
		}
		return x
	case []any:
		if len(x) == 0 {
			return "–"
		}
		parts := make([]string, len(x))
		for i, y := range x {
			parts[i] = v.valueText(y)
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		return v.objectText(x)
	default:
		text, err := json.Marshal(x)
		if err != nil {
			return "–"
		}
		return string(text)
	}
}

// objectText writes an object with its name first, and what else is known of it in brackets: "Sales (supervisor)". One
// without a name is written as its fields.
func (v *visit) objectText(x map[string]any) string {
	var head string
	for _, name := range []string{"name", "value"} {
		if text, ok := x[name].(string); ok && text != "" && head == "" {
			head = text
			x = maps.Clone(x)
			delete(x, name)
		}
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(x)) {
		y := x[name]
		kind, isText := y.(string)
		switch {
		case y == nil, y == false, y == "":
		case head != "" && name == "kind" && kind == "user": // the usual one
		case head != "" && name == "kind" && isText:
			parts = append(parts, v.Either("membership."+kind, kind))
		case y == true:
			parts = append(parts, name)
		case head != "" && isText:
			parts = append(parts, kind)
		default:
			parts = append(parts, name+": "+v.valueText(y))
		}
	}
	text := strings.Join(parts, ", ")
	switch {
	case head == "" && text == "":
		return "–"
	case head == "":
		return text
	case text == "":
		return head
	}
	return head + " (" + text + ")"
}
