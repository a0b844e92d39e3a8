package console

import (
	"encoding/json"
	"strings"
)

// valueText writes a value of the configuration or of an attribute as text.
func valueText(x any) string {
	switch x := x.(type) {
	case nil:
		return "–"
	case string:
		if x == "" {
			return "–"
		}
		return x
	case []any:
		parts := make([]string, len(x))
		for i, y := range x {
			parts[i] = valueText(y)
		}
		return strings.Join(parts, ", ")
	default:
		text, err := json.Marshal(x)
		if err != nil {
			return "–"
		}
		return string(text)
	}
}
