package store

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"rollcall/directory"
)

func TestOrdinalsOfTwoProcessesNeverMeet(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, dsn string) {
		tenant, other := tenantIn(t, db), tenantIn(t, db)
		handles := []*DB{db, another(t, dsn, nil)}
		var mu sync.Mutex
		seen := map[int64]bool{}
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				last := int64(0)
				for range 60 {
					n, err := handles[w%2].Ordinal(context.Background(), tenant, "people")
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					if seen[n] || n < 1 || n <= last {
						t.Errorf("ordinal %d after %d; given before: %v", n, last, seen[n])
					}
					seen[n], last = true, n
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(seen) != 480 {
			t.Errorf("%d ordinals, want 480", len(seen))
		}
		for _, x := range [][2]string{{tenant, "groups"}, {other, "people"}} {
			if n, err := db.Ordinal(t.Context(), x[0], x[1]); err != nil || n != 1 {
				t.Errorf("another series begins at %d (%v)", n, err)
			}
		}
	})
}

func TestOrdinalIsNotLostToACallerWhoGaveUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for range 3 {
			if _, err := db.Ordinal(gone, tenant, "people"); err == nil {
				t.Error("an ordinal was leased for a caller who is gone")
			}
		}
		if n, err := db.Ordinal(t.Context(), tenant, "people"); err != nil || n != 1 {
			t.Errorf("the first ordinal is %d (%v)", n, err)
		}
	})
}

func TestDerivedKeyIsTheSameOnEveryReplicaAndForItsPurposeOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, dsn string) {
		first, second := bytes.Repeat([]byte{0}, 32), bytes.Repeat([]byte{9}, 32)
		rekeyed := another(t, dsn, func(o *Options) { o.Keys = [][]byte{second, first} })
		wrong := another(t, dsn, func(o *Options) { o.Keys = [][]byte{second} })
		none := another(t, dsn, func(o *Options) { o.Keys = nil })
		tenants := []string{tenantIn(t, db), tenantIn(t, db)}
		var all [][]byte
		for _, tenant := range tenants {
			for _, purpose := range []string{"cursor", "ledger"} {
				key, err := db.DerivedKey(t.Context(), tenant, purpose)
				if err != nil || len(key) != 32 || slices.ContainsFunc(all, func(k []byte) bool { return bytes.Equal(k, key) }) {
					t.Errorf("key of %s for %s: %d bytes, %v", tenant, purpose, len(key), err)
				}
				all = append(all, slices.Clone(key))
				clear(key) // a caller's copy
				for _, h := range []*DB{db, rekeyed} {
					if again, err := h.DerivedKey(t.Context(), tenant, purpose); err != nil || !bytes.Equal(again, all[len(all)-1]) {
						t.Errorf("another key on another replica (%v)", err)
					}
				}
			}
		}
		for what, h := range map[string]*DB{"wrong": wrong, "none": none} {
			_, err := h.DerivedKey(t.Context(), tenants[0], "cursor")
			wantKind(t, what, err, directory.Invalid)
			if err != nil && !strings.Contains(err.Error(), "ROLLCALL_SECRET_KEY") {
				t.Errorf("%s: %q does not say what to set", what, err)
			}
		}
		wantKind(t, "a tenant without a key", none.Write(t.Context(), "t", func(tx *Tx) error { return tx.InsertTenant("t", "T") }), directory.Invalid)
		_, err := db.DerivedKey(t.Context(), "nobody", "cursor")
		wantKind(t, "no tenant", err, directory.NotFound)
		if mustExec(t, db, `UPDATE tenant SET secret = (SELECT secret FROM tenant WHERE id = ?) WHERE id = ?`, tenants[1], tenants[0]) != 1 {
			t.Fatal("no secret moved")
		}
		_, err = another(t, dsn, nil).DerivedKey(t.Context(), tenants[0], "cursor")
		wantKind(t, "another tenant's secret", err, directory.Invalid)
	})
}

func TestSecretKeyOfTheWrongLengthIsRefused(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), "sqlite://"+t.TempDir()+"/x.db", Options{Create: true, Keys: [][]byte{make([]byte, 31)}})
	wantKind(t, "31 bytes", err, directory.Invalid)
}
