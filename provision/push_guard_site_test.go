package provision_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// watched is a tenant whose connections have the usual guard, with a clock that the test moves.
type watched struct {
	*site

	clock *atomic.Int64 // how much later it is, in nanoseconds
	told  *atomic.Int64 // people of whom the metrics were told
}

// underGuard runs cases as subtests on both databases, each case in a tenant of its own.
func underGuard(t *testing.T, cases map[string]func(*testing.T, *watched)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, dsn string) {
		for name, f := range cases {
			t.Run(name, func(t *testing.T) { f(t, newWatched(t, dsn)) })
		}
	})
}

func newWatched(t testing.TB, dsn string) *watched {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	g := &watched{clock: &atomic.Int64{}, told: &atomic.Int64{}}
	db, err := store.Open(ctx, dsn, store.Options{
		Create: true, Keys: [][]byte{bytes.Repeat([]byte{7}, 32)},
		Now: func() time.Time { return time.Now().Add(time.Duration(g.clock.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &bench{t: t, db: db}
	b.okta = directory.Actor{Kind: directory.ActorConnection, ID: "okta", Connection: "okta"}
	b.entra = directory.Actor{Kind: directory.ActorConnection, ID: "entra", Connection: "entra"}
	b = b.newTenant()
	b.engine = provision.New(db, provision.Options{Held: func(_ string, people int) { g.told.Add(int64(people)) }})
	g.site = &site{bench: b, dsn: dsn}
	g.configure(func(c *store.Configuration) {
		configureRules(supportRule, leadsRule, billingRule)(c)
		for i := range c.Connections {
			c.Connections[i].Guard = directory.GuardLimits{}
		}
	})
	return g
}

// later moves the clock.
func (g *watched) later(d time.Duration) { g.clock.Add(int64(d)) }

// people makes so many users of the actor's connection.
func (g *watched) people(actor directory.Actor, n int) []string {
	g.t.Helper()
	ids, next := make([]string, n), atomic.Int64{}
	var all sync.WaitGroup
	for range 16 { // whose commits travel together
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				r, err := g.engine.CreateUser(g.t.Context(), actor, account(fmt.Sprintf("u%d@acme.test", i), fmt.Sprint(i)))
				if err != nil {
					g.t.Error(err)
				}
				ids[i] = r.ID
			}
		})
	}
	all.Wait()
	if g.t.Failed() {
		g.t.FailNow()
	}
	return ids
}

// crowd makes so many users of okta who are all in CC-Support.
func (g *watched) crowd(n int) (group string, ids []string) {
	g.t.Helper()
	ids = g.people(g.okta, n)
	group = g.group(g.okta, "CC-Support", ids...).ID
	g.settle()
	g.inForce(ids, true)
	return group, ids
}

// remove takes people out of a group and checks of how many the answer says that their rights are held.
func (g *watched) remove(group string, ids []string, held int) {
	g.t.Helper()
	if r := g.members(group, provision.RemoveMembers, ids...); r.Held != held {
		g.t.Errorf("removing %d people: the rights of %d are held, want %d", len(ids), r.Held, held)
	}
}

// inForce checks that everybody has the role agent, held or not, or that nobody has.
func (g *watched) inForce(ids []string, want bool) {
	g.t.Helper()
	all := g.views()
	for i, id := range ids {
		if v := all[id]; slices.Contains(roles(v), "agent") != want || len(v.AgentGroups) > 0 != want {
			g.t.Fatalf("number %d of %d has %v and %v, want them in force: %t", i, len(ids), roles(v), agentGroups(v), want)
		}
	}
}

// views returns everybody, by id.
func (g *watched) views() map[string]provision.View {
	g.t.Helper()
	all := map[string]provision.View{}
	err := g.engine.Views(g.t.Context(), g.tenant, func(v provision.View) error {
		all[v.ID] = v
		return nil
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return all
}

// heldUntil returns until when somebody's role agent is held, or the zero time.
func (g *watched) heldUntil(id string) time.Time {
	g.t.Helper()
	return agentUntil(g.view(id))
}

func agentUntil(v provision.View) time.Time {
	for _, r := range v.Roles {
		for _, o := range r.Origins {
			if r.Key == "agent" && o.HeldUntil != nil {
				return *o.HeldUntil
			}
		}
	}
	return time.Time{}
}

// allHeld checks that what everybody has of CC-Support is held for a day.
func (g *watched) allHeld(ids []string) {
	g.t.Helper()
	g.inForce(ids, true)
	all := g.views()
	for _, id := range ids {
		until := agentUntil(all[id])
		if left := time.Until(until) - time.Duration(g.clock.Load()); left > 24*time.Hour || left < 23*time.Hour {
			g.t.Fatalf("held until %s, which is in %s", until, left)
		}
	}
}

// noneHeld checks that nothing of the connection waits any more.
func (g *watched) noneHeld(connection string) {
	g.t.Helper()
	if n := g.waiting(connection); len(n) > 0 {
		g.t.Errorf("still held: %v", n)
	}
	if s, err := g.db.Reader(g.tenant).Source(g.t.Context(), connection); err != nil || s.Status != store.SourceActive || !s.HeldUntil.IsZero() {
		g.t.Errorf("the connection is %s until %s (%v)", s.Status, s.HeldUntil, err)
	}
}

// waiting tells what approving would change.
func (g *watched) waiting(connection string) (out []provision.PersonChange) {
	g.t.Helper()
	n, _, err := g.engine.Held(g.t.Context(), g.tenant, connection, func(c provision.PersonChange) error {
		out = append(out, c)
		return nil
	})
	if err != nil || n != len(out) {
		g.t.Fatalf("%d people wait, %d were told (%v)", n, len(out), err)
	}
	return out
}

func (g *watched) release(approve bool) provision.SyncResult {
	g.t.Helper()
	actor := directory.Actor{Tenant: g.tenant, Kind: directory.ActorCLI, ID: "root@host", Connection: "okta"}
	r, err := g.engine.ReleaseHeld(g.t.Context(), actor, "okta", approve)
	if err != nil {
		g.t.Fatal(err)
	}
	return r
}

// expire does what the job does.
func (g *watched) expire() int {
	g.t.Helper()
	n, err := g.engine.ExpireHeld(g.t.Context(), g.tenant, "okta")
	if err != nil {
		g.t.Fatal(err)
	}
	return n
}

// settledForGood checks that everybody has what a fresh evaluation gives them.
func (g *watched) settledForGood() {
	g.t.Helper()
	g.settle()
	if who := g.unsettled(); len(who) > 0 {
		g.t.Errorf("not what a fresh evaluation gives: %s", strings.Join(who, "; "))
	}
}
