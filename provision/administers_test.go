package provision_test

import (
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// Whatever is done by hand to rights, somebody is left who administers the tenant. Leavers win.
func TestNothingByHandTakesTheLastAdministrator(t *testing.T) {
	t.Parallel()
	ruled := func(d *desk) string {
		d.configure(func(c *store.Configuration) {
			c.Rules = append(c.Rules, directory.Rule{ID: "r", Name: "chiefs", When: `title eq "Chief"`, Roles: []string{"administrator"}, ManagedBy: directory.ByManifest})
		})
		return d.user(d.okta, "ana@example.com", "1", map[string]any{"title": "Chief"}).ID
	}
	atDesk(t, "", map[string]func(*testing.T, *desk){
		"a hold of the role": func(t *testing.T, d *desk) {
			id := ruled(d)
			hold := directory.Hold{Person: id, Subject: "role:administrator", Effect: directory.Deny, Reason: "trial"}
			_, err := d.engine.PlaceHold(t.Context(), d.admin, hold)
			d.wantKind(err, directory.Conflict)
			d.person("bea", role("administrator"))
			if _, err := d.engine.PlaceHold(t.Context(), d.admin, hold); err != nil {
				t.Error(err)
			}
		},
		"a suspension is a loss of state": func(t *testing.T, d *desk) {
			id := ruled(d)
			if got := roles(d.view(id)); len(got) != 1 || got[0] != "administrator" {
				t.Fatalf("roles %v", got)
			}
			d.must(d.engine.Suspend(t.Context(), d.admin, id, provision.PersonOptions{}))
		},
	})
}
