package provision_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// TestSeatsUnderLoad lets people come, go and come back in two processes while pools change their size and others settle:
// in the end, and whatever happened in between, rows, people and the ledger agree, and nobody waits for a free seat.
func TestSeatsUnderLoad(t *testing.T) {
	t.Parallel()
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"everything at once": func(t *testing.T, w *site) {
			w.configure(seated(nil, desks(5)))
			both := []*site{w, w.elsewhere(t, provision.Options{})}
			ctx := context.WithoutCancel(t.Context())
			var work, background sync.WaitGroup
			done := make(chan struct{})
			for worker := range 8 {
				work.Go(func() {
					e, r := both[worker%2].engine, rand.New(rand.NewPCG(uint64(worker), 7))
					active := func(id string, is bool) error {
						_, err := e.UpdateUser(ctx, w.okta, id, nil, func(a directory.Account) (directory.Account, error) {
							a.Attributes = directory.Attributes{"userName": a.UserName, "active": is}
							return a, nil
						})
						return err
					}
					for range 3 {
						name := fmt.Sprint("u", worker)
						x, err := e.CreateUser(ctx, w.okta, account(name, name))
						if err == nil {
							err = active(x.ID, false)
						}
						if err == nil {
							err = active(x.ID, true)
						}
						if err == nil && r.IntN(3) > 0 {
							err = e.DeleteUser(ctx, w.okta, x.ID, nil)
						} else if err == nil {
							break
						}
						if err != nil {
							t.Errorf("worker %d: %v", worker, err)
						}
					}
				})
			}
			background.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-done:
						return
					default:
					}
					if i%3 == 0 {
						publish(t, both[1].bench, 2+i%5)
					}
					if _, err := both[1].engine.Settle(ctx, w.tenant, nil); err != nil {
						t.Error(err)
					}
				}
			})
			work.Wait()
			close(done)
			background.Wait()
			w.configure(seated(nil, desks(4)))
			u := w.use("desks")
			held, _ := w.ledger()
			people := 0
			err := w.engine.Views(t.Context(), w.tenant, func(v provision.View) error {
				if v.Seat == directory.SeatHeld {
					people++
				}
				return nil
			})
			if err != nil || u.Held != held["desks"] || u.Held != people || u.Free > 0 && u.Waiting > 0 || u.Held < 4 && u.Waiting > 0 {
				t.Errorf("rows %+v; the ledger %d; people %d (%v)", u, held["desks"], people, err)
			}
			if n := w.number(`SELECT COUNT(*) FROM seat WHERE tenant = ?`); n != int64(max(4, u.Held)) {
				t.Errorf("%d rows in a pool of 4 with %d people", n, u.Held)
			}
		},
		"a tenant without seats does not touch them": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			g := w.group(w.okta, "CC-Support")
			rename := func(from, to string) {
				if _, err := w.raw.ExecContext(context.WithoutCancel(t.Context()), `ALTER TABLE `+from+` RENAME TO `+to); err != nil {
					t.Fatal(err)
				}
			}
			for _, table := range []string{"seat", "seat_wait"} {
				rename(table, "away_"+table)
				defer rename("away_"+table, table)
			}
			id := w.user(w.okta, "ana", "1").ID
			w.active(id, false)
			w.active(id, true)
			w.members(g.ID, provision.AddMembers, id)
			w.members(g.ID, provision.RemoveMembers, id)
			if err := w.engine.DeleteUser(t.Context(), w.okta, id, nil); err != nil {
				t.Error(err)
			}
		},
	})
}

// publish gives the pool another size, and leaves the people to whoever settles.
func publish(t *testing.T, b *bench, limit int) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	err := b.db.Write(ctx, b.tenant, func(tx *store.Tx) error {
		if err := tx.LockConfiguration(); err != nil {
			return err
		}
		c, err := tx.Configuration(ctx)
		if err != nil {
			return err
		}
		c.SeatPools = []directory.SeatPool{desks(limit)}
		tx.PutSeatPool(c.SeatPools[0])
		if c.Tenant.ConfigVersion, err = tx.RaiseConfigVersion(c.Tenant.Name); err != nil {
			return err
		}
		run := store.Run{ID: store.NewID(), Kind: "apply", Status: "applying", Actor: b.okta, Version: c.Tenant.ConfigVersion, CreatedAt: tx.Now()}
		tx.PutRun(run)
		_, err = b.engine.BindRules(tx, c)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
