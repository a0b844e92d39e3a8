package provision_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// TestGroupMadeRightAfterAPublicationIsBound has a process that remembers the configuration for seconds.
func TestGroupMadeRightAfterAPublicationIsBound(t *testing.T) {
	t.Parallel()
	warm := func(t *testing.T, w *site) {
		t.Helper()
		if _, err := w.engine.Configuration(t.Context(), w.tenant); err != nil {
			t.Fatal(err)
		}
	}
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"created": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana@acme.test", "1")
			warm(t, w)
			w.elsewhere(t, provision.Options{}).configure(configureRules(supportRule))
			w.group(w.okta, "CC-Support", ana.ID)
			if v := w.view(ana.ID); !slices.Equal(roles(v), []string{"agent"}) {
				t.Errorf("roles %v", roles(v))
			}
			w.consistent(t)
		},
		"renamed": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana@acme.test", "1")
			g := w.group(w.okta, "team", ana.ID)
			warm(t, w)
			w.elsewhere(t, provision.Options{}).configure(configureRules(supportRule))
			rename(w.bench, g.ID, "CC-Support")
			w.settle()
			if v := w.view(ana.ID); !slices.Equal(roles(v), []string{"agent"}) {
				t.Errorf("roles %v", roles(v))
			}
			w.consistent(t)
		},
		"created while the rules are being published": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana@acme.test", "1")
			publisher := w.elsewhere(t, provision.Options{})
			m := newMeet()
			var once [2]sync.Once
			creator := w.elsewhere(t, provision.Options{Guard: func(context.Context, directory.Actor, *provision.Plan) error {
				m.at(0, &once[0]) // the group is written, and not committed
				return nil
			}})
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := creator.engine.CreateGroup(context.Background(), w.okta, directory.Group{DisplayName: "CC-Support", Attributes: directory.Attributes{"displayName": "CC-Support"}}, members(ana.ID)); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				err := publisher.db.Write(context.Background(), w.tenant, func(tx *store.Tx) error {
					if err := tx.LockConfiguration(); err != nil {
						return err
					}
					c, err := tx.Configuration(tx.Context())
					if err != nil {
						return err
					}
					configureRules(supportRule)(c)
					tx.PutWorkGroup(c.AgentGroups[0])
					tx.PutRule(c.Rules[0])
					if _, err := tx.RaiseConfigVersion(c.Tenant.Name); err != nil {
						return err
					}
					if _, err := publisher.engine.BindRules(tx, c); err != nil {
						return err
					}
					m.at(1, &once[1]) // the rules are bound, and not committed
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			w.settle()
			if v := w.view(ana.ID); !slices.Equal(roles(v), []string{"agent"}) {
				t.Errorf("roles %v", roles(v))
			}
			w.consistent(t)
		},
	})
}

// TestRequestsThatWaitForEachOtherSeeWhatTheOtherDid holds one request at its guard, with its person locked, until the other one waits for it.
func TestRequestsThatWaitForEachOtherSeeWhatTheOtherDid(t *testing.T) {
	t.Parallel()
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"a large group replaced while one of its members is deleted": func(t *testing.T, w *site) {
			if !w.postgres() {
				t.Skip("SQLite runs one write after the other")
			}
			ids := w.crowd(provision.InOneCommit + 1)
			g := w.group(w.okta, "team").ID
			w.whileDeleting(t, ids[7], func() error {
				_, err := w.engine.UpdateGroup(context.Background(), w.okta, g, nil, nil, []provision.MemberOp{{Kind: provision.ReplaceMembers, Members: members(ids...)}})
				return err
			})
			w.settle()
			w.consistent(t)
		},
		"a small change of members while the member is deleted": func(t *testing.T, w *site) {
			if !w.postgres() {
				t.Skip("SQLite runs one write after the other")
			}
			ana, g := w.user(w.okta, "ana@acme.test", "1").ID, w.group(w.okta, "team").ID
			w.whileDeleting(t, ana, func() error {
				_, err := w.engine.UpdateGroup(context.Background(), w.okta, g, nil, nil, []provision.MemberOp{{Kind: provision.ReplaceMembers, Members: members(ana)}})
				return err
			})
			w.consistent(t)
		},
		"an update while the user is deleted": func(t *testing.T, w *site) {
			if !w.postgres() {
				t.Skip("SQLite runs one write after the other")
			}
			ana := w.user(w.okta, "ana@acme.test", "1").ID
			w.whileDeleting(t, ana, func() error {
				_, err := w.set(w.okta, ana, map[string]any{"title": "Agent"})
				if directory.KindOf(err) != directory.NotFound {
					return fmt.Errorf("update of a user who was deleted in between: %w", errors.Join(err, errors.New("want not found")))
				}
				return nil
			})
			w.consistent(t)
		},
		"a group deleted while somebody comes back to it": func(t *testing.T, w *site) {
			if !w.postgres() {
				t.Skip("SQLite runs one write after the other")
			}
			w.configure(configureRules(supportRule))
			ana := w.user(w.okta, "ana@acme.test", "1").ID
			g := w.group(w.okta, "CC-Support", ana).ID
			w.delete(w.okta, ana)
			w.whileHeld(t, func(w *site) error {
				_, err := w.engine.CreateUser(context.Background(), w.okta, account("ana@acme.test", "1"))
				return err
			}, func() error {
				_, err := w.engine.DeleteGroup(context.Background(), w.okta, g, nil)
				return err
			})
			if v := w.view(ana); len(v.Roles) != 0 {
				t.Errorf("roles %v of a group that is gone", roles(v))
			}
			w.consistent(t)
		},
	})
}

// whileDeleting deletes somebody in another process, and begins the other request when their row is locked.
func (w *site) whileDeleting(t *testing.T, id string, other func() error) {
	t.Helper()
	w.whileHeld(t, func(w *site) error { return w.engine.DeleteUser(context.Background(), w.okta, id, nil) }, other)
}

// crowd makes n users at once.
func (w *site) crowd(n int) []string {
	w.t.Helper()
	ids := make([]string, n)
	next := make(chan int)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range next {
				r, err := w.engine.CreateUser(context.Background(), w.okta, account(fmt.Sprintf("c%d@acme.test", i), fmt.Sprint("c", i)))
				if err != nil {
					w.t.Error(err)
				}
				ids[i] = r.ID
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	return ids
}
