package provision_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// BenchmarkEligibilityOfAGroup reads who of an agent group of 10,000 is eligible, page by page.
func BenchmarkEligibilityOfAGroup(b *testing.B) {
	benchEach(b, func(b *testing.B, d *desk) {
		const people = 10_000
		b.ResetTimer()
		for b.Loop() {
			n := 0
			for q := (provision.GroupQuestion{Group: salesGroup, Limit: 1000}); ; {
				page, err := d.engine.EligiblePeople(b.Context(), d.tenant, q)
				if err != nil {
					b.Fatal(err)
				}
				for _, m := range page.People {
					if m.Eligible {
						n++
					}
				}
				if q.After = page.Next; q.After == "" {
					break
				}
			}
			if n != people {
				b.Fatalf("%d are eligible", n)
			}
		}
		b.ReportMetric(people*float64(b.N)/b.Elapsed().Seconds(), "people/s")
	})
}

// benchEach furnishes a desk with an agent group of 10,000 people, on both databases.
func benchEach(b *testing.B, f func(*testing.B, *desk)) {
	b.Helper()
	migrated.EachB(b, func(b *testing.B, dsn string) {
		w := open(b, dsn)
		d := &desk{&site{bench: w}, directory.Actor{Tenant: w.tenant, Kind: directory.ActorAPIKey, ID: "key"}}
		d.furnish("")
		err := d.db.Write(b.Context(), d.tenant, func(tx *store.Tx) error {
			for i := range 10_000 {
				id := store.NewID()
				if err := tx.PutPerson(directory.User{
					ID: id, DisplayID: int64(i + 1), State: directory.Active, Onboarded: true, UserName: fmt.Sprint("p", i), Status: "online", EvaluatedAt: 1 << 40,
				}, nil); err != nil {
					return err
				}
				for _, r := range salesAgent(directory.AsUser) {
					tx.PutGrant(id, directory.Grant{Entitlement: r, Origin: directory.Origin{Kind: directory.FromPerson, Actor: "apikey:key", At: tx.Now()}}, "c")
				}
				if err := tx.Flush(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		if w := newPostgres(b, dsn); w != nil { // as the job does some seconds after an import
			if _, err := w.ExecContext(b.Context(), "ANALYZE"); err != nil {
				b.Fatal(err)
			}
		}
		f(b, d)
	})
}

// newPostgres is a second look at the benchmark's database; nil on SQLite, whose plans need no statistics.
func newPostgres(b *testing.B, dsn string) *sql.DB {
	b.Helper()
	if !strings.HasPrefix(dsn, "postgres") {
		return nil
	}
	raw, err := sql.Open("pgx", dsn)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = raw.Close() })
	return raw
}
