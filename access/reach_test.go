package access

import (
	"testing"

	"rollcall/directory"
)

// one is the custom role "r", with one permission.
func one(permission string, scope directory.Scope, mode directory.Mode) directory.Role {
	return directory.Role{
		Key: "r", Name: "R", Kind: directory.CustomRole,
		Permissions: []directory.RolePermission{{Key: permission, Scope: scope, Mode: mode}},
	}
}

// How far each scope reaches, over each sort of resource.
func TestHowFarScopesReach(t *testing.T) {
	t.Parallel()
	ben := Holder{ID: "ben", State: directory.Active, Roles: []string{"agent"}, Memberships: []Membership{{billing, directory.AsUser}}, Work: []string{"c1"}}
	dan := Holder{ID: "dan", State: directory.Active, Roles: []string{"agent", "reader"}, Memberships: []Membership{{support, directory.AsUser}, {closed, directory.AsUser}}, Work: []string{"c2"}}
	self := ana("agent")
	const own, group, campaign, agents, part, all = directory.ScopeOwn, directory.ScopeGroup, directory.ScopeCampaign, directory.ScopeAgents, directory.ScopePart, directory.ScopeAll
	h := ana("r").as(directory.AsUser, billing, closed).working("c1")
	for _, c := range []struct {
		permission string
		r          Resource
		reach      []directory.Scope // that reach it; the others do not
	}{
		{"contacts.view", anything, []directory.Scope{own, group, campaign, all}},
		{"contacts.view", hers, []directory.Scope{own, group, campaign, all}},
		{"contacts.view", Resource{Owner: "ben"}, []directory.Scope{all}},
		{"contacts.view", hersInBilling, []directory.Scope{own, group, campaign, all}},
		{"contacts.view", Resource{Owner: "ana", AgentGroup: support}, []directory.Scope{own, group, campaign, all}},
		{"contacts.view", othersInBilling, []directory.Scope{group, all}},
		{"contacts.view", nobodysBilling, []directory.Scope{group, all}},
		{"contacts.view", othersInSupport, []directory.Scope{all}},
		{"contacts.view", Resource{AgentGroup: closed}, []directory.Scope{all}}, // it is archived
		{"contacts.view", othersInC1, []directory.Scope{campaign, all}},
		{"contacts.view", othersInC2, []directory.Scope{all}},
		{"contacts.view", Resource{Campaign: "c1"}, []directory.Scope{campaign, all}}, // nobody's, so not their own
		{"contacts.view", Resource{Campaign: "c1", AgentGroup: support}, []directory.Scope{campaign, all}},
		{"contacts.view", Resource{Owner: "ana", Person: &ben}, []directory.Scope{own, group, campaign, all}},
		// A campaign, a queue or a strategy is one's own when one is assigned to it.
		{"campaigns.view", Resource{Campaign: "c1"}, []directory.Scope{own, campaign, all}},
		{"campaigns.view", Resource{Campaign: "c2"}, []directory.Scope{all}},
		{"campaigns.view", Resource{Campaign: "c1", Owner: "ben"}, []directory.Scope{campaign, all}},
		// People: oneself, somebody of one's groups and campaigns, agents.
		{"users.edit", Resource{Person: &self}, []directory.Scope{own, group, campaign, agents, all}},
		{"users.edit", Resource{Person: h.ben()}, []directory.Scope{group, campaign, all}},
		{"users.edit", Resource{Person: &ben}, []directory.Scope{group, campaign, agents, all}},
		{"users.edit", Resource{Person: &dan}, []directory.Scope{all}}, // another role besides, and only an archived group in common
		{"users.edit", Resource{Person: &ben, AgentGroup: support}, []directory.Scope{campaign, agents, all}},
		{"users.edit", Resource{Person: &ben, Campaign: "c2"}, []directory.Scope{group, agents, all}},
		{"users.edit", Resource{Owner: "ben"}, []directory.Scope{all}}, // who is not told of cannot be looked at
		{"settings.view", anything, []directory.Scope{part, campaign}},
		{"settings.view", othersInC2, []directory.Scope{part}},
	} {
		permission, _ := PermissionNamed(c.permission)
		for _, scope := range permission.Scopes {
			if scope == directory.ScopeNone {
				continue
			}
			want := false
			for _, s := range c.reach {
				want = want || s == scope
			}
			m := tenantOf(t, "", func(o *Options) { o.Roles = append(o.Roles, one(c.permission, scope, directory.Granted)) })
			if d := m.Decide(h, c.permission, c.r); d.Allowed != want || want && d.Scope != scope {
				t.Errorf("%s of the scope %s over %+v: %+v, want %t", c.permission, scope, c.r, d, want)
			}
			// A denial of the scope takes away what the scope reaches, and asked in general only what is everything.
			m = tenantOf(t, "", func(o *Options) { o.Roles = append(o.Roles, one(c.permission, scope, directory.Denied)) })
			denied := want
			if c.r == anything {
				denied = scope == all || scope == part
			}
			h := h
			h.Roles = []string{"administrator", "r"}
			if d := m.Decide(h, c.permission, c.r); d.Allowed == denied {
				t.Errorf("%s denied with the scope %s over %+v: %+v", c.permission, scope, c.r, d)
			}
		}
	}
}

