package mapping

import (
	"slices"

	"rollcall/directory"
	"rollcall/scim/filter"
)

// RuleTrace is what became of one rule, or of one statement of a connection, for one person.
type RuleTrace struct {
	Rule   string                  // id; "" for a statement
	Stated *DirectStatement        // nil for a rule
	Name   string                  // the rule's; of a statement, who states what
	Hit    bool                    // the person is in its group and its condition holds
	Group  string                  // id of the directory group through which it hit; of several, the first that the person is in directly
	Nested bool                    // that group holds the person through another one
	Missed directory.Message       // why it did not hit, or what of a hit was withheld; empty for neither
	Yields []directory.Entitlement // what it gives
}

// Trace returns for every rule, in order, whether it hit and what was missing: the same steps as [Set.Evaluate], with their
// reasons. It says which condition of a rule is not met and what kind of thing is there instead, never a person's data.
// The subject's direct statements follow, in the order in which they count, each with what it gives or why it gives
// nothing; these are told as stated, for they name things of the tenant.
func (s *Set) Trace(sub Subject) []RuleTrace {
	e := evaluation{set: s, attributes: sub.Attributes, explain: true}
	return e.traces(sub)
}

func (e *evaluation) traces(sub Subject) []RuleTrace {
	ways := e.set.ways(sub)
	traces := make([]RuleTrace, len(e.set.rules))
	for i, r := range e.set.rules {
		n := through(ways, r)
		traces[i] = e.trace(r, ways[:n], sub)
		ways = ways[n:]
	}
	return append(traces, e.traceStatements(sub.Direct)...)
}

func (e *evaluation) trace(r *rule, ways []way, sub Subject) RuleTrace {
	t := RuleTrace{Rule: r.ID, Name: r.Name}
	if !r.grouped() && r.covers(sub) {
		ways = []way{{rule: r}}
	}
	if len(ways) == 0 {
		t.Missed = e.set.apart(r, sub.Bound)
		return t
	}
	t.Group, t.Nested = ways[0].group, ways[0].nested
	if r.condition != nil {
		if miss, failed := filter.Explain(r.condition, e.attributes); failed {
			t.Missed = directory.Say("%s is not met (found: %s)", miss.Condition, miss.Found)
			return t
		}
	}
	begin := len(e.grants)
	e.notes, e.edited = nil, r.edited(sub)
	e.yield(r, ways)
	for _, g := range e.grants[begin:] {
		t.Yields = append(t.Yields, g.Entitlement)
	}
	t.Hit, t.Yields, t.Missed = true, slices.Compact(t.Yields), e.noted()
	return t
}

// apart says why the person does not come under the rule at all.
func (s *Set) apart(r *rule, bound map[string]bool) directory.Message {
	unseen := bound != nil && !bound[r.ID]
	var why directory.Message
	switch {
	case !r.grouped():
		why = directory.Say("no account")
	case r.GroupID != "" && unseen:
		why = directory.Say("no group with the id %s has been seen", r.GroupID)
	case r.GroupID != "":
		why = directory.Say("not a member of the group with the id %s", r.GroupID)
	case r.pattern.Literal() && unseen:
		why = directory.Say("no group named %s has been seen", r.Group)
	case r.pattern.Literal():
		why = directory.Say("not a member of the group %s", r.Group)
	case unseen:
		why = directory.Say("no group named like %s has been seen", r.Group)
	default:
		why = directory.Say("not a member of a group named like %s", r.Group)
	}
	if r.Connection != "" {
		return directory.Say("%v of the connection %s", why, s.labels[r.Connection])
	}
	return why
}
