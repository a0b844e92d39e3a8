package mapping

import (
	"cmp"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// DirectStatement is one value of an attribute by which a connection may give a right without a rule: the SCIM attribute
// roles, or one of [directory.DirectAttributes]. It gives it only if the connection lists the attribute, or the role's
// key, in direct:, if what it names is there, and if that is not privileged; otherwise nothing.
type DirectStatement struct {
	Attribute  string
	Value      string                   // a role's or a status's key, an option as [directory.OptionTarget], or a name or an id
	Kind       directory.MembershipKind // of an agent group; "" is user
	Connection string                   // id
	// Claim is what an OpenID provider stated, such as "groups=admins", where that is why the connection gives the role. The
	// connection names the role in so many words, so it may be privileged; see [ClaimStatements].
	Claim string
}

// claimed is the attribute of statements that come of claims.
const claimed = "claims"

// ClaimStatements returns the roles that a connection gives for what its provider stated of somebody at their last sign-in.
func ClaimStatements(c directory.Connection, stated []directory.Claim) []DirectStatement {
	if c.OIDC == nil {
		return nil
	}
	var out []DirectStatement
	for _, r := range c.OIDC.Roles {
		if slices.Contains(stated, directory.Claim{Connection: c.ID, Claim: r.Claim, Value: r.Value}) {
			out = append(out, DirectStatement{Attribute: claimed, Value: r.Role, Connection: c.ID, Claim: r.Claim + "=" + r.Value})
		}
	}
	return out
}

// statedKind is an attribute whose values may give rights of a kind.
type statedKind struct {
	attribute string
	kind      directory.EntitlementKind
}

// statedKinds are these attributes, in the order in which they count.
var statedKinds = []statedKind{
	{"roles", directory.RoleEntitlement},
	{"profile", directory.ProfileEntitlement},
	{"options", directory.OptionEntitlement},
	{"groups", directory.AgentGroupEntitlement},
	{"campaigns", directory.CampaignEntitlement},
	{"company", directory.CompanyEntitlement},
	{"initialStatus", directory.StatusEntitlement},
	{claimed, directory.RoleEntitlement},
}

// Statements returns what a connection's account states in attributes that may give rights without a rule, without the
// spaces around it. The attributes are in canonical form.
func Statements(connection string, attributes directory.Attributes) []DirectStatement {
	var out []DirectStatement
	state := func(attribute, value string, kind directory.MembershipKind) {
		if value = strings.TrimSpace(value); value != "" {
			out = append(out, DirectStatement{Attribute: attribute, Value: value, Kind: kind, Connection: connection})
		}
	}
	elements := func(attribute string, value any) {
		list, _ := value.([]any)
		for _, element := range list {
			switch x := element.(type) {
			case string:
				state(attribute, x, "")
			case map[string]any:
				name, _ := x["value"].(string)
				kind, _ := x["kind"].(string)
				state(attribute, name, directory.MembershipKind(strings.ToLower(kind)))
			}
		}
	}
	elements("roles", attributes["roles"])
	extension, _ := attributes[schema.RollcallURN].(map[string]any)
	if len(extension) == 0 {
		return out
	}
	for _, x := range statedKinds[1 : len(statedKinds)-1] {
		if text, ok := extension[x.attribute].(string); ok {
			state(x.attribute, text, "")
			continue
		}
		elements(x.attribute, extension[x.attribute])
	}
	return out
}

// direct is what a connection may grant without a rule.
type direct struct {
	place      int            // of the connection, in order
	roles      map[string]int // places in the list, by folded key
	attributes map[string]bool
}

// connection enters what the connection lists in direct:.
func (c *compiler) connection(i int, x directory.Connection) {
	c.set.labels[x.ID] = x.Name
	if len(x.Direct) == 0 && x.OIDC == nil {
		return
	}
	d := direct{place: i, roles: make(map[string]int, len(x.Direct)), attributes: map[string]bool{}}
	for place, name := range x.Direct {
		if slices.Contains(directory.DirectAttributes(), name) {
			d.attributes[name] = true
		} else if _, twice := d.roles[schema.Fold(name)]; !twice {
			d.roles[schema.Fold(name)] = place
		}
	}
	c.set.direct[x.ID] = d
	if d.attributes["groups"] && c.set.teamNames == nil {
		c.set.teamNames = make(map[string]string, len(c.set.agentGroups))
		for name, id := range c.set.agentGroups {
			c.set.teamNames[id] = name
		}
	}
}

// statement is a stated value with what it names.
type statement struct {
	DirectStatement

	rank   [3]int // of the connection, of the attribute, in the connection's list
	thing  *thing
	missed error // why it gives nothing
}

// statements finds what the values name, in the order in which they count.
func (s *Set) statements(given []DirectStatement) []statement {
	out := make([]statement, 0, len(given))
	for _, d := range given {
		x := statement{DirectStatement: d}
		i := slices.IndexFunc(statedKinds, func(k statedKind) bool { return k.attribute == d.Attribute })
		if i < 0 {
			continue
		}
		s.resolve(&x, statedKinds[i].kind)
		listed, place := s.direct[d.Connection], 0
		if d.Attribute == "roles" {
			place = listed.roles[schema.Fold(d.Value)]
		}
		x.rank = [3]int{listed.place, i, place}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b statement) int {
		return cmp.Or(
			slices.Compare(a.rank[:], b.rank[:]), cmp.Compare(a.Connection, b.Connection),
			cmp.Compare(schema.Fold(a.Value), schema.Fold(b.Value)), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Kind, b.Kind),
		)
	})
	return slices.CompactFunc(out, func(a, b statement) bool { return a.DirectStatement == b.DirectStatement })
}

