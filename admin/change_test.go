package admin_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
)

// editor is who changes the tenant in tests.
func (d *desk) editor() directory.Actor {
	d.t.Helper()
	return directory.Actor{Tenant: d.configuration().Tenant.ID, Kind: directory.ActorAPIKey, ID: "key"}
}

// change edits the tenant.
func (d *desk) change(edit func(*store.Configuration)) admin.Result {
	d.t.Helper()
	r, err := d.admin.Change(d.t.Context(), d.editor(), admin.Options{}, func(c *store.Configuration) error {
		edit(c)
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// unchanged edits the tenant in a way that is refused, and returns how.
func (d *desk) unchanged(edit func(*store.Configuration)) error {
	d.t.Helper()
	before := d.dump()
	r, err := d.admin.Change(d.t.Context(), d.editor(), admin.Options{}, func(c *store.Configuration) error {
		edit(c)
		return nil
	})
	if err == nil {
		d.t.Fatalf("status %s, want a refusal", r.Status)
	}
	if d.dump() != before {
		d.t.Error("a refused change wrote something")
	}
	return err
}

func TestAChangeIsTheConsolesAndReachesPeople(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		d.person("ada", "department", "Billing")
		r := d.change(func(c *store.Configuration) {
			c.Rules = append(c.Rules, directory.Rule{Name: "billing", When: `department eq "Billing"`, Roles: []string{"agent"}, AgentGroups: outputs("Billing")})
			c.Roles = append(c.Roles, directory.Role{Key: "lead", Name: "Lead", Permissions: []directory.RolePermission{{Key: "users.edit", Scope: directory.ScopeAll, Mode: directory.Granted}}})
			c.Settings["guard.hold"] = "48h"
		})
		var told []string
		for _, x := range r.Configuration {
			told = append(told, x.Change+" "+x.Kind+" "+x.Name)
		}
		if diff := cmp.Diff([]string{"created setting guard.hold", "created role lead", "created agent_group Billing", "created rule billing"}, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if r.Status != admin.Applied || r.Summary.Granted != 2 || d.rights("ada") != "role agent, group Billing" {
			t.Errorf("result %+v; ada has %q", r, d.rights("ada"))
		}
		c := d.configuration()
		made := c.Rules[len(c.Rules)-1]
		i := slices.IndexFunc(c.Roles, func(x directory.Role) bool { return x.Key == "lead" })
		o := c.SetBy["guard.hold"]
		if made.Name != "billing" || made.ID == "" || made.ManagedBy != directory.ByConsole || c.Roles[i].ManagedBy != directory.ByConsole || c.Roles[i].Kind != directory.CustomRole {
			t.Errorf("rule %+v, role %+v; want the console's", made, c.Roles[i])
		}
		if !c.Roles[i].Privileged {
			t.Error("a role that may edit people is not privileged")
		}
		if c.Settings["guard.hold"] != "48h0m0s" || o.ManagedBy != directory.ByConsole || o.ChangedBy != "apikey:key" || o.Version != c.Tenant.ConfigVersion {
			t.Errorf("setting %q of %+v, version %d", c.Settings["guard.hold"], o, c.Tenant.ConfigVersion)
		}
		changes, err := d.db.Reader(c.Tenant.ID).Changes(t.Context(), "config", 1)
		if err != nil || len(changes) != 1 || changes[0].Action != "tenant.changed" || changes[0].Actor.ID != "key" {
			t.Errorf("changes %+v, %v", changes, err)
		}
		if r := d.apply(acme()); r.Status != admin.Nothing {
			t.Errorf("the manifest changes what is not its own: %+v", r)
		}
		if r := d.change(func(*store.Configuration) {}); r.Status != admin.Nothing {
			t.Errorf("an edit that changes nothing: %+v", r)
		}
	})
}

func TestAChangeMayBePlannedOrLeftToTheSettler(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		d.person("ada", "department", "Billing")
		add := func(c *store.Configuration) error {
			c.Rules = append(c.Rules, directory.Rule{Name: "billing", When: `department eq "Billing"`, Roles: []string{"agent"}})
			return nil
		}
		before := d.dump()
		var told []string
		r, err := d.admin.Change(t.Context(), d.editor(), admin.Options{Plan: true, Each: func(c admin.UserChange) error {
			told = append(told, c.UserName)
			return nil
		}}, add)
		if err != nil || r.Status != admin.Planned || r.Summary.Granted != 1 || !slices.Equal(told, []string{"ada"}) || d.dump() != before {
			t.Errorf("planned %+v, %v, for %q", r, err, told)
		}
		select {
		case <-d.engine.Due(): // of what was done so far
		default:
		}
		r, err = d.admin.Change(t.Context(), d.editor(), admin.Options{Later: true}, add)
		select {
		case <-d.engine.Due():
		default:
			t.Error("the settler is not woken")
		}
		if err != nil || r.Status != admin.Applied || r.Completeness != "partial" || d.rights("ada") != "" {
			t.Errorf("later: %+v, %v; ada has %q", r, err, d.rights("ada"))
		}
		if _, err := d.engine.Settle(t.Context(), d.editor().Tenant, nil); err != nil || d.rights("ada") != "role agent" {
			t.Errorf("settled: %v; ada has %q", err, d.rights("ada"))
		}
		seen := d.configuration().Tenant.ConfigVersion
		_, err = d.admin.Change(t.Context(), d.editor(), admin.Options{Version: seen - 1}, func(c *store.Configuration) error { c.Tenant.Name = "x"; return nil })
		if directory.KindOf(err) != directory.Stale {
			t.Errorf("%v, want stale", err)
		}
		if _, err = d.admin.Change(t.Context(), d.editor(), admin.Options{Version: seen}, func(c *store.Configuration) error { c.Tenant.Name = "ACME"; return nil }); err != nil || d.configuration().Tenant.Name != "ACME" {
			t.Errorf("%v, name %q", err, d.configuration().Tenant.Name)
		}
		broken := errors.New("no")
		if _, err = d.admin.Change(t.Context(), d.editor(), admin.Options{}, func(*store.Configuration) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("%v, want the edit's own error", err)
		}
		if _, err = d.admin.Change(t.Context(), directory.Actor{Tenant: "none"}, admin.Options{}, add); directory.KindOf(err) != directory.NotFound {
			t.Errorf("%v, want no such tenant", err)
		}
	})
}

