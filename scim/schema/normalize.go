package schema

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The bounds of a normalised document.
const (
	MaxString   = 64 << 10 // bytes in a string
	MaxElements = 10_000   // elements of a multi-valued attribute
)

// InvalidValue is the scimType of a value of the wrong type or form (RFC 7644 §3.12).
const InvalidValue = "invalidValue"

// Problem is one thing wrong with a document, told to the client.
type Problem struct {
	Path     string // the attribute, as [Ref.String] spells it, with the number of the element from 1 as in "emails[2].value"
	Detail   string // what is wrong and what is expected; never a long value
	ScimType string // the detail error keyword of RFC 7644 §3.12
}

// Error returns the path and what is wrong with it.
func (p Problem) Error() string { return p.Path + " " + p.Detail }

// Normalize makes a document from what a client sent in POST or PUT, as RFC 7643 §2 and RFC 7644 §3.3 and §3.5.1 say:
// names in the table's spelling, an extension's attributes under its URN, values of the table's types. Left out is what is
// unknown, what is readOnly or writeOnly (passwords), "schemas", and what is unassigned: null, [] and {}. "externalId" and a
// group's "members" are treated like any attribute; whoever stores them elsewhere takes them out.
//
// Elements of a multi-valued attribute that have the same type and value are one, with the sub-attributes of the later
// one over those of the earlier. Strings are valid UTF-8 without NUL and have at most [MaxString] bytes, multi-valued
// attributes at most [MaxElements] elements.
//
// The problems are sorted by path. The document then holds what had none. It shares nothing mutable with in.
func (rt *ResourceType) Normalize(in map[string]any, lenient Leniency) (out map[string]any, problems []Problem) {
	n := normalizer{lenient: lenient}
	out = make(map[string]any, len(in))
	for name, value := range in {
		ref, ok := rt.Resolve("", name, "")
		if !ok {
			s := rt.schema(name)
			if s == nil || s == rt.Core {
				continue
			}
			if v := n.extension(s, value); v != nil {
				out[s.ID] = v
			}
			continue
		}
		if ref.Attr.dropped() || ref.Attr == schemasAttribute {
			continue
		}
		if v := n.attribute(ref, value); v != nil {
			out[ref.Attr.Name] = v
		}
	}
	return out, n.sorted()
}

// NormalizeValue brings one value of a path into the table's form, as [ResourceType.Normalize] does for a whole
// document. It does not look at the mutability of the path itself, only at that of what lies below. It returns nil for
// what means unassigned.
func NormalizeValue(ref Ref, value any, lenient Leniency) (any, []Problem) {
	n := normalizer{lenient: lenient}
	var v any
	switch {
	case ref.Attr == nil:
		v = n.extension(ref.Schema, value)
	case ref.Sub != nil:
		v = n.single(ref, 0, value)
	default:
		v = n.attribute(ref, value)
	}
	return v, n.sorted()
}

// NormalizeElement brings one element of a multi-valued attribute into the table's form. It returns nil for an empty one.
func NormalizeElement(ref Ref, value any, lenient Leniency) (any, []Problem) {
	n := normalizer{lenient: lenient}
	return n.single(ref, 0, value), n.sorted()
}

// Required returns the names of the required attributes that a normalised document lacks or has blank.
func (rt *ResourceType) Required(doc map[string]any) []string {
	var missing []string
	for _, a := range rt.Core.Attributes {
		if !a.Required {
			continue
		}
		if s, text := doc[a.Name].(string); doc[a.Name] == nil || text && strings.TrimSpace(s) == "" {
			missing = append(missing, a.Name)
		}
	}
	return missing
}

var schemasAttribute = Common.Attribute("schemas")

// dropped reports whether what a client writes to the attribute is ignored.
func (a *Attribute) dropped() bool { return a.Mutability == ReadOnly || a.Mutability == WriteOnly }

type normalizer struct {
	lenient  Leniency
	problems []Problem
}

func (n *normalizer) sorted() []Problem {
	slices.SortFunc(n.problems, func(a, b Problem) int { return cmp.Compare(a.Path, b.Path) })
	return n.problems
}

// refuse records a problem of the path, or of one of its elements, counted from 1.
func (n *normalizer) refuse(ref Ref, element int, format string, args ...any) {
	path := ref.String()
	if element > 0 {
		sub := ref.Sub
		ref.Sub = nil
		path = fmt.Sprintf("%s[%d]", ref, element)
		if sub != nil {
			path += "." + sub.Name
		}
	}
	n.problems = append(n.problems, Problem{Path: path, Detail: fmt.Sprintf(format, args...), ScimType: InvalidValue})
}

