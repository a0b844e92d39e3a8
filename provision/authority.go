package provision

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// decision is one attribute that a connection decides, whatever the order of connections.
type decision struct {
	connection string
	ref        schema.Ref
}

// decisions reads what connections decide, in their order. A path that names nothing decides nothing; the manifest's
// reader refuses those.
func decisions(connections []directory.Connection) []decision {
	var out []decision
	for _, c := range connections {
		for _, path := range c.Authority {
			if ref, err := attributePath(path); err == nil {
				out = append(out, decision{c.ID, ref})
			}
		}
	}
	return out
}

// attributePath reads the path of an attribute of a user that directories state: title, name.givenName, a URN before an
// extension's, or an extension's name alone where it is one extension's only. A part of an attribute with several values
// is no path: such an attribute is one thing.
func attributePath(path string) (schema.Ref, error) {
	urn, rest := schema.SplitURN(path, schema.User)
	name, sub, parted := strings.Cut(rest, ".")
	ref, ok := schema.User.ResolveLoose(urn, name, sub)
	switch {
	case !ok || parted && sub == "" || ref.Schema == nil:
		return ref, directory.Errorf(directory.Invalid, "%q is no attribute of a user", path)
	case ref.Attr == nil:
		return ref, directory.Errorf(directory.Invalid, "%q is a whole schema: add the name of an attribute behind a colon", path)
	case ref.Attr.Mutability != schema.ReadWrite || ref.Leaf().Mutability != schema.ReadWrite:
		return ref, directory.Errorf(directory.Invalid, "no directory states %q", path)
	case ref.Sub != nil && ref.Attr.MultiValued:
		return ref, directory.Errorf(directory.Invalid, "%q has several values, which are one thing: name %q", path, ref.Attr.Name)
	}
	return ref, nil
}

// stated merges what the accounts state: of two connections that state an attribute, the one that lists it among what it
// decides wins, and else the one that comes first.
func (p *policy) stated(x *store.Person) directory.Attributes {
	switch len(x.Accounts) {
	case 0:
		return x.Attributes
	case 1:
		return x.Accounts[0].Attributes
	}
	accounts := p.inOrder(x.Accounts)
	merged := directory.Attributes{}
	for _, a := range slices.Backward(accounts) {
		for k, v := range a.Attributes {
			mine, isMap := v.(map[string]any)
			theirs, both := merged[k].(map[string]any)
			if isMap && both && strings.HasPrefix(k, "urn:") {
				joined := maps.Clone(theirs)
				maps.Copy(joined, mine)
				merged[k] = joined
			} else {
				merged[k] = v
			}
		}
	}
	for _, d := range slices.Backward(p.decisions) {
		for _, a := range accounts {
			if v := valueAt(a.Attributes, d.ref); v != nil && a.Connection == d.connection {
				merged = withValue(merged, d.ref, v)
			}
		}
	}
	return merged
}

// inOrder returns the accounts in the order of their connections.
func (p *policy) inOrder(accounts []directory.Account) []directory.Account {
	byRank := func(a, b directory.Account) int { return cmp.Compare(p.rank(a.Connection), p.rank(b.Connection)) }
	if slices.IsSortedFunc(accounts, byRank) {
		return accounts
	}
	accounts = slices.Clone(accounts)
	slices.SortStableFunc(accounts, byRank)
	return accounts
}

// effective is the person's document: what the accounts state, but for attributes that holds keep or keep away.
func (p *policy) effective(x *store.Person) directory.Attributes {
	if len(x.Accounts) == 0 {
		return x.Attributes
	}
	return overlaid(p.stated(x), x.Holds)
}

// overlaid puts holds of attributes over a document, which stays as it is.
func overlaid(doc directory.Attributes, holds []directory.Hold) directory.Attributes {
	for _, effect := range []directory.Effect{directory.Keep, directory.Deny} { // where both are held, it is kept away
		for _, h := range holds {
			if ref, ok := heldAttribute(h); ok && h.Effect == effect {
				doc = withValue(doc, ref, h.Value)
			}
		}
	}
	return doc
}

