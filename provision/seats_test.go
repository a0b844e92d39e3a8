package provision_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// seated switches seats on, with these pools.
func seated(settings map[string]string, pools ...directory.SeatPool) func(*store.Configuration) {
	return func(c *store.Configuration) {
		c.Settings["seats.policy"] = "hard_cap"
		maps.Copy(c.Settings, settings)
		c.SeatPools = pools
	}
}

func desks(limit int) directory.SeatPool {
	return directory.SeatPool{Key: "desks", Name: "Desks", Limit: limit, Contact: "ask your account manager", ManagedBy: directory.ByManifest}
}

// seat is what somebody has, as "held desks".
func (b *bench) seat(user string) string {
	b.t.Helper()
	v := b.view(user)
	return strings.TrimSpace(string(v.Seat) + " " + v.SeatPool)
}

func (b *bench) seats(want ...string) {
	b.t.Helper()
	for _, w := range want {
		user, seat, _ := strings.Cut(w, ": ")
		if is := b.seat(user); is != seat {
			b.t.Errorf("%s: %s, want %s", user, is, seat)
		}
	}
}

func (b *bench) use(pool string) store.SeatUse {
	b.t.Helper()
	all, err := b.db.Reader(b.tenant).SeatUse(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(u store.SeatUse) bool { return u.Pool == pool })
	if i < 0 {
		return store.SeatUse{}
	}
	return all[i]
}

// active says through the connection whether somebody is.
func (b *bench) active(id string, is bool) {
	b.t.Helper()
	if _, err := b.set(b.okta, id, map[string]any{"active": is}); err != nil {
		b.t.Fatal(err)
	}
}

// ledger adds up what the change log says of seats: how many people sit in each pool, and for how many one is kept.
func (b *bench) ledger() (held, kept map[string]int) {
	b.t.Helper()
	ctx := context.WithoutCancel(b.t.Context())
	for {
		n, err := b.db.Sequence(ctx, b.tenant)
		if err != nil {
			b.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	list, err := b.db.Reader(b.tenant).Ledger(ctx, 0, 1_000_000)
	if err != nil {
		b.t.Fatal(err)
	}
	held, kept = map[string]int{}, map[string]int{}
	for _, c := range list {
		for n, text := range map[int]json.RawMessage{-1: c.Before, 1: c.After} {
			var side struct {
				Seat directory.SeatState `json:"seat"`
				Pool string              `json:"seat_pool"`
			}
			if len(text) > 0 && strings.HasPrefix(c.Subject, "person:") {
				if err := json.Unmarshal(text, &side); err != nil {
					b.t.Fatalf("%s: %v", text, err)
				}
			}
			switch {
			case side.Seat == directory.SeatHeld:
				held[side.Pool] += n
			case side.Seat == directory.SeatNone && side.Pool != "":
				kept[side.Pool] += n
			}
		}
	}
	return held, kept
}

func TestRow002_02_NobodySitsBeyondTheLimit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(seated(nil, desks(2)))
		ids := map[string]string{}
		for _, name := range []string{"ana", "bob", "cy", "di"} {
			ids[name] = b.user(b.okta, name, "x-"+name).ID
		}
		b.seats("ana: held desks", "bob: held desks", "cy: blocked_no_seat desks", "di: blocked_no_seat desks")
		v := b.view("cy")
		if v.State != directory.Active || v.Eligible || !strings.Contains(v.SeatHint, "Desks") || !strings.Contains(v.SeatHint, "ask your account manager") {
			t.Errorf("cy is there, gets no work and is told what to do: %s, %v, %q", v.State, v.Eligible, v.SeatHint)
		}
		if b.view("ana").SeatHint != "" {
			t.Error("ana needs no hint")
		}
		if _, err := b.set(b.okta, ids["cy"], map[string]any{"title": "Agent"}); err != nil {
			t.Error(err)
		}
		b.active(ids["ana"], false)
		b.user(b.okta, "eve", "x-eve") // before anybody settled
		b.seats("ana: none", "cy: blocked_no_seat desks", "eve: blocked_no_seat desks")
		if sum := b.settle(); sum.SeatsGained != 1 || sum.Updated != 1 {
			t.Errorf("one waited and got it: %+v", sum)
		}
		b.seats("cy: held desks", "di: blocked_no_seat desks", "eve: blocked_no_seat desks")
		b.active(ids["ana"], true) // at the end of those who wait
		if err := b.engine.DeleteUser(t.Context(), b.okta, ids["di"], nil); err != nil {
			t.Fatal(err)
		}
		if err := b.engine.DeleteUser(t.Context(), b.okta, ids["bob"], nil); err != nil {
			t.Fatal(err)
		}
		b.settle()
		b.seats("eve: held desks", "ana: blocked_no_seat desks", "cy: held desks")
		if u := b.use("desks"); u != (store.SeatUse{Pool: "desks", Limit: 2, Held: 2, Waiting: 1}) {
			t.Errorf("use %+v", u)
		}
	})
}

