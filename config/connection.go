package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// The kinds of connections: those of this version, and those that the manifest will have later.
var (
	kinds      = []string{string(directory.SCIM), string(directory.LDAP), string(directory.OIDC)}
	laterKinds = []string{"csv"}
)

const theKinds = "this version has scim, ldap and oidc"

// readConnections reads the connections. Of a kind that comes later only the name is read, so that its keys are no faults
// besides.
func (m *manifest) readConnections(n node) {
	m.connections, m.authority = make(names), make(names)
	var renames []renamed
	moves, claims := make(map[int]node), make(map[int]node)
	for i, n := range m.list(n, maxConnections) {
		c := directory.ConnectionSpec{Connection: directory.Connection{
			Kind: directory.SCIM, Order: i, ManagedBy: directory.ByManifest,
		}}
		kind, later := m.readKind(n)
		if later {
			c.Name, _ = m.name(n.peek("name"), maxName)
		} else if f, ok := m.fields(n, keysOf(kinds...)...); ok {
			if kind != "" {
				c.Kind = kind
				m.kindred(f, &c)
			}
			m.readConnection(f, &c)
			if c.Was != "" {
				renames = append(renames, renamed{f["was"], c.Was, c.Name})
			}
			if c.Offboarding.Do == directory.OffboardMove {
				moves[len(m.spec.Connections)] = f["offboarding"].peek("move")
			}
			if c.OIDC != nil && c.OIDC.Link.Connection != "" {
				claims[len(m.spec.Connections)] = f["link"].peek("connection")
			}
		}
		if c.Name != "" {
			m.declare(m.connections, n.peek("name"), "connection", c.Name, c.Absent)
			m.spec.Connections = append(m.spec.Connections, c)
		}
	}
	m.checkRenames(m.connections, "connection", renames)
	for i := range m.spec.Connections { // once all names are known
		if n, ok := moves[i]; ok {
			to := &m.spec.Connections[i].Offboarding
			to.To, _ = m.find(m.connections, n, "connection", to.To)
		}
		if n, ok := claims[i]; ok {
			m.linked(n, &m.spec.Connections[i].OIDC.Link)
		}
	}
}

// sectionsOf are the keys that connections of each kind have.
var sectionsOf = map[directory.ConnectionKind][]section{
	directory.SCIM: {connectionSection, provisionSection, scimSection},
	directory.LDAP: {connectionSection, provisionSection, ldapSection},
	directory.OIDC: {connectionSection, oidcSection},
}

// keysOf are the keys that connections of some kinds have.
func keysOf(kinds ...string) []string {
	var out []string
	for _, kind := range kinds {
		for _, s := range sectionsOf[directory.ConnectionKind(kind)] {
			out = append(out, manifestKeys[s]...)
		}
	}
	return out
}

// kindred reports the keys that only other kinds of connections have. What is absent may keep the lines of any.
func (m *manifest) kindred(f map[string]node, c *directory.ConnectionSpec) {
	mine := keysOf(string(c.Kind))
	for _, key := range slices.Sorted(maps.Keys(f)) {
		n := f[key]
		if n.value == nil || f["state"].given() || slices.Contains(mine, key) {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(kinds), func(kind string) bool { return !slices.Contains(keysOf(kind), key) })
		m.fault(n, "is for connections of kind %s; this one is of kind %s", strings.Join(others, " or "), c.Kind)
	}
}

// readKind reads the kind of a connection, "" where none is given or known, and whether it is one that a later version has.
// What is to be absent needs none.
func (m *manifest) readKind(n node) (kind directory.ConnectionKind, later bool) {
	given := n.peek("kind")
	if _, mapping := n.value.(*ast.MappingNode); n.given() && !mapping || !given.given() && n.peek("state").given() {
		return "", false
	}
	if given.value == nil {
		m.fault(given, "is required; "+theKinds)
		return "", false
	}
	s, ok := m.name(given, maxName)
	switch {
	case !ok:
		return "", false
	case slices.Contains(kinds, s):
		return directory.ConnectionKind(s), false
	case slices.Contains(laterKinds, s):
		m.fault(given, "kind %s is not in this version; "+theKinds, s)
		return "", true
	}
	m.fault(given, "unknown kind %s; "+theKinds+"%s", quote(s), m.near(s, slices.Values(slices.Concat(kinds, laterKinds))))
	return "", false
}

func (m *manifest) readConnection(f map[string]node, c *directory.ConnectionSpec) {
	c.Name, _ = m.name(f["name"], maxName)
	if c.Kind == directory.SCIM {
		c.Dialect = directory.Dialect(m.choice(f["dialect"], string(directory.RFC), string(directory.Okta), string(directory.Entra)))
	} else {
		c.Dialect = directory.RFC
	}
	c.Claim = m.boolean(f["claim"], c.Kind != directory.OIDC) // who signs in claims nobody
	if c.Kind != directory.OIDC {
		c.Link = m.readLink(f["link"])
	}
	c.Direct = m.readDirect(f["direct"])
	c.Capabilities = m.readCapabilities(f["capabilities"])
	c.Guard = m.readGuard(f["guard"])
	c.Was = m.optionalName(f["was"])
	c.Absent = m.readAbsent(f)
	c.Offboarding = m.readOffboarding(f["offboarding"], c.Absent)
	if c.Absent { // what goes may keep its lines, and they say nothing
		return
	}
	c.Authority = m.readAuthority(f["authority"], c.Name)
	switch c.Kind {
	case directory.SCIM:
	case directory.LDAP:
		c.LDAP = m.readLDAP(f)
	case directory.OIDC:
		c.OIDC = m.readOIDC(f)
	}
}

// readGuard reads how many people one run, or an hour of pushes, may take something from. What is not given is the
// tenant's.
func (m *manifest) readGuard(n node) directory.GuardLimits {
	f, _ := m.keyed(n, guardSection)
	return directory.GuardLimits{
		Percent: m.number(f["percent"], 0, 1, 100),
		Count:   m.number(f["count"], 0, 1, maxMinimum),
	}
}

// readOffboarding reads what becomes of the people of a connection that goes: keep, suspend, or {move: CONNECTION}.
func (m *manifest) readOffboarding(n node, absent bool) directory.Offboarding {
	if !n.given() {
		return directory.Offboarding{}
	}
	if !absent {
		m.fault(n, "is for a connection that goes; add state: absent, or remove it")
		return directory.Offboarding{}
	}
	if _, mapping := n.value.(*ast.MappingNode); mapping {
		f, _ := m.keyed(n, offboardSection)
		to, _ := m.name(f[directory.OffboardMove], maxName)
		if to == "" {
			return directory.Offboarding{}
		}
		return directory.Offboarding{Do: directory.OffboardMove, To: to}
	}
	if n.says(directory.OffboardMove) {
		m.fault(n, "say where to: {move: CONNECTION}")
		return directory.Offboarding{}
	}
	return directory.Offboarding{Do: m.choice(n, directory.OffboardKeep, directory.OffboardSuspend)}
}

func (m *manifest) readCapabilities(n node) directory.Capabilities {
	c := directory.AllCapabilities()
	f, _ := m.keyed(n, capableSection)
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
