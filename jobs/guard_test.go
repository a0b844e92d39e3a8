package jobs

import (
	"fmt"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// TestWhatAGuardHeldOfPushesEnds: by its time, or because the client gave it back.
func TestWhatAGuardHeldOfPushesEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		err := b.db.Write(ctx, b.tenant, func(tx *store.Tx) error {
			tx.PutRule(directory.Rule{ID: "r", Name: "r", Group: "CC-Support", Roles: []string{"agent"}, ManagedBy: directory.ByManifest})
			_, err := tx.RaiseConfigVersion("Acme")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		actor := directory.Actor{Tenant: b.tenant, Kind: directory.ActorConnection, ID: "c", Connection: "c"}
		var ids []string
		var everybody []directory.Member
		for i := range 7 {
			r, err := b.engine.CreateUser(ctx, actor, directory.Account{Attributes: directory.Attributes{"userName": fmt.Sprint("u", i)}})
			if err != nil {
				t.Fatal(err)
			}
			ids, everybody = append(ids, r.ID), append(everybody, directory.Member{ID: r.ID})
		}
		group, err := b.engine.CreateGroup(ctx, actor, directory.Group{DisplayName: "CC-Support", Attributes: directory.Attributes{"displayName": "CC-Support"}}, everybody)
		if err != nil {
			t.Fatal(err)
		}
		members := func(kind provision.OpKind) {
			t.Helper()
			if _, err := b.engine.UpdateGroup(ctx, actor, group.ID, nil, nil, []provision.MemberOp{{Kind: kind, Members: everybody}}); err != nil {
				t.Fatal(err)
			}
		}
		r := &runner{db: b.db, ops: b.db.Ops(), engine: b.engine}
		turn := func(ended int, status string, agents int) {
			t.Helper()
			if n, err := r.expire(ctx); err != nil || n != ended {
				t.Errorf("%d connections whose time was over (%v), want %d", n, err, ended)
			}
			if s, err := b.db.Reader(b.tenant).Source(ctx, "c"); err != nil || s.Status != status {
				t.Errorf("the connection is %s (%v), want %s", s.Status, err, status)
			}
			n := 0
			if err := b.engine.Views(ctx, b.tenant, func(v provision.View) error { n += len(v.Roles); return nil }); err != nil || n != agents {
				t.Errorf("%d agents (%v), want %d", n, err, agents)
			}
		}
		members(provision.RemoveMembers)
		turn(0, store.SourceQuarantined, 7)
		members(provision.AddMembers)
		turn(0, store.SourceActive, 7)
		members(provision.RemoveMembers)
		turn(0, store.SourceQuarantined, 7)
		err = b.db.Write(ctx, b.tenant, func(tx *store.Tx) error { // a day later
			over := tx.Now().Add(-time.Second)
			people, err := tx.People(ids...)
			if err != nil {
				return err
			}
			for _, x := range people {
				for _, g := range x.Grants {
					g.HeldUntil = &over
					tx.HoldGrant(x.ID, g)
				}
			}
			s, err := tx.LockSource("c")
			s.HeldUntil = over
			tx.PutSource(s)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		turn(1, store.SourceActive, 0)
	})
}
