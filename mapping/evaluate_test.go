package mapping

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall/directory"
)

func TestEvaluate(t *testing.T) {
	t.Parallel()
	support := directory.Rule{
		ID: "support", Group: "CC-Support", Roles: []string{"agent"},
		AgentGroups: []directory.RuleOutput{{Name: "Support"}, {Name: "Phone", Kind: directory.AsBoth}},
	}
	leads := directory.Rule{
		ID: "leads", Group: "CC-Lead-{team}", Roles: []string{"supervisor"},
		AgentGroups: []directory.RuleOutput{{Name: "{team}", Kind: directory.AsSupervisor}},
	}
	billing := directory.Rule{
		ID: "billing", When: `department eq "Billing"`, Roles: []string{"agent"},
		AgentGroups: []directory.RuleOutput{{Name: "BILLING", Kind: directory.AsUser}, {Name: "Later"}},
	}
	admins := directory.Rule{ID: "admins", Group: "CC-Admins", Roles: []string{"administrator", "agent"}}
	waiting := bound("admins")
	waiting.Confirmed = false
	elsewhere := bound("support", "ag-1", "ag-2")
	elsewhere.Connection = "c2"
	narrow := func(r directory.Rule, connection string) directory.Rule { r.Connection = connection; return r }
	both := func(r directory.Rule, when string) directory.Rule { r.When = when; return r }

	for name, test := range map[string]struct {
		rules   []directory.Rule
		options Options
		subject Subject
		want    []directory.Grant
	}{
		"nobody without memberships and attributes gets anything": {
			rules: []directory.Rule{support, leads, billing, admins}, options: tenant(),
		},
		"a group gives its rule's roles and the agent groups that the binding names": {
			rules: []directory.Rule{support}, options: tenant(),
			subject: Subject{Memberships: []Membership{member("g1", bound("support", "ag-1", "ag-2"))}},
			want: []directory.Grant{
				agentGroupGrant("support", "ag-1", directory.AsUser, "g1", "c1"),
				agentGroupGrant("support", "ag-2", directory.AsBoth, "g1", "c1"),
				roleGrant("support", "agent", "g1", "c1"),
			},
		},
		"a membership without bindings gives nothing": {
			rules: []directory.Rule{support}, options: tenant(),
			subject: Subject{Memberships: []Membership{member("g1")}},
		},
		"a binding with too few agent groups gives those that it has": {
			rules: []directory.Rule{support}, options: tenant(),
			subject: Subject{Memberships: []Membership{member("g1", bound("support", "", "ag-2"))}},
			want: []directory.Grant{
				agentGroupGrant("support", "ag-2", directory.AsBoth, "g1", "c1"),
				roleGrant("support", "agent", "g1", "c1"),
			},
		},
		"two groups of one pattern give one grant each": {
			rules: []directory.Rule{leads}, options: tenant(),
			subject: Subject{Memberships: []Membership{member("g2", bound("leads", "ag-sales")), member("g1", bound("leads", "ag-tech"))}},
			want: []directory.Grant{
				agentGroupGrant("leads", "ag-sales", directory.AsSupervisor, "g2", "c1"),
				agentGroupGrant("leads", "ag-tech", directory.AsSupervisor, "g1", "c1"),
				roleGrant("leads", "supervisor", "g1", "c1"),
				roleGrant("leads", "supervisor", "g2", "c1"),
			},
		},
		"a condition gives the agent groups of its names, and none that is not there": {
			rules: []directory.Rule{billing}, options: tenant(),
			subject: Subject{Attributes: inDepartment("billing")},
			want: []directory.Grant{
				agentGroupGrant("billing", "ag-billing", directory.AsUser, "", ""),
				roleGrant("billing", "agent", "", ""),
			},
		},
		"a group and a condition are both needed: the condition fails": {
			rules: []directory.Rule{both(support, `department eq "Billing"`)}, options: tenant(),
			subject: Subject{Attributes: inDepartment("Sales"), Memberships: []Membership{member("g1", bound("support", "ag-1", "ag-2"))}},
		},
		"a group and a condition are both needed: the group fails": {
			rules: []directory.Rule{both(support, `department eq "Billing"`)}, options: tenant(),
			subject: Subject{Attributes: inDepartment("Billing")},
		},
		"a group and a condition are both met": {
			rules: []directory.Rule{both(admins, `department eq "Billing"`)}, options: tenant(),
			subject: Subject{Attributes: inDepartment("Billing"), Memberships: []Membership{member("g1", bound("admins"))}},
			want:    []directory.Grant{roleGrant("admins", "administrator", "g1", "c1"), roleGrant("admins", "agent", "g1", "c1")},
		},
		"what somebody edited gives no privileged role and the rest": {
			rules: []directory.Rule{both(admins, `department eq "Billing"`)}, options: tenant(),
			subject: Subject{Attributes: inDepartment("Billing"), Stated: inDepartment("Sales"), Memberships: []Membership{member("g1", bound("admins"))}},
			want:    []directory.Grant{roleGrant("admins", "agent", "g1", "c1")},
		},
		"what a connection states, too, gives a privileged role": {
			rules: []directory.Rule{both(admins, `department eq "Billing"`)}, options: tenant(),
			subject: Subject{Attributes: inDepartment("Billing"), Stated: inDepartment("Billing"), Memberships: []Membership{member("g1", bound("admins"))}},
			want:    []directory.Grant{roleGrant("admins", "administrator", "g1", "c1"), roleGrant("admins", "agent", "g1", "c1")},
		},
		"an unconfirmed binding gives no privileged role and the rest": {
			rules: []directory.Rule{admins}, options: tenant(),
			subject: Subject{Memberships: []Membership{member("g1", waiting)}},
			want:    []directory.Grant{roleGrant("admins", "agent", "g1", "c1")},
		},
		"a privileged role comes only through the binding that is confirmed": {
			rules: []directory.Rule{admins}, options: tenant(),
			subject: Subject{Memberships: []Membership{member("g1", waiting), member("g2", bound("admins"))}},
			want: []directory.Grant{
				roleGrant("admins", "administrator", "g2", "c1"),
				roleGrant("admins", "agent", "g1", "c1"), roleGrant("admins", "agent", "g2", "c1"),
			},
		},
		"a rule of one connection ignores the bindings of others": {
			rules: []directory.Rule{narrow(support, "c1")}, options: tenant(),
			subject: Subject{Memberships: []Membership{member("g1", elsewhere)}},
		},
		"a condition of one connection needs an account there": {
			rules: []directory.Rule{narrow(billing, "c2")}, options: tenant(),
			subject: Subject{Attributes: inDepartment("Billing"), Connections: []string{"c1"}},
		},
		"a condition of one connection holds with an account there": {
			rules: []directory.Rule{narrow(billing, "c2")}, options: tenant(),
			subject: Subject{Attributes: inDepartment("Billing"), Connections: []string{"c1", "c2"}},
			want: []directory.Grant{
				agentGroupGrant("billing", "ag-billing", directory.AsUser, "", ""), roleGrant("billing", "agent", "", ""),
			},
		},
		"a pinned rule ignores what is left of a binding to another group": {
			rules: []directory.Rule{{ID: "pinned", GroupID: "g1", Roles: []string{"agent"}}}, options: tenant(),
			subject: Subject{Memberships: []Membership{member("g2", bound("pinned")), member("g1", bound("pinned"))}},
			want:    []directory.Grant{roleGrant("pinned", "agent", "g1", "c1")},
		},
		"bindings of rules that are gone, or have no group any more, give nothing": {
			rules: []directory.Rule{billing}, options: tenant(),
			subject: Subject{Memberships: []Membership{member("g1", bound("removed"), bound("billing", "ag-1"))}},
		},
		"the same group directly and by nesting gives one grant": {
			rules: []directory.Rule{admins}, options: tenant(),
			subject: Subject{Memberships: []Membership{{Group: "g1", Bindings: member("g1", bound("admins")).Bindings}, member("g1", bound("admins"))}},
			want:    []directory.Grant{roleGrant("admins", "administrator", "g1", "c1"), roleGrant("admins", "agent", "g1", "c1")},
		},
		"with one role the first rule in order wins, and the others' agent groups stay": {
			rules: []directory.Rule{billing, leads}, options: single(),
			subject: Subject{Attributes: inDepartment("Billing"), Memberships: []Membership{member("g1", bound("leads", "ag-sales"))}},
			want: []directory.Grant{
				agentGroupGrant("billing", "ag-billing", directory.AsUser, "", ""), roleGrant("billing", "agent", "", ""),
				agentGroupGrant("leads", "ag-sales", directory.AsSupervisor, "g1", "c1"),
			},
		},
		"with one role the first that a rule lists wins": {
			rules: []directory.Rule{admins}, options: single(),
			subject: Subject{Memberships: []Membership{member("g1", bound("admins"))}},
			want:    []directory.Grant{roleGrant("admins", "administrator", "g1", "c1")},
		},
		"with one role a privileged one that waits outranks nobody": {
			rules: []directory.Rule{admins, leads}, options: single(),
			subject: Subject{Memberships: []Membership{member("g1", waiting)}},
			want:    []directory.Grant{roleGrant("admins", "agent", "g1", "c1")},
		},
		"with one role the same role keeps each of its reasons": {
			rules: []directory.Rule{support, billing}, options: single(),
			subject: Subject{
				Attributes: inDepartment("Billing"), Memberships: []Membership{member("g1", bound("support"))},
				Direct: []DirectStatement{stated("roles", "agent", "c1"), stated("roles", "supervisor", "c1")},
			},
			want: []directory.Grant{
				roleGrant("support", "agent", "g1", "c1"),
				agentGroupGrant("billing", "ag-billing", directory.AsUser, "", ""), roleGrant("billing", "agent", "", ""),
				directGrant("agent", "c1"),
			},
		},
		"a directory's own statement grants only unprivileged roles that its connection lists": {
			options: tenant(),
			subject: Subject{Direct: []DirectStatement{
				stated("roles", "AGENT", "c2"),
				stated("roles", "supervisor", "c2"),
				stated("roles", "agent", "c1"),
				stated("roles", "Supervisor", "c1"),
				stated("roles", "agent", "c1"),
				stated("roles", "administrator", "c1"),
				stated("roles", "owner", "c1"),
				stated("roles", "gone", "c1"),
				stated("roles", "agent", "c3"),
			}},
			want: []directory.Grant{directGrant("supervisor", "c1"), directGrant("agent", "c1"), directGrant("agent", "c2")},
		},
		"with one role the first connection's first listed role wins among statements": {
			options: single(),
			subject: Subject{Direct: []DirectStatement{stated("roles", "agent", "c2"), stated("roles", "agent", "c1"), stated("roles", "supervisor", "c1")}},
			want:    []directory.Grant{directGrant("supervisor", "c1")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compile(t, test.options, append([]directory.Rule(nil), test.rules...)...).Evaluate(test.subject)
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestEvaluateLooksOnlyAtBoundRules counts what is looked at instead of measuring time.
func TestEvaluateLooksOnlyAtBoundRules(t *testing.T) {
	t.Parallel()
	few, many := manyGroupRules(t, 10), manyGroupRules(t, 10_000)
	sub := Subject{
		Attributes:  inDepartment("Sales"),
		Memberships: []Membership{member("g1", bound("r1", "ag-1")), member("g2", bound("r2", "ag-2")), member("g3", bound("r9", "ag-9"))},
	}
	const conditions, bindings = 2, 3
	for _, s := range []*Set{few, many} {
		seen := 0
		s.visit(sub, func(*rule, []way) { seen++ })
		if seen != conditions+bindings {
			t.Errorf("with %d rules Evaluate looks at %d, want the %d bound and the %d conditions", len(s.rules), seen, bindings, conditions)
		}
	}
	if diff := cmp.Diff(few.Evaluate(sub), many.Evaluate(sub)); diff != "" {
		t.Errorf("rules that are not bound changed the outcome: -few +many\n%s", diff)
	}
}
