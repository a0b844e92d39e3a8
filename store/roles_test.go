package store

import (
	"testing"

	"rollcall/directory"
)

// What somebody does with a configuration that they read is not seen by the next who reads it.
func TestARoleThatWasReadIsNobodyElses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		role := func() directory.RolePermission {
			return directory.RolePermission{Key: "users.view", Mode: directory.Granted}
		}
		mustWrite(t, db, tenant, func(tx *Tx) error {
			tx.PutRole(directory.Role{
				Key: "agent", Name: "Agent", Kind: directory.CustomRole, Permissions: []directory.RolePermission{role()},
				Options: []directory.RoleOption{{Key: "o", Name: "O", Permissions: []directory.RolePermission{role()}}}, Modules: []directory.RoleModule{{Key: "m"}},
			})
			return nil
		})
		for range 3 {
			c, err := db.Reader(tenant).Configuration(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			r := c.Roles[0]
			if r.Permissions[0] != role() || r.Options[0].Key != "o" || r.Options[0].Permissions[0] != role() || r.Modules[0].Key != "m" {
				t.Fatalf("read %+v", r)
			}
			r.Permissions[0].Key, r.Options[0].Permissions[0].Key, r.Options[0].Key, r.Modules[0].Key = "x", "x", "x", "x"
		}
	})
}
