package scim

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

var schemasAttribute = schema.Common.Attribute("schemas")

// at reads an operation that has a path.
func (p *patchParser) at(text string, value any) error {
	path, unknown, err := p.resolve(text)
	switch {
	case err != nil:
		return err
	case unknown == "":
		return p.target(path, value, true)
	case p.dialect == directory.RFC:
		return p.refuse(invalidPath, "%s", unknown)
	}
	return nil
}

// each reads a value without a path: an object of attributes, of the resource or of the schema with that URN. They are
// taken in the order of their names, so that "name" comes before "name.givenName".
func (p *patchParser) each(urn string, attributes map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		text := name
		if urn != "" {
			text = urn + ":" + name
		}
		path, unknown, err := p.resolve(text)
		if unknown != "" || err != nil && !strings.Contains(name, "[") {
			continue
		}
		if err != nil {
			return err
		}
		if err := p.target(path, attributes[name], false); err != nil {
			return err
		}
	}
	return nil
}

// resolve reads a path and binds it to the table. When the table does not have the attribute, unknown says so.
func (p *patchParser) resolve(text string) (path filter.Path, unknown string, err error) {
	if ref, ok := p.rt.Resolve("", text, ""); ok {
		return filter.Path{Attr: text, Ref: ref}, "", nil
	}
	path, err = filter.ParsePath(text)
	if err != nil {
		return path, "", p.refuse(invalidPath, "in the path, %s", err)
	}
	resolved, err := path.Resolve(p.rt, filter.Options{Loose: true})
	if err == nil {
		return resolved, "", nil
	}
	if _, ok := p.rt.ResolveLoose(path.URN, path.Attr, path.Sub); ok {
		return path, "", p.refuse(invalidFilter, "in the path, %s", err)
	}
	if fault, ok := errors.AsType[*filter.AttributeError](err); ok {
		return path, fault.Text, nil
	}
	return path, "", err
}

// target reads what the operation does to a resolved path. named tells that the client wrote the path, and not an
// attribute in a value, where what cannot be written is ignored.
func (p *patchParser) target(path filter.Path, value any, named bool) error {
	ref := path.Ref
	switch {
	case ref.Attr == nil:
		return p.schema(ref, value)
	case ref.Attr == schemasAttribute:
		return nil // what it lists follows from the attributes
	case p.members != nil && ref.Attr == p.members.attribute:
		return p.members.operation(p, path, value)
	case ref.Attr.Mutability == schema.ReadOnly || ref.Leaf().Mutability == schema.ReadOnly:
		if named {
			return p.refuse(mutability, "%s is readOnly", ref)
		}
		return nil
	}
	edits := len(p.edits)
	if err := p.edit(path, value); err != nil {
		return err
	}
	if ref.Attr.Mutability == schema.WriteOnly {
		p.edits = p.edits[:edits] // passwords: checked and dropped
	}
	return nil
}

// schema reads an operation on a whole schema.
func (p *patchParser) schema(ref schema.Ref, value any) error {
	if value == nil || p.verb == remove {
		if !ref.Extension() {
			return p.refuse(noTarget, "the core schema as a whole cannot be removed")
		}
		p.append(edit{path: filter.Path{Ref: ref}})
		return nil
	}
	attributes, ok := value.(map[string]any)
	if !ok {
		return p.refuse(invalidValue, "%s expects an object of attributes", ref)
	}
	return p.each(ref.Schema.ID, attributes)
}

func (p *patchParser) append(e edit) {
	e.verb, e.number = p.verb, p.number
	p.edits = append(p.edits, e)
}

