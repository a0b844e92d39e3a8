package access

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"rollcall/directory"
)

const contactCentre = "campaign-contact-centre"

// profileOf is a profile of the page's preset that could be saved.
func profileOf(t *testing.T, role string, modules ...string) directory.Profile {
	t.Helper()
	r := roleOf(t, presetNamed(t, contactCentre), role)
	p := directory.Profile{ID: "profile", Name: "Night shift", Role: role, Icon: "moon", Modules: modules}
	if err := CheckProfile(p, r); err != nil {
		t.Fatalf("a profile of the role %s with %q: %v", role, modules, err)
	}
	return CompleteProfile(p, r)
}

func withProfile(p directory.Profile) func(*Options) {
	return func(o *Options) { o.Profiles = append(o.Profiles, p) }
}

func TestRow004_03To09TheRoles(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, contactCentre)
	wantRoles(t, p, "owner", "administrator", "agent") // 004-03
	wantSetting(t, p, "roles.cardinality", "one")
	wantSetting(t, p, "roles.model", "profiles") // 004-02, 004-03
	wantSetting(t, p, "owner.single", "on")      // 004-04
	if !roleOf(t, p, "owner").Owner || roleOf(t, p, "administrator").Owner {
		t.Error("004-04: the owner role is the owner's, and no other is")
	}
	wantDescription(t, p, "owner", "only owner", "full access")
	m := tenantOf(t, p.Name)
	owner, administrator, agent := ana("owner"), ana("administrator").working("c1"), ana("agent")
	agents, others := Resource{Person: ana("agent").ben()}, Resource{Person: ana("administrator").ben()}
	own := Resource{Person: &administrator}
	over := []string{"users.deactivate", "users.reactivate", "users.delete", "users.role.assign", "users.bulk_edit", "status.set_other"}
	change := []string{"campaigns.manage", "queues.manage", "strategies.manage", "contacts.edit", "conversations.reply"}
	asks(t, m, slices.Concat(
		every("004-01", administrator, others, true, "users.view"),
		every("004-04", owner, anything, true, "ownership.transfer"),
		every("004-04", administrator, anything, false, "ownership.transfer"),
		every("004-05", owner, othersInC2, true, change...),
		every("004-05", owner, anything, true, "settings.manage", "billing.manage", "connections.manage", "pbx.manage", "console.tenant.manage"),
		every("004-06", administrator, othersInC2, true, "contacts.view", "activities.view", "conversations.view", "campaigns.view", "metrics.view"),
		every("004-06", administrator, anything, false, "billing.manage", "connections.manage", "pbx.manage", "console.tenant.manage"),
		every("004-07", administrator, agents, true, over...),
		every("004-07", administrator, others, false, over...),
		every("004-07", administrator, own, false, "users.deactivate", "users.role.assign"),
		every("004-07", administrator, Resource{Person: ana().ben()}, false, over...),
		every("004-07", administrator, Resource{Person: ana("agent", "administrator").ben()}, false, over...),
		every("004-08", administrator, othersInC1, true, change...),
		every("004-08", administrator, othersInC2, false, change...),
		every("004-09", agent, anything, true, "calls.handle", "workspace.access", "strategies.work"),
		every("004-09", agent, anything, false, "users.view", "settings.view", "campaigns.manage", "strategies.manage", "reports.view"),
	))
	if d := m.Decide(administrator, "settings.manage", anything); !d.Allowed || d.Unbounded() {
		t.Errorf("004-06: an administrator changes what is of their campaigns: %+v", d)
	}
}

