package scim

import (
	"maps"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// maxWork bounds how many elements of multi-valued attributes one application may visit: ten thousand operations, each
// over ten thousand elements, would keep a processor busy for a minute.
const maxWork = 300_000

// Apply returns the document as the operations leave it, each seeing the effect of those before it; on an error, nothing
// of it counts (RFC 7644 §3.5.2). The document is one as [schema.ResourceType.Normalize] makes it, with "userName", "active",
// "displayName" and "externalId" among its attributes. It is not changed. The result is a new map, whose values it may
// share with the document and the patch, so they may be replaced and not changed. Apply may be called again, with the same
// document or another.
//
// Errors are [*Error] (noTarget, mutability, invalidValue) and a directory error of kind TooMany for an amount of work
// that no client needs.
func (p *Patch) Apply(doc map[string]any) (map[string]any, error) {
	a := application{dialect: p.dialect, lenient: schema.LeniencyOf(p.dialect), doc: maps.Clone(doc), work: maxWork}
	if a.doc == nil {
		a.doc = map[string]any{}
	}
	for i := range p.edits {
		if err := a.edit(&p.edits[i]); err != nil {
			return nil, err
		}
	}
	return a.doc, nil
}

// application is one run of a patch over one document. It makes new values and never changes one.
type application struct {
	dialect directory.Dialect
	lenient schema.Leniency
	doc     map[string]any
	work    int // elements that may still be visited
}

func (a *application) edit(e *edit) error {
	ref := e.path.Ref
	if ref.Attr == nil {
		delete(a.doc, ref.Schema.ID)
		return nil
	}
	container := a.doc
	if ref.Extension() {
		old, _ := a.doc[ref.Schema.ID].(map[string]any)
		container = maps.Clone(old)
	}
	value, err := a.change(e, container[ref.Attr.Name])
	if err != nil {
		return err
	}
	if value == nil {
		delete(container, ref.Attr.Name)
	} else {
		if container == nil {
			container = map[string]any{}
		}
		container[ref.Attr.Name] = value
	}
	switch {
	case !ref.Extension():
	case len(container) == 0:
		delete(a.doc, ref.Schema.ID)
	default:
		a.doc[ref.Schema.ID] = container
	}
	return nil
}

// change returns what an edit makes of an attribute's value; nil is unassigned.
func (a *application) change(e *edit, old any) (any, error) {
	attr := e.path.Ref.Attr
	switch {
	case attr.MultiValued:
		elements, _ := old.([]any)
		return a.elements(e, elements)
	case attr.Type == schema.Complex:
		object, _ := old.(map[string]any)
		v, err := a.object(e, object)
		if len(v) == 0 {
			return nil, err
		}
		return v, err
	case e.verb == remove:
		return nil, nil
	}
	return e.value, nil
}

// object changes a single-valued complex attribute. A path with a filter, such as Entra's
// manager[value eq "id"], treats it as the only element.
func (a *application) object(e *edit, old map[string]any) (map[string]any, error) {
	switch {
	case e.path.Filter == nil && (old != nil || e.path.Ref.Sub != nil):
		return a.element(e, old)
	case e.path.Filter == nil:
		v, _ := e.value.(map[string]any)
		return v, nil
	case old != nil && filter.MatchElement(e.path.Filter, old):
		return a.element(e, old)
	case e.removes():
		return old, nil
	case old != nil:
		return nil, e.refuse(noTarget, "%s has another value than the path asks for", e.path.Ref)
	}
	return a.create(e)
}

// removes reports whether an edit takes values away instead of setting them.
func (e *edit) removes() bool { return e.verb == remove || e.value == nil }

// element changes one object: an element that the path selects, or a single-valued complex attribute; nil when nothing
// is left of it.
func (a *application) element(e *edit, old map[string]any) (map[string]any, error) {
	sub := e.path.Ref.Sub
	switch {
	case sub != nil:
		return e.setSub(old)
	case e.removes():
		return nil, nil
	case e.verb == replace && e.path.Ref.Attr.MultiValued:
		v, _ := e.value.(map[string]any)
		return over(e.implied, v), nil
	}
	v, _ := e.value.(map[string]any)
	return merge(old, v), nil
}

// setSub sets or removes a sub-attribute of an object.
func (e *edit) setSub(old map[string]any) (map[string]any, error) {
	sub := e.path.Ref.Sub
	was, has := old[sub.Name]
	if sub.Mutability == schema.Immutable && has && (e.removes() || was != e.value) {
		return nil, e.refuse(mutability, "%s is immutable; remove the element and add another", e.path.Ref)
	}
	if !e.removes() {
		return merge(old, map[string]any{sub.Name: e.value}), nil
	}
	if !has {
		return old, nil
	}
	left := maps.Clone(old)
	delete(left, sub.Name)
	return left, nil
}

// merge returns old with the sub-attributes of value over it. A new "value" takes the old one's "$ref" and "display" away:
// they belonged to what it replaces.
func merge(old, value map[string]any) map[string]any {
	out := over(old, value)
	if id, ok := value["value"]; ok && old["value"] != id {
		for _, name := range []string{"$ref", "display", "displayName"} {
			if _, stated := value[name]; !stated {
				delete(out, name)
			}
		}
	}
	return out
}

// over returns a new object with the members of both, those of value first.
func over(old, value map[string]any) map[string]any {
	out := make(map[string]any, len(old)+len(value))
	maps.Copy(out, old)
	maps.Copy(out, value)
	return out
}
