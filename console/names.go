package console

import (
	"bytes"
	"encoding/json"
	"strings"

	"rollcall/locale"
)

// localized puts what a preset says of its roles, options, modules and statuses into the reader's language, in an answer of the
// API. Presets say it in English; a tenant that said it otherwise has it so.
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
		found = v.renameOne(x)
		for _, y := range x {
			found = v.rename(y) || found
		}
	default:
	}
	return found
}

// called is the name of what has a key, in the reader's language where it is the preset's. Several presets have things of one
// key; each name has a text.
func (v *visit) called(key, name string) string {
	text := "called." + strings.NewReplacer("module.", "module_", ".", "_").Replace(key)
	for _, of := range []string{text, text + "." + locale.Key(name)} {
		if name != "" && locale.Languages()[0].T(of) == name {
			return v.T(of)
		}
	}
	return name
}

// renameOne changes the name and the description of one thing that has a key, where they are the preset's.
func (v *visit) renameOne(x map[string]any) (found bool) {
	key, _ := x["key"].(string)
	name, _ := x["name"].(string)
	description, _ := x["description"].(string)
	if key == "" {
		return false
	}
	if text := v.called(key, name); text != name {
		x["name"], found = text, true
	}
	if about := "about." + locale.Key(description); description != "" && locale.Languages()[0].T(about) == description {
		x["description"], found = v.T(about), true
	}
	return found
}
