package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// laterKinds are the kinds of connections that the manifest will have, but not in this version.
var laterKinds = []string{"csv", "ldap", "oidc"}

// readConnections reads the connections. Of a kind that comes later only the name is read, so that its keys are no faults
// besides.
func (m *manifest) readConnections(n node) {
	m.connections = make(names)
	var renames []renamed
	for i, n := range m.list(n, maxConnections) {
		c := directory.ConnectionSpec{Connection: directory.Connection{
			Kind: directory.SCIM, Order: i, ManagedBy: directory.ByManifest,
		}}
		if later := m.readKind(n); later {
			c.Name, _ = m.name(n.peek("name"), maxName)
		} else if f, ok := m.fields(n, "name", "kind", "dialect", "claim", "link", "direct", "capabilities", "was", "state"); ok {
			m.readConnection(f, &c)
			if c.Was != "" {
				renames = append(renames, renamed{f["was"], c.Was, c.Name})
			}
		}
		if c.Name != "" {
			m.declare(m.connections, n.peek("name"), "connection", c.Name, c.Absent)
			m.spec.Connections = append(m.spec.Connections, c)
		}
	}
	m.checkRenames(m.connections, "connection", renames)
}

// readKind reports a kind that this version does not have, and whether a later one has it. What is to be absent needs none.
func (m *manifest) readKind(n node) (later bool) {
	kind := n.peek("kind")
	if _, mapping := n.value.(*ast.MappingNode); n.given() && !mapping || !kind.given() && n.peek("state").given() {
		return false
	}
	if kind.value == nil {
		m.fault(kind, "is required; this version has scim")
		return false
	}
	s, ok := m.name(kind, maxName)
	switch {
	case !ok || s == string(directory.SCIM):
		return false
	case slices.Contains(laterKinds, s):
		m.fault(kind, "kind %s is not in this version; this version has scim", s)
		return true
	}
	m.fault(kind, "unknown kind %s; this version has scim%s", quote(s), m.near(s, slices.Values(append(laterKinds, "scim"))))
	return false
}

func (m *manifest) readConnection(f map[string]node, c *directory.ConnectionSpec) {
	c.Name, _ = m.name(f["name"], maxName)
	c.Dialect = directory.Dialect(m.choice(f["dialect"], string(directory.RFC), string(directory.Okta), string(directory.Entra)))
	c.Claim = m.boolean(f["claim"], true)
	c.Link = m.readLink(f["link"])
	c.Direct = m.roleKeys(f["direct"], true)
	c.Capabilities = m.readCapabilities(f["capabilities"])
	c.Was = m.optionalName(f["was"])
	c.Absent = m.readAbsent(f)
}

func (m *manifest) readCapabilities(n node) directory.Capabilities {
	c := directory.AllCapabilities()
	f, _ := m.fields(n, "create", "update", "suspend", "delete", "groups")
	for key, allowed := range map[string]*bool{
		"create": &c.Create, "update": &c.Update, "suspend": &c.Suspend, "delete": &c.Delete, "groups": &c.Groups,
	} {
		*allowed = m.boolean(f[key], true)
	}
	return c
}

// links are the attributes by which people can be found, so by whose equality accounts can be linked.
var links = []string{"userName", "emails.value", "phoneNumbers.value", "employeeNumber"}

// readLink reads the attribute by whose equality accounts are linked, and returns its path as the schema spells it.
func (m *manifest) readLink(n node) string {
	if !n.given() {
		return ""
	}
	s, ok := m.name(n, maxName)
	if !ok {
		return ""
	}
	path := linkPath(s)
	if !slices.ContainsFunc(links, func(l string) bool { return path == linkPath(l) }) {
		m.fault(n, "people cannot be linked by %s, only by one of %s%s", quote(s), strings.Join(links, ", "), m.near(s, slices.Values(links)))
		return ""
	}
	return path
}

// linkPath returns an attribute's path as the schema spells it, down to the values of a complex one; "" when there is none.
func linkPath(s string) string {
	urn, rest := schema.SplitURN(s, schema.User)
	name, sub, _ := strings.Cut(rest, ".")
	ref, ok := schema.User.ResolveLoose(urn, name, sub)
	if !ok || ref.Attr == nil {
		return ""
	}
	if ref.Sub == nil && ref.Attr.Type == schema.Complex {
		ref.Sub = ref.Attr.SubAttribute("value")
	}
	return ref.String()
}
