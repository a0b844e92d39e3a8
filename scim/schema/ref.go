package schema

import "strings"

// Ref is a resolved attribute path: an attribute of a schema, one of its sub-attributes, or a whole schema.
type Ref struct {
	Schema *Schema    // nil for a common attribute
	Attr   *Attribute // nil for the whole schema
	Sub    *Attribute // nil for the attribute itself
}

// Leaf returns the attribute whose values the path names: the sub-attribute, else the attribute, else nil.
func (r Ref) Leaf() *Attribute {
	if r.Sub != nil {
		return r.Sub
	}
	return r.Attr
}

// Extension reports whether the path lies in an extension, whose attributes a document keeps under its URN.
func (r Ref) Extension() bool {
	return r.Schema != nil && strings.HasPrefix(r.Schema.ID, "urn:ietf:params:scim:schemas:extension:")
}

// String returns the path as the table spells it, with the URN before an extension's attributes.
func (r Ref) String() string {
	switch {
	case r.Attr == nil && r.Schema == nil:
		return ""
	case r.Attr == nil:
		return r.Schema.ID
	}
	path := r.Attr.Name
	if r.Sub != nil {
		path += "." + r.Sub.Name
	}
	if r.Extension() {
		path = r.Schema.ID + ":" + path
	}
	return path
}

// Values returns all values that the path has in a normalised document. A multi-valued attribute yields its elements; a
// sub-attribute yields its value in each element that has it; a complex attribute yields objects.
func (r Ref) Values(doc map[string]any) []any {
	if r.Extension() {
		doc, _ = doc[r.Schema.ID].(map[string]any)
	}
	switch {
	case doc == nil:
		return nil
	case r.Attr == nil:
		return []any{doc}
	}
	value, ok := doc[r.Attr.Name]
	if !ok || value == nil {
		return nil
	}
	elements, many := value.([]any)
	if !many {
		elements = []any{value}
	}
	if r.Sub == nil {
		return elements
	}
	var values []any
	for _, e := range elements {
		if object, ok := e.(map[string]any); ok {
			if v := object[r.Sub.Name]; v != nil {
				values = append(values, v)
			}
		}
	}
	return values
}

// Resolve finds what a path names: its URN, attribute name and sub-attribute name, each in any case, the first and the
// last may be empty. Without a URN, or with the core schema's, it finds the core and the common attributes; with an empty
// name, the whole schema.
func (rt *ResourceType) Resolve(urn, name, sub string) (Ref, bool) {
	s := rt.Core
	if urn != "" {
		if s = rt.schema(urn); s == nil {
			return Ref{}, false
		}
	}
	if name == "" {
		if urn == "" || sub != "" {
			return Ref{}, false
		}
		return Ref{Schema: s}, true
	}
	ref := Ref{Schema: s, Attr: s.Attribute(name)}
	if ref.Attr == nil && s == rt.Core {
		ref = Ref{Attr: Common.Attribute(name)}
	}
	if ref.Attr == nil {
		return Ref{}, false
	}
	if sub != "" {
		if ref.Sub = ref.Attr.SubAttribute(sub); ref.Sub == nil {
			return Ref{}, false
		}
	}
	return ref, true
}

// ResolveLoose resolves as [ResourceType.Resolve] does and, when there is no URN, finds an extension's attribute too if
// just one extension has that name.
func (rt *ResourceType) ResolveLoose(urn, name, sub string) (Ref, bool) {
	ref, ok := rt.Resolve(urn, name, sub)
	if ok || urn != "" || name == "" {
		return ref, ok
	}
	for _, s := range rt.Extensions {
		if r, found := rt.Resolve(s.ID, name, sub); found {
			if ok {
				return Ref{}, false
			}
			ref, ok = r, true
		}
	}
	return ref, ok
}

// SplitURN parts a path into the URN of a schema and the rest, without the colon between them. A URN of rt is found in any
// case and returned as the table spells it; of an unknown one, everything up to the last colon before a value filter is
// the URN. A path without a URN is all rest.
func SplitURN(path string, rt *ResourceType) (urn, rest string) {
	if len(path) < 4 || !strings.EqualFold(path[:4], "urn:") {
		return "", path
	}
	found := ""
	for _, s := range rt.Extensions {
		if hasURN(path, s.ID) && len(s.ID) > len(found) {
			found = s.ID
		}
	}
	if hasURN(path, rt.Core.ID) && len(rt.Core.ID) > len(found) {
		found = rt.Core.ID
	}
	if found != "" {
		return found, strings.TrimPrefix(path[len(found):], ":")
	}
	head, _, _ := strings.Cut(path, "[")
	colon := strings.LastIndexByte(head, ':')
	return path[:colon], path[colon+1:]
}

func hasURN(path, urn string) bool {
	return len(path) >= len(urn) && strings.EqualFold(path[:len(urn)], urn) && (len(path) == len(urn) || path[len(urn)] == ':')
}

func (rt *ResourceType) schema(urn string) *Schema {
	if strings.EqualFold(urn, rt.Core.ID) {
		return rt.Core
	}
	for _, s := range rt.Extensions {
		if strings.EqualFold(urn, s.ID) {
			return s
		}
	}
	return nil
}