func TestWhoNeedsWhichSeat(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		leads := directory.SeatPool{Key: "leads", Name: "Leads", Limit: 1, Roles: []string{"supervisor"}}
		phones := directory.SeatPool{Key: "phones", Name: "Phones", Policy: directory.Metered, Roles: []string{"nobody"}}
		b.configure(func(c *store.Configuration) {
			configureRules(leadsRule, directory.Rule{
				ID: "phone", Name: "phones", When: `title eq "Phone"`, SeatPool: "phones", ManagedBy: directory.ByManifest,
			})(c)
			seated(nil, desks(5), leads, phones)(c)
		})
		ana, bob := b.user(b.okta, "ana", "1").ID, b.user(b.okta, "bob", "2").ID
		cy := b.user(b.okta, "cy", "3", map[string]any{"title": "Phone"}).ID
		b.user(b.okta, "di", "4", map[string]any{"active": false})
		b.seats("ana: held desks", "cy: held phones", "di: none")
		b.group(b.okta, "CC-Lead-Day", ana, bob)
		b.seats("ana: held leads", "bob: blocked_no_seat leads", "cy: held phones")
		if u := b.use("desks"); u.Held != 0 {
			t.Errorf("who moves gives the other seat up: %+v", u)
		}
		if _, err := b.set(b.okta, cy, map[string]any{"title": nil}); err != nil {
			t.Fatal(err)
		}
		b.seats("cy: held desks")
		b.configure(seated(nil, desks(5), leads, directory.SeatPool{Key: "phones", Roles: []string{"nobody"}}, directory.SeatPool{Key: "a-first", Limit: 9}))
		b.seats("cy: held a-first", "ana: held leads") // the first by key of those without roles
		b.configure(func(c *store.Configuration) { c.Settings["seats.policy"] = "off" })
		b.seats("ana: exempt", "bob: exempt", "cy: exempt", "di: exempt")
		if held, _ := b.ledger(); held["desks"]+held["leads"]+held["phones"]+held["a-first"] != 0 {
			t.Errorf("ledger %v", held)
		}
		for _, pool := range []string{"desks", "leads", "phones", "a-first"} {
			if u := b.use(pool); u.Held+u.Free+u.Waiting != 0 {
				t.Errorf("seats are not counted, and there are rows: %+v", u)
			}
		}
	})
}

func TestPoolsOfEachPolicy(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		for _, x := range []struct {
			pool directory.SeatPool
			held int
		}{
			{directory.SeatPool{Key: "p", Policy: directory.HardCap, Limit: 2}, 2},
			{directory.SeatPool{Key: "p", Policy: directory.CapWithGrace, Limit: 2, Grace: 1}, 3},
			{directory.SeatPool{Key: "p", Policy: directory.Metered, Limit: 2}, 4},
			{directory.SeatPool{Key: "p", Policy: directory.HardCap}, 4}, // no limit was agreed
		} {
			w := b.newTenant()
			w.configure(seated(nil, x.pool))
			for i := range 4 {
				w.user(w.okta, fmt.Sprint("u", i), fmt.Sprint(i))
			}
			if u := w.use("p"); u.Held != x.held || u.Waiting != 4-x.held {
				t.Errorf("%+v: %+v", x.pool, u)
			}
			w.configure(seated(nil, directory.SeatPool{Key: "p", Limit: 1}))
			if u := w.use("p"); u.Held != x.held || u.Free != 0 {
				t.Errorf("%+v made smaller throws nobody out: %+v", x.pool, u)
			}
			w.configure(seated(nil, directory.SeatPool{Key: "p", Policy: directory.Metered}))
			if u := w.use("p"); u.Held != 4 || u.Waiting != 0 {
				t.Errorf("%+v without a limit: %+v", x.pool, u)
			}
		}
	})
}