func TestRow004_10To13Profiles(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, contactCentre)
	m := tenantOf(t, contactCentre)
	asks(t, m, slices.Concat(
		every("004-10", ana("owner"), anything, true, "profiles.manage"),
		every("004-10", ana("administrator"), anything, true, "profiles.manage"),
		every("004-10", ana("agent"), anything, false, "profiles.manage"),
		every("004-23", ana("administrator"), anything, true, "users.profile.assign"),
	))
	for _, role := range []string{"administrator", "agent"} { // 004-10, 004-11
		profileOf(t, role, "module.crm")
	}
	ownerProfile := directory.Profile{Name: "Deputy", Role: "owner", Icon: "crown"}
	if err := CheckProfile(ownerProfile, roleOf(t, p, "owner")); directory.KindOf(err) != directory.Invalid {
		t.Errorf("004-12: a profile of the owner's role: %v", err)
	}
	// 004-13: whatever somebody stored, an agent's profile has Workspace.
	for _, profile := range []directory.Profile{
		profileOf(t, "agent"), profileOf(t, "agent", "module.crm"),
		{ID: "profile", Name: "Bare", Role: "agent", Icon: "moon", Modules: []string{}},
	} {
		bare := tenantOf(t, contactCentre, withProfile(profile))
		asks(t, bare, every("004-13", ana("agent").profiled("profile"), anything, true, "workspace.access", "strategies.work", "calls.handle"))
	}
	if got := profileOf(t, "agent").Modules; !slices.Contains(got, "module.workspace") {
		t.Errorf("004-13: Workspace is added to %q", got)
	}
}

func TestRow004_14To16ContactsAndWorkspace(t *testing.T) {
	t.Parallel()
	with := tenantOf(t, contactCentre, withProfile(profileOf(t, "administrator", "module.crm", "module.workspace")))
	without := tenantOf(t, contactCentre, withProfile(profileOf(t, "administrator", "module.crm")))
	agents := tenantOf(t, contactCentre, withProfile(profileOf(t, "agent", "module.crm")))
	agent, administrator := ana("agent").profiled("profile"), ana("administrator").profiled("profile")
	others := Resource{Owner: "ben"}
	workspace := []string{"workspace.access", "strategies.work", "calls.handle", "conversations.auto_distribution"}
	asks(t, agents, slices.Concat(
		every("004-14", agent, hers, true, "contacts.view", "activities.view"),
		every("004-14", agent, others, false, "contacts.view", "activities.view"),
	))
	asks(t, with, slices.Concat(
		every("004-15", administrator, anything, true, workspace...),
		every("004-16", administrator, others, true, "contacts.view", "activities.view"),
	))
	asks(t, without, slices.Concat(
		every("004-15", administrator, anything, false, workspace...),
		every("004-16", administrator, others, true, "contacts.view", "activities.view"),
	))
	// Somebody without a profile has what profiles of the role begin with, and the owner takes part by an option.
	plain := tenantOf(t, contactCentre)
	asks(t, plain, slices.Concat(
		every("004-15", ana("administrator"), anything, false, workspace...),
		every("004-15", ana("owner"), anything, false, "workspace.access", "conversations.auto_distribution"),
		every("004-15", ana("owner").with("owner:agent_mode"), anything, true, "workspace.access", "strategies.work", "conversations.auto_distribution"),
	))
}

func TestRow004_17And18IconAndDescription(t *testing.T) {
	t.Parallel()
	role := roleOf(t, presetNamed(t, contactCentre), "agent")
	good := directory.Profile{Name: "Night shift", Role: "agent", Icon: "moon"}
	for text, want := range map[string]bool{
		"":                        true,
		strings.Repeat("a", 75):   true,
		strings.Repeat("a", 76):   false,
		strings.Repeat("ñ", 75):   true, // characters and not bytes
		strings.Repeat("ñ", 76):   false,
		"not UTF-8: \xff\xfe\xfd": false,
	} {
		p := good
		p.Description = text
		if err := CheckProfile(p, role); (err == nil) != want {
			t.Errorf("004-18: a description of %d bytes: %v", len(text), err)
		}
	}
	iconless := good
	iconless.Icon = ""
	if err := CheckProfile(iconless, role); directory.KindOf(err) != directory.Invalid {
		t.Errorf("004-17: a profile without an icon: %v", err)
	}
}

