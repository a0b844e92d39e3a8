package mapping

import (
	"cmp"
	"slices"

	"rollcall/directory"
	"rollcall/scim/filter"
)

// Subject is what rules look at: one person.
type Subject struct {
	Attributes directory.Attributes // the effective document, in canonical form
	// Stated is that, where people had a hand in it, as connections alone state it: nobody comes to a privileged role by an
	// attribute that somebody edited. nil where all of it is stated by connections.
	Stated      directory.Attributes
	Memberships []Membership // of directory groups, direct and by nesting
	Connections []string     // ids of those with a live account of the person; for rules with connection and no group
	Direct      []DirectStatement
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

// Evaluate returns what the person is entitled to: one grant for each right and each reason. They are in the order of
// rules and within one rule by kind, target, membership and group; what is granted without a rule follows, in the order
// of connections, of attributes and of their lists. The order in which the subject states things has no influence.
func (s *Set) Evaluate(sub Subject) []directory.Grant {
	e := evaluation{set: s, attributes: sub.Attributes}
	e.run(sub)
	return e.grants
}

func (e *evaluation) run(sub Subject) {
	e.set.visit(sub, func(r *rule, ways []way) {
		if r.condition == nil || filter.Match(r.condition, sub.Attributes) {
			e.edited = r.edited(sub)
			e.yield(r, ways)
		}
	})
	e.direct(sub.Direct)
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

// edited reports whether the condition of a rule holds only by what somebody edited. Of rules that give nothing privileged it
// makes no difference.
func (r *rule) edited(sub Subject) bool {
	return sub.Stated != nil && r.condition != nil && r.privileged() && !filter.Match(r.condition, sub.Stated)
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
	role       slot   // the one that the person has, where there may be one only
	slots      []slot // of the kinds of which there is one
	edited     bool   // the condition of the rule that yields holds by what somebody edited
	explain    bool   // collect notes
	notes      []directory.Message
	teams      *teams // names agent groups instead of finding them; for tests
}

// slot is the place of the one right of a kind, and who filled it.
type slot struct {
	thing *thing // nil while it is free
	rule  *rule  // nil: a statement did
	label string // the name of the connection that stated it
}

// yield adds what a rule that hit gives by each of the ways.
func (e *evaluation) yield(r *rule, ways []way) {
	begin := len(e.grants)
	if e.grants == nil {
		e.grants = make([]directory.Grant, 0, 8) // enough for most people
	}
	for _, x := range r.roles {
		e.yieldThing(r, x, ways)
	}
	if r.profile != nil {
		e.yieldThing(r, r.profile, ways)
	}
	for _, x := range r.others {
		e.yieldThing(r, x, ways)
	}
	for i, out := range r.AgentGroups {
		kind := cmp.Or(out.Kind, directory.AsUser)
		for _, w := range ways {
			if id := e.agentGroup(w, i); id != "" {
				e.grant(w, directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: id, Membership: kind})
			} else {
				e.note("the agent group %s does not exist yet", out.Name)
			}
		}
	}
	slices.SortFunc(e.grants[begin:], compareGrants)
	e.grants = e.grants[:begin+len(slices.Compact(e.grants[begin:]))]
}

func (e *evaluation) yieldThing(r *rule, x *thing, ways []way) {
	allowed := func(w way) bool { return !x.privileged || w.binding == nil || w.binding.Confirmed }
	if !slices.ContainsFunc(ways, allowed) {
		if e.explain {
			e.note("%s waits for confirmation", x)
		}
		return
	}
	if x.privileged && e.edited {
		if e.explain {
			e.note("%s is not given by attributes that no directory states", x)
		}
		return
	}
	if x.lapsed != nil {
		if e.explain {
			e.note("%s %v", x, x.lapsed)
		}
		return
	}
	if !e.take(x, slot{rule: r}) {
		return
	}
	for _, w := range ways {
		if allowed(w) {
			e.grant(w, x.Entitlement)
			if x.role != nil {
				e.grant(w, x.role.Entitlement)
			}
		}
	}
}

// take fills the slots that a thing needs, or notes by what it is outranked and fills none. A profile needs the slot of its
// role too.
func (e *evaluation) take(x *thing, by slot) bool {
	if s := e.slot(x); s != nil && s.thing != x {
		if e.explain {
			e.note("%s is outranked by %v", x, s.by(x, by))
		}
		return false
	}
	if x.role != nil {
		if s := e.slot(x.role); s != nil && s.thing != x.role {
			if e.explain {
				e.note("%s is withheld, as its role %s is outranked by %v", x, x.role.name, s.by(x.role, by))
			}
			return false
		}
		e.fill(x.role, by)
	}
	e.fill(x, by)
	return true
}

// slot returns the filled slot of the thing's kind, or nil.
func (e *evaluation) slot(x *thing) *slot {
	if x.Kind == directory.RoleEntitlement {
		if e.role.thing == nil {
			return nil
		}
		return &e.role
	}
	for i := range e.slots {
		if e.slots[i].thing.Kind == x.Kind {
			return &e.slots[i]
		}
	}
	return nil
}

func (e *evaluation) fill(x *thing, by slot) {
	by.thing = x
	switch {
	case x.Kind == directory.RoleEntitlement:
		if e.set.single && e.role.thing == nil {
			e.role = by
		}
	case x.Kind.Single() && e.slot(x) == nil:
		e.slots = append(e.slots, by)
	}
}

// by says what outranks a thing that somebody else yields.
func (s *slot) by(x *thing, other slot) directory.Message {
	var by directory.Message
	switch {
	case s.rule != nil && s.rule == other.rule:
		by = directory.Say("%s, which the rule lists first", s.thing.name)
	case s.rule != nil:
		by = directory.Say("rule %s", s.rule.Name)
	case s.label == other.label:
		by = directory.Say("%s, which the connection states too", s.thing.name)
	default:
		by = directory.Say("%s, which %s states", s.thing.name, s.label)
	}
	if x.Kind == directory.RoleEntitlement {
		return by.And(" ", directory.Quote("(roles.cardinality one)"))
	}
	return by
}

// agentGroup returns the id of the rule's i-th agent group, or "" when there is none.
func (e *evaluation) agentGroup(w way, i int) string {
	ids := w.rule.outputs
	switch {
	case w.binding != nil:
		ids = w.binding.AgentGroups
	case e.teams != nil:
		return e.teams.named(w.rule.AgentGroups[i].Name)
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

// note keeps what of a hit was withheld, once.
func (e *evaluation) note(format string, args ...any) {
	if !e.explain {
		return
	}
	note := directory.Say(format, args...)
	if !slices.ContainsFunc(e.notes, func(m directory.Message) bool { return m.Text == note.Text }) {
		e.notes = append(e.notes, note)
	}
}

// noted is what was kept, in one message.
func (e *evaluation) noted() directory.Message { return directory.Join(e.notes, "; ") }
