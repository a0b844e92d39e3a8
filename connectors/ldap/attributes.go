package ldap

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// mappingVersion is part of every entry's hash and of the fingerprint. It changes whenever an entry would be mapped in
// another way than before, so that all entries count as changed once.
const mappingVersion = "1"

// pair maps an LDAP attribute to a SCIM path.
type pair struct{ name, path string }

// target is a SCIM path that an LDAP attribute is mapped to.
type target struct {
	ref  schema.Ref
	kind string // the type of the element, of a multi-valued complex attribute
	path string // in the table's spelling; two paths are the same when these are
}

// CheckPath reports what is wrong with a SCIM path as the target of an LDAP attribute, or nil. A path is an attribute of
// the user or of its extensions, these without their URN where the name is unambiguous: title, name.givenName,
// department, emails, phoneNumbers[type eq "mobile"].value. The empty path, which unmaps an attribute, is fine.
func CheckPath(path string) error {
	if path == "" {
		return nil
	}
	_, err := parseTarget(path)
	return err
}

func parseTarget(path string) (target, error) {
	wrong := func(format string, args ...any) (target, error) {
		return target{}, directory.Errorf(directory.Invalid, "attribute path %q: %w", path, fmt.Errorf(format, args...))
	}
	p, err := filter.ParsePath(path)
	if err != nil {
		return wrong("%w", err)
	}
	if p, err = p.Resolve(schema.User, filter.Options{Loose: true}); err != nil {
		return wrong("%w", err)
	}
	ref := p.Ref
	switch {
	case ref.Attr == nil:
		return wrong("names a schema and no attribute of it")
	case ref.Schema == nil:
		return wrong("is not for a directory to say; the identifier is externalId by itself")
	case ref.Attr.Mutability != schema.ReadWrite || ref.Leaf().Mutability == schema.ReadOnly:
		return wrong("cannot be written")
	}
	t := target{ref: ref}
	if p.Filter != nil {
		c, ok := p.Filter.(*filter.Compare)
		if !ok || c.Op != filter.Eq || c.Attr.Ref.Leaf().Name != "type" || !ref.Attr.MultiValued {
			return wrong(`may have a filter only for the type, such as phoneNumbers[type eq "mobile"].value`)
		}
		if t.kind, _ = c.Value.(string); t.kind == "" {
			return wrong("asks for a type that is empty")
		}
	}
	if ref.Attr.Type == schema.Complex {
		value := ref.Attr.SubAttribute("value")
		switch {
		case ref.Sub == nil && value == nil:
			return wrong("has parts: name one of them, such as %s.%s", ref.Attr.Name, ref.Attr.Sub[0].Name)
		case ref.Sub == nil:
			t.ref.Sub = value
		case ref.Attr.MultiValued && (value != nil && ref.Sub != value || ref.Sub.Name == "type" || ref.Sub.Name == "primary"):
			return wrong("is not for an attribute to say: write %s", ref.Attr.Name)
		}
	}
	if t.kind == "" && ref.Attr.MultiValued && ref.Attr.SubAttribute("type") != nil {
		t.kind = defaultType(ref.Attr)
	}
	t.path = t.ref.String()
	if t.kind != "" {
		t.path = fmt.Sprintf("%s[%s]", t.path, schema.Fold(t.kind))
	}
	return t, nil
}

// defaultType is the type of values whose path names none: a directory's are for work.
func defaultType(a *schema.Attribute) string {
	if slices.Contains(a.SubAttribute("type").CanonicalValues, "work") {
		return "work"
	}
	return ""
}

// mapping is what the settings say about attributes, understood: overrides of what is usual on a server.
type mapping struct {
	targets map[string]target // by LDAP name, folded
	spelled map[string]string // the names of targets as the settings spell them
	unmaps  map[string]bool   // LDAP names, folded, that are mapped to nothing, or to something else than usual
}

// newMapping understands settings.Attributes.
func newMapping(attributes map[string]string) (*mapping, error) {
	m := &mapping{targets: map[string]target{}, spelled: map[string]string{}, unmaps: map[string]bool{}}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		folded := schema.Fold(name)
		switch {
		case !isAttribute(name):
			return nil, directory.Errorf(directory.Invalid, "attributes: %q is no name of an LDAP attribute (write it without options, such as mail)", name)
		case m.unmaps[folded]:
			return nil, directory.Errorf(directory.Invalid, "attributes: %q is there twice; upper and lower case do not count", name)
		}
		m.unmaps[folded] = true
		if attributes[name] == "" {
			continue
		}
		t, err := parseTarget(attributes[name])
		if err != nil {
			return nil, directory.Errorf(directory.Invalid, "attributes: %s: %w", name, err)
		}
		m.targets[folded], m.spelled[folded] = t, name
	}
	return m, nil
}

// isAttribute reports whether name can be an attribute's name or OID (RFC 4512 §1.4).
func isAttribute(name string) bool {
	for i := range len(name) {
		c := lowerASCII(name[i])
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return name != "" && name[0] != '-' && name[0] != '.'
}

// field is one SCIM path and the LDAP attributes that fill it: of a single value the first that is there, else all.
type field struct {
	target
	names []string // LDAP; the most important first
}

// fields merges what is usual with the overrides. An attribute that the settings name loses its usual paths, and a path
// that they name loses its usual attributes.
func (m *mapping) fields(usual []pair) ([]field, error) {
	var out []field
	add := func(name string, t target) {
		i := slices.IndexFunc(out, func(f field) bool { return f.path == t.path })
		if i < 0 {
			i, out = len(out), append(out, field{target: t})
		}
		out[i].names = append(out[i].names, name)
	}
	taken := map[string]bool{}
	for _, t := range m.targets {
		taken[t.path] = true
	}
	order := make(map[string]int, len(usual))
	for i, p := range usual {
		name := schema.Fold(p.name)
		order[name] = i + 1
		t, err := parseTarget(p.path)
		if err != nil {
			return nil, err
		}
		if !taken[t.path] && !m.unmaps[name] {
			add(p.name, t)
		}
	}
	// The settings have no order. An attribute that is usually mapped comes before one that is not.
	names := slices.SortedFunc(maps.Keys(m.targets), func(a, b string) int {
		switch {
		case order[a] == order[b]:
			return strings.Compare(a, b)
		case order[a] == 0:
			return 1
		case order[b] == 0:
			return -1
		}
		return order[a] - order[b]
	})
	for _, name := range names {
		add(m.spelled[name], m.targets[name])
	}
	return out, nil
}
