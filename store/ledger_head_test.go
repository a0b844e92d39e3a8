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

// TestOnlyAHeadProvesThatHistoryWasNotRewrittenWhole alters a change and computes the whole chain anew.
func TestOnlyAHeadProvesThatHistoryWasNotRewrittenWhole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := chained(t, db, 12)
		early := headOf(t, db, tenant)
		for range 5 {
			mustWrite(t, db, tenant, func(tx *Tx) error { return tx.AppendChange(change("person:1")) })
		}
		sequenceAll(t, db, tenant)
		for _, head := range []Head{early, headOf(t, db, tenant)} {
			if a := verify(t, db, tenant, head); !a.HeadSeen || len(a.Faults) > 0 || a.Changes != 17 {
				t.Errorf("before: %+v", a)
			}
		}
		if a := verify(t, db, tenant, Head{Tenant: tenant, Sequence: 18, Hash: early.Hash}); a.HeadSeen {
			t.Error("a head beyond the end was seen")
		}
		var all []logged
		mustWrite(t, db, tenant, func(tx *Tx) error {
			all = nil
			err := tx.ask(tx.ctx, question{
				`SELECT ` + loggedRow + ` FROM ledger l JOIN change c ON c.tenant = l.tenant AND c.id = l.change WHERE l.tenant = ? ORDER BY l.seq`,
				[]any{tenant},
				func(s scanner) error {
					c, err := scanLogged(s)
					all = append(all, c)
					return err
				},
			})
			if err != nil {
				return err
			}
			all[4].meta[1] = "user.forged"
			tx.exec(`UPDATE change SET action = ? WHERE tenant = ? AND id = ?`, all[4].meta[1], tenant, all[4].id)
			var hash []byte
			for i, c := range all {
				hash = c.link(hash, int64(i+1))
				tx.exec(`UPDATE ledger SET hash = ? WHERE tenant = ? AND seq = ?`, hash, tenant, int64(i+1))
			}
			return nil
		})
		if a := verify(t, db, tenant, early); len(a.Faults) > 0 || a.HeadSeen {
			t.Errorf("rewritten whole: %+v; want no fault, and the head not seen", a)
		}
		if a := verify(t, db, tenant, headOf(t, db, tenant)); !a.HeadSeen {
			t.Errorf("a head made after the forgery: %+v", a)
		}
	})
}

func TestErasedChangesKeepTheChain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant, other := chained(t, db, 9), chained(t, db, 9)
		head := headOf(t, db, tenant)
		waiting := change("person:1")
		mustWrite(t, db, tenant, func(tx *Tx) error { return tx.AppendChange(waiting) })
		mustWrite(t, db, tenant, func(tx *Tx) error { tx.EraseChanges("person:1"); return nil })
		a := verify(t, db, tenant, head)
		if a.Changes != 9 || a.Erased != 3 || a.Waiting != 1 || len(a.Faults) > 0 || !a.HeadSeen {
			t.Errorf("after the erasure: %+v, want 3 of 9 erased, one waiting", a)
		}
		sequenceAll(t, db, tenant)
		if a := verify(t, db, tenant, head); a.Changes != 10 || a.Erased != 4 || len(a.Faults) > 0 {
			t.Errorf("sequenced after the erasure: %+v", a)
		}
		if a := verify(t, db, other, Head{}); a.Erased != 0 {
			t.Errorf("another tenant's changes were erased: %+v", a)
		}
		left, err := db.Reader(tenant).Changes(t.Context(), "person:1", 10)
		if err != nil || len(left) != 4 {
			t.Fatalf("%d changes (%v), want 4", len(left), err)
		}
		for _, c := range left {
			if !c.Erased || c.After != nil || c.Reason != "" || c.Action != "user.updated" || c.Actor.ID != "okta" {
				t.Errorf("erased change reads %+v", c)
			}
		}
		if n := count(t, db, `SELECT COUNT(*) FROM change WHERE tenant = ? AND subject = 'person:1' AND (payload IS NOT NULL OR salt IS NOT NULL)`, tenant); n != 0 {
			t.Errorf("%d payloads or salts are left", n)
		}
	})
}

func TestHeadIsRefusedUnlessWholeAndOurs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, dsn string) {
		empty := tenantIn(t, db)
		if text, err := db.Head(t.Context(), empty); err != nil || text != "" {
			t.Errorf("head of an empty ledger: %q (%v)", text, err)
		}
		tenant, other := chained(t, db, 3), chained(t, db, 3)
		text, err := db.Head(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		h, err := another(t, dsn, nil).ParseHead(t.Context(), " "+text+"\n")
		if err != nil || h.Tenant != tenant || h.Sequence != 3 || len(h.Hash) != 32 {
			t.Fatalf("head %+v (%v)", h, err)
		}
		parts := strings.Split(text, "_")
		for i := range len(text) {
			changed := []byte(text)
			changed[i] ^= 1
			if _, err := db.ParseHead(t.Context(), string(changed)); err == nil {
				t.Errorf("accepted with byte %d altered: %s", i, changed)
			}
		}
		join := func(change func(p []string)) string {
			p := slices.Clone(parts)
			change(p)
			return strings.Join(p, "_")
		}
		for _, bad := range []string{
			"", "rch", "rch____", text[:len(text)-2], text + "00", text + "_", "x" + text, strings.ToUpper(text),
			join(func(p []string) { p[1] = other }), join(func(p []string) { p[1] = "" }), join(func(p []string) { p[2] = "2" }),
			join(func(p []string) { p[2] = "+3" }), join(func(p []string) { p[2] = "99999999999999999999" }), join(func(p []string) { p[3] = "" }), join(func(p []string) { p[4] = "" }),
			strings.Repeat("rch_", 100_000),
		} {
			_, err := db.ParseHead(t.Context(), bad)
			if kind := directory.KindOf(err); kind != directory.Invalid && kind != directory.NotFound {
				t.Errorf("%.80q: %v, of kind %q", bad, err, kind)
			}
		}
		// A head of one tenant proves nothing about another.
		if a := verify(t, db, other, h); a.HeadSeen {
			t.Error("the head of one tenant was seen in another's ledger")
		}
		if bytes.Equal(headOf(t, db, other).Hash, h.Hash) {
			t.Error("two tenants have one hash")
		}
	})
}

// TestVerificationBesideARunningSequencerFindsNoFault: doctor runs beside serve.
func TestVerificationBesideARunningSequencerFindsNoFault(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := chained(t, db, 3)
		done := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() { sequenceUntil(t, db, tenant, done) })
		wg.Go(func() {
			for range 2_000 { // each verification reads all there are: a writer without an end would be faster than it
				select {
				case <-done:
					return
				default:
				}
				if err := db.Write(context.Background(), tenant, func(tx *Tx) error { return tx.AppendChange(change("person:1")) }); err != nil {
					t.Error(err)
					return
				}
			}
		})
		for range 60 {
			if a := verify(t, db, tenant, Head{}); len(a.Faults) > 0 {
				t.Errorf("a fault that nobody made: %q", a.Faults)
				break
			}
		}
		close(done)
		wg.Wait()
	})
}