func TestWhatTheManifestOwnsIsChangedThereOrDetached(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		s := acme()
		s.Settings["guard.count"] = "7"
		s.Roles = []directory.RoleSpec{{Role: directory.Role{Key: "lead", Name: "Lead", Kind: directory.CustomRole, ManagedBy: directory.ByManifest}}}
		d.apply(s)
		for what, edit := range map[string]func(*store.Configuration){
			`the setting "guard.count" is managed by the manifest and cannot be changed here`: func(c *store.Configuration) { c.Settings["guard.count"] = "8" },
			`the setting "guard.count" is managed by the manifest and cannot be removed`:      func(c *store.Configuration) { delete(c.Settings, "guard.count") },
			`the rule "support" is managed by the manifest and cannot be removed`:             func(c *store.Configuration) { c.Rules = c.Rules[1:] },
			`the rule "support" is managed by the manifest and cannot be changed`:             func(c *store.Configuration) { c.Rules[0].When = "" },
			`the role "lead" is managed by the manifest`:                                      func(c *store.Configuration) { editRole(c, "lead", func(r *directory.Role) { r.Name = "Head" }) },
			`the connection "okta" is managed by the manifest`:                                func(c *store.Configuration) { c.Connections[0].Dialect = directory.RFC },
			`the agent group "Support" is managed by the manifest`:                            func(c *store.Configuration) { c.AgentGroups[0].Description = "x" },
			`the role "agent" is the preset's, which nobody changes`:                          func(c *store.Configuration) { editRole(c, "agent", func(r *directory.Role) { r.Name = "A" }) },
			`the role "membership.user" is the preset's`: func(c *store.Configuration) {
				editRole(c, "membership.user", func(r *directory.Role) { r.Permissions = nil })
			},
			`the role "console_viewer" is the preset's`: func(c *store.Configuration) {
				c.Roles = slices.DeleteFunc(c.Roles, func(r directory.Role) bool { return r.Key == "console_viewer" })
			},
		} {
			if err := d.unchanged(edit); directory.KindOf(err) != directory.Forbidden || !strings.Contains(strings.ReplaceAll(err.Error(), "agent_group", "agent group"), what) {
				t.Errorf("%v; want %q", err, what)
			}
		}
		for _, x := range []struct{ kind, name string }{{"rule", "Support"}, {"setting", "guard.count"}, {"role", "lead"}, {"agent_group", "Support"}, {"connection", "okta"}} {
			if r, err := d.admin.Detach(t.Context(), d.editor(), admin.Options{}, x.kind, x.name); err != nil || r.Status != admin.Applied {
				t.Errorf("detach %+v: %+v, %v", x, r, err)
			}
			if r, err := d.admin.Detach(t.Context(), d.editor(), admin.Options{}, x.kind, x.name); err != nil || r.Status != admin.Nothing {
				t.Errorf("detach %+v again: %+v, %v", x, r, err)
			}
		}
		if _, err := d.admin.Detach(t.Context(), d.editor(), admin.Options{}, "role", "agent"); directory.KindOf(err) != directory.Conflict {
			t.Errorf("the preset's role: %v", err)
		}
		if _, err := d.admin.Detach(t.Context(), d.editor(), admin.Options{}, "rule", "none"); directory.KindOf(err) != directory.NotFound {
			t.Errorf("no such rule: %v", err)
		}
		if r := d.apply(s); r.Status != admin.Nothing {
			t.Errorf("a manifest that says the same: %+v, want nothing", r.Configuration)
		}
		d.change(func(c *store.Configuration) {
			c.Settings["guard.count"] = "8"
			i := slices.IndexFunc(c.Rules, func(r directory.Rule) bool { return r.Name == "support" })
			c.Rules[i].When = `department eq "Care"`
		})
		text := d.refused(s)
		for _, want := range []string{`setting "guard.count" is managed by the console`, `rule "support" is managed by the console`} {
			if !strings.Contains(text, want) {
				t.Errorf("refusal %q, want %q", text, want)
			}
		}
	})
}

