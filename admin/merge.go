package admin

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim/schema"
	"rollcall/store"
)

// merger makes the configuration that a manifest asks for. What depends on people is checked later.
type merger struct {
	current *store.Configuration
	next    *store.Configuration
	absent  map[string]bool                  // the connections' ids and the roles' keys that the manifest says shall go
	renamed map[string]string                // roles' keys, from the former to the new one
	going   map[string]directory.Offboarding // what becomes of the people of connections that go, by id
	leaving []provision.Offboarding          // of those that own anybody
	refused []string
}

// merge returns what the tenant should be. Objects that the manifest does not own stay as they are, behind its own; one
// that it names all the same is refused. captured tells which agent groups the rules make by their captures.
func merge(current *store.Configuration, spec directory.Spec, captured func([]directory.Rule) (made, error)) (*merger, error) {
	m := &merger{
		current: current,
		next:    &store.Configuration{Tenant: current.Tenant, Settings: spec.Settings},
		absent:  map[string]bool{},
		renamed: map[string]string{},
		going:   map[string]directory.Offboarding{},
	}
	m.next.Tenant.Name = spec.Name
	m.connections(spec.Connections)
	m.roles(spec.Roles)
	m.rules(spec.Rules)
	teams, err := captured(m.next.Rules)
	if err != nil {
		return nil, err
	}
	m.agentGroups(spec.Work, teams)
	return m, m.refusal()
}

func (m *merger) refuse(format string, args ...any) {
	m.refused = append(m.refused, fmt.Sprintf(format, args...))
}

// refusal is everything that was refused, a line each.
func (m *merger) refusal() error {
	if len(m.refused) == 0 {
		return nil
	}
	return directory.Errorf(directory.Conflict, "%s", strings.Join(m.refused, "\n"))
}

// index finds objects by their folded names.
type index map[string]int

func indexed[T any](list []T, name func(T) string) index {
	out := make(index, len(list))
	for i, x := range list {
		out[schema.Fold(name(x))] = i
	}
	return out
}

func (x index) at(name string) int {
	if i, ok := x[schema.Fold(name)]; ok {
		return i
	}
	return -1
}

// find returns where the object of the name stands, or the one that it is renamed from, or -1.
func (m *merger) find(x index, what, name, was string) int {
	at := x.at(name)
	if was == "" || schema.Fold(was) == schema.Fold(name) {
		return at
	}
	before := x.at(was)
	if at >= 0 && before >= 0 {
		m.refuse("the %s %q cannot become %q: there is one of that name already; remove was, or choose another name", what, was, name)
	}
	if at >= 0 {
		return at
	}
	return before
}

// owns refuses an object that the manifest names and does not own.
func (m *merger) owns(by directory.ManagedBy, what, name string) {
	if by != directory.ByManifest {
		m.refuse("the %s %q is managed by the %s, not by the manifest; remove it from the manifest or choose another name", what, name, by)
	}
}

func connectionName(c directory.Connection) string { return c.Name }

func (m *merger) connections(specs []directory.ConnectionSpec) {
	have := m.current.Connections
	taken := make([]bool, len(have))
	names := indexed(have, connectionName)
	for _, s := range specs {
		at := m.find(names, "connection", s.Name, s.Was)
		x := s.Connection
		if at >= 0 {
			m.owns(have[at].ManagedBy, "connection", have[at].Name)
			taken[at] = true
			x.ID = have[at].ID
			if have[at].Kind != x.Kind && !s.Absent {
				m.refuse("the connection %q is of kind %s and cannot become one of kind %s: give the new one another name, and let the old one go with {name: %s, state: absent, offboarding: {move: NEW}}",
					have[at].Name, have[at].Kind, x.Kind, have[at].Name)
			}
		}
		switch {
		case s.Absent && at >= 0:
			m.absent[x.ID], m.going[x.ID] = true, s.Offboarding
		case s.Absent:
		default:
			if at < 0 {
				x.ID = store.NewShortID()
			}
			m.next.Connections = append(m.next.Connections, x)
		}
	}
	for i, c := range have {
		if !taken[i] && c.ManagedBy != directory.ByManifest {
			c.Order = len(m.next.Connections)
			m.next.Connections = append(m.next.Connections, c)
		}
	}
}

func (m *merger) roles(specs []directory.RoleSpec) {
	have := m.current.Roles
	taken := make([]bool, len(have))
	names := indexed(have, func(r directory.Role) string { return r.Key })
	for _, s := range specs {
		at := m.find(names, "role", s.Key, s.Was)
		if at >= 0 {
			m.owns(have[at].ManagedBy, "role", have[at].Key)
			taken[at] = true
			if s.Absent {
				m.absent[have[at].Key] = true
			} else if have[at].Key != s.Key {
				m.renamed[have[at].Key] = s.Key
			}
		}
		if !s.Absent {
			m.next.Roles = append(m.next.Roles, s.Role)
		}
	}
	for i, r := range have {
		if !taken[i] && r.ManagedBy != directory.ByManifest {
			m.next.Roles = append(m.next.Roles, r)
		}
	}
}

func (m *merger) rules(specs []directory.RuleSpec) {
	have := m.current.Rules
	taken := make([]bool, len(have))
	names := indexed(have, func(r directory.Rule) string { return r.Name })
	connections := indexed(m.next.Connections, connectionName)
	for _, s := range specs {
		at := m.find(names, "rule", s.Name, s.Was)
		x := s.Rule
		x.ID = store.NewID()
		if at >= 0 {
			m.owns(have[at].ManagedBy, "rule", have[at].Name)
			taken[at] = true
			x.ID = have[at].ID
		}
		if x.Connection != "" {
			i := connections.at(x.Connection)
			if i < 0 {
				m.refuse("the rule %q is for the connection %q, which the tenant does not have", x.Name, x.Connection)
				continue
			}
			x.Connection = m.next.Connections[i].ID
		}
		m.next.Rules = append(m.next.Rules, x)
	}
	for i, r := range have {
		if taken[i] || r.ManagedBy == directory.ByManifest {
			continue
		}
		r.Order = len(m.next.Rules)
		m.next.Rules = append(m.next.Rules, r)
		m.keeps(r)
	}
}

// keeps refuses that a rule which the manifest does not own loses what it needs.
func (m *merger) keeps(r directory.Rule) {
	if r.Connection != "" && !slices.ContainsFunc(m.next.Connections, func(c directory.Connection) bool { return c.ID == r.Connection }) {
		m.refuse("the rule %q of the %s is for a connection that the manifest removes; change the rule first", r.Name, r.ManagedBy)
	}
	for _, key := range r.Roles {
		if !slices.ContainsFunc(m.next.Roles, func(x directory.Role) bool { return x.Key == key }) {
			m.refuse("the rule %q of the %s yields the role %q, which the manifest removes; change the rule first", r.Name, r.ManagedBy, key)
		}
	}
}