// resolve finds what a value names and says what keeps it from giving anything.
func (s *Set) resolve(x *statement, kind directory.EntitlementKind) {
	listed, ok := s.direct[x.Connection]
	switch {
	case x.Attribute == claimed: // the connection names the role itself
	case kind == directory.RoleEntitlement:
		_, ok = listed.roles[schema.Fold(x.Value)]
	default:
		ok = ok && listed.attributes[x.Attribute]
	}
	if !ok {
		x.missed = wrong("the connection does not list it in direct:")
		return
	}
	if kind == directory.AgentGroupEntitlement {
		s.resolveAgentGroup(x)
		return
	}
	x.thing, x.missed = s.things.find(kind, x.Value)
	if x.thing == nil {
		if x.thing = s.things.targets[directory.Entitlement{Kind: kind, Target: x.Value}]; x.thing == nil {
			return
		}
	}
	switch {
	case x.thing.refused != nil:
		x.missed = wrong("it %v", x.thing.refused)
	case x.thing.privileged && x.Attribute != claimed:
		x.missed = wrong("it is privileged; only a rule or a person gives it")
	case x.thing.lapsed != nil:
		x.missed = wrong("it %v", x.thing.lapsed)
	default:
		x.missed = nil
	}
}

func (s *Set) resolveAgentGroup(x *statement) {
	name := schema.Fold(x.Value)
	id, ok := s.agentGroups[name]
	if !ok {
		name, ok = s.teamNames[x.Value]
		id = x.Value
	}
	kind := cmp.Or(x.Kind, directory.AsUser)
	if x.missed = s.kindFault(kind); x.missed != nil {
		return
	}
	if !ok {
		x.missed = wrong("there is no agent group %s", quote(x.Value))
	} else {
		x.thing = &thing{Entitlement: directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: id, Membership: kind}, name: name}
	}
}

// direct adds what connections may grant without a rule.
func (e *evaluation) direct(stated []DirectStatement) {
	if len(stated) == 0 {
		return
	}
	for _, x := range e.set.statements(stated) {
		e.state(&x)
	}
}

// state adds what one statement gives.
func (e *evaluation) state(x *statement) []directory.Entitlement {
	if x.missed != nil {
		e.note("%v", x.missed)
		return nil
	}
	by := slot{label: e.set.labels[x.Connection]}
	if !e.take(x.thing, by) {
		return nil
	}
	given := []directory.Entitlement{x.thing.Entitlement}
	if e.teams != nil && x.thing.Kind == directory.AgentGroupEntitlement {
		given[0].Target = e.teams.named(x.thing.name)
	}
	if x.thing.role != nil {
		given = append(given, x.thing.role.Entitlement)
	}
	for _, right := range given {
		g := directory.Grant{Entitlement: right, Origin: directory.Origin{Kind: directory.FromDirect, Connection: x.Connection}}
		if !slices.Contains(e.grants, g) {
			e.grants = append(e.grants, g)
		}
	}
	return given
}

// traceStatements tells what became of each statement.
func (e *evaluation) traceStatements(stated []DirectStatement) []RuleTrace {
	var out []RuleTrace
	for _, x := range e.set.statements(stated) {
		e.notes = nil
		t := RuleTrace{Stated: &x.DirectStatement, Name: e.set.labels[x.Connection] + " states " + x.Attribute + " " + quote(cmp.Or(x.Claim, x.Value))}
		t.Yields = e.state(&x)
		t.Hit, t.Missed = len(t.Yields) > 0, e.noted()
		out = append(out, t)
	}
	return out
}
