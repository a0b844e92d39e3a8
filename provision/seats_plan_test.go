package provision_test

import (
	"fmt"
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// preview tells what a configuration would do, and each line that is about a seat, as "ana: exempt -> held".
func (b *bench) preview(change func(*store.Configuration)) (store.Summary, map[string]string) {
	b.t.Helper()
	c, err := b.db.Reader(b.tenant).Configuration(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	change(c)
	lines := map[string]string{}
	sum, _, err := b.engine.PreviewGuarded(b.t.Context(), c, nil, directory.DefaultGuard(), func(x provision.PersonChange) error {
		if x.Seat != nil {
			lines[x.UserName] = fmt.Sprint(x.Seat.Before, " -> ", x.Seat.After)
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return sum, lines
}

// seatsOf keeps of a summary what is about seats: gained, freed, waiting.
func seatsOf(s store.Summary) [3]int { return [3]int{s.SeatsGained, s.SeatsFreed, s.SeatsWaiting} }

// TestPreviewForeseesTheRoom compares, for each configuration, what was foreseen with what then happened.
func TestPreviewForeseesTheRoom(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		var ids []string
		for i := range 6 {
			ids = append(ids, b.user(b.okta, fmt.Sprint("u", i), fmt.Sprint(i)).ID)
		}
		leads := directory.SeatPool{Key: "leads", Limit: 1, Roles: []string{"supervisor"}}
		b.group(b.okta, "CC-Lead-Day", ids[0], ids[1])
		for i, x := range []struct {
			change func(*store.Configuration)
			want   [3]int
		}{
			{seated(nil, desks(4)), [3]int{4, 0, 2}},
			{seated(nil, desks(5)), [3]int{1, 0, 0}},                                                 // one who waits gets the new one
			{seated(nil, desks(3)), [3]int{0, 0, 0}},                                                 // nobody is thrown out
			{func(c *store.Configuration) { c.Rules = append(c.Rules, leadsRule) }, [3]int{0, 0, 0}}, // no pool asks for the role
			{seated(nil, desks(3), leads), [3]int{1, 2, 1}},                                          // two move, one of them finds a seat, and what they leave is beyond the limit
			{func(c *store.Configuration) { c.Settings["seats.policy"] = "metered" }, [3]int{2, 0, 0}},
			{func(c *store.Configuration) { c.Settings["seats.policy"] = "off" }, [3]int{0, 6, 0}},
		} {
			planned, lines := b.preview(x.change)
			if seatsOf(planned) != x.want {
				t.Errorf("%d: planned %v, want %v (%v)", i, seatsOf(planned), x.want, lines)
			}
			before := map[string]string{}
			for u := range 6 {
				before[fmt.Sprint("u", u)] = string(b.view(ids[u]).Seat)
			}
			b.configure(x.change)
			for u := range 6 {
				name, line := fmt.Sprint("u", u), ""
				if is := string(b.view(ids[u]).Seat); is != before[name] {
					line = before[name] + " -> " + is
				}
				if told := lines[name]; told != line && (line != "" || told != "held -> held") {
					t.Errorf("%d: %s was told %q, and it came to %q", i, name, told, line)
				}
			}
		}
		if held, _ := b.ledger(); held["desks"]+held["leads"] != 0 {
			t.Errorf("ledger %v", held)
		}
	})
}

// status adds a status to the catalogue.
func (b *bench) status(x directory.Status) {
	b.t.Helper()
	err := b.db.Write(b.t.Context(), b.tenant, func(tx *store.Tx) error { tx.PutStatus(x); return nil })
	if err != nil {
		b.t.Fatal(err)
	}
	b.configure(func(*store.Configuration) {})
}

func TestASyncOfThousandIntoAPoolOfSixHundred(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		b.configure(seated(map[string]string{"presence.initial_status": "ready", "user.required_fields": "role"}, desks(600)))
		b.status(directory.Status{Key: "ready", Name: "Ready", Receives: true, Active: true, ManagedBy: directory.ByManifest})
		var everybody []string
		for i := range 1000 {
			id := fmt.Sprintf("u%04d", i)
			d.user(id)
			everybody = append(everybody, id)
		}
		d.group("CC-Support", everybody...)
		planned, p := b.plan(d, provision.SyncOptions{Full: true})
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if seatsOf(planned.Summary) != [3]int{600, 0, 400} {
			t.Errorf("planned %+v", planned.Summary)
		}
		done := b.sync(d)
		if seatsOf(done.Summary) != [3]int{600, 0, 400} || done.Status != provision.SyncApplied {
			t.Errorf("%s, %+v", done.Status, done.Summary)
		}
		if u := b.use("desks"); u != (store.SeatUse{Pool: "desks", Limit: 600, Held: 600, Waiting: 400}) {
			t.Errorf("use %+v", u)
		}
		eligible := 0
		err := b.engine.Views(t.Context(), b.tenant, func(v provision.View) error {
			if v.Eligible {
				eligible++
			}
			if v.State != directory.Active || v.Eligible != (v.Seat == directory.SeatHeld) {
				t.Fatalf("%s: %s, %s, eligible %v, lacks %v", v.UserName, v.State, v.Seat, v.Eligible, v.Incomplete)
			}
			return nil
		})
		if err != nil || eligible != 600 {
			t.Errorf("%d are eligible (%v)", eligible, err)
		}
		// Ten of those who sit leave, ten come: the seats go to ten who waited, when they are settled.
		gone := 0
		for _, id := range everybody {
			if gone < 10 && b.view(id).Seat == directory.SeatHeld {
				d.users[id].attributes["active"] = false
				gone++
			}
		}
		for i := range 10 {
			d.user(fmt.Sprintf("v%04d", i))
		}
		if again := b.sync(d); seatsOf(again.Summary) != [3]int{0, 10, 10} {
			t.Errorf("%+v", again.Summary)
		}
		if sum := b.settle(); seatsOf(sum) != [3]int{10, 0, 0} {
			t.Errorf("settled %+v", sum)
		}
		if held, _ := b.ledger(); held["desks"] != 600 {
			t.Errorf("ledger %v", held)
		}
	})
}

func TestASyncPlanGivesToNewcomersWhatOthersLeave(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		b.configure(seated(nil, desks(2)))
		d.user("ana")
		d.user("bob")
		b.sync(d)
		d.users["ana"].attributes["active"] = false
		d.user("cy")
		d.user("di")
		planned, p := b.plan(d, provision.SyncOptions{Full: true})
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if seatsOf(planned.Summary) != [3]int{1, 1, 1} {
			t.Errorf("planned %+v", planned.Summary)
		}
		told := map[any]int{}
		for _, l := range planned.lines {
			for _, v := range l.Values {
				if v.Field == "seat" && slices.Contains(l.Fields, "seat") {
					told[v.After]++
				}
			}
		}
		if told["held"] != 1 || told["blocked_no_seat"] != 1 || told["none"] != 1 {
			t.Errorf("lines tell %v", told)
		}
		if done := b.sync(d); seatsOf(done.Summary) != [3]int{1, 1, 1} {
			t.Errorf("applied %+v", done.Summary)
		}
	})
}

