package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rollcall/directory"
)

// logChange records one change with nothing but its head, and gives it its place.
func logChange(t *testing.T, db *DB, tenant string, c directory.Change) string {
	t.Helper()
	c.ID, c.Reason = NewID(), "because"
	mustWrite(t, db, tenant, func(tx *Tx) error { return tx.AppendChange(c) })
	return c.ID
}

func TestAuditChangesAreFoundByEachFilter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		var all []string
		add := func(subject, action string, actor directory.Actor) {
			all = append(all, logChange(t, db, tenant, directory.Change{Subject: subject, Action: action, Actor: actor}))
		}
		ann := directory.Actor{Kind: directory.ActorCLI, ID: "ann"}
		okta := directory.Actor{Kind: directory.ActorConnection, ID: "okta", Connection: "okta", Run: "run1"}
		began := db.now()
		add("person:a", "user.created", ann)
		add("person:b", "user.created", okta)
		add("person:a", "user.suspended", okta)
		add("config", "tenant.applied", ann)
		add("person:a", "users.counted", ann)
		sequenceAll(t, db, tenant)
		other := tenantIn(t, db)
		logChange(t, db, other, directory.Change{Subject: "person:a", Action: "user.created", Actor: ann})
		sequenceAll(t, db, other)

		r := db.Reader(tenant)
		for name, c := range map[string]struct {
			q    AuditQuery
			want []int
		}{
			"all":           {AuditQuery{}, []int{0, 1, 2, 3, 4}},
			"newest first":  {AuditQuery{NewestFirst: true}, []int{4, 3, 2, 1, 0}},
			"subject":       {AuditQuery{Subject: "person:a"}, []int{0, 2, 4}},
			"subject back":  {AuditQuery{Subject: "person:a", NewestFirst: true}, []int{4, 2, 0}},
			"action":        {AuditQuery{Action: "user.created"}, []int{0, 1}},
			"actions":       {AuditQuery{Action: "user."}, []int{0, 1, 2}},
			"kind of actor": {AuditQuery{ActorKind: directory.ActorConnection}, []int{1, 2}},
			"actor":         {AuditQuery{Actor: "ann", Subject: "config"}, []int{3}},
			"connection":    {AuditQuery{Connection: "okta"}, []int{1, 2}},
			"run":           {AuditQuery{Run: "run1", NewestFirst: true}, []int{2, 1}},
			"since":         {AuditQuery{Since: began}, []int{0, 1, 2, 3, 4}},
			"later":         {AuditQuery{Since: began.Add(time.Hour)}, nil},
			"until":         {AuditQuery{Until: began}, nil},
			"window":        {AuditQuery{Since: began, Until: began.Add(time.Hour), NewestFirst: true}, []int{4, 3, 2, 1, 0}},
			"nothing":       {AuditQuery{Subject: "person:c"}, nil},
		} {
			for _, limit := range []int{1, 2, 100} {
				q := c.q
				q.Limit = limit
				var got []string
				for pages := 0; ; pages++ {
					page, err := r.AuditChanges(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					for _, x := range page.Entries {
						got = append(got, x.ID)
						if x.Altered || x.Reason != "because" {
							t.Errorf("%+v", x)
						}
					}
					if q.After = page.Next; page.Next == 0 {
						break
					}
					if pages > 10 {
						t.Fatalf("%s: no end", name)
					}
				}
				var want []string
				for _, i := range c.want {
					want = append(want, all[i])
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s, %d at a time: %q, want %q", name, limit, got, want)
				}
			}
		}
	})
}

func TestAuditTellsWhatWasErasedAndWhatWasAltered(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		ids := make([]string, 3)
		for i := range ids {
			ids[i] = logChange(t, db, tenant, directory.Change{Subject: fmt.Sprint("person:", i), Action: "user.created", Actor: directory.Actor{Kind: directory.ActorCLI, ID: "x"}})
		}
		sequenceAll(t, db, tenant)
		mustWrite(t, db, tenant, func(tx *Tx) error { tx.EraseChanges("person:0"); return nil })
		mustExec(t, db, `UPDATE change SET payload = ? WHERE tenant = ? AND id = ?`, []byte(`{"reason":"another"}`), tenant, ids[1])
		page, err := db.Reader(tenant).AuditChanges(t.Context(), AuditQuery{Limit: 10})
		if err != nil || len(page.Entries) != 3 {
			t.Fatalf("%+v %v", page, err)
		}
		for i, want := range []struct{ erased, altered bool }{{true, false}, {false, true}, {false, false}} {
			if x := page.Entries[i]; x.Erased != want.erased || x.Altered != want.altered {
				t.Errorf("change %d: erased %v, altered %v", i, x.Erased, x.Altered)
			}
		}
	})
}
