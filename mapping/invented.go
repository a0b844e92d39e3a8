package mapping

import (
	"maps"
	"slices"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// teams stands for the agent groups of an invented person: they are told by their names, so that those that a rule would
// make need not be there.
type teams struct {
	spelled map[string]string // by folded name
}

// named returns what stands for the id of the agent group of that name.
func (t *teams) named(name string) string {
	folded := schema.Fold(name)
	if _, ok := t.spelled[folded]; !ok {
		t.spelled[folded] = name
	}
	return folded
}

// Test evaluates somebody invented, and returns what differs from what is expected, in words; nothing when the test
// passes. Everything is named as in rules.
//
// The person's groups are directory groups by their names: each is bound to the rules that such a name would bind to, with
// what their captures find, and confirmed. A rule that pins a group by its id is reached by that id. The attributes may be
// written as in a rule's condition, without the URN of an extension; what they state in attributes that the connection lists
// in direct: counts. Agent groups that a rule would make need not be there.
//
// An expectation is complete for the kinds that it names, also with an empty list: of these the person gets what it lists and
// no more. The kinds that it does not name are not compared. An expectation that names nothing at all expects that the person gets nothing.
func (s *Set) Test(t directory.MappingTest) []string {
	sub, known, wrong := s.invent(t)
	want, unknown := s.expectation(t.Expect, known)
	if wrong = append(wrong, unknown...); len(wrong) > 0 {
		return wrong
	}
	e := evaluation{set: s, attributes: sub.Attributes, teams: known}
	e.run(sub)
	got := rights(e.grants)
	for _, kind := range directory.EntitlementKinds() {
		if want[kind] == nil && len(want) > 0 {
			continue
		}
		wrong = append(wrong, s.differences(kind, want[kind], got[kind], sub, known)...)
	}
	return wrong
}

// held are the rights of one kind by their targets, with how somebody belongs to an agent group.
type held map[string]directory.MembershipKind

// rights sorts grants by kind; several memberships of one agent group add up.
func rights(grants []directory.Grant) map[directory.EntitlementKind]held {
	out := map[directory.EntitlementKind]held{}
	for _, g := range grants {
		if out[g.Kind] == nil {
			out[g.Kind] = held{}
		}
		out[g.Kind][g.Target] = out[g.Kind][g.Target].Join(g.Membership)
	}
	return out
}

// invent makes what the rules look at of a test.
func (s *Set) invent(t directory.MappingTest) (sub Subject, known *teams, wrong []string) {
	known = &teams{spelled: map[string]string{}}
	if t.Connection != "" {
		if _, ok := s.labels[t.Connection]; !ok {
			return sub, known, []string{"connection: there is no connection with the id " + quote(t.Connection)}
		}
		sub.Connections = []string{t.Connection}
	}
	sub.Attributes, wrong = canonical(t.Attributes)
	if t.Connection != "" {
		sub.Direct = Statements(t.Connection, sub.Attributes)
	}
	for _, name := range t.Groups {
		m := Membership{Group: name, Direct: true}
		for _, hit := range s.RulesFor(name, t.Connection) {
			b := directory.Binding{Rule: hit.Rule.ID, Connection: t.Connection, Group: name, Confirmed: true}
			for _, out := range hit.Rule.AgentGroups {
				team, err := Expand(out.Name, hit.Captures)
				if err != nil {
					wrong = append(wrong, "groups: "+quote(name)+": rule "+hit.Rule.Name+": "+err.Error())
				}
				b.AgentGroups = append(b.AgentGroups, known.named(team))
			}
			m.Bindings = append(m.Bindings, b)
		}
		for _, r := range s.rules {
			if r.GroupID != name || r.Connection != "" && r.Connection != t.Connection {
				continue
			}
			b := directory.Binding{Rule: r.ID, Connection: t.Connection, Group: name, Confirmed: true}
			for _, out := range r.AgentGroups {
				b.AgentGroups = append(b.AgentGroups, known.named(out.Name))
			}
			m.Bindings = append(m.Bindings, b)
		}
		sub.Memberships = append(sub.Memberships, m)
	}
	return sub, known, wrong
}

// canonical brings the attributes of a test into the form in which the rules see them.
func canonical(given directory.Attributes) (directory.Attributes, []string) {
	in, wrong := map[string]any{}, []string(nil)
	enter := func(urn, name string, value any) {
		ref, ok := schema.User.ResolveLoose(urn, name, "")
		switch {
		case !ok || ref.Attr == nil:
			wrong = append(wrong, "attributes: there is no attribute "+quote(name)+" of a person")
		case ref.Attr.Mutability == schema.ReadOnly && ref.Attr.Name == "groups":
			wrong = append(wrong, "attributes: groups is read-only; name the groups beside the attributes")
		case ref.Attr.Mutability == schema.ReadOnly:
			wrong = append(wrong, "attributes: "+ref.String()+" is read-only")
		case ref.Schema == nil || ref.Schema == schema.User.Core || ref.Schema == schema.Common:
			in[ref.Attr.Name] = value
		default:
			extension, _ := in[ref.Schema.ID].(map[string]any)
			if extension == nil {
				extension = map[string]any{}
				in[ref.Schema.ID] = extension
			}
			extension[ref.Attr.Name] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		own, isObject := given[name].(map[string]any)
		if _, whole := schema.User.Resolve(name, "", ""); !whole || !isObject {
			enter("", name, given[name])
			continue
		}
		for _, sub := range slices.Sorted(maps.Keys(own)) {
			enter(name, sub, own[sub])
		}
	}
	out, problems := schema.User.Normalize(in, schema.AllLenient)
	for _, p := range problems {
		wrong = append(wrong, "attributes: "+p.Error())
	}
	return out, wrong
}
