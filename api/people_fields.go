package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// PersonFields are the attributes of people that have a name of their own here. Each can be null in a change, which takes
// it away. Everything else that SCIM knows stands in attributes.
type PersonFields struct {
	UserName    *string        `json:"user_name,omitempty" maxLength:"300" doc:"By which they are known to the tenant; SCIM's userName." example:"ana.prado@example.com"`
	DisplayName *string        `json:"display_name,omitempty" maxLength:"300" doc:"What colleagues see; SCIM's displayName." example:"Ana Prado"`
	GivenName   *string        `json:"given_name,omitempty" maxLength:"300" doc:"SCIM's name.givenName." example:"Ana"`
	FamilyName  *string        `json:"family_name,omitempty" maxLength:"300" doc:"SCIM's name.familyName." example:"Prado"`
	Nickname    *string        `json:"nickname,omitempty" maxLength:"300" doc:"What customers see, where the tenant shows nicknames; SCIM's nickName." example:"Ani"`
	Title       *string        `json:"title,omitempty" maxLength:"300" doc:"Their position; SCIM's title." example:"Agent"`
	Locale      *string        `json:"locale,omitempty" maxLength:"100" example:"pt-BR"`
	Timezone    *string        `json:"timezone,omitempty" maxLength:"100" example:"America/Sao_Paulo"`
	Email       *string        `json:"email,omitempty" maxLength:"320" doc:"The primary e-mail address; in a change it takes the place of the primary one." example:"ana.prado@example.com"`
	Phone       *string        `json:"phone,omitempty" maxLength:"100" doc:"The mobile telephone; in a change it takes the place of the mobile one." example:"+5511912345678"`
	Extension   *string        `json:"extension,omitempty" maxLength:"100" doc:"The telephone extension for calls." example:"4021"`
	Attributes  map[string]any `json:"attributes,omitempty" doc:"SCIM attributes by name or path, such as name.honorificPrefix, or with a schema's URN and a colon before; an object is merged, null takes away."`
}

// plainFields are the fields that are one SCIM attribute each.
var plainFields = []struct{ field, path string }{
	{"user_name", "userName"},
	{"display_name", "displayName"},
	{"given_name", "name.givenName"},
	{"family_name", "name.familyName"},
	{"nickname", "nickName"},
	{"title", "title"},
	{"locale", "locale"},
	{"timezone", "timezone"},
	{"extension", ours + ":extension"},
}

// listFields are the fields that are one value of a SCIM attribute with several.
var listFields = []struct{ field, path, kind string }{{"email", "emails", "work"}, {"phone", "phoneNumbers", "mobile"}}

// patch is a merge patch (RFC 7396) of a person, as the body has it.
type patch map[string]any

// readPatch reads the fields that a body states; reserved names are the operation's own.
func readPatch(body []byte) (patch, error) {
	var p patch
	if err := json.Unmarshal(body, &p); err != nil || p == nil {
		return nil, directory.Errorf(directory.Invalid, "the body must be an object with what changes")
	}
	return p, nil
}

// apply returns a document with what the patch says. The document is not changed.
func (p patch) apply(doc directory.Attributes) (directory.Attributes, error) {
	out := clonedObject(doc)
	var wrong []error
	for _, f := range plainFields {
		if v, stated := p[f.field]; stated {
			wrong = append(wrong, directory.About(f.path, setPath(out, f.path, v)))
		}
	}
	for _, list := range listFields {
		if v, stated := p[list.field]; stated {
			out[list.path] = replaced(out[list.path], list.kind, v)
			if out[list.path] == nil {
				delete(out, list.path)
			}
		}
	}
	attributes := p.attributes()
	for _, path := range slices.Sorted(maps.Keys(attributes)) {
		wrong = append(wrong, directory.About(path, setPath(out, path, attributes[path])))
	}
	return out, directory.Together(wrong...)
}

// setPath sets an attribute, or one of its parts, by its SCIM path. An object is merged into what is there.
func setPath(doc map[string]any, path string, value any) error {
	urn, rest := schema.SplitURN(path, schema.User)
	name, sub, parted := strings.Cut(rest, ".")
	ref, ok := schema.User.ResolveLoose(urn, name, sub)
	switch {
	case !ok || parted && sub == "":
		return directory.Errorf(directory.Invalid, "attributes: %q is no attribute of a user", path)
	case ref.Sub != nil && ref.Attr.MultiValued:
		return directory.Errorf(directory.Invalid, "attributes: %q has several values, which are one thing: send all of %q", path, ref.Attr.Name)
	}
	at := doc
	step := func(key string) {
		inner, _ := at[key].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
			at[key] = inner
		}
		at = inner
	}
	if ref.Attr == nil { // a whole extension
		return mergeInto(doc, ref.Schema.ID, value)
	}
	if ref.Extension() {
		step(ref.Schema.ID)
	}
	if ref.Sub == nil {
		return mergeInto(at, ref.Attr.Name, value)
	}
	step(ref.Attr.Name)
	return mergeInto(at, ref.Sub.Name, value)
}

// mergeInto is one step of a merge patch.
func mergeInto(at map[string]any, key string, value any) error {
	object, isObject := value.(map[string]any)
	switch {
	case value == nil:
		delete(at, key)
	case isObject:
		inner, _ := at[key].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
		}
		at[key] = inner
		for k, v := range object {
			if err := mergeInto(inner, k, v); err != nil {
				return err
			}
		}
	default:
		at[key] = value
	}
	return nil
}

// replaced is a list of values in which one takes the place of the primary one, or of the one of the kind.
func replaced(list any, kind string, value any) any {
	old, _ := list.([]any)
	elements := slices.Clone(old)
	is := func(key string, want any) func(any) bool {
		return func(x any) bool {
			element, _ := x.(map[string]any)
			return element[key] == want
		}
	}
	i := -1
	if kind == "work" {
		i = slices.IndexFunc(elements, is("primary", true))
	}
	if i < 0 {
		i = slices.IndexFunc(elements, is("type", kind))
	}
	if i < 0 && kind == "work" && len(elements) > 0 {
		i = 0
	}
	switch {
	case value == nil && i >= 0:
		elements = slices.Delete(elements, i, i+1)
	case value == nil:
	case i >= 0:
		element := map[string]any{}
		if was, ok := elements[i].(map[string]any); ok {
			element = maps.Clone(was)
		}
		delete(element, "display")
		element["value"] = value
		elements[i] = element
	case kind == "work":
		elements = append(elements, map[string]any{"value": value, "type": kind, "primary": true})
	default:
		elements = append(elements, map[string]any{"value": value, "type": kind})
	}
	if len(elements) == 0 {
		return nil
	}
	return elements
}

// clonedObject copies an object with the objects in it; lists are replaced whole, never changed.
func clonedObject(in map[string]any) map[string]any {
	out := make(map[string]any, len(in))
	for k, v := range in {
		if inner, ok := v.(map[string]any); ok {
			v = clonedObject(inner)
		}
		out[k] = v
	}
	return out
}
