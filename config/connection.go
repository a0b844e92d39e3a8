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

// readLink reads the attribute by whose equality accounts are linked, and returns its path as the schema spells it.
func (m *manifest) readLink(n node) string {
	if !n.given() {
		return ""
	}
	s, ok := m.name(n, maxName)
	if !ok {
		return ""
	}
	urn, rest := schema.SplitURN(s, schema.User)
	name, sub, _ := strings.Cut(rest, ".")
	ref, ok := schema.User.ResolveLoose(urn, name, sub)
	if ok && ref.Attr != nil && ref.Sub == nil && ref.Attr.Type == schema.Complex {
		ref.Sub = ref.Attr.SubAttribute("value")
	}
	leaf := ref.Leaf()
	switch {
	case !ok || leaf == nil:
		m.fault(n, "users have no attribute %s%s", quote(s), m.near(s, linkable))
	case !links(leaf):
		m.fault(n, "people cannot be linked by %s; name a text that the directory writes, such as userName, emails.value or employeeNumber", ref)
	default:
		return ref.String()
	}
	return ""
}

// linkable yields the attributes by which people may be linked, without URNs.
func linkable(yield func(string) bool) {
	for _, s := range append([]*schema.Schema{schema.User.Core}, schema.User.Extensions...) {
		for _, a := range s.Attributes {
			name := a.Name
			if a.Type == schema.Complex {
				if a, name = a.SubAttribute("value"), name+".value"; a == nil {
					continue
				}
			}
			if links(a) && !yield(name) {
				return
			}
		}
	}
}

// links reports whether people may be linked by the attribute: a text that a directory may write and everybody may read.
func links(a *schema.Attribute) bool {
	return a.Type == schema.String && a.Mutability == schema.ReadWrite && a.Returned != schema.Never
}