func editRole(c *store.Configuration, key string, edit func(*directory.Role)) {
	i := slices.IndexFunc(c.Roles, func(r directory.Role) bool { return r.Key == key })
	edit(&c.Roles[i])
}

func TestRenamedObjectsKeepWhatNamesThem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(directory.Spec{Tenant: "acme", Name: "Acme", Connections: []directory.ConnectionSpec{connection("okta")}})
		d.change(func(c *store.Configuration) {
			c.Companies = append(c.Companies, directory.Company{Name: "North"})
			c.AgentGroups = append(c.AgentGroups, directory.NewWorkGroup(directory.AgentGroupWork, "Billing"))
			c.Rules = append(c.Rules, directory.Rule{Name: "billing", When: `title eq "x"`, Roles: []string{"agent"}, AgentGroups: outputs("Billing"), Company: "North"})
		})
		d.person("ada", "title", "x")
		before := d.configuration()
		r := d.change(func(c *store.Configuration) {
			c.Companies[0].Name = "South"
			c.AgentGroups[0].Name = "Accounts"
			c.Rules[0].Name = "accounts"
		})
		after := d.configuration()
		if after.Rules[0].Company != "South" || after.Rules[0].AgentGroups[0].Name != "Accounts" || after.Rules[0].ID != before.Rules[0].ID || len(after.AgentGroups) != 1 {
			t.Errorf("%+v, rule %+v, groups %+v", r.Configuration, after.Rules[0], after.AgentGroups)
		}
		if got := d.rights("ada"); got != "role agent, group Accounts" {
			t.Errorf("ada has %q", got)
		}
	})
}

func TestAnAgentGroupComesBackWithItsID(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(of(""))
		add := func(c *store.Configuration) {
			c.AgentGroups = append(c.AgentGroups, directory.NewWorkGroup(directory.AgentGroupWork, "Billing"))
		}
		d.change(add)
		id := d.configuration().AgentGroups[0].ID
		d.change(func(c *store.Configuration) { c.AgentGroups = nil })
		if g := d.configuration().AgentGroups; len(g) != 1 || !g[0].Archived {
			t.Errorf("removed: %+v, want it archived", g)
		}
		d.change(add)
		if g := d.configuration().AgentGroups; len(g) != 1 || g[0].Archived || g[0].ID != id || g[0].ManagedBy != directory.ByConsole {
			t.Errorf("back: %+v, want the same", g)
		}
	})
}
