package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rollcall/directory"
)

// cutsOf counts, for a guard, who else was cut after an instant.
func cutsOf(t *testing.T, db *DB, tenant, connection string, after time.Time, people ...string) (others int) {
	t.Helper()
	mustWrite(t, db, tenant, func(tx *Tx) (err error) {
		others, _, err = tx.Cuts(connection, after, append(people, "nobody"), 10)
		return err
	})
	return others
}

func TestActiveAccountsAreCountedUntilThereAreEnough(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		mustWrite(t, db, tenant, func(tx *Tx) error {
			for i := range int64(12) {
				id := fmt.Sprint("p", i)
				if err := tx.PutPerson(directory.User{ID: id, DisplayID: i + 1, State: directory.Active, Onboarded: true, UserName: id}, nil); err != nil {
					return err
				}
				a := userOf("okta", id, id, "")
				if a.Active = i%4 != 0; i > 9 {
					a.Connection = "entra"
				}
				if _, err := tx.InsertAccount(a, i+1, "c"); err != nil {
					return err
				}
			}
			tx.EndAccount("p9", "okta", "c")
			return nil
		})
		for enough, want := range map[int64]int64{100: 6, 6: 6, 4: 4, 1: 1} {
			if n, err := db.Reader(tenant).ActiveAccounts(t.Context(), "okta", enough); err != nil || n != want {
				t.Errorf("up to %d: %d (%v), want %d", enough, n, err, want)
			}
		}
		if n, err := db.Reader("other").ActiveAccounts(t.Context(), "okta", 100); err != nil || n != 0 {
			t.Errorf("another tenant counts %d (%v)", n, err)
		}
	})
}

func TestCutsCountPeopleOnceAndAreForgottenUnlessSomethingIsHeld(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant, began := tenantIn(t, db), time.Now().Add(-time.Minute)
		for i, who := range []string{"a", "b", "a", "c"} {
			mustWrite(t, db, tenant, func(tx *Tx) error {
				tx.PutCut("okta", who, fmt.Sprint("change", i))
				return nil
			})
		}
		for _, test := range []struct {
			connection string
			after      time.Time
			people     []string
			want       int
		}{
			{"okta", began, nil, 3},
			{"okta", began, []string{"b", "z"}, 2},
			{"okta", time.Now().Add(time.Minute), nil, 0},
			{"entra", began, nil, 0},
		} {
			if n := cutsOf(t, db, tenant, test.connection, test.after, test.people...); n != test.want {
				t.Errorf("%s, but for %v: %d, want %d", test.connection, test.people, n, test.want)
			}
		}
		hold := func(until time.Time) {
			mustWrite(t, db, tenant, func(tx *Tx) error {
				s, err := tx.LockSource("okta")
				s.HeldUntil = until
				tx.PutSource(s)
				return err
			})
		}
		hold(time.Now())
		later := time.Now().Add(time.Minute)
		if err := db.Ops().ForgetCuts(t.Context(), later); err != nil || cutsOf(t, db, tenant, "okta", began) != 3 {
			t.Errorf("forgotten although something is held (%v)", err)
		}
		hold(time.Time{})
		if err := db.Ops().ForgetCuts(t.Context(), began); err != nil || cutsOf(t, db, tenant, "okta", began) != 3 {
			t.Errorf("forgotten too early (%v)", err)
		}
		if err := db.Ops().ForgetCuts(t.Context(), later); err != nil || cutsOf(t, db, tenant, "okta", began) != 0 {
			t.Errorf("not forgotten (%v)", err)
		}
	})
}

func TestPeopleWhoseRightsAreHeldAreFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant, r := tenantIn(t, db), db.Reader("")
		r.tenant = tenant
		soon, past := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond), time.Now().Add(-time.Hour).UTC().Truncate(time.Microsecond)
		mustWrite(t, db, tenant, func(tx *Tx) error {
			put := func(person, connection string, until *time.Time) {
				g := directory.Grant{
					Entitlement: directory.Entitlement{Kind: directory.RoleEntitlement, Target: "agent"},
					Origin:      directory.Origin{Kind: directory.FromRule, Rule: "r", Group: "g", Connection: connection}, HeldUntil: until,
				}
				tx.PutGrant(person, g, "c")
				tx.PutCut("okta", person, "c")
			}
			put("soon", "okta", &soon)
			put("past", "okta", &past)
			put("free", "okta", nil)
			put("theirs", "entra", &soon)
			tx.PutHold(directory.Hold{ID: "h", Person: "kept", Subject: "role:administrator", Effect: directory.Deny, Actor: "guard:okta", Reason: "x"}, "c")
			tx.PutHold(directory.Hold{ID: "i", Person: "other", Subject: "role:administrator", Effect: directory.Deny, Actor: "person:ana", Reason: "x"}, "c")
			return nil
		})
		for over, want := range map[bool][]string{false: {"kept", "past", "soon"}, true: {"past"}} {
			if got, err := r.PeopleHeld(t.Context(), "okta", "guard:okta", over); err != nil || !slices.Equal(got, want) {
				t.Errorf("over %t: %v (%v), want %v", over, got, err, want)
			}
		}
		if first, err := r.FirstHeld(t.Context(), "okta"); err != nil || !first.Equal(past) {
			t.Errorf("the first goes at %s (%v), want %s", first, err, past)
		}
		if some, err := r.Withheld(t.Context(), "guard:okta"); err != nil || !some {
			t.Errorf("withheld: %t (%v)", some, err)
		}
		if some, err := r.Withheld(t.Context(), "guard:entra"); err != nil || some {
			t.Errorf("withheld by another: %t (%v)", some, err)
		}
	})
}