// moduleTable is which modules a profile of each role may have: f forced, y from the start, + to be chosen, - never.
var moduleTable = map[string][2]string{
	"module.mini_menu": {"y", "-"}, "module.operations": {"y", "-"}, "module.crm": {"y", "y"}, "module.supervision": {"y", "-"},
	"module.agenda": {"y", "y"}, "module.workspace": {"+", "f"}, "module.connections": {"-", "-"}, "module.platform_settings": {"y", "-"},
	"module.flows": {"y", "-"}, "module.pbx": {"-", "-"}, "module.plans_billing": {"-", "-"}, "module.reports": {"y", "-"},
}

func TestRow004_20And62ModulesOfTheRoles(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, contactCentre)
	if len(p.Modules) != 12 || len(moduleTable) != 12 { // 004-62
		t.Fatalf("%d modules, want 12", len(p.Modules))
	}
	m := tenantOf(t, contactCentre)
	modes := map[string]directory.Mode{"f": directory.Forced, "y": directory.Granted, "+": directory.Optional}
	for i, role := range []string{"administrator", "agent"} {
		c, ok := m.Ceiling(role)
		if !ok || !c.Profiles {
			t.Fatalf("004-20: the role %s has profiles: %+v", role, c)
		}
		got, want := map[string]directory.Mode{}, map[string]directory.Mode{}
		for _, x := range c.Modules {
			got[x.Key] = x.Mode
			if x.Name == "" || len(x.Permissions) == 0 && x.Mode != directory.Optional {
				t.Errorf("004-20: %s of the role %s offers nothing", x.Key, role)
			}
		}
		for key, codes := range moduleTable {
			if mode, ok := modes[codes[i]]; ok {
				want[key] = mode
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("004-20: the role %s offers %v, want %v", role, got, want)
		}
		begins := CompleteProfile(directory.Profile{Role: role}, roleOf(t, p, role))
		for key, mode := range want {
			if slices.Contains(begins.Modules, key) != (mode != directory.Optional) {
				t.Errorf("004-20: a new profile of the role %s begins with %q", role, begins.Modules)
			}
		}
		bad := directory.Profile{Name: "Bills", Role: role, Icon: "coin", Modules: []string{"module.plans_billing"}}
		if err := CheckProfile(bad, roleOf(t, p, role)); directory.KindOf(err) != directory.Invalid {
			t.Errorf("004-20: a profile of the role %s beyond its ceiling: %v", role, err)
		}
	}
	if c, ok := m.Ceiling("owner"); !ok || c.Profiles || len(c.Modules) > 0 {
		t.Errorf("004-12: the owner has no profiles: %+v", c)
	}
	kept := tenantOf(t, contactCentre, withProfile(profileOf(t, "administrator", "module.reports")))
	asks(t, kept, slices.Concat(
		every("004-20", ana("administrator").profiled("profile"), anything, true, "reports.view", "metrics.view"),
		every("004-20", ana("administrator").profiled("profile"), anything, false, "contacts.view", "users.create", "campaigns.manage", "settings.view"),
	))
}

// Every permission that a role of the preset has is in a module, or works without one for a reason.
func TestModulesHoldEveryPermission(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, contactCentre)
	free := map[string]string{"status.set_own": "everybody has it", "ownership.transfer": "the owner has no profiles"}
	held := map[string]bool{}
	for _, m := range p.Modules {
		for _, key := range m.Permissions {
			held[key] = true
			if _, ok := PermissionNamed(key); !ok {
				t.Errorf("%s holds %s, which there is not", m.Key, key)
			}
		}
	}
	for _, role := range platformRoles(p) {
		for _, x := range roleOf(t, p, role).Permissions {
			if !held[x.Key] && free[x.Key] == "" {
				t.Errorf("no module holds %s of the role %s", x.Key, role)
			}
		}
	}
}

func TestRow004_22Colours(t *testing.T) {
	t.Parallel()
	p := presetNamed(t, contactCentre)
	for role, want := range map[string]string{"agent": "orange", "administrator": "sky blue"} {
		if got := roleOf(t, p, role).Colour; got != want {
			t.Errorf("the role %s is %q, want %q", role, got, want)
		}
	}
}
