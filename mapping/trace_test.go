package mapping

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
)

func TestTraceSaysWhyAndWhyNot(t *testing.T) {
	t.Parallel()
	agent := []string{"agent"}
	s := compile(t, single(),
		directory.Rule{ID: "1", Name: "billing", When: `title pr and department eq "Billing"`, Roles: agent},
		directory.Rule{ID: "2", Name: "support", Group: "CC-Support", Roles: agent},
		directory.Rule{ID: "3", Name: "never seen", Group: "CC-Ghosts", Roles: agent},
		directory.Rule{ID: "4", Name: "leads", Group: "CC-Lead-{team}", Connection: "c1", Roles: agent},
		directory.Rule{ID: "5", Name: "no such leads", Group: "CC-Chief-{team}", Roles: agent},
		directory.Rule{ID: "6", Name: "pinned", GroupID: "g9", Roles: agent},
		directory.Rule{ID: "7", Name: "stale pin", GroupID: "g8", Roles: agent},
		directory.Rule{ID: "8", Name: "entra only", When: "title pr", Connection: "c2", Roles: agent},
		directory.Rule{ID: "9", Name: "admins", Group: "CC-Admins", Roles: []string{"administrator", "supervisor"}},
		directory.Rule{ID: "10", Name: "sales leads", Group: "CC-Sales", When: `department eq "Sales"`, Roles: []string{"supervisor", "agent"}},
		directory.Rule{
			ID: "11", Name: "teams", Group: "CC-Team-{x}", Roles: agent,
			AgentGroups: []directory.RuleOutput{{Name: "{x}"}, {Name: "Later", Kind: directory.AsBoth}},
		},
		directory.Rule{ID: "12", Name: "sales in billing", Group: "CC-Sales", When: `department eq "Billing"`, Roles: agent},
	)
	waiting := bound("9")
	waiting.Confirmed = false
	sub := Subject{
		Attributes: inDepartment("Sales"),
		Memberships: []Membership{
			member("g1", waiting), member("g2", bound("10"), bound("12")), member("g4", bound("11", "ag-4")),
			{Group: "g3", Bindings: member("g3", bound("11", "ag-3")).Bindings},
		},
		Connections: []string{"c1"},
		Bound:       map[string]bool{"2": true, "4": true, "6": true, "9": true, "10": true, "11": true, "12": true},
	}
	sub.Attributes["title"] = "secret"
	yield := func(xs ...directory.Entitlement) []directory.Entitlement { return xs }
	role := func(key string) directory.Entitlement {
		return directory.Entitlement{Kind: directory.RoleEntitlement, Target: key}
	}
	team := func(id string) directory.Entitlement {
		return directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: id, Membership: directory.AsUser}
	}
	want := []RuleTrace{
		{Rule: "1", Name: "billing", Missed: directory.Quote(`department eq "Billing" is not met (found: text)`)},
		{Rule: "2", Name: "support", Missed: directory.Quote("not a member of the group CC-Support")},
		{Rule: "3", Name: "never seen", Missed: directory.Quote("no group named CC-Ghosts has been seen")},
		{Rule: "4", Name: "leads", Missed: directory.Quote("not a member of a group named like CC-Lead-{team} of the connection okta")},
		{Rule: "5", Name: "no such leads", Missed: directory.Quote("no group named like CC-Chief-{team} has been seen")},
		{Rule: "6", Name: "pinned", Missed: directory.Quote("not a member of the group with the id g9")},
		{Rule: "7", Name: "stale pin", Missed: directory.Quote("no group with the id g8 has been seen")},
		{Rule: "8", Name: "entra only", Missed: directory.Quote("no account of the connection entra")},
		{Rule: "9", Name: "admins", Hit: true, Group: "g1", Missed: directory.Quote("the role administrator waits for confirmation"), Yields: yield(role("supervisor"))},
		{
			Rule: "10", Name: "sales leads", Hit: true, Group: "g2", Yields: yield(role("supervisor")),
			Missed: directory.Quote("the role agent is outranked by rule admins (roles.cardinality one)"),
		},
		{
			Rule: "11", Name: "teams", Hit: true, Group: "g4", Yields: yield(team("ag-3"), team("ag-4")),
			Missed: directory.Quote("the role agent is outranked by rule admins (roles.cardinality one); the agent group Later does not exist yet"),
		},
		{Rule: "12", Name: "sales in billing", Group: "g2", Missed: directory.Quote(`department eq "Billing" is not met (found: text)`)},
	}
	got := s.Trace(sub)
	if diff := cmp.Diff(want, got, english); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, trace := range got {
		if strings.Contains(trace.Missed.Text, "secret") || strings.Contains(trace.Missed.Text, "ana@") {
			t.Errorf("rule %s tells a person's data: %s", trace.Name, trace.Missed.Text)
		}
	}
	sub.Bound = nil
	if got := s.Trace(sub)[2].Missed.Text; got != "not a member of the group CC-Ghosts" {
		t.Errorf("without knowing which groups were seen: %s", got)
	}
}

// english compares what is said, and not what it is made of.
var english = cmp.Transformer("english", func(m directory.Message) string { return m.Text })

func TestTraceOfOneRuleThatListsTwoRoles(t *testing.T) {
	t.Parallel()
	s := compile(t, single(), directory.Rule{ID: "r", Group: "CC-A", Roles: []string{"supervisor", "agent"}})
	got := s.Trace(Subject{Memberships: []Membership{{Group: "g1", Bindings: member("g1", bound("r")).Bindings}}})
	want := []RuleTrace{{
		Rule: "r", Name: "r", Hit: true, Group: "g1", Nested: true,
		Missed: directory.Quote("the role agent is outranked by supervisor, which the rule lists first (roles.cardinality one)"),
		Yields: []directory.Entitlement{{Kind: directory.RoleEntitlement, Target: "supervisor"}},
	}}
	if diff := cmp.Diff(want, got, english); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
