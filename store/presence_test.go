package store

import (
	"testing"
	"time"

	"rollcall/directory"
)

// present makes somebody who is in a status.
func present(t *testing.T, db *DB, tenant, id, status string) {
	t.Helper()
	mustWrite(t, db, tenant, func(tx *Tx) error {
		tx.PutPresence(id, status, "", "system:test", "c1")
		return tx.PutPerson(directory.User{
			ID: id, DisplayID: int64(len(id)) + int64(id[len(id)-1]), State: directory.Active, UserName: id, Status: status,
			EvaluatedAt: FirstConfigVersion, Incomplete: []string{"role", "email|phone"}, HasExtension: true, Absent: true,
		}, nil)
	})
}

func TestPresenceIsHistory(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		now := time.Date(2030, 1, 2, 3, 4, 5, 6000, time.UTC)
		db.now = func() time.Time { return now }
		tenant := tenantIn(t, db)
		present(t, db, tenant, "ada", "offline")
		began := now
		for _, status := range []string{"online", "lunch"} {
			now = now.Add(time.Minute)
			mustWrite(t, db, tenant, func(tx *Tx) error {
				tx.PutPresence("ada", status, map[string]string{"online": "offline", "lunch": "online"}[status], "person:ada", "c2")
				return nil
			})
		}
		mustWrite(t, db, tenant, func(tx *Tx) error { // within the same instant
			tx.PutPresence("ada", "break", "lunch", "person:ada", "c3")
			return nil
		})
		got, err := db.Reader(tenant).Presences(t.Context(), "ada", 10)
		if err != nil || len(got) != 3 {
			t.Fatalf("%+v, %v; want three stretches", got, err)
		}
		if x := got[0]; x.Status != "break" || x.Until != nil || !x.Since.Equal(now) || x.SetBy != "person:ada" {
			t.Errorf("the current one is %+v", x)
		}
		if x := got[1]; x.Status != "online" || x.Previous != "offline" || x.Until == nil || !x.Until.Equal(now) {
			t.Errorf("before it was %+v", x)
		}
		if x := got[2]; x.Status != "offline" || !x.Since.Equal(began) {
			t.Errorf("first it was %+v", x)
		}
		present(t, db, tenant, "bob", "offline")
		if current, err := db.Reader(tenant).Presences(t.Context(), "bob", 1); err != nil || len(current) != 1 || current[0].Status != "offline" {
			t.Errorf("%+v, %v", current, err)
		}
		other := tenantIn(t, db)
		if got, err := db.Reader(other).Presences(t.Context(), "ada", 10); err != nil || len(got) != 0 {
			t.Errorf("another tenant sees %+v, %v", got, err)
		}
	})
}

func TestStatusInUse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		present(t, db, tenant, "ada", "lunch")
		for key, want := range map[string]bool{"lunch": true, "offline": false} {
			if got, err := db.Reader(tenant).StatusInUse(t.Context(), key); err != nil || got != want {
				t.Errorf("%s is in use: %t, %v", key, got, err)
			}
		}
		mustExec(t, db, `UPDATE person SET state = 'deprovisioned' WHERE tenant = ?`, tenant)
		if got, err := db.Reader(tenant).StatusInUse(t.Context(), "lunch"); err != nil || got {
			t.Errorf("by somebody who is gone: %t, %v", got, err)
		}
	})
}

func TestAbsencesAreKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		now := time.Date(2030, 1, 10, 0, 0, 0, 0, time.UTC)
		db.now = func() time.Time { return now }
		day := func(n int) *time.Time { x := time.Date(2030, 1, n, 0, 0, 0, 0, time.UTC); return &x }
		tenant := tenantIn(t, db)
		present(t, db, tenant, "ada", "online")
		all := []directory.Absence{
			{ID: "past", Kind: directory.Sick, From: *day(1), Until: day(3), Actor: "apikey:k"},
			{ID: "now", Kind: directory.Holiday, From: *day(9), Until: day(12), Note: "Lisbon", Actor: "connection:hr", Connection: "hr"},
			{ID: "open", Kind: directory.Other, From: *day(20), Actor: "apikey:k"},
			{ID: "cancelled", Kind: directory.Other, From: *day(30), Actor: "apikey:k"},
		}
		mustWrite(t, db, tenant, func(tx *Tx) error {
			for _, a := range all {
				a.Person = "ada"
				tx.PutAbsence(a, "c1")
			}
			return nil
		})
		mustWrite(t, db, tenant, func(tx *Tx) error { tx.EndAbsence("ada", "cancelled", "c2"); return nil })
		r := db.Reader(tenant)
		got, err := r.Absences(t.Context(), "ada", 10)
		if err != nil || len(got) != 4 || got[0].ID != "cancelled" || got[0].EndedAt == nil || got[3].ID != "past" {
			t.Errorf("%+v, %v; want all, the last first", got, err)
		}
		people, err := r.People(t.Context(), "ada")
		if err != nil || len(people[0].Absences) != 2 || people[0].Absences[0].Note != "Lisbon" || people[0].Absences[0].Connection != "hr" || people[0].Absences[1].Until != nil || people[0].Incomplete[1] != "email|phone" || !people[0].HasExtension || !people[0].Absent {
			t.Errorf("%+v, %v", people, err)
		}
		one, err := r.Absence(t.Context(), "ada", "past")
		if err != nil || one.Kind != directory.Sick || !one.Until.Equal(*day(3)) {
			t.Errorf("%+v, %v", one, err)
		}
		_, err = r.Absence(t.Context(), "bob", "past")
		wantKind(t, "somebody else's absence", err, directory.NotFound)
	})
}

func TestDueInstants(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		now := time.Date(2030, 1, 10, 0, 0, 0, 0, time.UTC)
		db.now = func() time.Time { return now }
		tenant, quiet := tenantIn(t, db), tenantIn(t, db)
		for _, id := range []string{"ada", "bob", "cid"} {
			present(t, db, tenant, id, "online")
		}
		mustWrite(t, db, tenant, func(tx *Tx) error {
			tx.PutDue("ada", now.Add(time.Hour), now.Add(2*time.Hour))
			tx.PutDue("ada", now.Add(time.Hour)) // once more
			tx.PutDue("bob", now.Add(time.Hour))
			tx.PutDue("cid", now.Add(-time.Hour))
			return nil
		})
		first, err := db.Ops().FirstDue(t.Context())
		if _, has := first[quiet]; err != nil || has || !first[tenant].Equal(now.Add(-time.Hour)) {
			t.Errorf("%v, %v", first, err)
		}
		take := func(limit, want int, due ...string) {
			t.Helper()
			mustWrite(t, db, tenant, func(tx *Tx) error {
				n, err := tx.TakeDue(limit)
				if n != want {
					t.Errorf("%d instants, want %d", n, want)
				}
				return err
			})
			got, err := db.Reader(tenant).Due(t.Context(), FirstConfigVersion, 10)
			if err != nil || len(got) != len(due) {
				t.Errorf("%v are due, %v; want %v", got, err, due)
			}
		}
		take(10, 1, "cid")
		take(10, 0, "cid")
		now = now.Add(time.Hour)
		take(1, 1, "cid", "ada")
		take(10, 1, "cid", "ada", "bob")
		now = now.Add(time.Hour)
		take(10, 1, "cid", "ada", "bob")
		if first, err := db.Ops().FirstDue(t.Context()); err != nil || len(first) != 0 {
			t.Errorf("left over: %v, %v", first, err)
		}
	})
}
