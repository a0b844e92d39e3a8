package admin_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
)

func TestATenantIsMadeOfItsPreset(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		me := directory.Actor{Kind: directory.ActorAPIKey, ID: "key"}
		if r, err := d.admin.CreateTenant(t.Context(), me, admin.NewTenant{Key: "acme", Preset: "call-centre"}, admin.Options{Plan: true}); err != nil || r.Status != admin.Planned {
			t.Errorf("planned %+v, %v", r, err)
		}
		if r, err := d.admin.CreateTenant(t.Context(), me, admin.NewTenant{Key: "acme", Preset: "call-centre"}, admin.Options{}); err != nil || r.Status != admin.Applied {
			t.Fatalf("made %+v, %v", r, err)
		}
		if c := d.configuration(); c.Tenant.Preset != "call-centre@1" || c.Tenant.Name != "acme" {
			t.Errorf("tenant %+v", c.Tenant)
		}
		for says, in := range map[string]admin.NewTenant{
			"there is a tenant":    {Key: "ACME"},
			"must be lower-case":   {Key: "a b"},
			`there is no preset`:   {Key: "b", Preset: "nonsense"},
			`the name "b\n" of a`:  {Key: "b", Name: "b\n"},
			"at most 63, and begi": {Key: ""},
		} {
			if _, err := d.admin.CreateTenant(t.Context(), me, in, admin.Options{}); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%+v: %v; want %q", in, err, says)
			}
		}
		d.change(func(c *store.Configuration) { c.Tenant.Name = "Acme" })
		if d.configuration().Tenant.Name != "Acme" {
			t.Error("it was not renamed")
		}
	})
}

// An export says nothing of a preset and of what rules make, and everything else, whoever owns it.
func TestAnExportIsTheTenant(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(acme())
		d.change(func(c *store.Configuration) {
			c.Settings["guard.count"] = "9"
			c.Companies = append(c.Companies, directory.Company{Name: "North"})
			c.Statuses = append(c.Statuses, directory.Status{Key: "lunch", Name: "Lunch", Active: true, Order: 7})
			c.Statuses[1].Icon = "sun"
			c.Rules = append(c.Rules, directory.Rule{Name: "made", When: `title eq "x"`, AgentGroups: outputs("Made"), Company: "North"})
			none := invented("somebody else", "Clerk")
			none.Expect = directory.RuleOutputs{Roles: []string{}, Campaigns: []string{}} // which is not the same as nothing at all
			c.Tests = append(c.Tests, invented("bosses", "Boss", "administrator"), none)
			x := shelf(nil)
			x.Link, x.Authority = "Emails", []string{"TITLE", "department"} // which a manifest spells as the schema does
			c.Connections = append(c.Connections, x)
		})
		s, err := d.admin.Export(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Work) != 1 || s.Work[0].Name != "Support" || len(s.Roles) != 0 || len(s.Statuses) != 2 || s.Preset != "standard@1" {
			t.Errorf("export %+v, want neither the rule's group nor the preset's roles", s)
		}
		if diff := cmp.Diff(map[string]string{"guard.count": "9"}, s.Settings); diff != "" {
			t.Errorf("settings (-want +got):\n%s", diff)
		}
		if l := s.Connections[1].LDAP; l.BindPassword != "" || !l.BindPasswordKept || s.Connections[1].Guarded {
			t.Errorf("connection %+v", l)
		}
		if r, err := d.admin.Apply(t.Context(), operator, s, admin.Options{}); err != nil || r.Status != admin.Nothing {
			t.Errorf("applied where it was made: %+v, %v", r.Configuration, err)
		}
		s.Tenant = "other"
		if _, err := d.admin.Apply(t.Context(), operator, s, admin.Options{}); err == nil || !strings.Contains(err.Error(), "keeps no password for the connection") {
			t.Errorf("without the password: %v", err)
		}
		s.Connections[1].LDAP.BindPasswordKept, s.Connections[1].LDAP.BindDN = false, ""
		if r, err := d.admin.Apply(t.Context(), operator, s, admin.Options{}); err != nil || r.Status != admin.Applied {
			t.Fatalf("applied elsewhere: %+v, %v", r, err)
		}
		again, err := d.admin.Export(t.Context(), "other")
		if err != nil {
			t.Fatal(err)
		}
		again.Statuses, s.Statuses = nil, nil // whose places are their own
		if diff := cmp.Diff(s, again); diff != "" {
			t.Errorf("the same elsewhere (-want +got):\n%s", diff)
		}
		if _, err := d.admin.Export(t.Context(), "none"); directory.KindOf(err) != directory.NotFound {
			t.Errorf("%v, want no such tenant", err)
		}
	})
}
