package mapping

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/scim/schema"
)

func TestMappingTests(t *testing.T) {
	t.Parallel()
	s := compile(t, tenant(),
		directory.Rule{ID: "support", Group: "CC-Support", Roles: []string{"agent"}, AgentGroups: []directory.RuleOutput{{Name: "Support"}, {Name: "Floor 2"}}},
		directory.Rule{ID: "leads", Group: "CC-Lead-{team}", Profile: "Leads", AgentGroups: []directory.RuleOutput{{Name: "{team}", Kind: directory.AsSupervisor}}},
		directory.Rule{ID: "admins", GroupID: "0123", Roles: []string{"administrator"}},
		directory.Rule{
			ID: "billing", When: `department eq "Billing" and not (skills eq "trainee")`, Campaigns: []string{"Summer"}, Company: "One",
			AgentGroups: []directory.RuleOutput{{Name: "New team"}},
		},
		directory.Rule{ID: "entra", Group: "CC-Entra", Connection: "c2", SeatPool: "phone", InitialStatus: "busy"},
	)
	groups := func(names ...string) []string { return names }
	billing := directory.Attributes{"department": "Billing"}
	outputs := func(os ...directory.RuleOutput) directory.RuleOutputs { return directory.RuleOutputs{AgentGroups: os} }
	for name, test := range map[string]struct {
		test directory.MappingTest
		want []string
	}{
		"what is named is given": {test: directory.MappingTest{
			Groups: groups("cc-support", "CC-Lead-Sales"),
			Expect: directory.RuleOutputs{
				Roles: []string{"Supervisor", "agent"}, Profile: "leads",
				AgentGroups: []directory.RuleOutput{{Name: "support"}, {Name: "FLOOR 2"}, {Name: "Sales", Kind: directory.AsSupervisor}},
			},
		}},
		"kinds that are not named are not compared": {test: directory.MappingTest{
			Groups: groups("CC-Support"), Attributes: billing, Expect: directory.RuleOutputs{Company: "one"},
		}},
		"memberships of one agent group add up": {test: directory.MappingTest{
			Groups: groups("CC-Support", "CC-Lead-Support"), Expect: outputs(directory.RuleOutput{Name: "Support", Kind: directory.AsBoth}, directory.RuleOutput{Name: "Floor 2"}),
		}},
		"a pinned group is named by its id": {test: directory.MappingTest{Groups: groups("0123"), Expect: directory.RuleOutputs{Roles: []string{"administrator"}}}},
		"a rule of a connection needs it":   {test: directory.MappingTest{Groups: groups("CC-Entra"), Connection: "c2", Expect: directory.RuleOutputs{SeatPool: "Phone", InitialStatus: "busy"}}},
		"statements count where the connection lists them": {test: directory.MappingTest{
			Connection: "c1", Expect: directory.RuleOutputs{Profile: "Sales", Roles: []string{"agent"}, AgentGroups: []directory.RuleOutput{{Name: "Billing", Kind: directory.AsBoth}}},
			Attributes: directory.Attributes{"profile": "sales", schema.RollcallURN: map[string]any{"groups": []any{map[string]any{"value": "ag-billing", "kind": "both"}}}},
		}},
		"and not elsewhere":                      {test: directory.MappingTest{Attributes: directory.Attributes{"profile": "sales"}}},
		"an empty expectation expects nothing":   {test: directory.MappingTest{Groups: groups("CC-Other")}},
		"an agent group that the rule will make": {test: directory.MappingTest{Attributes: billing, Expect: outputs(directory.RuleOutput{Name: "New Team"})}},

		"an empty list expects none of its kind": {
			test: directory.MappingTest{Groups: groups("CC-Support"), Attributes: billing, Expect: directory.RuleOutputs{
				Roles: []string{}, Options: []string{}, Queues: []string{}, Strategies: []string{}, Campaigns: []string{}, AgentGroups: []directory.RuleOutput{},
			}},
			want: []string{
				`roles: "agent" is given and not expected`, `agent_groups: "Floor 2" is given and not expected`, `agent_groups: "New team" is given and not expected`,
				`agent_groups: "Support" is given and not expected`, `campaigns: "Summer" is given and not expected`,
			},
		},
		"and nothing of another": {test: directory.MappingTest{Attributes: billing, Expect: directory.RuleOutputs{Roles: []string{}}}},
		"more than expected": {
			test: directory.MappingTest{Groups: groups("CC-Support", "CC-Lead-Sales"), Expect: directory.RuleOutputs{Roles: []string{"agent"}}},
			want: []string{`roles: "supervisor" is given and not expected`},
		},
		"less than expected, and why": {
			test: directory.MappingTest{
				Groups: groups("CC-Lead-Sales"), Attributes: directory.Attributes{"department": "Sales"},
				Expect: directory.RuleOutputs{Roles: []string{"agent", "supervisor"}, Campaigns: []string{"Summer"}, Options: []string{"agent:transfer"}, AgentGroups: []directory.RuleOutput{{Name: "Support"}, {Name: "Sales"}}},
			},
			want: []string{
				`roles: "agent" is missing (rule support: not a member of the group CC-Support)`,
				`options: "agent:transfer" is missing`,
				`agent_groups: "Sales" is given as supervisor, not as user`,
				`agent_groups: "Support" is missing (rule support: not a member of the group CC-Support)`,
				`campaigns: "Summer" is missing (rule billing: department eq "Billing" is not met (found: text))`,
			},
		},
		"another one of a kind": {
			test: directory.MappingTest{Attributes: billing, Expect: directory.RuleOutputs{Company: "Two"}},
			want: []string{`company: "Two" is missing`, `company: "One" is given and not expected`},
		},
		"something where nothing is expected": {
			test: directory.MappingTest{Attributes: billing},
			want: []string{
				`agent_groups: "New team" is given and not expected`, `campaigns: "Summer" is given and not expected`, `company: "One" is given and not expected`,
			},
		},
		"unknown names": {
			test: directory.MappingTest{Expect: directory.RuleOutputs{
				Roles: []string{"agnet"}, Options: []string{"agent:x"}, Profile: "None", Campaigns: []string{"Calls"}, Queues: []string{"q"}, Strategies: []string{"s"},
				Company: "Three", SeatPool: "chair", InitialStatus: "asleep", AgentGroups: []directory.RuleOutput{{Name: "{team}"}, {Name: "x", Kind: "boss"}},
			}},
			want: []string{
				`expect: roles: there is no role "agnet"`,
				`expect: options: the role "agent" has no option "x"; it has transfer, dispenser`,
				`expect: profile: there is no profile "None"`,
				`expect: agent_groups: "{team}": an agent group's name cannot have { or }`,
				`expect: agent_groups: "x": the kind "boss" is not user, supervisor or both`,
				`expect: campaigns: there is no campaign "Calls"`, `expect: queues: there is no queue "q"`, `expect: strategies: there is no strategy "s"`,
				`expect: company: there is no company "Three"`, `expect: seat_pool: there is no seat pool "chair"`,
				`expect: initial_status: there is no initial status "asleep"`,
			},
		},
		"a person that cannot be": {
			test: directory.MappingTest{
				Groups: groups("CC-Lead-a{b}"),
				Attributes: directory.Attributes{
					"departmnt": "Billing", "active": "perhaps", "groups": []any{}, "state": "active", schema.EnterpriseURN: map[string]any{"x": 1}, "meta": "x",
				},
			},
			want: []string{
				`attributes: there is no attribute "departmnt" of a person`,
				`attributes: groups is read-only; name the groups beside the attributes`,
				`attributes: meta is read-only`,
				`attributes: urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:state is read-only`,
				`attributes: there is no attribute "x" of a person`,
				`attributes: active expects true or false, not a string`,
				`groups: "CC-Lead-a{b}": rule leads: an agent group's name cannot have { or }`,
			},
		},
		"a connection that is not there": {
			test: directory.MappingTest{Connection: "c9"}, want: []string{`connection: there is no connection with the id "c9"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, s.Test(test.test), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestWhatWasEvaluatedPasses expects of invented people what they get, and then something else.
func TestWhatWasEvaluatedPasses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, err := Compile(drawRules(t), rapid.SampledFrom([]Options{tenant(), single()}).Draw(t, "options"))
		if err != nil {
			t.Fatal(err)
		}
		test := directory.MappingTest{
			Attributes: directory.Attributes{"userName": "ana", "department": rapid.SampledFrom([]string{"Billing", "Sales"}).Draw(t, "department")},
			Connection: rapid.SampledFrom([]string{"", "c1", "c2"}).Draw(t, "connection"),
		}
		for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, 8), 0, 4, rapid.ID).Draw(t, "groups") {
			test.Groups = append(test.Groups, fmt.Sprint("CC-", i), fmt.Sprint("g", i%3))
		}
		sub, known, wrong := s.invent(test)
		e := evaluation{set: s, attributes: sub.Attributes, teams: known}
		if e.run(sub); len(wrong) > 0 {
			t.Fatal(wrong)
		}
		for _, g := range e.grants {
			o := &test.Expect
			name := g.Target
			if x := s.things.targets[directory.Entitlement{Kind: g.Kind, Target: g.Target}]; x != nil {
				name = x.name
			}
			switch g.Kind {
			case directory.RoleEntitlement:
				o.Roles = append(o.Roles, name)
			case directory.OptionEntitlement:
				o.Options = append(o.Options, name)
			case directory.ProfileEntitlement:
				o.Profile = name
			case directory.AgentGroupEntitlement:
				o.AgentGroups = append(o.AgentGroups, directory.RuleOutput{Name: known.spelled[name], Kind: g.Membership})
			case directory.CampaignEntitlement:
				o.Campaigns = append(o.Campaigns, name)
			case directory.QueueEntitlement:
				o.Queues = append(o.Queues, name)
			case directory.StrategyEntitlement:
				o.Strategies = append(o.Strategies, name)
			case directory.CompanyEntitlement:
				o.Company = name
			case directory.SeatPoolEntitlement:
				o.SeatPool = name
			case directory.StatusEntitlement:
				o.InitialStatus = name
			}
		}
		if wrong := s.Test(test); len(wrong) > 0 {
			t.Fatalf("what was evaluated does not pass: %v", wrong)
		}
		if test.Expect.Empty() {
			return
		}
		for _, change := range []func(*directory.RuleOutputs){
			func(o *directory.RuleOutputs) { *o = directory.RuleOutputs{} },
			func(o *directory.RuleOutputs) {
				o.AgentGroups = append(slices.Clone(o.AgentGroups), directory.RuleOutput{Name: "Elsewhere"})
			},
			func(o *directory.RuleOutputs) { o.Roles = []string{"owner"} },
		} {
			other := test
			change(&other.Expect)
			if len(s.Test(other)) == 0 {
				t.Fatalf("passes with another expectation: %+v", other.Expect)
			}
		}
	})
}
