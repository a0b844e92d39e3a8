package access

import (
	"slices"
	"strings"
	"testing"

	"rollcall/directory"
)

// platformRoles are the roles that a tenant's people see: not those for memberships, nor those of the console.
func platformRoles(p Preset) []string {
	var out []string
	for _, r := range p.Roles {
		if r.Kind != directory.ConsoleRole && r.Kind != directory.MembershipRole {
			out = append(out, r.Key)
		}
	}
	return out
}

func wantRoles(t *testing.T, p Preset, want ...string) {
	t.Helper()
	got := platformRoles(p)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s has the roles %q, want %q", p.ID(), got, want)
	}
}

func wantSetting(t *testing.T, p Preset, name, want string) {
	t.Helper()
	s, ok := directory.SettingNamed(name)
	if !ok {
		t.Fatalf("there is no setting %s", name)
	}
	got := s.Default
	if v, ok := p.Settings[name]; ok {
		got = v
	}
	if got != want {
		t.Errorf("%s: %s is %q, want %q", p.ID(), name, got, want)
	}
}

func wantDescription(t *testing.T, p Preset, role string, words ...string) {
	t.Helper()
	text := strings.ToLower(roleOf(t, p, role).Description)
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s, role %s: %q does not speak of %q", p.ID(), role, text, w)
		}
	}
}

func TestRow000_01ThreeRolesAndNoOther(t *testing.T) {
	t.Parallel()
	wantRoles(t, presetNamed(t, "conversations-basic"), "agent", "supervisor", "administrator")
	wantRoles(t, presetNamed(t, ""), "agent", "supervisor", "administrator")
}

func TestRow000_02To04WhatTheRolesAreFor(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, "conversations-basic")
	wantDescription(t, p, "agent", "adviser", "customers", "manages conversations")
	wantDescription(t, p, "supervisor", "supports agents", "monitors how they perform")
	wantDescription(t, p, "administrator", "general configuration")
	m := tenantOf(t, "conversations-basic")
	supervisor := ana("supervisor").as(directory.AsUser, billing)
	asks(t, m, slices.Concat(
		every("000-02", ana("agent"), hers, true, "conversations.access", "conversations.view", "conversations.reply", "conversations.close"),
		every("000-02", ana("agent"), othersInBilling, false, "conversations.view", "conversations.reply", "conversations.close", "conversations.assign"),
		every("000-03", supervisor, othersInBilling, true, "conversations.view", "metrics.view", "monitoring.dashboard.view", "reports.conversations.generate", "reports.view"),
		every("000-03", supervisor, othersInSupport, false, "conversations.view", "metrics.view", "monitoring.dashboard.view", "reports.conversations.generate"),
		every("000-03", ana("agent"), anything, false, "monitoring.dashboard.view", "reports.view"),
		every("000-04", ana("administrator"), anything, true, "settings.view", "settings.manage", "roles.manage", "groups.manage",
			"groups.members.manage", "statuses.manage", "tags.manage", "templates.manage", "billing.manage", "users.create", "users.role.assign"),
		every("000-04", ana("administrator"), othersInSupport, true, "conversations.view"),
		every("000-04", supervisor, anything, false, "roles.manage", "statuses.manage", "groups.manage", "users.create"),
		every("000-05", ana("administrator"), anything, true, "users.create", "users.import_csv"),
	))
	d := m.Decide(supervisor, "settings.manage", anything)
	if !d.Allowed || d.Unbounded() || d.Scope != directory.ScopePart {
		t.Errorf("a supervisor changes a part of the settings and not all of them: %+v", d)
	}
	if d := m.Decide(ana("administrator"), "settings.manage", anything); !d.Unbounded() {
		t.Errorf("an administrator changes all of the settings: %+v", d)
	}
}

