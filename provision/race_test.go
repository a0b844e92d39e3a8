package provision_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// meet lets two parties wait for each other, but not for ever: where one of them holds a lock that the other needs, the
// first goes on alone.
type meet struct{ here [2]chan struct{} }

func newMeet() *meet { return &meet{[2]chan struct{}{make(chan struct{}), make(chan struct{})}} }

// at tells that party i is there, and waits for the other one.
func (m *meet) at(i int, once *sync.Once) {
	once.Do(func() {
		close(m.here[i])
		select {
		case <-m.here[1-i]:
		case <-time.After(150 * time.Millisecond):
		}
	})
}

func TestRequestsOfSeveralProcessesAtOnce(t *testing.T) {
	t.Parallel()
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"POST one userName: one succeeds": func(t *testing.T, w *site) {
			both := []*site{w, w.elsewhere(t, provision.Options{})}
			var ok, refused atomic.Int64
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() {
					_, err := both[i%2].engine.CreateUser(context.Background(), w.okta, account("ana@acme.test", fmt.Sprint("k", i), email("ana@acme.test")))
					switch {
					case err == nil:
						ok.Add(1)
					case directory.KindOf(err) == directory.Conflict:
						refused.Add(1)
					default:
						t.Errorf("POST: %v", err)
					}
				})
			}
			wg.Wait()
			if ok.Load() != 1 || refused.Load() != 15 {
				t.Errorf("%d succeeded, %d were refused", ok.Load(), refused.Load())
			}
			w.oneOwner(t)
			if n := w.number(`SELECT COUNT(*) FROM person WHERE tenant = ?`); n != 1 {
				t.Errorf("%d people", n)
			}
		},
		"POST of one who comes back: one succeeds": func(t *testing.T, w *site) {
			both := []*site{w, w.elsewhere(t, provision.Options{})}
			ana := w.user(w.okta, "ana@acme.test", "1")
			g := w.group(w.okta, "team", ana.ID)
			w.delete(w.okta, ana.ID)
			var ok atomic.Int64
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					r, err := both[i%2].engine.CreateUser(context.Background(), w.okta, account("ana@acme.test", "1"))
					switch {
					case err == nil && r.ID == ana.ID:
						ok.Add(1)
					case directory.KindOf(err) != directory.Conflict:
						t.Errorf("POST: %s, %v", r.ID, err)
					}
				})
			}
			wg.Wait()
			stored, err := w.db.Reader(w.tenant).GroupResource(t.Context(), "okta", g.ID)
			if ok.Load() != 1 || err != nil || stored.Members != 1 || len(w.in(g.ID)) != 1 {
				t.Errorf("%d succeeded; the group has %d members, %v (%v)", ok.Load(), stored.Members, w.in(g.ID), err)
			}
			w.oneOwner(t)
		},
		"claims of one person: one succeeds": func(t *testing.T, w *site) {
			local := directory.Actor{Tenant: w.tenant, Kind: directory.ActorCLI, ID: "root@host"}
			both := []*site{w, w.elsewhere(t, provision.Options{})}
			for round := range 8 {
				name := fmt.Sprintf("u%d@acme.test", round)
				person := w.user(local, name, "")
				var ok atomic.Int64
				var wg sync.WaitGroup
				for i, actor := range []directory.Actor{w.okta, w.entra} {
					wg.Go(func() {
						_, err := both[i].engine.CreateUser(context.Background(), actor, account(name, "k"+name))
						if err == nil {
							ok.Add(1)
						} else if directory.KindOf(err) != directory.Conflict {
							t.Errorf("claim: %v", err)
						}
					})
				}
				wg.Wait()
				if v := w.view(person.ID); ok.Load() != 1 || len(v.Accounts) != 1 {
					t.Errorf("%d claims succeeded; accounts %+v", ok.Load(), v.Accounts)
				}
			}
			w.oneOwner(t)
		},
		"PATCH of different attributes of a user: none is lost": func(t *testing.T, w *site) {
			both := []*site{w, w.elsewhere(t, provision.Options{})}
			ana := w.user(w.okta, "ana@acme.test", "1")
			attributes := []string{"title", "nickName", "displayName", "locale", "timezone", "userType", "preferredLanguage", "profileUrl"}
			var wg sync.WaitGroup
			for i, a := range attributes {
				wg.Go(func() {
					for n := range 3 {
						if _, err := both[i%2].set(w.okta, ana.ID, map[string]any{a: fmt.Sprint(n)}); err != nil {
							t.Errorf("PATCH: %v", err)
						}
					}
				})
			}
			wg.Wait()
			v := w.view(ana.ID)
			for _, a := range attributes {
				if v.Attributes[a] != "2" {
					t.Errorf("%s is %v", a, v.Attributes[a])
				}
			}
			r, err := w.db.Reader(w.tenant).User(t.Context(), "okta", ana.ID, false)
			if want := ana.Version + 3*int64(len(attributes)); err != nil || r.Version != want {
				t.Errorf("version %d (%v), want %d", r.Version, err, want)
			}
		},
		"PATCH of different attributes of a group: none is lost": func(t *testing.T, w *site) {
			other := w.elsewhere(t, provision.Options{})
			g := w.group(w.okta, "team")
			m := newMeet()
			patch := func(i int, engine *provision.Engine, change func(*directory.Group)) error {
				var once sync.Once
				_, err := engine.UpdateGroup(context.Background(), w.okta, g.ID, nil, func(x directory.Group) (directory.Group, error) {
					m.at(i, &once)
					change(&x)
					return x, nil
				}, nil)
				return err
			}
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := patch(0, w.engine, func(x *directory.Group) {
					x.DisplayName, x.Attributes = "crew", directory.Attributes{"displayName": "crew"}
				}); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if err := patch(1, other.engine, func(x *directory.Group) { x.ExternalID = "ext" }); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			now, err := w.db.Reader(w.tenant).Group(t.Context(), "okta", g.ID)
			if err != nil || now.DisplayName != "crew" || now.ExternalID != "ext" || now.Attributes["displayName"] != "crew" || now.Version != g.Version+2 {
				t.Errorf("the group is %+v (%v), want displayName crew, externalId ext and two versions more than %d", now, err, g.Version)
			}
		},
		"members of two groups come and go": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			both := []*site{w, w.elsewhere(t, provision.Options{})}
			var ids []string
			for i := range 6 {
				ids = append(ids, w.user(w.okta, fmt.Sprintf("u%d@acme.test", i), fmt.Sprint(i)).ID)
			}
			groups := []string{w.group(w.okta, "CC-Support").ID, w.group(w.okta, "team").ID}
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					for n := range 5 {
						some := slices.Clone(ids[(i+n)%3 : (i+n)%3+3])
						if i%2 == 1 {
							slices.Reverse(some)
						}
						kind := []provision.OpKind{provision.AddMembers, provision.RemoveMembers, provision.ReplaceMembers}[(i+n)%3]
						_, err := both[i%2].engine.UpdateGroup(context.Background(), w.okta, groups[(i+n)%2], nil, nil, []provision.MemberOp{{Kind: kind, Members: members(some...)}})
						if err != nil {
							t.Errorf("members: %v", err)
						}
					}
				})
			}
			wg.Wait()
			w.consistent(t)
		},
		"delete a group that others add to": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			both := []*site{w, w.elsewhere(t, provision.Options{})}
			for range 3 {
				g := w.group(w.okta, "CC-Support").ID
				var wg sync.WaitGroup
				for i := range 6 {
					id := w.user(w.okta, store.NewShortID(), "").ID
					wg.Go(func() {
						_, err := both[i%2].engine.UpdateGroup(context.Background(), w.okta, g, nil, nil, []provision.MemberOp{{Kind: provision.AddMembers, Members: members(id)}})
						if err != nil && directory.KindOf(err) != directory.NotFound {
							t.Errorf("add: %v", err)
						}
					})
				}
				wg.Go(func() {
					if err := both[1].engine.DeleteGroup(context.Background(), w.okta, g, nil); err != nil {
						t.Errorf("delete: %v", err)
					}
				})
				wg.Wait()
			}
			w.consistent(t)
			if n := w.number(`SELECT COUNT(*) FROM grants WHERE tenant = ? AND ended = 0`); n != 0 {
				t.Errorf("%d grants outlive their group", n)
			}
		},
		"users come and go while they are added to groups": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			both := []*site{w, w.elsewhere(t, provision.Options{})}
			g := w.group(w.okta, "CC-Support").ID
			var wg sync.WaitGroup
			for i := range 4 {
				id := w.user(w.okta, fmt.Sprint("u", i), fmt.Sprint(i)).ID
				wg.Go(func() {
					for range 4 {
						if err := both[i%2].engine.DeleteUser(context.Background(), w.okta, id, nil); err != nil {
							t.Errorf("delete: %v", err)
						}
						if r, err := both[i%2].engine.CreateUser(context.Background(), w.okta, account(fmt.Sprint("u", i), fmt.Sprint(i))); err != nil || r.ID != id {
							t.Errorf("come back: %s, %v", r.ID, err)
						}
					}
				})
				wg.Go(func() {
					for n := range 6 {
						kind := []provision.OpKind{provision.AddMembers, provision.RemoveMembers}[n%2]
						if _, err := both[(i+n)%2].engine.UpdateGroup(context.Background(), w.okta, g, nil, nil, []provision.MemberOp{{Kind: kind, Members: members(id)}}); err != nil {
							t.Errorf("member: %v", err)
						}
					}
				})
			}
			wg.Wait()
			w.consistent(t)
		},
		"an e-mail address passes from one to another": func(t *testing.T, w *site) {
			both := []*site{w, w.elsewhere(t, provision.Options{})}
			ids := []string{w.user(w.okta, "ana", "1", email("team@acme.test")).ID, w.user(w.okta, "bob", "2").ID}
			for round := range 5 {
				var wg sync.WaitGroup
				for i, address := range []string{"other@acme.test", "team@acme.test"} {
					wg.Go(func() {
						if _, err := both[i].set(w.okta, ids[(round+i)%2], email(address)); err != nil {
							t.Errorf("PATCH: %v", err)
						}
					})
				}
				wg.Wait()
				w.consistent(t)
			}
		},
		"publish rules while users are created": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			publisher := w.elsewhere(t, provision.Options{})
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() {
					for n := range 8 {
						_, err := w.engine.CreateUser(context.Background(), w.okta, account(fmt.Sprintf("u%d-%d", i, n), fmt.Sprintf("%d-%d", i, n), department("Billing")))
						if err != nil {
							t.Errorf("POST: %v", err)
						}
					}
				})
			}
			wg.Go(func() {
				for n := range 4 {
					publisher.configure(configureRules([][]directory.Rule{{supportRule, billingRule}, {supportRule}}[n%2]...))
				}
				publisher.configure(configureRules(billingRule))
			})
			wg.Wait()
			w.settle()
			w.consistent(t)
			if n := w.number(`SELECT COUNT(*) FROM grants WHERE tenant = ? AND ended = 0 AND target = 'agent' AND rule = 'rule-billing'`); n != 32 {
				t.Errorf("%d of 32 have what the last rules give", n)
			}
		},
	})
}

