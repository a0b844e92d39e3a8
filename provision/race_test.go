package provision_test

import (
	"context"
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
					if _, err := both[1].engine.DeleteGroup(context.Background(), w.okta, g, nil); err != nil {
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
