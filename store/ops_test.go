package store

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/directory"
)

func TestLeaseIsRenewedExpiresIsTakenAndReleased(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *DB, dsn string) {
		var clock atomic.Int64
		clock.Store(1_700_000_000_000_000)
		now := func(o *Options) { o.Now = func() time.Time { return time.UnixMicro(clock.Load()) } }
		one, two := another(t, dsn, now).Ops(), another(t, dsn, now).Ops()
		acquire := func(o Ops, name, holder string, want bool) {
			t.Helper()
			if got, err := o.Acquire(t.Context(), name, holder, 10*time.Second); err != nil || got != want {
				t.Errorf("%s acquired %s: %v (%v), want %v", holder, name, got, err, want)
			}
		}
		forward := func(d time.Duration) { clock.Add(d.Microseconds()) }
		acquire(one, "job", "a", true)
		acquire(two, "job", "b", false)
		acquire(two, "other job", "b", true)
		forward(6 * time.Second)
		acquire(one, "job", "a", true) // renewed: until 16 s
		forward(6 * time.Second)
		acquire(two, "job", "b", false)
		forward(4*time.Second + time.Microsecond)
		acquire(two, "job", "b", true) // expired
		acquire(one, "job", "a", false)
		if err := one.Release(t.Context(), "job", "a"); err != nil { // not theirs any more
			t.Error(err)
		}
		acquire(one, "job", "a", false)
		if err := two.Release(t.Context(), "job", "b"); err != nil {
			t.Error(err)
		}
		acquire(one, "job", "a", true)
	})
}

func TestLeaseHasOneHolderAmongMany(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, dsn string) {
		handles := []Ops{db.Ops(), another(t, dsn, nil).Ops()}
		var holders atomic.Int64
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				ours, err := handles[i%2].Acquire(context.Background(), "job", fmt.Sprint(i), time.Minute)
				if err != nil {
					t.Error(err)
				}
				if ours {
					holders.Add(1)
				}
			})
		}
		wg.Wait()
		if n := holders.Load(); n != 1 {
			t.Errorf("%d hold the lease", n)
		}
	})
}

func TestTokenIsKeptByItsHashUntilItIsRevoked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, dsn string) {
		tenant, other := tenantIn(t, db), tenantIn(t, db)
		b := directory.NewBearer(directory.SCIMToken, tenant, NewShortID())
		expires := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
		mustWrite(t, db, tenant, func(tx *Tx) error {
			tx.InsertToken(directory.Token{ID: b.ID, Connection: "okta", CreatedAt: tx.Now(), ExpiresAt: &expires}, b.Hash())
			tx.InsertToken(directory.Token{ID: "later", Connection: "entra", CreatedAt: tx.Now().Add(time.Second)}, b.Hash())
			return nil
		})
		read := func() directory.Token {
			t.Helper()
			parsed, err := directory.ParseBearer(directory.SCIMToken, b.String())
			if err != nil {
				t.Fatal(err)
			}
			token, hash, err := another(t, dsn, nil).Reader(parsed.Tenant).Token(t.Context(), parsed.ID)
			if err != nil || !parsed.Matches(hash) || bytes.Contains(hash, []byte(b.Secret)) {
				t.Fatalf("token %+v (%v), matches %v", token, err, parsed.Matches(hash))
			}
			return token
		}
		if token := read(); token.Connection != "okta" || !token.ExpiresAt.Equal(expires) || token.RevokedAt != nil || token.LastUsedAt != nil {
			t.Errorf("kept %+v", token)
		}
		_, _, err := db.Reader(other).Token(t.Context(), b.ID)
		wantKind(t, "another tenant's token", err, directory.NotFound)
		at := time.Now().UTC().Truncate(time.Microsecond)
		for _, u := range []TokenUse{
			{tenant, b.ID, "Okta SCIM", at}, {tenant, b.ID, "late news", at.Add(-time.Minute)}, {other, b.ID, "stranger", at.Add(time.Minute)},
		} {
			if err := db.Ops().NoteTokenUse(t.Context(), u); err != nil {
				t.Error(err)
			}
		}
		if token := read(); token.LastUsedAt == nil || !token.LastUsedAt.Equal(at) || token.UserAgent != "Okta SCIM" {
			t.Errorf("last use %v by %q, want %s by Okta SCIM", token.LastUsedAt, token.UserAgent, at)
		}
		mustWrite(t, db, other, func(tx *Tx) error { tx.RevokeToken(b.ID); return nil })
		if read().RevokedAt != nil {
			t.Error("another tenant revoked it")
		}
		mustWrite(t, db, tenant, func(tx *Tx) error { tx.RevokeToken(b.ID); return nil })
		revoked := read().RevokedAt
		mustWrite(t, db, tenant, func(tx *Tx) error { tx.RevokeToken(b.ID); return nil })
		if again := read(); revoked == nil || again.RevokedAt == nil || !again.RevokedAt.Equal(*revoked) || again.Live(at) {
			t.Errorf("revoked at %v, then at %v", revoked, again.RevokedAt)
		}
		all, err := db.Reader(tenant).Tokens(t.Context())
		if err != nil || len(all) != 2 || all[0].ID != "later" || all[1].RevokedAt == nil {
			t.Errorf("tokens %+v (%v), want two, the newest first", all, err)
		}
	})
}

