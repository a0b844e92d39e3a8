package provision_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// seatWorld is a tenant whose people come and go while its pools change.
type seatWorld struct {
	*bench

	ids   map[string]string // by userName, of those who are there
	limit map[string]int    // of each pool; 0 for none
	over  map[string]bool   // pools that were made smaller than the people in them
	lined []string          // who waited, in their order, as it was seen last
}

// TestSeatsHeldAreWhatTheLedgerSays goes through random histories: after each step the seats that people hold are those of
// the rows, of the people and of the change log; a limited pool gives no seat beyond its limit; and who waits is served in
// order.
func TestSeatsHeldAreWhatTheLedgerSays(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		b := open(t, dsn)
		rapid.Check(t, func(rt *rapid.T) {
			w := &seatWorld{bench: b.newTenant(), ids: map[string]string{}, limit: map[string]int{}, over: map[string]bool{}}
			w.pools(rt, "hard_cap", "suspend", 2, 1)
			for range rapid.IntRange(6, 24).Draw(rt, "steps") {
				w.step(rt)
				w.check(rt)
			}
		})
	})
}

// pools publishes two pools of these sizes; leads sit in the second one.
func (w *seatWorld) pools(rt *rapid.T, policy, freed string, desks, leads int) {
	w.configure(func(c *store.Configuration) {
		configureRules(leadsRule)(c)
		c.Settings["seats.policy"], c.Settings["seats.freed_at"] = policy, freed
		c.SeatPools = []directory.SeatPool{{Key: "desks", Limit: desks, Grace: 1}, {Key: "leads", Limit: leads, Grace: 1, Roles: []string{"supervisor"}}}
	})
	for key, n := range map[string]int{"desks": desks, "leads": leads} {
		switch {
		case policy == "cap_with_grace" && n > 0:
			n++
		case policy != "hard_cap":
			n = 0
		}
		u := w.use(key)
		w.limit[key], w.over[key] = n, n > 0 && u.Held+u.Kept > n
		if policy != "off" && n > 0 && u.Waiting > 0 && u.Free > 0 {
			rt.Fatalf("published: %d wait for %d free seats of %s", u.Waiting, u.Free, key)
		}
	}
}

func (w *seatWorld) step(rt *rapid.T) {
	name := rapid.SampledFrom([]string{"ana", "bob", "cy", "di", "eve"}).Draw(rt, "name")
	id := w.ids[name]
	w.lined = w.queue(rt)
	switch verb := rapid.SampledFrom([]string{"come", "come", "active", "go", "lead", "hold", "pools", "settle", "undo"}).Draw(rt, "verb"); verb {
	case "come":
		if id == "" {
			w.ids[name] = w.user(w.okta, name, "ext-"+name, map[string]any{"active": rapid.Bool().Draw(rt, "active")}).ID
		}
	case "pools":
		w.pools(rt, rapid.SampledFrom([]string{"hard_cap", "hard_cap", "cap_with_grace", "metered", "off"}).Draw(rt, "policy"),
			rapid.SampledFrom([]string{"suspend", "next_invoice"}).Draw(rt, "freed at"), rapid.IntRange(0, 3).Draw(rt, "desks"), rapid.IntRange(1, 2).Draw(rt, "leads"))
		w.lined = nil // the pools are others
	case "settle":
		w.settle()
		for _, key := range []string{"desks", "leads"} {
			if u := w.use(key); u.Free > 0 && u.Waiting > 0 {
				rt.Fatalf("settled, and there are seats for which somebody waits: %+v", u)
			}
		}
	default:
		if id != "" {
			w.person(rt, verb, name, id)
		}
	}
}

