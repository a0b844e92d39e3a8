package admin

import (
	"errors"
	"slices"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim/schema"
	"rollcall/store"
)

// merger makes the configuration that somebody asks for, by a manifest or by an edit. What depends on people is checked
// later.
type merger struct {
	current *store.Configuration // as it is stored
	base    *store.Configuration // that, with the preset which it is to have
	preset  access.Preset        // what falls back when nobody says anything else
	next    *store.Configuration
	absent  map[objectKey]bool               // what shall go although somebody has it
	mayGo   bool                             // that everything may
	renamed map[string]string                // roles' keys, from the former to the new one
	going   map[string]directory.Offboarding // what becomes of the people of connections that go, by id
	leaving []provision.Offboarding          // of those that own anybody
	refused []directory.Message
	denied  []directory.Message // what is not the actor's to change
	owned   bool                // because somebody else owns some of that
	invalid []directory.Message // values that are wrong by themselves
	note    string              // of the version of the rules
	draft   *store.RuleSet      // of the rules, which ends with the publication
}

func newMerger(current, base *store.Configuration) *merger {
	return &merger{
		current: current, base: base, preset: pinnedPreset(base),
		absent: map[objectKey]bool{}, renamed: map[string]string{}, going: map[string]directory.Offboarding{},
	}
}

// merge makes next what a manifest says. Objects that it does not own stay as they are, behind its own; one that it names
// all the same must be as it says. captured tells which agent groups the rules make by their captures.
func (m *merger) merge(spec directory.Spec, captured func([]directory.Rule) (made, error)) error {
	m.next = copyOf(m.base)
	m.next.Tenant.Name = spec.Name
	m.settings(spec.Settings)
	m.next.Connections = m.connections(spec.Connections)
	m.next.Roles = m.roles(spec.Roles)
	m.next.Profiles = m.profiles(spec.Profiles)
	m.next.Companies = m.companies(spec.Companies)
	m.next.Statuses = m.statuses(spec.Statuses)
	m.next.SeatPools = m.seatPools(spec.SeatPools)
	m.next.Rules = m.rules(spec.Rules)
	m.next.Tests = m.tests(spec.Tests)
	teams, err := captured(m.next.Rules)
	if err != nil {
		return err
	}
	m.agentGroups(m.workGroups(spec.Work), teams)
	return m.refusal()
}

func (m *merger) refuse(format string, args ...any) {
	m.refused = append(m.refused, directory.Say(format, args...))
}

func (m *merger) deny(format string, args ...any) {
	m.denied = append(m.denied, directory.Say(format, args...))
}

// disown denies what somebody else owns.
func (m *merger) disown(format string, args ...any) {
	m.owned = true
	m.deny(format, args...)
}

// ErrOwned is the cause of a refusal to change what the manifest or the preset owns (DECISIONS 26).
var ErrOwned = errors.New("somebody else owns it")

