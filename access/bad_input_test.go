package access

import (
	"strings"
	"testing"

	"rollcall/directory"
)

// Whoever asks something senseless gets a denial with a reason, and never more.
func TestSenselessQuestionsAreDenied(t *testing.T) {
	t.Parallel()
	m := tenantOf(t, "whatsapp-team", func(o *Options) {
		o.Profiles = []directory.Profile{{ID: "orphan", Role: "gone"}, {ID: "foreign", Role: "administrator"}}
	})
	for name, c := range map[string]struct {
		h          Holder
		permission string
		r          Resource
		kind, text string
	}{
		"an unknown permission":     {ana("administrator"), "conversations.vew", anything, UnknownStep, `did you mean "conversations.view"?`},
		"no permission":             {ana("administrator"), "", anything, UnknownStep, "no such permission"},
		"a long permission":         {ana("administrator"), strings.Repeat("x", 1<<16), anything, UnknownStep, "no such permission"},
		"an unknown role":           {ana("admin"), "users.create", anything, RoleStep, `no role "admin"`},
		"no role":                   {ana(), "users.create", anything, RoleStep, "no role"},
		"nobody":                    {Holder{}, "users.create", anything, StateStep, "unknown"},
		"a state that there is not": {Holder{ID: "ana", State: "enabled", Roles: []string{"administrator"}}, "users.create", anything, StateStep, "enabled"},
		"suspended":                 {Holder{ID: "ana", State: directory.Suspended, Roles: []string{"administrator"}}, "users.create", anything, StateStep, "suspended"},
		"pending":                   {Holder{ID: "ana", State: directory.Pending, Roles: []string{"administrator"}}, "users.create", anything, StateStep, "pending"},
		"a kind of membership as a role": {
			ana(MembershipSupervisor), "conversations.reply", anything, RoleStep, "no role",
		},
		"an unknown group":         {ana("attendant").as(directory.AsSupervisor, "gone"), "conversations.reply", Resource{AgentGroup: "gone"}, MembershipStep, "none gives it here"},
		"an archived group":        {ana("attendant").as(directory.AsSupervisor, closed), "conversations.reply", Resource{AgentGroup: closed}, MembershipStep, "none gives it here"},
		"a kind that there is not": {ana("attendant").as("boss", billing), "conversations.reply", Resource{AgentGroup: billing}, MembershipStep, "none gives it here"},
		"no id, and nobody's":      {Holder{State: directory.Active, Roles: []string{"restricted_attendant"}}, "conversations.view", Resource{Campaign: "c1"}, ScopeStep, "beyond"},
		"no id, and no owner":      {Holder{State: directory.Active, Roles: []string{"restricted_attendant"}}, "conversations.view", Resource{Person: &Holder{}}, ScopeStep, "beyond"},
	} {
		d := m.Decide(c.h, c.permission, c.r)
		if d.Allowed || len(d.Chain) == 0 || d.Chain[0].Kind != c.kind || !strings.Contains(d.Chain[0].Text, c.text) || d.Permission != c.permission {
			t.Errorf("%s: %+v", name, d)
		}
		for _, e := range m.Effective(c.h) {
			if c.h.State != directory.Active || len(c.h.Roles) == 0 {
				t.Errorf("%s: they have %s", name, e.Key)
			}
		}
	}
}

// A model of nothing, and options and profiles that refer to nothing.
func TestWhatRefersToNothingGivesNothing(t *testing.T) {
	t.Parallel()
	h := ana("administrator", "agent").with("agent:gone", "gone:gone", "", ":", "agent").as(directory.AsBoth, billing)
	h.Profile = "gone"
	for name, m := range map[string]*Model{"zero": Compile(Options{}), "nil lists": Compile(Options{Roles: nil, Modules: nil})} {
		if got := m.Effective(h); len(got) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
		if _, ok := m.Ceiling("administrator"); ok {
			t.Errorf("%s: there is a ceiling", name)
		}
		if got := m.Eligible(Standing{Holder: h}, directory.WorkGroup{}, ""); len(got) == 0 {
			t.Errorf("%s: eligible", name)
		}
	}
	m := tenantOf(t, "")
	if a, b := len(m.Effective(ana("agent"))), len(m.Effective(ana("agent").with("agent:gone", "administrator:x"))); a != b {
		t.Errorf("options that there are not give %d permissions, want %d", b, a)
	}
	// Nobody knows what an unknown profile takes away: what its modules would hold is off.
	cc := tenantOf(t, contactCentre)
	asks(t, cc, []ask{
		{"004-20", ana("agent").profiled("gone"), "contacts.view", hers, false},
		{"004-13", ana("agent").profiled("gone"), "workspace.access", anything, true},
		{"004-20", ana("agent").profiled("gone"), "status.set_own", anything, true},
	})
}

// Permissions of roles that the catalogue does not have, or not like this, give nothing; denials of that kind deny.
func TestMalformedRolesGiveNothing(t *testing.T) {
	t.Parallel()
	m := Compile(Options{
		Roles: []directory.Role{{Key: "odd", Name: "Odd", Permissions: []directory.RolePermission{
			{Key: "contacts.vieww", Scope: directory.ScopeAll, Mode: directory.Granted},
			{Key: "contacts.view", Scope: "planet", Mode: directory.Granted},
			{Key: "contacts.edit", Mode: directory.Granted},
			{Key: "contacts.export", Scope: directory.ScopeNone, Mode: "maybe"},
			{Key: "contacts.block", Scope: directory.ScopeNone, Mode: directory.Granted},
			{Key: "reports.view", Scope: directory.ScopeNone, Mode: directory.Granted},
			{Key: "reports.view", Scope: "planet", Mode: directory.Denied},
			{Key: "orders.view", Mode: directory.Optional, Scope: directory.ScopeOwn},
			{Key: "conversations.reply", Mode: directory.ByMembership},
		}, Options: []directory.RoleOption{{Key: "o", Permissions: []directory.RolePermission{
			{Key: "orders.view", Mode: directory.ByMembership}, {Key: "orders.nothing", Mode: directory.Granted},
		}}}}, {Key: MembershipUser, Permissions: []directory.RolePermission{{Key: "conversations.reply", Mode: directory.Denied}}}},
		AgentGroups: []directory.WorkGroup{agentGroup(billing, "Billing", "")},
	})
	got := m.Effective(ana("odd").with("odd:o").as(directory.AsUser, billing))
	if len(got) != 1 || got[0].Key != "contacts.block" {
		t.Errorf("they have %+v, want contacts.block", got)
	}
	if d := m.Decide(ana("odd"), "reports.view", anything); d.Allowed || d.Chain[0].Kind != DenialStep {
		t.Errorf("a denial that is not understood: %+v", d)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"conversation.view": "conversations.view", "USERS.CREATE": "users.create", " users.creat ": "users.create",
		"": "", "zzz": "", strings.Repeat("users.", 20): "", "\xff\xfe": "",
	} {
		if got := Nearest(word); got != want {
			t.Errorf("%q is near %q, want %q", word, got, want)
		}
	}
	if _, ok := PermissionNamed("users"); ok {
		t.Error("a module is no permission")
	}
	if p, ok := PermissionNamed("users.create"); !ok || p.Risk != PrivilegedRisk {
		t.Errorf("users.create: %+v", p)
	}
}
