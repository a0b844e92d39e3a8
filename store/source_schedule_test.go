package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
)

// statesOf lists the sources as tenant/connection=status.
func statesOf(list []SourceState) string {
	var out []string
	for _, x := range list {
		out = append(out, x.TenantKey+"/"+x.Connection.Name+"="+x.Source.Status)
	}
	return strings.Join(out, " ")
}

func TestSourcesOfAllTenantsAreFoundByWhatTheyWaitFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		now := time.Now().UTC().Truncate(time.Microsecond)
		for _, key := range []string{"beta", "acme"} {
			tenant := NewShortID()
			err := db.Write(t.Context(), tenant, func(tx *Tx) error {
				settings := directory.DefaultLDAP()
				for i, name := range []string{"never", "active", "paused", "waiting", "expired", "approved", "gone"} {
					tx.PutConnection(directory.Connection{ID: name, Name: name, Kind: directory.LDAP, Order: i, LDAP: &settings, ManagedBy: directory.ByManifest})
				}
				for i, name := range []string{"push", "push-paused"} {
					tx.PutConnection(directory.Connection{ID: name, Name: name, Kind: directory.SCIM, Order: 10 + i, ManagedBy: directory.ByManifest})
				}
				for name, x := range map[string]Source{
					"active":      {Cookie: []byte("c"), CheckedAt: now, Failures: 2, Error: "no"},
					"paused":      {Status: SourcePaused},
					"waiting":     {Status: SourceQuarantined, HeldRun: "r", HeldUntil: now.Add(time.Second)},
					"expired":     {Status: SourceQuarantined, HeldRun: "r", HeldUntil: now},
					"approved":    {Status: SourceQuarantined, HeldRun: "approved", HeldUntil: now.Add(time.Second)},
					"push":        {Status: SourceActive},
					"push-paused": {Status: SourcePaused},
				} {
					x.Connection = name
					tx.PutSource(x)
				}
				tx.PutRun(Run{ID: "r", Kind: "sync", Status: "held"})
				tx.PutRun(Run{ID: "approved", Kind: "sync", Status: "applying", ApprovedBy: "cli:ada@example.com"})
				return tx.InsertTenant(key, key)
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Write(t.Context(), tenant, func(tx *Tx) error { tx.EndConnection("gone"); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		all, err := db.Ops().Sources(t.Context())
		want := "acme/never=active acme/active=active acme/paused=paused acme/waiting=quarantined acme/expired=quarantined acme/approved=quarantined acme/push-paused=paused"
		if got := statesOf(all); err != nil || got != want+" "+strings.ReplaceAll(want, "acme", "beta") {
			t.Fatalf("%s, %v", got, err)
		}
		if x := all[1]; !x.Source.CheckedAt.Equal(now) || x.Source.Failures != 2 || x.Source.Error != "no" || x.Source.Cookie != nil ||
			x.Connection.LDAP.Schedule != 15*time.Minute || x.CreatedAt.IsZero() || x.Tenant == "" {
			t.Errorf("the source is %+v", x)
		}
		some, err := db.Ops().ReadableSources(t.Context(), now)
		want = "acme/never=active acme/active=active acme/expired=quarantined acme/approved=quarantined"
		if got := statesOf(some); err != nil || got != want+" "+strings.ReplaceAll(want, "acme", "beta") {
			t.Errorf("%s, %v", got, err)
		}
	})
}

func TestChangesOfARunAreReadInPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		run := Run{ID: NewID(), Kind: "sync", CreatedAt: time.Now()}
		var want []string
		for i := range 7 {
			actor := directory.Actor{Tenant: tenant, Kind: directory.ActorCLI, ID: "x"}
			if i%2 == 0 {
				actor.Run = run.ID
			}
			c := directory.Change{ID: NewID(), Subject: fmt.Sprintf("person:%d", i), Action: "user.updated", Actor: actor}
			if actor.Run != "" {
				want = append(want, c.ID)
			}
			if err := db.Write(t.Context(), tenant, func(tx *Tx) error { return tx.AppendChange(c) }); err != nil {
				t.Fatal(err)
			}
		}
		for _, run.FinishedAt = range []time.Time{{}, time.Now()} {
			var got []string
			for after := ""; ; after = got[len(got)-1] {
				page, err := db.Reader(tenant).RunChanges(t.Context(), run, after, 3)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range page {
					got = append(got, c.ID)
				}
				if len(page) < 3 {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("changes %v, want %v", got, want)
			}
		}
	})
}
