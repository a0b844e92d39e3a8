package mapping

import (
	"testing"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// tenant returns what the rules of these tests refer to.
func tenant() Options {
	option := func(key string) []directory.RoleOption { return []directory.RoleOption{{Key: key, Name: key}} }
	return Options{
		Roles: []directory.Role{
			{Key: "agent", Rank: 10, Options: append(option("transfer"), option("dispenser")...)},
			{Key: "supervisor", Rank: 20, Options: option("reports")},
			{Key: "administrator", Rank: 30, Privileged: true, Options: option("audit")},
			{Key: "owner", Rank: 40, Privileged: true, Owner: true, Options: option("agent_mode")},
			{Key: "membership.user", Kind: directory.MembershipRole},
		},
		Profiles: []directory.Profile{
			{ID: "p-sales", Name: "Sales", Role: "agent"},
			{ID: "p-leads", Name: "Leads", Role: "supervisor"},
			{ID: "p-admins", Name: "Admins", Role: "administrator"},
			{ID: "p-owners", Name: "Owners", Role: "owner"},
			{ID: "p-retired", Name: "Retired", Role: "agent", Archived: true},
			{ID: "p-lost", Name: "Lost", Role: "gone"},
		},
		AgentGroups: map[string]string{"billing": "ag-billing", "support": "ag-support"},
		Work: []directory.WorkGroup{
			{ID: "w-summer", Kind: directory.CampaignWork, Name: "Summer"},
			{ID: "w-winter", Kind: directory.CampaignWork, Name: "Winter", Archived: true},
			{ID: "w-calls", Kind: directory.QueueWork, Name: "Calls"},
			{ID: "w-mass", Kind: directory.StrategyWork, Name: "Mass"},
		},
		Companies: []directory.Company{{ID: "co-1", Name: "One"}, {ID: "co-2", Name: "Two"}},
		Statuses:  []directory.Status{{Key: "busy", Name: "Busy", Active: true}, {Key: "ready", Name: "Ready", Active: true}, {Key: "gone", Name: "Gone"}},
		SeatPools: []directory.SeatPool{{Key: "desk", Name: "Desks"}, {Key: "phone", Name: "Phones"}},
		Connections: []directory.Connection{
			{ID: "c1", Name: "okta", Direct: []string{
				"supervisor", "Agent", "administrator", "gone", "owner", "membership.user",
				"profile", "options", "groups", "campaigns", "company", "initialStatus",
			}},
			{ID: "c2", Name: "entra", Direct: []string{"agent", "profile"}},
		},
	}
}

// stated is a statement of a connection.
func stated(attribute, value, connection string) DirectStatement {
	return DirectStatement{Attribute: attribute, Value: value, Connection: connection}
}

func single() Options {
	o := tenant()
	o.Cardinality = "one"
	return o
}

// compile numbers the rules as it gets them and names those without a name by their id.
func compile(t testing.TB, o Options, rules ...directory.Rule) *Set {
	t.Helper()
	for i := range rules {
		rules[i].Order = i
		if rules[i].Name == "" {
			rules[i].Name = rules[i].ID
		}
	}
	s, err := Compile(rules, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// member is a direct membership of a group with its bindings.
func member(group string, bindings ...directory.Binding) Membership {
	for i := range bindings {
		bindings[i].Group = group
	}
	return Membership{Group: group, Direct: true, Bindings: bindings}
}

// bound is a confirmed binding of the first connection.
func bound(rule string, agentGroups ...string) directory.Binding {
	return directory.Binding{Rule: rule, Connection: "c1", AgentGroups: agentGroups, Confirmed: true}
}

func inDepartment(name string) directory.Attributes {
	return directory.Attributes{"userName": "ana@example.com", schema.EnterpriseURN: map[string]any{"department": name}}
}

func roleGrant(rule, key, group, connection string) directory.Grant {
	return directory.Grant{
		Entitlement: directory.Entitlement{Kind: directory.RoleEntitlement, Target: key},
		Origin:      directory.Origin{Kind: directory.FromRule, Rule: rule, Group: group, Connection: connection},
	}
}

func agentGroupGrant(rule, id string, kind directory.MembershipKind, group, connection string) directory.Grant {
	return directory.Grant{
		Entitlement: directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: id, Membership: kind},
		Origin:      directory.Origin{Kind: directory.FromRule, Rule: rule, Group: group, Connection: connection},
	}
}

func directGrant(key, connection string) directory.Grant {
	return directory.Grant{
		Entitlement: directory.Entitlement{Kind: directory.RoleEntitlement, Target: key},
		Origin:      directory.Origin{Kind: directory.FromDirect, Connection: connection},
	}
}