// What a membership gives reaches into its own agent group, and no further.
func TestHowFarMembershipsReach(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, "whatsapp-team")
	supervisor, user := ana("attendant").as(directory.AsSupervisor, billing), ana("attendant").as(directory.AsUser, billing)
	ben := Holder{ID: "ben", Memberships: []Membership{{billing, directory.AsUser}}}
	dan := Holder{ID: "dan", Memberships: []Membership{{support, directory.AsUser}}}
	asks(t, m, []ask{
		{"002-23", supervisor, "conversations.reply", hers, true},
		{"002-23", supervisor, "conversations.reply", Resource{Owner: "ana", AgentGroup: support}, false},
		{"002-23", supervisor, "conversations.reply", Resource{Owner: "ben"}, false},
		{"002-23", supervisor, "conversations.reply", Resource{Owner: "ben", Person: &ben}, true},
		{"002-23", supervisor, "conversations.reply", Resource{Owner: "dan", Person: &dan}, false},
		{"002-22", user, "conversations.reply", Resource{Owner: "ben", Person: &ben}, false},
		{"002-22", user, "conversations.reply", hers, true},
		{"002-26", user, "conversations.notify_sound", Resource{Campaign: "c1"}, true},
	})
}

// A role that counts as a member everywhere reaches as far as its ceiling lets it.
func TestEverywhereUpToTheCeiling(t *testing.T) {
	t.Parallel()
	for ceiling, want := range map[directory.Scope][3]bool{ // others in a foreign group, others in their own, hers
		"": {true, true, true}, directory.ScopeAll: {true, true, true}, directory.ScopeGroup: {false, true, true}, directory.ScopeOwn: {false, false, true},
	} {
		r := one("conversations.reply", "", directory.ByMembership)
		r.Everywhere, r.Ceiling = directory.AsSupervisor, ceiling
		m := tenantOf(t, "whatsapp-team", func(o *Options) { o.Roles = append(o.Roles, r) })
		h := ana("r").as(directory.AsUser, billing)
		for i, res := range []Resource{othersInSupport, othersInBilling, hersInBilling} {
			if d := m.Decide(h, "conversations.reply", res); d.Allowed != want[i] {
				t.Errorf("with the ceiling %q over %+v: %+v", ceiling, res, d)
			}
		}
	}
}

