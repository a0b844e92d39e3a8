package console

import (
	"bytes"
	"encoding/json"
	"strings"

	"rollcall/locale"
)

// localized puts the names of a preset's roles and modules into the reader's language, in an answer of the API. Presets name
// them in English; a tenant that named one otherwise has that name. Statuses are left as they are: a tenant edits them.
func (v *visit) localized(text []byte) []byte {
	if v.Language == locale.Languages()[0] || !bytes.Contains(text, []byte(`"key":"`)) {
		return text
	}
	var x any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&x) != nil || !v.rename(x) {
		return text
	}
	out, err := json.Marshal(x)
	if err != nil {
		return text
	}
	return out
}

// rename changes the names within x, and reports whether there were any.
func (v *visit) rename(x any) (found bool) {
	switch x := x.(type) {
	case []any:
		for _, y := range x {
			found = v.rename(y) || found
		}
	case map[string]any:
		key, _ := x["key"].(string)
		name, _ := x["name"].(string)
		if key != "" && name != "" {
			text := "called." + strings.NewReplacer("module.", "module_", ".", "_").Replace(key)
			if locale.Languages()[0].T(text) == name {
				x["name"], found = v.T(text), true
			}
		}
		for _, y := range x {
			found = v.rename(y) || found
		}
	default:
	}
	return found
}