// refusal is everything that was refused, a line each.
func (m *merger) refusal() error {
	if len(m.denied) > 0 {
		err := &directory.Error{Kind: directory.Forbidden, Message: directory.Join(m.denied, "\n")}
		if m.owned {
			err.Err = ErrOwned
		}
		return err
	}
	kind := directory.Conflict
	if len(m.refused) == 0 {
		kind = directory.Invalid
	}
	if all := slices.Concat(m.invalid, m.refused); len(all) > 0 {
		return &directory.Error{Kind: kind, Message: directory.Join(all, "\n")}
	}
	return nil
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

// theirs reports whether an object that the manifest names is the console's, which stays as it is. It must be just as the
// manifest says, which is how an export can be applied where it was made.
func (m *merger) theirs(by directory.ManagedBy, same bool, what, name string) bool {
	if by != directory.ByConsole {
		return false
	}
	if !same {
		m.refuse("the %s %q is managed by the console, not by the manifest, and is not as the manifest says: change it there, or remove it from the manifest", what, name)
	}
	return true
}

func connectionName(c directory.Connection) string { return c.Name }

func (m *merger) connections(specs []directory.ConnectionSpec) (out []directory.Connection) {
	have := m.base.Connections
	taken := make([]bool, len(have))
	names, ids := indexed(have, connectionName), m.connectionIDs(specs)
	for _, s := range specs {
		at := m.find(names, "connection", s.Name, s.Was)
		x := s.Connection
		x.ID = ids[schema.Fold(s.Name)]
		if x.OIDC != nil {
			x.OIDC = new(*x.OIDC)
			x.OIDC.Link.Connection = ids[schema.Fold(x.OIDC.Link.Connection)]
		}
		if x.OIDC != nil && x.OIDC.ClientSecretKept && (at < 0 || have[at].ManagedBy != directory.ByConsole) {
			m.refuse("the database keeps no secret for the connection %q: name a file that holds it, with client_secret_file", s.Name)
			continue
		}
		if x.LDAP != nil && x.LDAP.BindPasswordKept && (at < 0 || have[at].ManagedBy != directory.ByConsole) {
			m.refuse("the database keeps no password for the connection %q: name a file that holds it, with bind_password_file", s.Name)
			continue
		}
		if at < 0 {
			if !s.Absent {
				out = append(out, x)
			}
			continue
		}
		old := have[at]
		if m.theirs(old.ManagedBy, !s.Absent && sameConnection(old, x), "connection", old.Name) {
			continue
		}
		taken[at] = true
		switch {
		case s.Absent:
			m.absent[objectKey{"connection", x.ID}], m.going[x.ID] = true, s.Offboarding
			continue
		case old.Kind != x.Kind:
			m.refuse("the connection %q is of kind %s and cannot become one of kind %s: give the new one another name, and let the old one go with {name: %s, state: absent, offboarding: {move: NEW}}",
				old.Name, old.Kind, x.Kind, old.Name)
		}
		out = append(out, x)
	}
	for i, c := range have {
		if !taken[i] && c.ManagedBy != directory.ByManifest {
			c.Order = len(out)
			out = append(out, c)
		}
	}
	return out
}

// connectionIDs are the ids of the connections that there will be, by folded name.
func (m *merger) connectionIDs(specs []directory.ConnectionSpec) map[string]string {
	ids := map[string]string{}
	for _, c := range m.base.Connections {
		ids[schema.Fold(c.Name)] = c.ID
	}
	for _, s := range specs {
		id := ids[schema.Fold(s.Name)]
		if id == "" && s.Was != "" {
			id = ids[schema.Fold(s.Was)]
		}
		if id == "" {
			id = store.NewShortID()
		}
		ids[schema.Fold(s.Name)] = id
	}
	return ids
}

func (m *merger) roles(specs []directory.RoleSpec) (out []directory.Role) {
	have := m.base.Roles
	taken := make([]bool, len(have))
	names := indexed(have, func(r directory.Role) string { return r.Key })
	for _, s := range specs {
		at := m.find(names, "role", s.Key, s.Was)
		x := completeRole(s.Role)
		if at < 0 {
			if !s.Absent {
				out = append(out, x)
			}
			continue
		}
		old := have[at]
		switch {
		case ofPreset(old):
			m.refuse("the role %q is the preset's, which nobody changes: choose another key, or remove it from the manifest", old.Key)
			continue
		case m.theirs(old.ManagedBy, !s.Absent && sameRole(old, x), "role", old.Key):
			continue
		}
		taken[at] = true
		if s.Absent {
			m.absent[objectKey{"role", old.Key}] = true
			continue
		}
		if old.Key != x.Key {
			m.renamed[old.Key] = x.Key
		}
		out = append(out, x)
	}
	for i, r := range have {
		if !taken[i] && (r.ManagedBy != directory.ByManifest || ofPreset(r)) {
			out = append(out, r)
		}
	}
	return out
}

// completeRole computes whether a role is privileged: because somebody says so, or because of what it may do.
func completeRole(r directory.Role) directory.Role {
	if r.Kind == "" {
		r.Kind = directory.CustomRole
	}
	r.Privileged = r.Privileged || access.Privileged(r)
	return r
}

func (m *merger) rules(specs []directory.RuleSpec) (out []directory.Rule) {
	have := m.base.Rules
	taken := make([]bool, len(have))
	names := indexed(have, func(r directory.Rule) string { return r.Name })
	connections := indexed(m.next.Connections, connectionName)
	for _, s := range specs {
		at := m.find(names, "rule", s.Name, s.Was)
		x := s.Rule
		if x.Connection != "" {
			i := connections.at(x.Connection)
			if i < 0 {
				m.refuse("the rule %q is for the connection %q, which the tenant does not have", x.Name, x.Connection)
				continue
			}
			x.Connection = m.next.Connections[i].ID
		}
		if at < 0 {
			x.ID = store.NewID()
			x.Order = len(out)
			out = append(out, x)
			continue
		}
		x.ID = have[at].ID
		if m.theirs(have[at].ManagedBy, sameRule(have[at], x), "rule", have[at].Name) {
			continue
		}
		taken[at] = true
		x.Order = len(out)
		out = append(out, x)
	}
	for i, r := range have {
		if taken[i] || r.ManagedBy == directory.ByManifest {
			continue
		}
		r.Order = len(out)
		out = append(out, r)
		m.keeps(r)
	}
	return out
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