// edit makes the edits of an operation on an attribute that can be written.
func (p *patchParser) edit(path filter.Path, value any) error {
	e := edit{path: path}
	ref := path.Ref
	if path.Filter != nil {
		e.implied = p.implied(path)
	}
	whole := path.Filter == nil && path.Sub == ""
	switch {
	case p.verb == remove:
		return p.removal(e, value, whole && ref.Attr.MultiValued)
	case path.Filter != nil && ref.Sub == nil:
		v, problems := schema.NormalizeElement(ref, value, p.lenient)
		e.value = v
		p.append(e)
		return p.problem(problems)
	case whole && ref.Attr.Type == schema.Complex && !ref.Attr.MultiValued:
		return p.complex(e, value)
	}
	v, problems := schema.NormalizeValue(ref, value, p.lenient)
	if problems != nil {
		return p.problem(problems)
	}
	if v == nil && whole && ref.Attr.MultiValued && p.verb == add {
		return nil // nothing to add
	}
	if ref.Leaf().Required {
		if v == nil {
			return p.refuse(mutability, "%s is required and cannot be removed", ref)
		}
		if s, ok := v.(string); ok && strings.TrimSpace(s) == "" {
			return p.refuse(invalidValue, "%s is required and cannot be blank", ref)
		}
	}
	if e.value = v; !whole || !ref.Attr.MultiValued || !p.join(e) {
		p.append(e)
	}
	return nil
}

// join puts what an add adds to a multi-valued attribute into the edit before, when that adds to the same: thousands of
// operations with one value each are then one. A primary value must see the values before it, so it stays apart.
func (p *patchParser) join(e edit) bool {
	last := len(p.edits) - 1
	if p.verb != add || last < 0 {
		return false
	}
	before := &p.edits[last]
	list, _ := before.value.([]any)
	added, _ := e.value.([]any)
	if before.verb != add || before.path.Ref != e.path.Ref || before.path.Filter != nil || list == nil || slices.ContainsFunc(added, isPrimary) {
		return false
	}
	before.value = append(list, added...)
	return true
}

// removal makes the edit of a remove. Of a multi-valued attribute it takes the values that are to go, when the client sent
// some (Entra does so for members, and may for any).
func (p *patchParser) removal(e edit, value any, many bool) error {
	if e.path.Ref.Leaf().Required {
		return p.refuse(mutability, "%s is required and cannot be removed", e.path.Ref)
	}
	if many && value != nil {
		v, problems := schema.NormalizeValue(e.path.Ref, value, p.lenient)
		if problems != nil {
			return p.problem(problems)
		}
		if v == nil {
			return nil // an empty list of values: none of them is to go
		}
		e.value = v
	}
	p.append(e)
	return nil
}

// complex makes the edits of an add or a replace of a single-valued complex attribute. Sub-attributes that the value does
// not name stay as they are (RFC 7644 §3.5.2.3); those that it has as null go; a value of nothing we know changes nothing.
func (p *patchParser) complex(e edit, value any) error {
	ref := e.path.Ref
	v, problems := schema.NormalizeValue(ref, value, p.lenient)
	if problems != nil {
		return p.problem(problems)
	}
	object, ok := unwrap(value).(map[string]any)
	if !ok {
		e.value = v
		p.append(e)
		return nil
	}
	if id, ok := field(object, "value"); ok && id == "" && ref.Attr.SubAttribute("value") != nil {
		p.append(e) // a manager of {"value": ""} is none
		return nil
	}
	if v != nil {
		e.value = v
		p.append(e)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		sub := ref.Attr.SubAttribute(name)
		if object[name] != nil || sub == nil || sub.Mutability == schema.ReadOnly {
			continue
		}
		ref.Sub = sub
		p.append(edit{path: filter.Path{Ref: ref}})
	}
	return nil
}

// problem returns the first problem as an error.
func (p *patchParser) problem(problems []schema.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return p.refuse(problems[0].ScimType, "%s", problems[0])
}

// implied returns the sub-attributes that the path's filter asks for by equalities joined with and; nil when it asks
// for anything else.
func (p *patchParser) implied(path filter.Path) map[string]any {
	stated := map[string]any{}
	if !equalities(path.Filter, stated) {
		return nil
	}
	element, problems := schema.NormalizeElement(schema.Ref{Schema: path.Ref.Schema, Attr: path.Ref.Attr}, stated, p.lenient)
	implied, ok := element.(map[string]any)
	if !ok || problems != nil {
		return nil
	}
	return implied
}

func equalities(e filter.Expr, stated map[string]any) bool {
	switch e := e.(type) {
	case *filter.Compare:
		if e.Op != filter.Eq || e.Attr.Ref.Sub == nil {
			return false
		}
		stated[e.Attr.Ref.Sub.Name] = e.Value
		return true
	case *filter.And:
		return !slices.ContainsFunc(e.Terms, func(t filter.Expr) bool { return !equalities(t, stated) })
	}
	return false
}