// consistent checks what must hold whatever happened at once.
func (w *site) consistent(t *testing.T) {
	t.Helper()
	if who := w.unsettled(); len(who) > 0 {
		t.Errorf("not what a fresh evaluation gives: %v", who)
	}
	for what, text := range map[string]string{
		"people below the version":                 `SELECT COUNT(*) FROM person p JOIN tenant t ON t.id = p.tenant WHERE p.tenant = ? AND p.evaluated < t.config_version`,
		"grants of people who are gone":            `SELECT COUNT(*) FROM grants g JOIN person p ON p.tenant = g.tenant AND p.id = g.person AND p.state = 'deprovisioned' WHERE g.tenant = ? AND g.ended = 0`,
		"memberships of people without an account": `SELECT COUNT(*) FROM membership m WHERE m.tenant = ? AND m.ended = 0 AND NOT EXISTS (SELECT 1 FROM account a WHERE a.tenant = m.tenant AND a.person = m.person AND a.ended = 0)`,
		"memberships of groups that ended":         `SELECT COUNT(*) FROM membership m JOIN grp g ON g.tenant = m.tenant AND g.id = m.grp WHERE m.tenant = ? AND m.ended = 0 AND g.ended > 0`,
		"identifiers that nobody owns":             `SELECT COUNT(*) FROM (SELECT kind, value FROM identifier WHERE tenant = ? GROUP BY kind, value HAVING COUNT(claim) <> 1) x`,
		"history that runs backwards":              `SELECT COUNT(*) FROM person WHERE tenant = ? AND modified_at < created_at`,
	} {
		if n := w.number(text); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	page, err := w.db.Reader(w.tenant).Groups(t.Context(), store.Query{Connection: "okta", Limit: 100, Total: true})
	if err != nil || page.Total != int64(len(page.Resources)) {
		t.Errorf("%d groups listed of %d (%v)", len(page.Resources), page.Total, err)
	}
	for _, g := range page.Resources {
		found, err := w.db.Reader(w.tenant).Members(t.Context(), g.ID, directory.Member{}, 1000)
		if err != nil || int64(len(found)) != g.Members {
			t.Errorf("a group counts %d members and has %d (%v)", g.Members, len(found), err)
		}
	}
	w.oneOwner(t)
	for placed := 1; placed > 0; {
		if placed, err = w.db.Sequence(t.Context(), w.tenant); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := w.db.VerifyLedger(t.Context(), w.tenant, store.Head{}, nil); err != nil || len(a.Faults) > 0 || a.Waiting > 0 {
		t.Errorf("ledger: %+v (%v)", a, err)
	}
}

// TestLaggingProcessBindsGroupsToRulesThatAnotherPublished has a process that remembers the configuration for seconds.
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
					tx.PutAgentGroup(c.AgentGroups[0])
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

// TestSlowRequestsMeet holds one request at its guard, with its person locked, until the other one waits for it.
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
			back, goOn := make(chan struct{}), make(chan struct{})
			var once sync.Once
			slow := w.elsewhere(t, provision.Options{Guard: func(context.Context, directory.Actor, *provision.Plan) error {
				once.Do(func() { close(back); <-goOn })
				return nil
			}})
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := slow.engine.CreateUser(context.Background(), w.okta, account("ana@acme.test", "1")); err != nil {
					t.Error(err)
				}
			})
			<-back
			deleted := make(chan struct{})
			wg.Go(func() {
				defer close(deleted)
				if err := w.engine.DeleteGroup(context.Background(), w.okta, g, nil); err != nil {
					t.Error(err)
				}
			})
			w.await("the deletion to end or to wait", func() bool {
				select {
				case <-deleted:
					return true
				default:
					return w.blocked()
				}
			})
			close(goOn)
			wg.Wait()
			if v := w.view(ana); len(v.Roles) != 0 {
				t.Errorf("roles %v of a group that is gone", roles(v))
			}
			w.consistent(t)
		},
		"a group nested in another while somebody joins it": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			ana := w.user(w.okta, "ana@acme.test", "1").ID
			inner, outer := w.group(w.okta, "inner").ID, w.group(w.okta, "CC-Support").ID
			other := w.elsewhere(t, provision.Options{})
			m := newMeet()
			var once [2]sync.Once
			var wg sync.WaitGroup
			for i, change := range []func(func(directory.Group) (directory.Group, error)) error{
				func(fn func(directory.Group) (directory.Group, error)) error {
					_, err := w.engine.UpdateGroup(context.Background(), w.okta, inner, nil, fn, []provision.MemberOp{{Kind: provision.AddMembers, Members: members(ana)}})
					return err
				},
				func(fn func(directory.Group) (directory.Group, error)) error {
					_, err := other.engine.UpdateGroup(context.Background(), w.okta, outer, nil, fn, []provision.MemberOp{{Kind: provision.AddMembers, Members: members(inner)}})
					return err
				},
			} {
				wg.Go(func() {
					if err := change(func(g directory.Group) (directory.Group, error) { m.at(i, &once[i]); return g, nil }); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if v := w.view(ana); !slices.Equal(roles(v), []string{"agent"}) {
				t.Errorf("roles %v", roles(v))
			}
			w.consistent(t)
		},
	})
}

// whileDeleting deletes somebody in another process, and begins the other request when their row is locked.
func (w *site) whileDeleting(t *testing.T, id string, other func() error) {
	t.Helper()
	locked, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	deleter := w.elsewhere(t, provision.Options{Guard: func(context.Context, directory.Actor, *provision.Plan) error {
		once.Do(func() { close(locked); <-goOn })
		return nil
	}})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := deleter.engine.DeleteUser(context.Background(), w.okta, id, nil); err != nil {
			t.Error(err)
		}
	})
	<-locked
	wg.Go(func() {
		if err := other(); err != nil {
			t.Error(err)
		}
	})
	w.await("the other request to wait", w.blocked)
	close(goOn)
	wg.Wait()
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
