package provision_test

import (
	"slices"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// onTime lets time pass, has those looked at whose instant has come, as the jobs do, and returns what the feed tells of it.
func (g *watched) onTime(d *desk, wait time.Duration) []string {
	g.t.Helper()
	cursor := d.cursor()
	g.later(wait)
	if _, err := g.engine.Awaken(g.t.Context(), g.tenant); err != nil {
		g.t.Fatal(err)
	}
	g.settle()
	return told(d.feed(cursor))
}

func TestTheFeedTellsWhatTheClockTurns(t *testing.T) {
	t.Parallel()
	started := func(g *watched) (d *desk, ana string) {
		d = &desk{g.site, directory.Actor{Tenant: g.tenant, Kind: directory.ActorAPIKey, ID: "key"}}
		ana = g.user(g.okta, "ana", "1", map[string]any{"displayName": "Ana"}, email("ana@example.com")).ID
		g.group(g.okta, "CC-Support", ana)
		g.configure(func(c *store.Configuration) {
			for i := range c.AgentGroups {
				c.AgentGroups[i].Distribution = true
			}
		})
		d.mustSetStatus(ana, "online")
		if v := d.eligibility(ana); !v.Eligible {
			g.t.Fatalf("%+v", v)
		}
		return d, ana
	}
	hour := func(g *watched) *time.Time {
		at := g.db.Clock().Add(time.Hour).UTC().Truncate(time.Microsecond)
		return &at
	}
	want := func(t *testing.T, what string, got []string, lines ...string) {
		t.Helper()
		if !slices.Equal(got, lines) {
			t.Errorf("%s: the feed tells %q, want %q", what, got, lines)
		}
	}
	underGuard(t, map[string]func(*testing.T, *watched){
		"an absence": func(t *testing.T, g *watched) {
			d, ana := started(g)
			until := hour(g).Add(time.Hour)
			d.mustBeAbsent(directory.Absence{Person: ana, Kind: directory.Holiday, From: *hour(g), Until: &until})
			want(t, "before it", g.onTime(d, 30*time.Minute))
			want(t, "in it", g.onTime(d, time.Hour), "user.absence_changed ana false")
			want(t, "after it", g.onTime(d, time.Hour), "user.absence_changed ana true")
		},
		"a hold of the state": func(t *testing.T, g *watched) {
			d, ana := started(g)
			if _, err := g.engine.PlaceHold(t.Context(), d.admin, directory.Hold{Person: ana, Subject: "state", Effect: directory.Deny, Reason: "leave", Until: hour(g)}); err != nil {
				t.Fatal(err)
			}
			want(t, "over", g.onTime(d, 2*time.Hour), "user.activated ana false") // they begin offline
		},
		"a hold of a right": func(t *testing.T, g *watched) {
			d, ana := started(g)
			if _, err := g.engine.PlaceHold(t.Context(), d.admin, directory.Hold{Person: ana, Subject: "role:agent", Effect: directory.Deny, Reason: "trial", Until: hour(g)}); err != nil {
				t.Fatal(err)
			}
			if d.eligibility(ana).Eligible {
				t.Error("eligible without the role")
			}
			want(t, "over", g.onTime(d, 2*time.Hour), "user.entitled ana true")
		},
		"a hold of an attribute that the tenant requires": func(t *testing.T, g *watched) {
			d, ana := started(g)
			g.setting("user.required_fields", "title")
			d.mustSetStatus(ana, "online")
			if _, err := g.engine.PlaceHold(t.Context(), d.admin, directory.Hold{Person: ana, Subject: "attribute:title", Effect: directory.Keep, Value: "Agent", Reason: "trial", Until: hour(g)}); err != nil {
				t.Fatal(err)
			}
			if v := d.eligibility(ana); !v.Eligible {
				t.Errorf("%+v", v)
			}
			got := g.onTime(d, 2*time.Hour)
			if len(got) != 1 || d.eligibility(ana).Eligible {
				t.Errorf("the feed tells %q", got)
			}
		},
		"what a guard held": func(t *testing.T, g *watched) {
			group, ids := g.crowd(8)
			d := &desk{g.site, directory.Actor{Tenant: g.tenant, Kind: directory.ActorAPIKey, ID: "key"}}
			g.remove(group, ids[:7], 7)
			if got := g.onTime(d, 25*time.Hour); len(got) != 7 {
				t.Errorf("the feed tells %q", got)
			}
		},
		"a seat that was kept until the invoice": func(t *testing.T, g *watched) {
			d, ana := started(g)
			g.configure(seated(map[string]string{"seats.freed_at": "next_invoice"}, desks(1)))
			bea := g.user(g.okta, "bea", "2").ID
			g.active(ana, false)
			g.seats("bea: blocked_no_seat desks")
			want(t, "paid for", g.onTime(d, time.Hour))
			got := g.onTime(d, 32*24*time.Hour)
			if v := d.eligibility(bea); v.Seat != directory.SeatHeld || !slices.Contains(got, "user.entitled bea false") {
				t.Errorf("the feed tells %q", got)
			}
		},
	})
}

func TestWhatAGuardHoldsForeseesSeats(t *testing.T) {
	t.Parallel()
	underGuard(t, map[string]func(*testing.T, *watched){
		"freed, gained and waited for": func(t *testing.T, g *watched) {
			pools := []directory.SeatPool{
				{Key: "agents", Limit: 20, Roles: []string{"agent"}, ManagedBy: directory.ByManifest}, {Key: "rest", Limit: 4, ManagedBy: directory.ByManifest},
			}
			g.configure(seated(nil, pools...))
			group, ids := g.crowd(10)
			g.remove(group, ids[:7], 7)
			told := map[directory.SeatState]int{}
			held, sum, err := g.engine.Held(t.Context(), g.tenant, "okta", func(c provision.PersonChange) error {
				if c.Seat != nil && c.Seat.From == "agents" && c.Seat.Pool == "rest" {
					told[c.Seat.After]++
				}
				return nil
			})
			if err != nil || held != 7 || told[directory.SeatHeld] != 4 || told[directory.SeatBlocked] != 3 || seatsOf(sum) != [3]int{4, 7, 3} {
				t.Errorf("%d held, told %v, %+v (%v)", held, told, sum, err)
			}
			if u := g.use("agents"); u.Held != 10 {
				t.Errorf("telling it changed %+v", u)
			}
			if r := g.release(true); seatsOf(r.Summary) != [3]int{4, 7, 3} {
				t.Errorf("%+v", r.Summary)
			}
			if u := g.use("rest"); u != (store.SeatUse{Pool: "rest", Limit: 4, Held: 4, Waiting: 3}) {
				t.Errorf("%+v", u)
			}
		},
	})
}