func TestRow000_06To11WhatAPersonNeedsAndBeginsWith(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, "conversations-basic")
	wantSetting(t, p, "user.required_fields", "email,role")    // 000-06, 000-09
	wantSetting(t, p, "login.identifiers", "email")            // 000-07
	wantSetting(t, p, "login.identifiers.duplicate", "refuse") // 000-07
	wantSetting(t, p, "user.email.mutable", "never")           // 000-08
	wantSetting(t, p, "roles.cardinality", "one")              // 000-09
	wantSetting(t, p, "presence.initial_status", "offline")    // 000-10
	wantSetting(t, p, "presence.statuses", "on")               // 000-25
	asks(t, tenantOf(t, p.Name), []ask{
		{"000-10", ana("agent"), "status.set_own", anything, true},
		{"000-11", ana("administrator"), "status.set_other", anything, true},
		{"000-11", ana("agent"), "status.set_other", anything, false},
	})
}

// reportingAdmin is the page's own example of a custom role.
func reportingAdmin() directory.Role {
	return directory.Role{
		Key: "reporting_admin", Name: "Reporting Admin", Kind: directory.CustomRole, Rank: 15,
		Permissions: []directory.RolePermission{
			{Key: "reports.view", Scope: directory.ScopeNone, Mode: directory.Granted},
			{Key: "reports.conversations.generate", Scope: directory.ScopeGroup, Mode: directory.Granted},
		},
	}
}

func TestRow000_19To24CustomRoles(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, "conversations-basic")
	wantSetting(t, p, "roles.model", "custom") // 000-19
	custom := reportingAdmin()
	if err := CheckRole(custom); err != nil {
		t.Errorf("000-20: %v", err)
	}
	nameless := custom
	nameless.Name = " "
	if err := CheckRole(nameless); directory.KindOf(err) != directory.Invalid {
		t.Errorf("000-20: a role without a name: %v", err)
	}
	restricted := custom
	restricted.Key, restricted.Name = "no_exports", "No exports"
	restricted.Permissions = []directory.RolePermission{
		{Key: "reports.conversations.export", Mode: directory.Denied},
		{Key: "conversations.view", Mode: directory.Denied, Scope: directory.ScopeOwn},
	}
	if err := CheckRole(restricted); err != nil {
		t.Errorf("000-22: %v", err)
	}
	m := tenantOf(t, p.Name, func(o *Options) { o.Roles = append(o.Roles, custom, restricted) })
	reporter := ana(custom.Key).as(directory.AsUser, billing)
	both := ana("administrator", restricted.Key)
	asks(t, m, []ask{
		{"000-21", reporter, "reports.view", anything, true},
		{"000-21", reporter, "reports.conversations.generate", nobodysBilling, true},
		{"000-21", reporter, "reports.conversations.export", nobodysBilling, false},
		{"000-21", reporter, "settings.view", anything, false},
		{"000-22", reporter, "reports.conversations.generate", othersInSupport, false},
		{"000-22", both, "reports.conversations.export", anything, false},
		{"000-22", both, "conversations.view", hers, false},
		{"000-22", both, "conversations.view", othersInBilling, true},
		{"000-23", ana("administrator"), "users.role.assign", anything, true},
		{"000-24", ana("agent"), "conversations.reply", hers, true},
	})
}

func TestRow000_25To32Statuses(t *testing.T) {
	t.Parallel()
	for _, p := range Presets() {
		got := map[string]directory.Status{}
		for _, s := range p.Statuses {
			got[s.Key] = s
			if s.Icon == "" || s.Description == "" || s.Name == "" { // 000-26, 000-27, 000-28
				t.Errorf("%s: the status %q wants an icon, a name and a description: %+v", p.ID(), s.Key, s)
			}
		}
		if s := got["offline"]; s.Receives || !s.Active || !s.System {
			t.Errorf("%s: offline receives nothing, can be chosen and stays: %+v", p.ID(), s)
		}
		if s := got["online"]; !s.Receives || !s.Active || !s.System {
			t.Errorf("%s: online receives, can be chosen and stays: %+v", p.ID(), s)
		}
	}
	m := tenantOf(t, "conversations-basic")
	asks(t, m, every("000-25", ana("administrator"), anything, true, "statuses.manage"))
	asks(t, m, every("000-25", ana("supervisor"), anything, false, "statuses.manage"))
}
