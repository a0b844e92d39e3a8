package admin_test

import (
	"slices"
	"testing"

	"rollcall/admin"
	"rollcall/directory"
)

// Leavers win: the directory may take the last administrator away, and the tenant is told.
func TestLeaverWhoWasTheLastAdministratorIsTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		s := acme()
		s.Rules = append(s.Rules, rule("bosses", directory.Rule{Group: "CC-Admins", Roles: []string{"administrator"}}))
		d.apply(s)
		ada := d.person("ada")
		_, err := d.engine.CreateGroup(t.Context(), d.okta(), directory.Group{DisplayName: "CC-Admins", Attributes: directory.Attributes{"displayName": "CC-Admins"}}, []directory.Member{{ID: ada}})
		if err != nil {
			t.Fatal(err)
		}
		s.Name = "Acme, confirmed" // applying is the confirmation that the privileged rule waits for
		d.apply(s)
		if d.lonely() {
			t.Fatal("told while ada administers")
		}
		if err := d.engine.DeleteUser(t.Context(), d.okta(), ada, nil); err != nil {
			t.Fatalf("a leaver was refused: %v", err)
		}
		if !d.lonely() {
			t.Error("nobody was told that the last administrator left")
		}
	})
}

func (d *desk) lonely() bool {
	d.t.Helper()
	list, err := d.admin.Notices(d.t.Context(), d.configuration())
	if err != nil {
		d.t.Fatal(err)
	}
	return slices.ContainsFunc(list, func(n admin.Notice) bool { return n.About == "no_administrator" })
}