func TestRequestLogIsReadNewestFirstAndForgotten(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		ops, began := db.Ops(), time.Now().UTC().Truncate(time.Microsecond)
		for i := range 5 {
			for _, tenant := range []string{"t1", "t2"} {
				q := Request{
					Tenant: tenant, Connection: "okta", At: began.Add(time.Duration(i) * time.Second), ID: fmt.Sprint("r", i), Method: "POST", Path: "/Users", Status: 409,
					ScimType: "uniqueness", Detail: "d'é\"", Hint: "h", UserAgent: "Okta", Took: 1500 * time.Microsecond,
				}
				for range 2 { // noted twice, kept once
					if err := ops.NoteRequest(t.Context(), q); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		got, err := db.Reader("t1").Requests(t.Context(), "okta", 3)
		if err != nil || len(got) != 3 || got[0].ID != "r4" || got[2].ID != "r2" || got[0].Tenant != "t1" || got[0].Took != 1500*time.Microsecond || got[0].Detail != "d'é\"" || !got[0].At.Equal(began.Add(4*time.Second)) {
			t.Errorf("requests %+v (%v)", got, err)
		}
		if got, err := db.Reader("t1").Requests(t.Context(), "entra", 3); err != nil || len(got) != 0 {
			t.Errorf("another connection's requests: %+v (%v)", got, err)
		}
	})
}

func TestTenantsAreFoundByKeyAndWorkThatWaitsByTenant(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		ops := db.Ops()
		for _, key := range []string{"beta", "alpha"} {
			mustWrite(t, db, "id-"+key, func(tx *Tx) error { return tx.InsertTenant(key, key) })
		}
		if found, err := ops.Tenant(t.Context(), "ALPHA"); err != nil || found.ID != "id-alpha" || found.ConfigVersion != FirstConfigVersion {
			t.Errorf("tenant %+v (%v)", found, err)
		}
		_, err := ops.Tenant(t.Context(), "gamma")
		wantKind(t, "unknown tenant", err, directory.NotFound)
		if all, err := ops.Tenants(t.Context()); err != nil || len(all) != 2 || all[0].Key != "alpha" {
			t.Errorf("tenants %+v (%v)", all, err)
		}
		if err := db.Write(t.Context(), "id-other", func(tx *Tx) error { return tx.InsertTenant("beta", "again") }); err == nil {
			t.Error("two tenants have one key")
		}
		waiting := func(want string) {
			t.Helper()
			w, err := ops.Waiting(t.Context())
			u, err2 := ops.Unsettled(t.Context())
			if got := fmt.Sprint(w, u); err != nil || err2 != nil || got != want {
				t.Errorf("waiting and unsettled: %s (%v, %v), want %s", got, err, err2, want)
			}
		}
		waiting("[] []")
		mustWrite(t, db, "id-beta", func(tx *Tx) error {
			if err := tx.PutPerson(directory.User{ID: "p", DisplayID: 1, State: directory.Active, EvaluatedAt: FirstConfigVersion - 1}, nil); err != nil {
				return err
			}
			return tx.AppendChange(change("person:p"))
		})
		mustWrite(t, db, "id-alpha", func(tx *Tx) error { tx.PutRun(Run{ID: "r", Kind: "push", CreatedAt: tx.Now()}); return nil })
		waiting("[id-beta] [id-alpha id-beta]")
		if b, err := ops.Backlogs(t.Context()); err != nil || len(b) != 2 || b[0] != (Backlog{Tenant: "alpha"}) || b[1].Due != 1 || b[1].Oldest.IsZero() {
			t.Errorf("backlogs %+v (%v)", b, err)
		}
		sequenceAll(t, db, "id-beta")
		mustWrite(t, db, "id-beta", func(tx *Tx) error { tx.MarkEvaluated(FirstConfigVersion, []string{"p"}); return nil })
		mustWrite(t, db, "id-alpha", func(tx *Tx) error { tx.PutRun(Run{ID: "r", Kind: "push", FinishedAt: tx.Now()}); return nil })
		waiting("[] []")
		if b, err := ops.Backlogs(t.Context()); err != nil || len(b) != 2 || b[1] != (Backlog{Tenant: "beta"}) {
			t.Errorf("backlogs when nothing waits %+v (%v)", b, err)
		}
		if err := ops.RefreshStatistics(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
