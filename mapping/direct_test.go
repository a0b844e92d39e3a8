package mapping

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall/directory"
	"rollcall/scim/schema"
)

func TestStatementsOfAnAccount(t *testing.T) {
	t.Parallel()
	got := Statements("c1", directory.Attributes{
		"userName": "ana", "roles": []any{map[string]any{"value": "agent", "primary": true}, map[string]any{"display": "no value"}},
		schema.RollcallURN: map[string]any{
			"profile": "Sales", "options": []any{"agent:transfer", " "}, "campaigns": []any{"Summer"}, "company": " One ", "initialStatus": "busy",
			"groups": []any{map[string]any{"value": "Support", "kind": "Supervisor"}, map[string]any{"value": "Billing"}},
			"skills": []any{"English"}, "extension": "100", "absence": map[string]any{"kind": "holiday"},
		},
	})
	want := []DirectStatement{
		stated("roles", "agent", "c1"), stated("profile", "Sales", "c1"), stated("options", "agent:transfer", "c1"),
		{Attribute: "groups", Value: "Support", Kind: directory.AsSupervisor, Connection: "c1"},
		stated("groups", "Billing", "c1"),
		stated("campaigns", "Summer", "c1"), stated("company", "One", "c1"), stated("initialStatus", "busy", "c1"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := Statements("c1", directory.Attributes{"roles": "agent", schema.RollcallURN: "no object"}); len(got) > 0 {
		t.Errorf("of another form: %v", got)
	}
}

func TestStatementsGiveRights(t *testing.T) {
	t.Parallel()
	group := func(value string, kind directory.MembershipKind) DirectStatement {
		return DirectStatement{Attribute: "groups", Value: value, Kind: kind, Connection: "c1"}
	}
	right := func(kind directory.EntitlementKind, target, connection string) directory.Grant {
		return directory.Grant{Entitlement: directory.Entitlement{Kind: kind, Target: target}, Origin: directory.Origin{Kind: directory.FromDirect, Connection: connection}}
	}
	as := func(g directory.Grant, kind directory.MembershipKind) directory.Grant { g.Membership = kind; return g }
	const (
		role, option, profile = directory.RoleEntitlement, directory.OptionEntitlement, directory.ProfileEntitlement
		team, company         = directory.AgentGroupEntitlement, directory.CompanyEntitlement
	)
	leads := directory.Rule{ID: "leads", When: `department eq "Billing"`, Profile: "Leads", Company: "Two"}
	for name, test := range map[string]struct {
		options Options
		rules   []directory.Rule
		stated  []DirectStatement
		want    []directory.Grant
	}{
		"each attribute, by name in any case or by id": {
			options: tenant(),
			stated: []DirectStatement{
				stated("initialStatus", "BUSY", "c1"), stated("company", "co-2", "c1"), stated("campaigns", "summer", "c1"), stated("options", "Agent:TRANSFER", "c1"),
				group("Support", ""), group("ag-billing", directory.AsBoth), stated("profile", "SALES", "c1"),
			},
			want: []directory.Grant{
				right(profile, "p-sales", "c1"), right(role, "agent", "c1"), right(option, "agent:transfer", "c1"),
				as(right(team, "ag-billing", "c1"), directory.AsBoth), as(right(team, "ag-support", "c1"), directory.AsUser),
				right(directory.CampaignEntitlement, "w-summer", "c1"), right(company, "co-2", "c1"), right(directory.StatusEntitlement, "busy", "c1"),
			},
		},
		"what the connection does not list gives nothing": {
			options: tenant(),
			stated:  []DirectStatement{stated("options", "agent:transfer", "c2"), stated("company", "One", "c2"), stated("profile", "Sales", "c3"), stated("skills", "Sales", "c1")},
		},
		"nothing privileged, nobody's, archived or unknown": {
			options: tenant(),
			stated: []DirectStatement{
				stated("profile", "Admins", "c1"), stated("profile", "Owners", "c1"), stated("profile", "Retired", "c1"), stated("profile", "Lost", "c1"), stated("profile", "None", "c1"),
				stated("options", "administrator:audit", "c1"), stated("options", "owner:agent_mode", "c1"), stated("options", "transfer", "c1"),
				stated("campaigns", "Winter", "c1"), stated("campaigns", "Calls", "c1"), stated("initialStatus", "gone", "c1"),
				stated("roles", "membership.user", "c1"), group("Nowhere", ""), group("Support", "boss"),
			},
		},
		"a profile that brings the role that is stated too gives it once": {
			options: tenant(),
			stated:  []DirectStatement{stated("roles", "agent", "c1"), stated("profile", "Sales", "c1")},
			want:    []directory.Grant{right(role, "agent", "c1"), right(profile, "p-sales", "c1")},
		},
		"of one kind the first connection's statement counts": {
			options: tenant(),
			stated:  []DirectStatement{stated("profile", "Leads", "c2"), stated("profile", "Sales", "c1")},
			want:    []directory.Grant{right(profile, "p-sales", "c1"), right(role, "agent", "c1")},
		},
		"rules come before statements": {
			options: tenant(), rules: []directory.Rule{leads},
			stated: []DirectStatement{stated("profile", "Sales", "c1"), stated("company", "Two", "c1")},
			want: []directory.Grant{
				grantOf(company, "co-2", "leads", ""), grantOf(profile, "p-leads", "leads", ""), grantOf(role, "supervisor", "leads", ""),
				right(company, "co-2", "c1"),
			},
		},
		"with one role a stated profile of another role gives nothing": {
			options: single(), rules: []directory.Rule{{ID: "a", When: "userName pr", Roles: []string{"supervisor"}}},
			stated: []DirectStatement{stated("profile", "Sales", "c1"), stated("profile", "Leads", "c2")},
			want: []directory.Grant{
				grantOf(role, "supervisor", "a", ""), right(profile, "p-leads", "c2"), right(role, "supervisor", "c2"),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compile(t, test.options, test.rules...).Evaluate(Subject{Attributes: inDepartment("Billing"), Direct: test.stated})
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestTraceTellsWhyStatementsGiveNothing(t *testing.T) {
	t.Parallel()
	s := compile(t, tenant(), directory.Rule{ID: "all", When: "userName pr", Profile: "Leads"})
	for _, test := range []struct {
		stated       DirectStatement
		name, missed string
	}{
		{stated("company", "One", "c1"), `okta states company "One"`, ""},
		{stated("company", "One", "c2"), `entra states company "One"`, "the connection does not list it in direct:"},
		{stated("roles", "supervisor", "c2"), `entra states roles "supervisor"`, "the connection does not list it in direct:"},
		{stated("roles", "gone", "c1"), `okta states roles "gone"`, `there is no role "gone"`},
		{stated("roles", "administrator", "c1"), `okta states roles "administrator"`, "it is privileged; only a rule or a person gives it"},
		{stated("roles", "owner", "c1"), `okta states roles "owner"`, "it is the owner role, which only a person gives"},
		{stated("profile", "Sales", "c1"), `okta states profile "Sales"`, "the profile Sales is outranked by rule all"},
		{stated("profile", "Slaes", "c1"), `okta states profile "Slaes"`, `there is no profile "Slaes"`},
		{stated("profile", "Retired", "c1"), `okta states profile "Retired"`, "it is archived"},
		{stated("groups", "Nowhere", "c1"), `okta states groups "Nowhere"`, `there is no agent group "Nowhere"`},
		{DirectStatement{Attribute: "groups", Value: "Support", Kind: "boss", Connection: "c1"}, `okta states groups "Support"`, `the kind "boss" is not user, supervisor or both`},
		{stated("options", "agent:x", "c1"), `okta states options "agent:x"`, `the role "agent" has no option "x"; it has transfer, dispenser`},
		{stated("initialStatus", "gone", "c1"), `okta states initialStatus "gone"`, "it cannot be chosen at present"},
	} {
		traces := s.Trace(Subject{Attributes: inDepartment("Billing"), Direct: []DirectStatement{test.stated}})
		got := traces[len(traces)-1]
		if got.Stated == nil || *got.Stated != test.stated || got.Name != test.name || got.Missed.Text != test.missed || got.Hit != (test.missed == "") {
			t.Errorf("%v: %+v", test.stated, got)
		}
	}
	both := s.Trace(Subject{Direct: []DirectStatement{stated("company", "Two", "c1"), stated("company", "One", "c1")}})
	if got := both[2].Missed.Text; got != "the company Two is outranked by One, which the connection states too" {
		t.Errorf("two of one connection: %s", got)
	}
	both = s.Trace(Subject{Direct: []DirectStatement{stated("profile", "Sales", "c1"), stated("profile", "Leads", "c2")}})
	if got := both[2].Missed.Text; got != "the profile Leads is outranked by Sales, which okta states" {
		t.Errorf("two connections: %s", got)
	}
}
