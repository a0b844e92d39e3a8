package mapping

import (
	"cmp"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// Subject is what rules look at: one person.
type Subject struct {
	Attributes  directory.Attributes // the effective document, in canonical form
	Memberships []Membership         // of directory groups, direct and by nesting
	Connections []string             // ids of those with a live account of the person; for rules with connection and no group
	Direct      []DirectRole
	// Bound are the ids of the rules that are bound to any group at all. Only Trace looks at it, to tell a group that
	// nobody has seen from one that the person is not in; nil when it is not known.
	Bound map[string]bool
}

// Membership is a directory group that the person is in, with the rules that are bound to it.
type Membership struct {
	Group    string // id
	Direct   bool   // false: through a nested group
	Bindings []directory.Binding
}

// DirectRole is a value of the SCIM attribute roles as a connection states it. It grants the role of that key if the
// connection lists it in direct: and the role is not privileged; otherwise nothing.
type DirectRole struct{ Role, Connection string }

// Evaluate returns what the person is entitled to: one grant for each right and each reason. They are in the order of
// rules and within one rule by kind, target, membership and group; what is granted without a rule follows, in the order
// of connections and of their lists. The order in which the subject states things has no influence.
func (s *Set) Evaluate(sub Subject) []directory.Grant {
	e := evaluation{set: s, attributes: sub.Attributes}
	s.visit(sub, func(r *rule, ways []way) {
		if r.condition == nil || filter.Match(r.condition, sub.Attributes) {
			e.yield(r, ways)
		}
	})
	e.direct(sub.Direct)
	return e.grants
}

// visit calls fn, in order, for each rule under which the person may come, with the ways: those that are bound to their
// groups, and those that have a condition alone. Whether the conditions hold is still open. fn must not keep the ways.
func (s *Set) visit(sub Subject, fn func(*rule, []way)) {
	ways := s.ways(sub)
	conditions, alone := s.conditions, make([]way, 1)
	for len(ways) > 0 || len(conditions) > 0 {
		if len(ways) == 0 || len(conditions) > 0 && conditions[0].place < ways[0].rule.place {
			if r := conditions[0]; r.covers(sub) {
				alone[0].rule = r
				fn(r, alone)
			}
			conditions = conditions[1:]
			continue
		}
		n := through(ways, ways[0].rule)
		fn(ways[0].rule, ways[:n])
		ways = ways[n:]
	}
}

// covers reports whether a rule without a group is for this person at all.
func (r *rule) covers(sub Subject) bool {
	return r.Connection == "" || slices.Contains(sub.Connections, r.Connection)
}

// way is how a person comes under a rule: through a group, or, when the rule has none, by its condition alone.
type way struct {
	rule    *rule
	group   string
	nested  bool
	binding *directory.Binding // nil without a group
}

// ways returns how the person comes under rules of groups, in the order of rules, direct memberships first.
func (s *Set) ways(sub Subject) []way {
	n := 0
	for _, m := range sub.Memberships {
		n += len(m.Bindings)
	}
	ways := make([]way, 0, n)
	for i := range sub.Memberships {
		m := &sub.Memberships[i]
		for j := range m.Bindings {
			b := &m.Bindings[j]
			// A binding may be older than the rule that it belongs to.
			r := s.byID[b.Rule]
			if r == nil || !r.grouped() || r.Connection != "" && r.Connection != b.Connection || r.GroupID != "" && r.GroupID != m.Group {
				continue
			}
			ways = append(ways, way{r, m.Group, !m.Direct, b})
		}
	}
	slices.SortFunc(ways, func(a, b way) int {
		return cmp.Or(cmp.Compare(a.rule.place, b.rule.place), compareBool(a.nested, b.nested), cmp.Compare(a.group, b.group))
	})
	return ways
}

// through returns how many ways at the front of the list lead to the rule.
func through(ways []way, r *rule) int {
	n := 0
	for n < len(ways) && ways[n].rule == r {
		n++
	}
	return n
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// evaluation collects what rules yield, in their order.
type evaluation struct {
	set        *Set
	attributes directory.Attributes
	grants     []directory.Grant
	role       string // the one that the person has, where there may be one only
	decided    *rule  // which gave it
	explain    bool   // collect notes
	notes      []string
}

// yield adds what a rule that hit gives by each of the ways.
func (e *evaluation) yield(r *rule, ways []way) {
	begin := len(e.grants)
	if e.grants == nil {
		e.grants = make([]directory.Grant, 0, 8) // enough for most people
	}
	for _, role := range r.roles {
		e.yieldRole(r, role, ways)
	}
	for i, out := range r.AgentGroups {
		kind := cmp.Or(out.Kind, directory.AsUser)
		for _, w := range ways {
			if id := w.agentGroup(i); id != "" {
				e.grant(w, directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: id, Membership: kind})
			} else {
				e.note("the agent group ", out.Name, " does not exist yet")
			}
		}
	}
	slices.SortFunc(e.grants[begin:], compareGrants)
	e.grants = e.grants[:begin+len(slices.Compact(e.grants[begin:]))]
}

func (e *evaluation) yieldRole(r *rule, x role, ways []way) {
	allowed := func(w way) bool { return !x.privileged || w.binding == nil || w.binding.Confirmed }
	switch {
	case !slices.ContainsFunc(ways, allowed):
		e.note("the role ", x.key, " waits for confirmation")
		return
	case !e.set.single || e.role == x.key:
	case e.role == "":
		e.role, e.decided = x.key, r
	case e.decided == r:
		e.note("the role ", x.key, " is outranked by ", e.role, ", which the rule lists first (roles.cardinality one)")
		return
	default:
		e.note("the role ", x.key, " is outranked by rule ", e.decided.Name, " (roles.cardinality one)")
		return
	}
	for _, w := range ways {
		if allowed(w) {
			e.grant(w, directory.Entitlement{Kind: directory.RoleEntitlement, Target: x.key})
		}
	}
}

// agentGroup returns the id of the rule's i-th agent group, or "" when there is none.
func (w way) agentGroup(i int) string {
	ids := w.rule.outputs
	if w.binding != nil {
		ids = w.binding.AgentGroups
	}
	if i >= len(ids) {
		return ""
	}
	return ids[i]
}

func (e *evaluation) grant(w way, x directory.Entitlement) {
	origin := directory.Origin{Kind: directory.FromRule, Rule: w.rule.ID, Group: w.group}
	if w.binding != nil {
		origin.Connection = w.binding.Connection
	}
	e.grants = append(e.grants, directory.Grant{Entitlement: x, Origin: origin})
}

func compareGrants(a, b directory.Grant) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Membership, b.Membership),
		cmp.Compare(a.Origin.Group, b.Origin.Group), cmp.Compare(a.Origin.Connection, b.Origin.Connection),
	)
}

// direct adds the roles that connections may grant without a rule.
func (e *evaluation) direct(stated []DirectRole) {
	type grant struct {
		direct
		connection string
	}
	var grants []grant
	for _, d := range stated {
		if x, ok := e.set.direct[d.Connection][schema.Fold(d.Role)]; ok {
			grants = append(grants, grant{x, d.Connection})
		}
	}
	slices.SortFunc(grants, func(a, b grant) int {
		return cmp.Or(cmp.Compare(a.direct.connection, b.direct.connection), cmp.Compare(a.place, b.place))
	})
	for _, g := range slices.Compact(grants) {
		if e.set.single && e.role == "" {
			e.role = g.role
		}
		if !e.set.single || e.role == g.role {
			e.grants = append(e.grants, directory.Grant{
				Entitlement: directory.Entitlement{Kind: directory.RoleEntitlement, Target: g.role},
				Origin:      directory.Origin{Kind: directory.FromDirect, Connection: g.connection},
			})
		}
	}
}

// note keeps what of a hit was withheld, once.
func (e *evaluation) note(text ...string) {
	if !e.explain {
		return
	}
	if note := strings.Join(text, ""); !slices.Contains(e.notes, note) {
		e.notes = append(e.notes, note)
	}
}
