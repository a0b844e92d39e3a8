package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// ldapAttribute is the name or the OID of an attribute (RFC 4512 §1.4), without options.
var ldapAttribute = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)$`)

// readAttributes reads which LDAP attribute becomes which SCIM attribute. An empty path unmaps what is mapped by default.
func (m *manifest) readAttributes(n node) map[string]string {
	entries, _ := m.entries(n)
	if len(entries) == 0 {
		return nil
	}
	if len(entries) > maxMapped {
		m.fault(n, "more than %d attributes", maxMapped)
		return nil
	}
	mapped := make(map[string]string, len(entries))
	lines, single := make(map[string]int), make(map[string]string)
	for _, e := range entries {
		name := schema.Fold(e.key)
		switch {
		case len(e.key) > maxName || !ldapAttribute.MatchString(e.key):
			m.add(e.at, e.path, "is not the name of an LDAP attribute, such as departmentNumber")
			continue
		case lines[name] > 0:
			m.add(e.at, e.path, fmt.Sprintf("the attribute is already on line %d", lines[name]))
			continue
		}
		lines[name] = e.at.line
		if !e.given() || e.says("") {
			mapped[e.key] = ""
			continue
		}
		text, ok := m.name(e.node, maxName)
		if !ok {
			continue
		}
		path, many, err := scimPath(text)
		switch {
		case err != nil:
			m.fault(e.node, "%v%s", err, m.nearAttribute(text))
			continue
		case !many && single[path] != "":
			m.fault(e.node, "%s has one value, and %s gives it already", path, single[path])
			continue
		}
		if !many {
			single[path] = e.key
		}
		mapped[e.key] = path
	}
	return mapped
}

// scimPath returns the path of an attribute of a user that a directory may state, as the schema spells it, and whether it
// takes several values: title, name.givenName, emails, phoneNumbers[type eq "mobile"].value, a URN before an extension's.
func scimPath(text string) (path string, many bool, err error) {
	p, err := filter.ParsePath(text)
	if err != nil {
		return "", false, fmt.Errorf("%s is not the path of a SCIM attribute: %w", quote(text), err)
	}
	ref, ok := schema.User.ResolveLoose(p.URN, p.Attr, p.Sub)
	if !ok {
		return "", false, fmt.Errorf("a user has no attribute %s", quote(text))
	}
	if err := stated(ref); err != nil {
		return "", false, err
	}
	a := ref.Attr
	kind, err := typed(p.Filter, a)
	if err != nil {
		return "", false, err
	}
	value := a.SubAttribute("value")
	if ref.Sub != nil && a.MultiValued && (value != nil && ref.Sub != value || ref.Sub.Name == "type" || ref.Sub.Name == "primary") {
		return "", false, fmt.Errorf("no LDAP attribute says %s; write %s", ref, schema.Ref{Schema: ref.Schema, Attr: a})
	}
	if a.Type == schema.Complex && ref.Sub == nil && value == nil {
		var parts []string
		for _, s := range a.Sub {
			parts = append(parts, s.Name)
		}
		return "", false, fmt.Errorf("%s has parts; say which: %s.%s, or one of %s", a.Name, a.Name, parts[0], strings.Join(parts, ", "))
	}
	whole := schema.Ref{Schema: ref.Schema, Attr: a}.String()
	if kind != "" {
		whole += `[type eq ` + kind + `]`
	}
	if ref.Sub != nil {
		whole += "." + ref.Sub.Name
	}
	return whole, a.MultiValued && kind == "", nil
}

// stated says why a directory cannot state an attribute, or nil.
func stated(ref schema.Ref) error {
	switch {
	case ref.Schema == nil:
		return fmt.Errorf("%s is the gateway's own; choose another attribute", ref)
	case ref.Attr == nil:
		return fmt.Errorf("%s is a whole schema; add the attribute's name behind a colon", ref)
	case ref.Attr.Mutability == schema.ReadOnly || ref.Sub != nil && ref.Sub.Mutability == schema.ReadOnly:
		return fmt.Errorf("%s is read-only", ref)
	case ref.Attr.Mutability == schema.WriteOnly:
		return fmt.Errorf("%s is never read from a directory", ref)
	}
	return nil
}

// typed returns the type that a path's brackets ask for, in quotes, or "" where there are none.
func typed(e filter.Expr, a *schema.Attribute) (string, error) {
	if e == nil {
		return "", nil
	}
	c, ok := e.(*filter.Compare)
	if !ok || c.Op != filter.Eq || !strings.EqualFold(c.Attr.String(), "type") {
		return "", errors.New(`between brackets only the type may stand, as in phoneNumbers[type eq "mobile"].value`)
	}
	value, ok := c.Value.(string)
	if !ok || value == "" || !a.MultiValued || a.SubAttribute("type") == nil {
		return "", fmt.Errorf(`%s has no types; the path is %s`, a.Name, a.Name)
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`, nil
}

// nearAttribute proposes the attribute whose name is nearest, where the path's own is none.
func (r *reader) nearAttribute(text string) string {
	_, rest := schema.SplitURN(text, schema.User)
	name, _, _ := strings.Cut(rest, ".")
	name, _, _ = strings.Cut(name, "[")
	if _, known := schema.User.ResolveLoose("", name, ""); known {
		return ""
	}
	return r.near(name, func(yield func(string) bool) {
		for _, s := range append([]*schema.Schema{schema.User.Core}, schema.User.Extensions...) {
			for _, a := range s.Attributes {
				if stated(schema.Ref{Schema: s, Attr: a}) == nil && !yield(a.Name) {
					return
				}
			}
		}
	})
}

// readAuthority reads which attributes a connection decides, whatever the order of connections, as the schema spells them.
// No two connections decide the same.
func (m *manifest) readAuthority(n node, connection string) []string {
	var paths []string
	for _, n := range m.list(n, maxMapped) {
		text, ok := m.name(n, maxName)
		if !ok {
			continue
		}
		path, err := decided(text)
		other, taken := m.authority[path]
		switch {
		case err != nil:
			m.fault(n, "%v%s", err, m.nearAttribute(text))
		case slices.Contains(paths, path):
			m.fault(n, "%s is already in this list", path)
		case taken:
			m.fault(n, "the connection %s decides %s already, on line %d; remove it from one of the two", quote(other.name), path, other.line)
		default:
			m.authority[path] = declared{name: connection, line: n.line}
			paths = append(paths, path)
		}
	}
	return paths
}

// decided returns the path of an attribute that one connection can decide: a whole one, or a part of one that has one
// value, such as name.givenName. Package provision takes the same, but knows no lines.
func decided(text string) (string, error) {
	urn, rest := schema.SplitURN(text, schema.User)
	name, sub, parted := strings.Cut(rest, ".")
	ref, ok := schema.User.ResolveLoose(urn, name, sub)
	if !ok || parted && sub == "" {
		return "", fmt.Errorf("a user has no attribute %s", quote(text))
	}
	if err := stated(ref); err != nil {
		return "", err
	}
	if ref.Sub != nil && ref.Attr.MultiValued {
		return "", fmt.Errorf("%s has several values, which are decided as one thing; write %[1]s", schema.Ref{Schema: ref.Schema, Attr: ref.Attr})
	}
	return ref.String(), nil
}