func TestABulkEditForeseesSeats(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(seated(nil, desks(2)))
		var ids []string
		for i := range 3 {
			ids = append(ids, b.user(b.okta, fmt.Sprint("u", i), fmt.Sprint(i)).ID)
		}
		actor := boss
		actor.Tenant = b.tenant
		for _, x := range []struct {
			do   string
			want [3]int
		}{{"suspend", [3]int{0, 2, 0}}, {"resume", [3]int{2, 0, 1}}} {
			request := provision.BulkRequest{People: ids, Do: x.do, Reason: "test"}
			planned, err := b.engine.Bulk(t.Context(), actor, request, provision.BulkOptions{Plan: true})
			if err != nil || seatsOf(planned.Summary) != x.want {
				t.Errorf("%s: planned %+v (%v)", x.do, planned.Summary, err)
			}
			done, err := b.engine.Bulk(t.Context(), actor, request, provision.BulkOptions{Approve: true})
			if err != nil || seatsOf(done.Summary) != x.want {
				t.Errorf("%s: %+v (%v)", x.do, done.Summary, err)
			}
		}
	})
}

func TestWhoComesBackByHandNeedsASeat(t *testing.T) {
	t.Parallel()
	atDesk(t, "", map[string]func(*testing.T, *desk){
		"as who is new does": func(t *testing.T, d *desk) {
			d.configure(seated(nil, desks(1)))
			ana := d.person("ana", role("agent"))
			if err := d.engine.RemovePerson(t.Context(), d.admin, ana.ID, provision.PersonOptions{}); err != nil {
				t.Fatal(err)
			}
			bea := d.person("bea", role("agent"))
			_, err := d.create("ana", role("agent"))
			d.wantKind(err, directory.Conflict)
			if v := d.view(ana.ID); v.State != directory.Deprovisioned || d.use("desks").Waiting != 0 {
				t.Errorf("%s, %+v", v.State, d.use("desks"))
			}
			if err := d.engine.RemovePerson(t.Context(), d.admin, bea.ID, provision.PersonOptions{}); err != nil {
				t.Fatal(err)
			}
			if back := d.person("ana", role("agent")); back.ID != ana.ID || back.Seat != directory.SeatHeld {
				t.Errorf("%s with %s", back.ID, back.Seat)
			}
		},
	})
}
