package provision_test

import (
	"slices"
	"testing"

	"rollcall/provision"
	"rollcall/store"
)

// The release before writes people on the new schema without what lists and searches look for: they are found once this one
// has looked for them (DECISIONS 30).
func TestPeopleWhomTheReleaseBeforeWroteAreEnlisted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ana := b.user(b.okta, "ana@acme.test", "00u1").ID
		bo := b.user(b.okta, "bo@acme.test", "00u2").ID
		if n, err := b.engine.Enlist(t.Context(), b.tenant); err != nil || n != 0 {
			t.Errorf("%d people of our own, %v; want none", n, err)
		}
		err := b.db.Write(t.Context(), b.tenant, func(tx *store.Tx) error {
			for _, id := range []string{ana, bo} {
				people, err := tx.People(id)
				if err != nil {
					return err
				}
				u := people[0].User
				u.ListName, u.ListText = "", ""
				if id == ana {
					u.UserName = ""
				}
				if err := tx.PutPerson(u, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		found := func() int {
			t.Helper()
			page, err := b.engine.List(t.Context(), b.tenant, provision.PeopleQuery{Search: "ana"})
			if err != nil {
				t.Fatal(err)
			}
			return len(page.People)
		}
		if found() != 0 {
			t.Fatal("she is found although lists know nothing of her")
		}
		if tenants, err := b.db.Ops().Unlisted(t.Context()); err != nil || !slices.Equal(tenants, []string{b.tenant}) {
			t.Errorf("tenants %q, %v; want this one", tenants, err)
		}
		if n, err := b.engine.Enlist(t.Context(), b.tenant); err != nil || n == 0 {
			t.Errorf("%d people, %v", n, err)
		}
		b.settle()
		if found() != 1 {
			t.Error("she is not found")
		}
		if n, err := b.engine.Enlist(t.Context(), b.tenant); err != nil || n != 0 {
			t.Errorf("a second time %d people, %v", n, err)
		}
	})
}
