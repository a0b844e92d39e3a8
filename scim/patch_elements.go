package scim

import (
	"slices"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// spend counts elements that are about to be visited.
func (a *application) spend(n int) error {
	if a.work -= n; a.work < 0 {
		return directory.Errorf(directory.TooMany, "the operations of this PATCH go over too many values; send them in several requests")
	}
	return nil
}

// elements changes a multi-valued attribute.
func (a *application) elements(e *edit, old []any) (any, error) {
	list, _ := e.value.([]any)
	if err := a.spend(len(old) + len(list) + 1); err != nil {
		return nil, err
	}
	switch {
	case e.path.Filter != nil || e.path.Ref.Sub != nil:
		return a.selected(e, old)
	case e.verb == remove && list != nil:
		return a.without(e, old, list)
	case e.removes():
		return nil, nil
	case e.verb == replace:
		return e.value, nil
	}
	out := slices.Concat(old, list)
	if slices.ContainsFunc(list, isPrimary) {
		for i, v := range old {
			out[i] = demoted(v)
		}
	}
	return a.normal(e, out)
}

// selected changes the elements that the path selects: those that its filter matches, or all.
func (a *application) selected(e *edit, old []any) (any, error) {
	if err := a.spend(len(old) * filter.Terms(e.path.Filter)); err != nil {
		return nil, err
	}
	out := make([]any, len(old), len(old)+1)
	touched := make([]bool, len(old), len(old)+1)
	hit, primary := false, false
	for i, v := range old {
		object, ok := v.(map[string]any)
		if !ok {
			object = map[string]any{"value": v}
		}
		if e.path.Filter != nil && !filter.MatchElement(e.path.Filter, object) {
			out[i] = v
			continue
		}
		if !ok {
			out[i], touched[i], hit = e.value, true, true // nil where it is removed
			continue
		}
		object, err := a.element(e, object)
		if err != nil {
			return nil, err
		}
		out[i], touched[i], hit = object, true, true
		primary = primary || isPrimary(object)
	}
	if !hit && !e.removes() {
		object, err := a.create(e)
		if err != nil {
			return nil, err
		}
		out, touched = append(out, object), append(touched, true)
		primary = isPrimary(object)
	}
	for i, v := range out {
		if primary && !touched[i] {
			out[i] = demoted(v)
		}
	}
	return a.normal(e, out)
}

// create makes the element that a path asks for and that is not there.
func (a *application) create(e *edit) (map[string]any, error) {
	if e.path.Filter != nil && (e.implied == nil || e.verb == replace && a.dialect == directory.RFC) {
		return nil, e.refuse(noTarget, "no value of %s matches the path", e.path.Ref.Attr.Name)
	}
	if sub := e.path.Ref.Sub; sub != nil {
		return over(e.implied, map[string]any{sub.Name: e.value}), nil
	}
	v, _ := e.value.(map[string]any)
	return over(e.implied, v), nil
}

// without returns the elements that are none of the unwanted ones.
func (a *application) without(e *edit, old, unwanted []any) (any, error) {
	if err := a.spend(len(old) * len(unwanted)); err != nil {
		return nil, err
	}
	attr := e.path.Ref.Attr
	return a.normal(e, slices.DeleteFunc(slices.Clone(old), func(v any) bool {
		return slices.ContainsFunc(unwanted, func(u any) bool { return meant(attr, v, u) })
	}))
}

// meant reports whether an element is the one that the client wants removed: it has the same value and, if stated, type,
// or without a value all that is stated.
func meant(attr *schema.Attribute, element, unwanted any) bool {
	e, _ := element.(map[string]any)
	u, complexValue := unwanted.(map[string]any)
	if !complexValue {
		return same(attr, element, unwanted)
	}
	_, byValue := u["value"]
	for name, v := range u {
		if byValue && name != "value" && name != "type" {
			continue
		}
		if !same(attr.SubAttribute(name), e[name], v) {
			return false
		}
	}
	return true
}

// same compares two simple values as the attribute's caseExact says.
func same(attr *schema.Attribute, a, b any) bool {
	s, ok := a.(string)
	t, ok2 := b.(string)
	if !ok || !ok2 || attr.CaseExact {
		return a == b
	}
	return schema.Fold(s) == schema.Fold(t)
}

// normal collapses equal elements and checks the bounds and that at most one element is primary.
func (a *application) normal(e *edit, elements []any) (any, error) {
	v, problems := schema.NormalizeValue(schema.Ref{Schema: e.path.Ref.Schema, Attr: e.path.Ref.Attr}, elements, a.lenient)
	if problems != nil {
		return nil, e.refuse(problems[0].ScimType, "%s", problems[0])
	}
	return v, nil
}

func isPrimary(element any) bool {
	object, ok := element.(map[string]any)
	return ok && object["primary"] == true
}

// demoted returns the element, or a copy that is not primary: a new primary value takes the old one's place (RFC 7644
// §3.5.2).
func demoted(element any) any {
	if !isPrimary(element) {
		return element
	}
	object, _ := element.(map[string]any)
	return over(object, map[string]any{"primary": false})
}
