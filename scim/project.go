package scim

import (
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// Projection is which attributes a client wants in an answer: the parameters "attributes" and "excludedAttributes" of RFC 7644
// §3.4.2.5. The nil Projection is the default set: all but those that are returned never or on request.
type Projection struct {
	rt      *schema.ResourceType
	exclude bool
	schemas map[*schema.Schema]bool                          // named by a bare URN
	named   map[*schema.Attribute]map[*schema.Attribute]bool // the sub-attributes that were named; nil for all of them
}

// ParseProjection reads the two parameters: names separated by commas, in any case, with or without a sub-attribute and a
// URN, or a bare URN for a whole schema. What the resource type does not have is ignored. Without names in either the
// projection is nil. Both at once are an error of kind Invalid, as RFC 7644 §3.9 wants them to exclude each other.
func ParseProjection(rt *schema.ResourceType, attributes, excludedAttributes string) (*Projection, error) {
	attributes, excludedAttributes = strings.TrimSpace(attributes), strings.TrimSpace(excludedAttributes)
	p := &Projection{
		rt: rt, exclude: excludedAttributes != "",
		schemas: map[*schema.Schema]bool{}, named: map[*schema.Attribute]map[*schema.Attribute]bool{},
	}
	switch {
	case attributes != "" && p.exclude:
		return nil, directory.Errorf(directory.Invalid, "attributes and excludedAttributes exclude each other; send one of them")
	case attributes == "" && !p.exclude:
		return nil, nil
	}
	for path := range strings.SplitSeq(attributes+excludedAttributes, ",") {
		p.add(strings.TrimSpace(path))
	}
	return p, nil
}

func (p *Projection) add(path string) {
	ref, ok := find(p.rt, path)
	if !ok {
		return
	}
	if ref.Attr == nil {
		p.schemas[ref.Schema] = true
		return
	}
	subs, before := p.named[ref.Attr]
	switch {
	case ref.Sub == nil:
		p.named[ref.Attr] = nil
	case !before:
		p.named[ref.Attr] = map[*schema.Attribute]bool{ref.Sub: true}
	case subs != nil:
		subs[ref.Sub] = true
	}
}

// find resolves a path without a filter. An extension's attribute needs no URN where its name is unambiguous.
func find(rt *schema.ResourceType, path string) (schema.Ref, bool) {
	urn, rest := schema.SplitURN(path, rt)
	name, sub, dotted := strings.Cut(rest, ".")
	if dotted && sub == "" {
		return schema.Ref{}, false
	}
	return rt.ResolveLoose(urn, name, sub)
}

// Wants reports whether an answer needs the attribute at all, so that what is costly ("members", "groups", the effective
// rights) is not read for nothing. The path is one of the table's.
func (p *Projection) Wants(path string) bool {
	rts := []*schema.ResourceType{schema.User, schema.Group}
	if p != nil {
		rts = []*schema.ResourceType{p.rt}
	}
	for _, rt := range rts {
		if ref, ok := find(rt, path); ok && ref.Attr != nil {
			keep, subs := p.keeps(ref.Schema, ref.Attr)
			return keep && (ref.Sub == nil || subs == nil || subs[ref.Sub] != p.exclude)
		}
	}
	return false
}

// keeps reports whether an attribute is in the answer, and of which sub-attributes the projection speaks: those that alone
// are wanted, or those that are excluded; nil when it does not tell them apart.
func (p *Projection) keeps(s *schema.Schema, attr *schema.Attribute) (keep bool, subs map[*schema.Attribute]bool) {
	switch {
	case attr.Returned == schema.Always:
		return true, nil
	case attr.Returned == schema.Never:
		return false, nil
	case p == nil:
		return attr.Returned == schema.Default, nil
	}
	subs, named := p.named[attr]
	whole := s != nil && p.schemas[s] && attr.Returned == schema.Default
	if !p.exclude {
		if whole {
			return true, nil
		}
		return named, subs
	}
	return attr.Returned == schema.Default && !whole && (!named || subs != nil), subs
}

// Apply returns the resource with only what the projection wants. What is returned always stays, what is returned never
// goes, and what is returned on request stays only where it is named itself. The resource is in the table's spelling; it
// is not changed, and the result shares values with it.
func (p *Projection) Apply(resource map[string]any) map[string]any {
	rt := schema.User // decides nothing for the nil projection of a group: it has no attribute that is left out
	if p != nil {
		rt = p.rt
	}
	out := make(map[string]any, len(resource))
	for name, value := range resource {
		ref, ok := rt.Resolve("", name, "")
		if ok {
			if v := p.value(ref.Schema, ref.Attr, value); v != nil {
				out[name] = v
			}
			continue
		}
		whole, ok := rt.Resolve(name, "", "")
		if extension, isObject := value.(map[string]any); ok && isObject {
			if v := p.extension(whole.Schema, extension); len(v) > 0 {
				out[name] = v
			}
			continue
		}
		if p == nil || p.exclude {
			out[name] = value
		}
	}
	return out
}

func (p *Projection) extension(s *schema.Schema, extension map[string]any) map[string]any {
	out := make(map[string]any, len(extension))
	for name, value := range extension {
		if attr := s.Attribute(name); attr != nil {
			if v := p.value(s, attr, value); v != nil {
				out[name] = v
			}
		}
	}
	return out
}

// value returns what the projection leaves of an attribute's value; nil for nothing.
func (p *Projection) value(s *schema.Schema, attr *schema.Attribute, value any) any {
	keep, subs := p.keeps(s, attr)
	if !keep || value == nil {
		return nil
	}
	if subs == nil {
		return value
	}
	elements, many := value.([]any)
	if !many {
		if v := p.object(attr, subs, value); len(v) > 0 {
			return v
		}
		return nil
	}
	out := make([]any, 0, len(elements))
	for _, e := range elements {
		if v := p.object(attr, subs, e); len(v) > 0 {
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (p *Projection) object(attr *schema.Attribute, subs map[*schema.Attribute]bool, value any) map[string]any {
	object, _ := value.(map[string]any)
	out := make(map[string]any, len(object))
	for name, v := range object {
		if subs[attr.SubAttribute(name)] != p.exclude {
			out[name] = v
		}
	}
	return out
}