// owner tells which connection an attribute of the effective document is from, or "hold" where a hold put it there. The
// person has an account of it, unless nobody states the attribute.
func (p *policy) owner(x *store.Person, ref schema.Ref) string {
	covers := func(o schema.Ref) bool {
		return o.Schema == ref.Schema && o.Attr == ref.Attr && (o.Sub == nil || o.Sub == ref.Sub)
	}
	for _, h := range x.Holds {
		if held, ok := heldAttribute(h); ok && covers(held) {
			return "hold"
		}
	}
	for _, d := range p.decisions {
		for _, a := range x.Accounts {
			if a.Connection == d.connection && covers(d.ref) && valueAt(a.Attributes, d.ref) != nil {
				return a.Connection
			}
		}
	}
	whole := schema.Ref{Schema: ref.Schema, Attr: ref.Attr}
	for _, a := range p.inOrder(x.Accounts) {
		if valueAt(a.Attributes, whole) != nil {
			return a.Connection
		}
	}
	return ""
}

// sources tells for each attribute of somebody with several accounts which connection it is from, by name.
func (p *policy) sources(x *store.Person, name func(connection string) string) map[string]string {
	if len(x.Accounts) < 2 {
		return nil
	}
	out := map[string]string{}
	for path := range leaves(p.effective(x)) {
		ref, err := attributePath(path)
		if err != nil {
			continue
		}
		if out[path] = p.owner(x, ref); out[path] != "hold" {
			out[path] = name(out[path])
		}
	}
	return out
}

// valueAt is what a document says at a path; nil for nothing.
func valueAt(doc directory.Attributes, ref schema.Ref) any {
	if ref.Extension() {
		doc, _ = doc[ref.Schema.ID].(map[string]any)
	}
	v := doc[ref.Attr.Name]
	if ref.Sub == nil {
		return v
	}
	object, _ := v.(map[string]any)
	return object[ref.Sub.Name]
}

// withValue returns a copy of a document that says something else at a path, or, with nil, nothing.
func withValue(doc directory.Attributes, ref schema.Ref, value any) directory.Attributes {
	var keys []string
	if ref.Extension() {
		keys = append(keys, ref.Schema.ID)
	}
	keys = append(keys, ref.Attr.Name)
	if ref.Sub != nil {
		keys = append(keys, ref.Sub.Name)
	}
	return withKeys(doc, keys, value)
}

func withKeys(doc map[string]any, keys []string, value any) map[string]any {
	if len(keys) == 0 {
		return doc
	}
	out := maps.Clone(doc)
	if out == nil {
		out = map[string]any{}
	}
	if len(keys) > 1 {
		inner, _ := out[keys[0]].(map[string]any)
		if inner = withKeys(inner, keys[1:], value); len(inner) > 0 {
			value = inner
		} else {
			value = nil // an object without attributes is not stated (RFC 7643 §2.5)
		}
	}
	if value == nil {
		delete(out, keys[0])
	} else {
		out[keys[0]] = value
	}
	return out
}

// leaves parts a document into its smallest attributes, by path: those of objects and extensions each for itself, and
// attributes with several values whole.
func leaves(doc directory.Attributes) map[string]any {
	out := make(map[string]any, len(doc))
	for name, v := range doc {
		object, isObject := v.(map[string]any)
		if !isObject {
			out[name] = v
			continue
		}
		between := "."
		if strings.HasPrefix(name, "urn:") {
			between = ":"
		}
		for sub, v := range object {
			inner, isObject := v.(map[string]any)
			if !isObject || between == "." {
				out[name+between+sub] = v
				continue
			}
			for part, v := range inner {
				out[name+between+sub+"."+part] = v
			}
		}
	}
	return out
}