// Modules cut whatever the role gives, by itself, by an option or by a membership, and nothing of another role.
func TestModulesCutTheirRoleOnly(t *testing.T) {
	t.Parallel()
	r := directory.Role{
		Key: "r", Name: "R", Kind: directory.CustomRole,
		Permissions: []directory.RolePermission{
			{Key: "conversations.reply", Mode: directory.ByMembership},
			{Key: "contacts.view", Mode: directory.Granted, Scope: directory.ScopeAll},
			{Key: "orders.access", Mode: directory.Optional, Scope: directory.ScopeNone},
			{Key: "tags.manage", Mode: directory.Granted, Scope: directory.ScopeNone},
			{Key: "templates.manage", Mode: directory.Granted, Scope: directory.ScopeNone},
		},
		Options: []directory.RoleOption{{Key: "more", Name: "More", Permissions: []directory.RolePermission{{Key: "orders.view", Mode: directory.Granted, Scope: directory.ScopeAll}}}},
		Modules: []directory.RoleModule{{Key: "on", Mode: directory.Granted}, {Key: "choice", Mode: directory.Optional}, {Key: "never", Mode: directory.Denied}},
	}
	other := r
	other.Key, other.Name = "other", "Other"
	m := tenantOf(t, "whatsapp-team", func(o *Options) {
		o.Roles = append(o.Roles, r, other)
		o.Modules = []directory.Module{
			{Key: "on", Permissions: []string{"orders.access"}},
			{Key: "choice", Permissions: []string{"conversations.reply", "contacts.view", "orders.view"}},
			{Key: "never", Permissions: []string{"tags.manage"}},
			{Key: "foreign", Permissions: []string{"templates.manage"}},
		}
		o.Profiles = []directory.Profile{
			{ID: "narrow", Role: "r", Modules: []string{"on", "never", "foreign"}},
			{ID: "wide", Role: "r", Modules: []string{"on", "choice"}},
			{ID: "others", Role: "other", Modules: []string{"on", "choice"}},
		}
	})
	h := ana("r").with("r:more").as(directory.AsUser, billing)
	narrow, wide, others := h.profiled("narrow"), h.profiled("wide"), h.profiled("others")
	both := narrow
	both.Roles = []string{"r", "attendant"}
	asks(t, m, []ask{
		{"004-20", narrow, "conversations.reply", hersInBilling, false},
		{"004-20", narrow, "contacts.view", anything, false},
		{"004-20", narrow, "orders.view", anything, false},
		{"004-20", narrow, "tags.manage", anything, false},      // chosen, and beyond the ceiling
		{"004-20", narrow, "templates.manage", anything, false}, // in a module that the role does not know
		{"004-20", wide, "conversations.reply", hersInBilling, true},
		{"004-20", wide, "contacts.view", anything, true},
		{"004-20", wide, "orders.view", anything, true},
		{"004-20", wide, "orders.access", anything, false}, // optional, in a module that is no choice
		{"004-20", others, "contacts.view", anything, false},
		{"004-20", others, "orders.view", anything, false},
		{"004-20", both, "conversations.reply", hersInBilling, true},
	})
}

// A profile of the owner's role is none (004-12), wherever it came from, and campaigns are no agent groups.
func TestProfilesOfTheOwnerAndForeignGroupsAreNotThere(t *testing.T) {
	t.Parallel()
	campaign := directory.WorkGroup{ID: "c1", Kind: directory.CampaignWork, Name: "C1"}
	m := tenantOf(t, contactCentre, withProfile(directory.Profile{ID: "p", Name: "P", Role: "owner", Modules: []string{"module.workspace"}}))
	if m.profiles["p"] != nil {
		t.Error("there is a profile of the owner's role")
	}
	m = tenantOf(t, "conversations-basic", func(o *Options) { o.AgentGroups = append(o.AgentGroups, campaign) })
	asks(t, m, []ask{{"000-03", ana("supervisor").as(directory.AsUser, "c1"), "conversations.view", Resource{AgentGroup: "c1"}, false}})
}

// What is denied does not make a role privileged, nor does a part of the configuration.
func TestPrivilegedByWhatIsGiven(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		r    directory.Role
		want bool
	}{
		{one("settings.manage", directory.ScopeNone, directory.Granted), true},
		{one("settings.manage", directory.ScopeCampaign, directory.Granted), true},
		{one("settings.manage", directory.ScopePart, directory.Granted), false},
		{one("settings.manage", "", directory.Denied), false},
		{one("users.create", directory.ScopeNone, directory.Optional), true},
		{one("users.create", directory.ScopeNone, directory.Forced), true},
		{one("users.view", directory.ScopeAll, directory.Granted), false},
		{one("users.gone", directory.ScopeAll, directory.Granted), false},
		{directory.Role{Owner: true}, true},
		{directory.Role{}, false},
	} {
		if got := Privileged(c.r); got != c.want {
			t.Errorf("%+v is privileged: %t", c.r.Permissions, got)
		}
	}
}
