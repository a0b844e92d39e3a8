package ldap

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// resource maps an entry to SCIM. missing are attributes of which values are missing; on and state are what is known of
// whether the person is active. An error says why the entry has to be skipped.
func (v *view) resource(raw *goldap.Entry, ref string, missing []string, on bool, state error) (directory.Attributes, error) {
	var f found
	v.find(raw, &f)
	if state != nil {
		return nil, sayError("%s: %v", raw.DN, state)
	}
	for _, name := range missing {
		if at, ok := v.slots[schema.Fold(name)]; ok && !slices.Contains(v.members, at) {
			return nil, sayError("%s: only a part of the values of %s could be read; the next sync tries again", raw.DN, name)
		}
	}
	doc := map[string]any{}
	for _, field := range v.fields {
		if field.path != "active" {
			v.fill(doc, field, &f, ref)
		}
	}
	rt, name := schema.Group, "displayName"
	if v.kind == directory.UserEntry {
		rt, name = schema.User, "userName"
		doc["active"] = on
		onePrimary(doc)
	}
	out, wrong := rt.Normalize(doc, schema.AllLenient)
	if len(wrong) > 0 {
		return nil, sayError("%s: %v; correct the value in the directory, or the attribute map", raw.DN, errors.Join(wrap(wrong)...))
	}
	if len(rt.Required(out)) > 0 {
		return nil, sayError("%s: has no %s: %s is empty or cannot be read; fill it, let the bind account read it, or exclude the entry by the filter", raw.DN, name, v.sources(name))
	}
	return out, nil
}

func wrap(wrong []schema.Problem) []error {
	errs := make([]error, len(wrong))
	for i, p := range wrong {
		errs[i] = p
	}
	return errs
}

// sources names the attributes that fill a path, as the settings and the server's schema spell them.
func (v *view) sources(path string) string {
	for _, f := range v.fields {
		if f.path == path {
			return strings.Join(f.names, " or ")
		}
	}
	return "an attribute mapped to " + path
}

// fill puts a field's values into the document.
func (v *view) fill(doc map[string]any, f field, have *found, ref string) {
	var values []string
	for _, name := range f.names {
		at := v.slots[name]
		for _, value := range have.values(at) {
			if f.ref.Leaf().Type == schema.Binary {
				values = append(values, base64.StdEncoding.EncodeToString([]byte(value)))
			} else if isText(value) && strings.TrimSpace(value) != "" {
				values = append(values, value)
			}
		}
		if len(values) > 0 && !f.ref.Attr.MultiValued {
			values = values[distinguished(values, schema.Fold(name), ref):][:1]
			break
		}
	}
	if len(values) == 0 {
		return
	}
	if f.ref.Extension() {
		extension, ok := doc[f.ref.Schema.ID].(map[string]any)
		if !ok {
			extension = map[string]any{}
			doc[f.ref.Schema.ID] = extension
		}
		doc = extension
	}
	put(doc, f, values)
}

// put puts values where a field says, in the document or in the extension's part of it.
func put(doc map[string]any, f field, values []string) {
	attr, sub := f.ref.Attr, f.ref.Sub
	switch {
	case attr.MultiValued && sub == nil:
		elements, _ := doc[attr.Name].([]any)
		for _, value := range values {
			elements = append(elements, value)
		}
		doc[attr.Name] = elements
	case attr.MultiValued && sub.Name == "value":
		elements, _ := doc[attr.Name].([]any)
		for _, value := range values {
			element := map[string]any{"value": value}
			if f.kind != "" {
				element["type"] = f.kind
			}
			elements = append(elements, element)
		}
		doc[attr.Name] = elements
	case attr.MultiValued: // a part of the one element of that type, such as addresses.locality
		elements, _ := doc[attr.Name].([]any)
		at := slices.IndexFunc(elements, func(e any) bool { return e.(map[string]any)["type"] == f.kind })
		if at < 0 {
			at, elements = len(elements), append(elements, map[string]any{"type": f.kind})
		}
		elements[at].(map[string]any)[sub.Name] = values[0]
		doc[attr.Name] = elements
	case sub != nil:
		object, ok := doc[attr.Name].(map[string]any)
		if !ok {
			object = map[string]any{}
			doc[attr.Name] = object
		}
		object[sub.Name] = values[0]
	default:
		doc[attr.Name] = values[0]
	}
}

// onePrimary makes the first e-mail address the primary one: the directory's order is all that tells.
func onePrimary(doc map[string]any) {
	if emails, _ := doc["emails"].([]any); len(emails) > 0 {
		emails[0].(map[string]any)["primary"] = true
	}
}

// distinguished returns which of several values stands in the entry's own name (RFC 4512 §2.3.1): of two uids that one
// is the person's. Without one it is the first.
func distinguished(values []string, attribute, ref string) int {
	if len(values) > 1 {
		rdn := "," + strings.ReplaceAll(firstRDN(ref), "+", ",") + ","
		for i, value := range values {
			if strings.Contains(rdn, ","+attribute+"="+escapeValue(foldValue(value))+",") {
				return i
			}
		}
	}
	return 0
}

// firstRDN returns the entry's own part of a ref.
func firstRDN(ref string) string {
	for i := 0; i < len(ref); i++ {
		switch ref[i] {
		case '\\':
			i++
		case ',':
			return ref[:i]
		}
	}
	return ref
}