func (w *seatWorld) person(rt *rapid.T, verb, name, id string) {
	ctx := w.t.Context()
	actor := boss
	actor.Tenant = w.tenant
	var err error
	switch verb {
	case "active":
		_, err = w.set(w.okta, id, map[string]any{"active": rapid.Bool().Draw(rt, "active")})
	case "go":
		err = w.engine.DeleteUser(ctx, w.okta, id, nil)
		delete(w.ids, name)
	case "lead":
		g, found := w.lead(rt)
		if !found {
			w.group(w.okta, "CC-Lead-Day", id)
			return
		}
		kind := provision.AddMembers
		if rapid.Bool().Draw(rt, "leaves") {
			kind = provision.RemoveMembers
		}
		w.members(g, kind, id)
	case "hold":
		_, err = w.engine.PlaceHold(ctx, actor, directory.Hold{Person: id, Subject: "state", Effect: directory.Deny, Reason: "test"})
	case "undo":
		list, logErr := w.db.Reader(w.tenant).Changes(ctx, "person:"+id, 1)
		if logErr != nil || len(list) == 0 {
			rt.Fatalf("changes of %s: %v", name, logErr)
		}
		_, err = w.engine.ApplyUndo(ctx, actor, provision.UndoTarget{Change: list[0].ID}, provision.SyncOptions{Approve: true})
		if err == nil && w.view(id).State == directory.Deprovisioned {
			delete(w.ids, name)
		}
	}
	if err != nil && directory.KindOf(err) == "" {
		rt.Fatalf("%s %s: %v", verb, name, err)
	}
}

// lead is the group of leads.
func (w *seatWorld) lead(rt *rapid.T) (id string, found bool) {
	err := w.db.Reader(w.tenant).GroupNames(w.t.Context(), func(g store.GroupName) error {
		id, found = g.ID, true
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
	return id, found
}

// queue is who waits, pool by pool.
func (w *seatWorld) queue(rt *rapid.T) []string {
	var out []string
	for _, key := range []string{"desks", "leads"} {
		ids, err := w.db.Reader(w.tenant).SeatQueue(w.t.Context(), key, 100)
		if err != nil {
			rt.Fatal(err)
		}
		for _, id := range ids {
			out = append(out, key+" "+id)
		}
	}
	return out
}

func (w *seatWorld) check(rt *rapid.T) {
	held, kept := w.ledger()
	people, waiting := map[string]int{}, map[string]int{}
	seats := map[string]string{} // "desks ID" -> what the person has of it
	err := w.engine.Views(w.t.Context(), w.tenant, func(v provision.View) error {
		needs := v.State == directory.Active || v.State == directory.Pending
		switch v.Seat {
		case directory.SeatHeld:
			people[v.SeatPool]++
		case directory.SeatBlocked:
			waiting[v.SeatPool]++
		case directory.SeatNone:
			needs = !needs
		default:
			return nil
		}
		if !needs {
			return fmt.Errorf("%s is %s and has %s %s", v.UserName, v.State, v.Seat, v.SeatPool)
		}
		seats[v.SeatPool+" "+v.ID] = string(v.Seat)
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
	for _, key := range []string{"desks", "leads"} {
		u := w.use(key)
		if u.Held != held[key] || u.Held != people[key] || u.Kept != kept[key] || u.Waiting != waiting[key] {
			rt.Fatalf("%s: rows %+v; the ledger %d and %d kept; people %d, %d waiting", key, u, held[key], kept[key], people[key], waiting[key])
		}
		switch most := w.limit[key]; {
		case most == 0:
		case u.Held+u.Kept <= most:
			w.over[key] = false // from now on nobody sits beyond the limit
		case !w.over[key]:
			rt.Fatalf("%s has %d seats: %+v", key, most, u)
		}
	}
	w.served(rt, seats)
}

// served sees that nobody got a seat while somebody who waited longer for one still waits.
func (w *seatWorld) served(rt *rapid.T, seats map[string]string) {
	waits := map[string]bool{}
	for _, line := range w.lined {
		key, _, _ := strings.Cut(line, " ")
		switch seats[line] {
		case string(directory.SeatBlocked):
			waits[key] = true
		case string(directory.SeatHeld):
			if waits[key] {
				rt.Fatalf("%s overtook somebody; they waited in the order %v, and now there are %v", line, w.lined, slices.Sorted(maps.Keys(seats)))
			}
		}
	}
}