// extension returns nil for what means unassigned.
func (n *normalizer) extension(s *Schema, value any) any {
	if value == nil {
		return nil
	}
	in, ok := value.(map[string]any)
	if !ok {
		n.refuse(Ref{Schema: s}, 0, "expects an object, not %s", kindOf(value))
		return nil
	}
	out := make(map[string]any, len(in))
	for name, value := range in {
		a := s.Attribute(name)
		if a == nil || a.dropped() {
			continue
		}
		if v := n.attribute(Ref{Schema: s, Attr: a}, value); v != nil {
			out[a.Name] = v
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (n *normalizer) attribute(ref Ref, value any) any {
	if value == nil {
		return nil
	}
	if ref.Attr.MultiValued {
		return n.many(ref, value)
	}
	return n.single(ref, 0, value)
}

func (n *normalizer) many(ref Ref, value any) any {
	elements, ok := value.([]any)
	switch {
	case !ok && !n.lenient.SingleAsArray:
		n.refuse(ref, 0, "expects an array, not %s", kindOf(value))
		return nil
	case !ok:
		elements = []any{value}
	case len(elements) > MaxElements:
		n.refuse(ref, 0, "has %d elements; at most %d are allowed", len(elements), MaxElements)
		return nil
	}
	out := make([]any, 0, len(elements))
	for i, e := range elements {
		if object, ok := e.(map[string]any); ok && n.lenient.ArrayAsSingle && ref.Attr.Type != Complex {
			e = bare(object)
		}
		if v := n.single(ref, i+1, e); v != nil {
			out = append(out, v)
		}
	}
	if out = collapse(ref.Attr, out); len(out) == 0 {
		return nil
	}
	n.onePrimary(ref, out)
	return out
}

// bare returns what stands in an object that has a "value" and nothing else that means anything: how some clients write a
// simple element.
func bare(object map[string]any) any {
	for name, v := range object {
		if !strings.EqualFold(name, "value") && v != nil {
			return object
		}
	}
	if v, ok := object["value"]; ok {
		return v
	}
	return object
}

// single normalises one value: of a single-valued attribute, of a sub-attribute, or one element.
func (n *normalizer) single(ref Ref, element int, value any) any {
	if list, ok := value.([]any); ok && n.lenient.ArrayAsSingle && len(list) < 2 {
		if len(list) == 0 {
			return nil
		}
		value = list[0]
		if object, ok := value.(map[string]any); ok && ref.Leaf().Type != Complex {
			if v, ok := object["value"]; ok {
				value = v
			}
		}
	}
	if value == nil {
		return nil
	}
	if ref.Leaf().Type == Complex {
		return n.complex(ref, element, value)
	}
	return n.scalar(ref, element, value)
}

func (n *normalizer) complex(ref Ref, element int, value any) any {
	in, ok := value.(map[string]any)
	if text, isText := value.(string); isText && n.lenient.ComplexFromString {
		in, ok = complexFromString(ref.Attr, text)
	}
	if !ok {
		n.refuse(ref, element, "expects an object, not %s", kindOf(value))
		return nil
	}
	if n.lenient.ComplexFromString {
		in = unpackRole(ref.Attr, in)
	}
	out := make(map[string]any, len(in))
	for name, value := range in {
		sub := ref.Attr.SubAttribute(name)
		if sub == nil || sub.dropped() {
			continue
		}
		ref.Sub = sub
		if v := n.single(ref, element, value); v != nil {
			out[sub.Name] = v
		}
	}
	if !ref.Attr.MultiValued && n.lenient.EmptyStringUnassigns && out["value"] == "" {
		delete(out, "value")
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// complexFromString makes an object of the text that a client sent in its place.
func complexFromString(a *Attribute, text string) (map[string]any, bool) {
	if strings.HasPrefix(text, "{") {
		if object, err := Decode([]byte(text)); err == nil {
			return object, true
		}
	}
	return map[string]any{"value": text}, a.SubAttribute("value") != nil
}

// unpackRole takes an Entra application role out of the JSON text in which Entra's PATCH sends it as the value.
func unpackRole(a *Attribute, in map[string]any) map[string]any {
	text, _ := in["value"].(string)
	if a.Name != "roles" || !strings.HasPrefix(text, "{") {
		return in
	}
	role, err := Decode([]byte(text))
	value, ok := role["value"].(string)
	if err != nil || !ok || value == "" {
		return in
	}
	out := map[string]any{"display": role["displayName"]}
	maps.Copy(out, in)
	out["value"] = value
	return out
}
