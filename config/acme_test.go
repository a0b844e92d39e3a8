package config

import "rollcall/directory"

// What testdata/acme.yaml says of roles, work and tests.

func team(name string) directory.WorkGroup { return work(directory.AgentGroupWork, name) }

func work(kind directory.WorkKind, name string) directory.WorkGroup {
	g := directory.NewWorkGroup(kind, name)
	g.ManagedBy = directory.ByManifest
	return g
}

func status(s directory.Status) directory.Status {
	s.ManagedBy = directory.ByManifest
	return s
}

func customRoles() []directory.RoleSpec {
	return []directory.RoleSpec{
		{Role: directory.Role{
			Key: "team_lead", Name: "Team lead", Kind: directory.CustomRole, Description: "Leads one team and sees its reports.", Rank: 15,
			Colour: "orange", Ceiling: directory.ScopeGroup, Everywhere: directory.AsUser, ManagedBy: directory.ByManifest,
			Permissions: []directory.RolePermission{
				{Key: "conversations.access", Scope: directory.ScopeNone, Mode: directory.Granted},
				{Key: "conversations.view", Scope: directory.ScopeGroup, Mode: directory.Granted},
				{Key: "conversations.reply", Scope: directory.ScopeOwn, Mode: directory.ByMembership},
				{Key: "conversations.close", Mode: directory.Denied},
				{Key: "conversations.history.view", Scope: directory.ScopeAll, Mode: directory.Denied},
			},
			Options: []directory.RoleOption{
				{Key: "quality", Name: "Quality reviews", Permissions: []directory.RolePermission{
					{Key: "reports.view", Scope: directory.ScopeNone, Mode: directory.Granted},
					{Key: "metrics.view", Scope: directory.ScopeGroup, Mode: directory.Granted},
				}},
				{Key: "coaching", Name: "coaching", Permissions: []directory.RolePermission{
					{Key: "monitoring.dashboard.view", Scope: directory.ScopeNone, Mode: directory.Granted},
				}},
			},
		}},
		{Role: directory.Role{Key: "auditor", Name: "auditor", Kind: directory.CustomRole, Privileged: true, ManagedBy: directory.ByManifest}},
		{Role: directory.Role{
			Key: "manager", Name: "manager", Kind: directory.CustomRole, Privileged: true, ManagedBy: directory.ByManifest,
			Permissions: []directory.RolePermission{{Key: "roles.manage", Scope: directory.ScopeNone, Mode: directory.Granted}},
		}},
		{Role: directory.Role{Key: "coach", Name: "coach", Kind: directory.CustomRole, ManagedBy: directory.ByManifest}, Absent: true},
	}
}

func workGroups() []directory.WorkGroupSpec {
	support, summer := team("Support"), work(directory.CampaignWork, "Summer")
	support.Description, support.ExternalRef, support.Company = "First line.", "Q-17", "Acme Ltd"
	support.Visibility, support.Distribution, support.Default, support.Channels = directory.VisibleAttendant, false, true, []string{"chat", "voice"}
	summer.Description, summer.ExternalRef, summer.Company = "Until September.", "17", "Acme Ltd"
	return []directory.WorkGroupSpec{
		{WorkGroup: support},
		{WorkGroup: team("Collections"), Was: "Debt"},
		{WorkGroup: team("Retention")},
		{WorkGroup: work(directory.CampaignWork, "Spring")},
		{WorkGroup: summer, Was: "Estival"},
		{WorkGroup: work(directory.QueueWork, "Calls")},
		{WorkGroup: work(directory.StrategyWork, "Reminders")},
	}
}

func mappingTests() []directory.MappingTest {
	return []directory.MappingTest{
		{
			Name: "a billing clerk",
			Attributes: directory.Attributes{
				"userName": "clerk@example.com", "active": true, "name": map[string]any{"givenName": "Clara"},
				"emails":     []any{map[string]any{"value": "clerk@example.com", "type": "work"}},
				"department": "Billing", "manager": "boss",
				"urn:ietf:params:scim:schemas:extension:rollcall:2.0:User": map[string]any{"skills": "chat"},
			},
			Expect:    directory.RuleOutputs{Roles: []string{}, AgentGroups: []directory.RuleOutput{{Name: "Billing", Kind: directory.AsUser}}},
			ManagedBy: directory.ByManifest,
		},
		{
			Name: "a trainee", Connection: "okta", Groups: []string{"CC-Support", "CC-Lead-North"},
			Expect: directory.RuleOutputs{
				Roles: []string{"agent"}, Options: []string{"team_lead:quality", "team_lead:coaching"}, Campaigns: []string{"Spring", "Summer"}, Queues: []string{"Calls"}, Strategies: []string{"Reminders"},
				AgentGroups: []directory.RuleOutput{{Name: "Support", Kind: directory.AsUser}, {Name: "Team North", Kind: directory.AsSupervisor}},
				Company:     "Acme Retail", SeatPool: "desks", InitialStatus: "online",
			},
			ManagedBy: directory.ByManifest,
		},
		{Name: "nobody", ManagedBy: directory.ByManifest},
	}
}
