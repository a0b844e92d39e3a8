package mapping

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall/directory"
)

// grantOf is a grant of a rule by a group, or by its condition alone when the group is "".
func grantOf(kind directory.EntitlementKind, target, rule, group string) directory.Grant {
	g := directory.Grant{
		Entitlement: directory.Entitlement{Kind: kind, Target: target},
		Origin:      directory.Origin{Kind: directory.FromRule, Rule: rule, Group: group},
	}
	if group != "" {
		g.Origin.Connection = "c1"
	}
	return g
}

func TestCompileRefusesOutputsThatAreNotThere(t *testing.T) {
	t.Parallel()
	_, err := Compile([]directory.Rule{
		{ID: "1", Name: "names in any case", Order: 1, Group: "A", Options: []string{"AGENT:Transfer"}, Profile: "sales", Campaigns: []string{"SUMMER"}, Company: "one"},
		{ID: "2", Name: "options", Order: 2, Group: "B", Options: []string{"transfer", "agent:", "agnet:x", "agent:reports", "membership.user:x", "owner:agent_mode"}},
		{ID: "3", Name: "profiles", Order: 3, Group: "C", Profile: "Salse"},
		{ID: "4", Name: "the owner's", Order: 4, Group: "D", Profile: "Owners"},
		{ID: "5", Name: "of membership", Order: 5, Group: "E", Roles: []string{"membership.user"}},
		{ID: "6", Name: "kinds have their own names", Order: 6, Group: "F", Campaigns: []string{"Calls"}, Queues: []string{"Summer"}, Strategies: []string{"Massive", ""}},
		{ID: "7", Name: "keys", Order: 7, Group: "G", Company: "Three", SeatPool: "Desks", InitialStatus: "Busy one"},
		{ID: "8", Name: "ids are no names", Order: 8, Group: "H", Profile: "p-sales", Campaigns: []string{"w-summer"}},
	}, tenant())
	faults, _ := errors.AsType[Faults](err)
	var got []string
	for _, f := range faults {
		got = append(got, f.String())
	}
	want := []string{
		`rule 2 "options": options: "transfer" is not an option; write role:option`,
		`rule 2 "options": options: "agent:" is not an option; write role:option`,
		`rule 2 "options": options: there is no role "agnet" for the option "x"`,
		`rule 2 "options": options: the role "agent" has no option "reports"; it has transfer, dispenser`,
		`rule 2 "options": options: the role "membership.user" has no options`,
		`rule 2 "options": options: "owner:agent_mode" is of the role "owner", which is the owner role, which only a person gives`,
		`rule 3 "profiles": profile: there is no profile "Salse"`,
		`rule 4 "the owner's": profile: "Owners" is of the role "owner", which is the owner role, which only a person gives`,
		`rule 5 "of membership": roles: "membership.user" is what a kind of membership of an agent group gives; nobody is assigned to it`,
		`rule 6 "kinds have their own names": campaigns: there is no campaign "Calls"`,
		`rule 6 "kinds have their own names": queues: there is no queue "Summer"`,
		`rule 6 "kinds have their own names": strategies: there is no strategy "Massive"`,
		`rule 6 "kinds have their own names": strategies: there is no strategy ""`,
		`rule 7 "keys": company: there is no company "Three"`,
		`rule 7 "keys": seat_pool: there is no seat pool "Desks"`,
		`rule 7 "keys": initial_status: there is no initial status "Busy one"`,
		`rule 8 "ids are no names": profile: there is no profile "p-sales"`,
		`rule 8 "ids are no names": campaigns: there is no campaign "w-summer"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestPrivilegedOutputs(t *testing.T) {
	t.Parallel()
	s := compile(t, tenant(),
		directory.Rule{ID: "profile", Group: "A", Profile: "Admins"},
		directory.Rule{ID: "option", Group: "B", Options: []string{"administrator:audit"}},
		directory.Rule{ID: "neither", Group: "C", Profile: "Leads", Options: []string{"agent:transfer"}, Campaigns: []string{"Summer"}},
	)
	for rule, want := range map[string]bool{"profile": true, "option": true, "neither": false} {
		if got := s.Privileged(rule); got != want {
			t.Errorf("%s: %v, want %v", rule, got, want)
		}
	}
}

func TestEvaluateOutputs(t *testing.T) {
	t.Parallel()
	everything := directory.Rule{
		ID: "all", Group: "CC-All", Profile: "Sales", Options: []string{"agent:transfer", "agent:dispenser"}, Campaigns: []string{"Summer", "summer"},
		Queues: []string{"Calls"}, Strategies: []string{"Mass"}, Company: "One", SeatPool: "desk", InitialStatus: "busy",
	}
	sales := directory.Rule{ID: "sales", Group: "CC-Sales", Profile: "Sales"}
	leads := directory.Rule{ID: "leads", Group: "CC-Leads", Profile: "Leads", Company: "Two"}
	admins := directory.Rule{ID: "admins", Group: "CC-Admins", Profile: "Admins", Options: []string{"administrator:audit"}, Queues: []string{"Calls"}}
	retired := directory.Rule{ID: "retired", Group: "CC-Old", Profile: "Retired", Campaigns: []string{"Winter", "Summer"}, InitialStatus: "gone"}
	waiting := bound("admins")
	waiting.Confirmed = false
	const (
		role, option, profile = directory.RoleEntitlement, directory.OptionEntitlement, directory.ProfileEntitlement
		campaign, queue       = directory.CampaignEntitlement, directory.QueueEntitlement
		company               = directory.CompanyEntitlement
	)
	in := func(rules ...string) []Membership {
		var out []Membership
		for _, r := range rules {
			out = append(out, member("g-"+r, bound(r)))
		}
		return out
	}
	for name, test := range map[string]struct {
		rules   []directory.Rule
		options Options
		in      []Membership
		want    []directory.Grant
	}{
		"a rule gives each kind": {
			rules: []directory.Rule{everything}, options: tenant(), in: in("all"),
			want: []directory.Grant{
				grantOf(campaign, "w-summer", "all", "g-all"), grantOf(company, "co-1", "all", "g-all"),
				grantOf(directory.StatusEntitlement, "busy", "all", "g-all"),
				grantOf(option, "agent:dispenser", "all", "g-all"), grantOf(option, "agent:transfer", "all", "g-all"),
				grantOf(profile, "p-sales", "all", "g-all"), grantOf(queue, "w-calls", "all", "g-all"),
				grantOf(role, "agent", "all", "g-all"), grantOf(directory.SeatPoolEntitlement, "desk", "all", "g-all"),
				grantOf(directory.StrategyEntitlement, "w-mass", "all", "g-all"),
			},
		},
		"of one profile the first rule decides, and the other brings no role either": {
			rules: []directory.Rule{sales, leads}, options: tenant(), in: in("leads", "sales"),
			want: []directory.Grant{
				grantOf(profile, "p-sales", "sales", "g-sales"), grantOf(role, "agent", "sales", "g-sales"),
				grantOf(company, "co-2", "leads", "g-leads"),
			},
		},
		"the same profile keeps each of its reasons": {
			rules: []directory.Rule{sales, {ID: "again", Group: "CC-Again", Profile: "SALES"}}, options: tenant(), in: in("sales", "again"),
			want: []directory.Grant{
				grantOf(profile, "p-sales", "sales", "g-sales"), grantOf(role, "agent", "sales", "g-sales"),
				grantOf(profile, "p-sales", "again", "g-again"), grantOf(role, "agent", "again", "g-again"),
			},
		},
		"with one role a profile is withheld where its role is outranked, and leaves the place to the next": {
			rules: []directory.Rule{{ID: "agents", Group: "CC-Agents", Roles: []string{"agent"}}, leads, sales}, options: single(), in: in("agents", "leads", "sales"),
			want: []directory.Grant{
				grantOf(role, "agent", "agents", "g-agents"), grantOf(company, "co-2", "leads", "g-leads"),
				grantOf(profile, "p-sales", "sales", "g-sales"), grantOf(role, "agent", "sales", "g-sales"),
			},
		},
		"with one role a profile takes the place of its role": {
			rules: []directory.Rule{leads, {ID: "agents", Group: "CC-Agents", Roles: []string{"agent"}}}, options: single(), in: in("agents", "leads"),
			want: []directory.Grant{
				grantOf(company, "co-2", "leads", "g-leads"), grantOf(profile, "p-leads", "leads", "g-leads"), grantOf(role, "supervisor", "leads", "g-leads"),
			},
		},
		"a rule's roles come before its profile": {
			rules: []directory.Rule{{ID: "both", Group: "CC-Both", Roles: []string{"agent"}, Profile: "Leads"}}, options: single(), in: in("both"),
			want: []directory.Grant{grantOf(role, "agent", "both", "g-both")},
		},
		"an unconfirmed binding gives nothing of a privileged role": {
			rules: []directory.Rule{admins, sales}, options: tenant(), in: append(in("sales"), member("g-w", waiting)),
			want: []directory.Grant{
				grantOf(queue, "w-calls", "admins", "g-w"),
				grantOf(profile, "p-sales", "sales", "g-sales"), grantOf(role, "agent", "sales", "g-sales"),
			},
		},
		"a confirmed one gives its profile, its role and its options": {
			rules: []directory.Rule{admins, sales}, options: tenant(), in: append(in("sales", "admins"), member("g-w", waiting)),
			want: []directory.Grant{
				grantOf(option, "administrator:audit", "admins", "g-admins"), grantOf(profile, "p-admins", "admins", "g-admins"),
				grantOf(queue, "w-calls", "admins", "g-admins"), grantOf(queue, "w-calls", "admins", "g-w"),
				grantOf(role, "administrator", "admins", "g-admins"),
			},
		},
		"what is archived or cannot be chosen gives nothing": {
			rules: []directory.Rule{retired, sales}, options: tenant(), in: in("retired", "sales"),
			want: []directory.Grant{
				grantOf(campaign, "w-summer", "retired", "g-retired"),
				grantOf(profile, "p-sales", "sales", "g-sales"), grantOf(role, "agent", "sales", "g-sales"),
			},
		},
		"a condition gives them too": {
			rules: []directory.Rule{{ID: "when", When: `department eq "Billing"`, Profile: "Leads"}, {ID: "lost", When: `userName pr`, Profile: "Lost"}}, options: tenant(),
			want: []directory.Grant{grantOf(profile, "p-leads", "when", ""), grantOf(role, "supervisor", "when", "")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compile(t, test.options, test.rules...).Evaluate(Subject{Attributes: inDepartment("Billing"), Memberships: test.in})
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestTraceTellsWhatIsWithheld(t *testing.T) {
	t.Parallel()
	s := compile(t, single(),
		directory.Rule{ID: "1", Group: "A", Profile: "Admins"},
		directory.Rule{ID: "2", Group: "B", Roles: []string{"agent"}, Company: "One"},
		directory.Rule{ID: "3", Group: "C", Profile: "Leads", Company: "Two"},
		directory.Rule{ID: "4", Group: "D", Profile: "Sales"},
		directory.Rule{ID: "5", Group: "E", Profile: "Retired", Campaigns: []string{"Winter"}, InitialStatus: "gone"},
		directory.Rule{ID: "6", Group: "F", Profile: "Lost"},
	)
	waiting := bound("1")
	waiting.Confirmed = false
	var got []string
	for _, x := range s.Trace(Subject{Memberships: []Membership{
		member("g1", waiting), member("g2", bound("2")), member("g3", bound("3")), member("g4", bound("4")), member("g5", bound("5")), member("g6", bound("6")),
	}}) {
		got = append(got, x.Missed.Text)
	}
	want := []string{
		"the profile Admins waits for confirmation",
		"",
		"the profile Leads is withheld, as its role supervisor is outranked by rule 2 (roles.cardinality one); the company Two is outranked by rule 2",
		"",
		"the profile Retired is archived; the campaign Winter is archived; the initial status gone cannot be chosen at present",
		`the profile Lost is of the role "gone", which is not there`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
