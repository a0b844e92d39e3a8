package provision_test

import (
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// What somebody who comes back finds again is as the setting rehire.restore says: all, what the directory gives, or nothing.
func TestWhoComesBackFindsWhatTheTenantSays(t *testing.T) {
	t.Parallel()
	for restore, want := range map[string]struct {
		same  bool
		roles []string
	}{
		"restore":           {true, []string{"agent", "supervisor"}},
		"restore_directory": {true, []string{"agent"}},
		"new":               {false, nil},
	} {
		t.Run(restore, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, b *bench) {
				b.configure(func(c *store.Configuration) {
					c.Settings["rehire.restore"] = restore
					c.Rules = append(c.Rules, directory.Rule{ID: "r", Name: "agents", Group: "CC-Agents", Roles: []string{"agent"}, ManagedBy: directory.ByManifest})
				})
				ana := b.user(b.okta, "ana@acme.test", "00u1").ID
				b.group(b.okta, "CC-Agents", ana)
				key := directory.Actor{Tenant: b.tenant, Kind: directory.ActorAPIKey, ID: "key"}
				if _, err := b.engine.Assign(t.Context(), key, ana, provision.Assignment{Add: []directory.Entitlement{role("supervisor")}}, provision.PersonOptions{}); err != nil {
					t.Fatal(err)
				}
				if v := b.view(ana); !slices.Equal(roles(v), []string{"agent", "supervisor"}) {
					t.Fatalf("roles %v to begin with", roles(v))
				}
				if err := b.engine.DeleteUser(t.Context(), b.okta, ana, nil); err != nil {
					t.Fatal(err)
				}
				back := b.user(b.okta, "ana@acme.test", "00u1").ID
				if v := b.view(back); (back == ana) != want.same || !slices.Equal(roles(v), want.roles) {
					t.Errorf("the same person %t with the roles %v, want %t with %v", back == ana, roles(v), want.same, want.roles)
				}
			})
		})
	}
}