// TestRow004_56_TheSeatOfALeaverIsKeptUntilTheInvoice has a clock of its own.
func TestRow004_56_TheSeatOfALeaverIsKeptUntilTheInvoice(t *testing.T) {
	t.Parallel()
	eachClock(t, time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), func(t *testing.T, b *bench, clock *clock) {
		b.configure(seated(map[string]string{"seats.freed_at": "next_invoice", "seats.billing_day": "28"}, desks(2)))
		ana, bob := b.user(b.okta, "ana", "1").ID, b.user(b.okta, "bob", "2").ID
		b.user(b.okta, "cy", "3")
		b.active(ana, false)
		if err := b.engine.DeleteUser(t.Context(), b.okta, bob, nil); err != nil {
			t.Fatal(err)
		}
		b.settle()
		b.seats("ana: none desks", "cy: blocked_no_seat desks")
		if u := b.use("desks"); u != (store.SeatUse{Pool: "desks", Limit: 2, Kept: 2, Waiting: 1}) {
			t.Errorf("both are kept: %+v", u)
		}
		b.active(ana, true)
		b.seats("ana: held desks")
		b.active(ana, false)
		kept, err := b.db.Reader(b.tenant).SeatKept(t.Context(), ana)
		if until := time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC); err != nil || !kept.Until.Equal(until) {
			t.Errorf("kept until %s, want %s (%v)", kept.Until, until, err)
		}
		clock.set(time.Date(2026, 2, 27, 23, 59, 59, 0, time.UTC))
		b.settle()
		b.seats("ana: none desks", "cy: blocked_no_seat desks")
		clock.set(time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC))
		b.settle()
		b.seats("ana: none", "cy: held desks")
		if u := b.use("desks"); u != (store.SeatUse{Pool: "desks", Limit: 2, Held: 1, Free: 1}) {
			t.Errorf("the invoice came: %+v", u)
		}
		if held, kept := b.ledger(); held["desks"] != 1 || kept["desks"] != 0 {
			t.Errorf("ledger %v, %v", held, kept)
		}
		b.active(ana, true)
		b.seats("ana: held desks")
	})
}

func TestSixteenAtOnceGetTheSeatsThereAre(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(seated(nil, desks(10)))
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				if _, err := b.engine.CreateUser(t.Context(), b.okta, account(fmt.Sprint("u", i), fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		b.settle() // a transaction that ran twice may have left a seat for those who wait
		if u := b.use("desks"); u != (store.SeatUse{Pool: "desks", Limit: 10, Held: 10, Waiting: 6}) {
			t.Errorf("use %+v", u)
		}
		if held, _ := b.ledger(); held["desks"] != 10 {
			t.Errorf("ledger %v", held)
		}
	})
}

func TestUndoGivesSeatsBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(seated(nil, desks(2)))
		ana, bob := b.user(b.okta, "ana", "1").ID, b.user(b.okta, "bob", "2").ID
		b.active(ana, false)
		b.active(bob, false)
		change := b.last(t, ana)
		b.user(b.okta, "cy", "3")
		r, lines := b.undo(t, provision.UndoTarget{Change: change})
		if r.Summary.SeatsGained != 1 || len(lines) != 1 || !slices.Contains(lines[0].Fields, "seat") {
			t.Errorf("%+v, %+v", r.Summary, lines)
		}
		b.seats("ana: held desks", "bob: none", "cy: held desks")
		r, lines = b.undo(t, provision.UndoTarget{Change: b.last(t, bob)})
		if r.Summary.SeatsWaiting != 1 || len(lines) != 1 || lines[0].Change != "reactivated" {
			t.Errorf("the seat has gone to somebody else: %+v, %+v", r.Summary, lines)
		}
		b.seats("bob: blocked_no_seat desks")
	})
}
