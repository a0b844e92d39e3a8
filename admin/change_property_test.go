package admin_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
)

// drawnEdit is a change that somebody makes by hand: something more, something less, something else.
func drawnEdit(t *rapid.T) func(*store.Configuration) {
	name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name")
	flip := rapid.Bool().Draw(t, "flip")
	edits := map[string]func(*store.Configuration){
		"setting": func(c *store.Configuration) { c.Settings["guard.count"] = fmt.Sprint(7 + len(name)) },
		"unset":   func(c *store.Configuration) { delete(c.Settings, "guard.count") },
		"role": func(c *store.Configuration) {
			if has(c.Roles, func(r directory.Role) bool { return r.Key == name }) < 0 {
				c.Roles = append(c.Roles, directory.Role{Key: name, Name: "Role " + name, Permissions: permissions("users.view")})
			}
		},
		"company": func(c *store.Configuration) {
			if i := has(c.Companies, func(x directory.Company) bool { return x.Name == name }); i < 0 {
				c.Companies = append(c.Companies, directory.Company{Name: name})
			}
		},
		"group": func(c *store.Configuration) {
			i := has(c.AgentGroups, func(x directory.WorkGroup) bool { return x.Name == name })
			if i < 0 {
				i = len(c.AgentGroups)
				c.AgentGroups = append(c.AgentGroups, directory.NewWorkGroup(directory.AgentGroupWork, name))
			}
			c.AgentGroups[i].Archived, c.AgentGroups[i].Distribution = false, flip
		},
		"no group": func(c *store.Configuration) { c.AgentGroups = nil },
		"campaign": func(c *store.Configuration) {
			i := has(c.Work, func(x directory.WorkGroup) bool { return x.Name == name && !x.Archived })
			var kept []directory.WorkGroup
			switch {
			case flip && i >= 0:
				kept = []directory.WorkGroup{c.Work[i]}
			case flip:
				kept = []directory.WorkGroup{{Kind: directory.CampaignWork, Name: name, ExternalRef: "1"}}
			}
			c.Work = kept
		},
		"status": func(c *store.Configuration) {
			i := has(c.Statuses, func(x directory.Status) bool { return x.Key == name })
			if i < 0 {
				i = len(c.Statuses)
				c.Statuses = append(c.Statuses, directory.Status{Key: name, Name: "Status " + name})
			}
			c.Statuses[i].Receives = flip
		},
		"seat pool": func(c *store.Configuration) {
			c.SeatPools = nil
			if flip {
				c.SeatPools = []directory.SeatPool{{Key: name, Name: name, Limit: 3}}
			}
		},
		"rule": func(c *store.Configuration) {
			c.Rules = []directory.Rule{{Name: "r", When: `title eq "x"`, AgentGroups: outputs(name), Roles: []string{"agent"}}}
			if flip {
				c.Rules = append(c.Rules, directory.Rule{Name: "s", Group: "G-{team}", AgentGroups: outputs("{team}")})
			}
		},
	}
	kind := rapid.SampledFrom([]string{"setting", "unset", "role", "company", "group", "no group", "campaign", "status", "seat pool", "rule"}).Draw(t, "kind")
	return edits[kind]
}

func has[T any](list []T, is func(T) bool) int {
	for i, x := range list {
		if is(x) {
			return i
		}
	}
	return -1
}

// Whatever was edited by hand, its export applied changes nothing, and the same edit again changes nothing.
func TestWhateverIsEditedItsExportChangesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(directory.Spec{Tenant: "acme", Name: "Acme", Connections: []directory.ConnectionSpec{connection("okta")}})
		d.person("ada", "title", "x")
		rapid.Check(t, func(rt *rapid.T) {
			for _, edit := range []func(*store.Configuration){drawnEdit(rt), drawnEdit(rt)} {
				if _, err := d.admin.Change(t.Context(), d.editor(), admin.Options{}, func(c *store.Configuration) error { edit(c); return nil }); err != nil {
					rt.Fatal(err)
				}
				before := d.dump()
				spec, err := d.admin.Export(t.Context(), "acme")
				if err != nil {
					rt.Fatal(err)
				}
				r, err := d.admin.Apply(t.Context(), operator, spec, admin.Options{})
				if err != nil || r.Status != admin.Nothing || d.dump() != before {
					rt.Fatalf("the export: %+v, %v; want nothing, and nothing written", r, err)
				}
			}
		})
	})
}
