package store

import (
	"fmt"
	"testing"
	"time"

	"rollcall/directory"
)

// What a tenant keeps no longer goes, what is in force stays, and other tenants keep theirs.
func TestHistoryIsKeptAsLongAsTheTenantSays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		one, two := tenantIn(t, db), "other"
		mustWrite(t, db, two, func(tx *Tx) error { return tx.InsertTenant("other", "Other") })
		var middle time.Time
		for i := range 4 {
			for _, tenant := range []string{one, two} {
				mustWrite(t, db, tenant, func(tx *Tx) error {
					if i == 2 && tenant == one {
						middle = tx.Now()
					}
					previous := ""
					if i > 0 {
						previous = fmt.Sprint("s", i-1)
					}
					tx.PutPresence("ana", fmt.Sprint("s", i), previous, "x", "c")
					tx.PutRuleSet(RuleSet{ID: fmt.Sprint("v", i), State: RulesPublished, Version: int64(i), Rules: []directory.Rule{{ID: "r"}}})
					return nil
				})
				if err := db.Ops().NoteRequest(t.Context(), Request{Tenant: tenant, Connection: "c", At: time.Unix(int64(i), 0), ID: fmt.Sprint(i)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		mustWrite(t, db, one, func(tx *Tx) error {
			tx.PutRuleSet(RuleSet{ID: "draft", State: RulesDraft})
			return nil
		})
		left := func(tenant string) string {
			t.Helper()
			r := db.Reader(tenant)
			statuses, err := r.Presences(t.Context(), "ana", 10)
			sets, err2 := r.RuleSets(t.Context(), 10)
			requests, err3 := r.Requests(t.Context(), "c", 10)
			if err != nil || err2 != nil || err3 != nil {
				t.Fatal(err, err2, err3)
			}
			var out []string
			for _, x := range statuses {
				out = append(out, x.Status)
			}
			for _, x := range sets {
				out = append(out, x.ID)
			}
			for _, x := range requests {
				out = append(out, x.ID)
			}
			return fmt.Sprint(out)
		}
		const all = "[s3 s2 s1 s0 v3 v2 v1 v0 3 2 1 0]"
		prune := func(keep Retention, n int, want string) {
			t.Helper()
			if got, err := db.Ops().Prune(t.Context(), one, keep); err != nil || got != n {
				t.Errorf("%d rows went (%v), want %d", got, err, n)
			}
			if got := left(one); got != want {
				t.Errorf("left %s, want %s", got, want)
			}
		}
		prune(Retention{}, 0, "[s3 s2 s1 s0 draft v3 v2 v1 v0 3 2 1 0]")
		prune(Retention{Requests: time.Unix(2, 0)}, 2, "[s3 s2 s1 s0 draft v3 v2 v1 v0 3 2]")
		prune(Retention{Presence: middle}, 1, "[s3 s2 s1 draft v3 v2 v1 v0 3 2]")
		prune(Retention{Rules: middle}, 2, "[s3 s2 s1 draft v3 v2 3 2]")
		later := time.Now().Add(time.Hour)
		prune(Retention{later, later, later}, 5, "[s3 draft v3]")
		if got := left(two); got != all {
			t.Errorf("another tenant has %s left, want %s", got, all)
		}
	})
}
