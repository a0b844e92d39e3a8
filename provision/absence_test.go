package provision_test

import (
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim/schema"
	"rollcall/store"
)

func in(d time.Duration) *time.Time {
	t := time.Now().Add(d).UTC().Truncate(time.Microsecond)
	return &t
}

func (d *desk) absent(a directory.Absence) (directory.Absence, error) {
	return d.engine.AddAbsence(d.t.Context(), d.admin, a, provision.PersonOptions{Reason: "a note from the doctor"})
}

func (d *desk) mustBeAbsent(a directory.Absence) directory.Absence {
	d.t.Helper()
	out, err := d.absent(a)
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func (d *desk) endAbsence(person, id string) error {
	return d.engine.EndAbsence(d.t.Context(), d.admin, person, id, provision.PersonOptions{})
}

func (d *desk) absences(person string) []directory.Absence {
	d.t.Helper()
	list, err := d.db.Reader(d.tenant).Absences(d.t.Context(), person, 50)
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

func (d *desk) away(person string, want bool) {
	d.t.Helper()
	if v := d.eligibility(person); v.Absent != want {
		d.t.Errorf("away: %t, want %t", v.Absent, want)
	}
	if v := d.view(person); (v.Absence != nil) != want {
		d.t.Errorf("the view shows the absence %+v", v.Absence)
	}
}

func TestAbsences(t *testing.T) {
	t.Parallel()
	atDesk(t, "whatsapp-team", map[string]func(*testing.T, *desk){
		"002-19 an absence is apart from the status": func(t *testing.T, d *desk) {
			ada := d.colleague("ada").ID
			d.mustSetStatus(ada, "online")
			a := d.mustBeAbsent(directory.Absence{Person: ada, Kind: directory.Sick, Until: in(time.Hour), Note: "flu"})
			d.away(ada, true)
			d.wantStatus(ada, "online")
			if v := d.view(ada).Absence; v == nil || v.ID != a.ID || v.Kind != directory.Sick || v.Note != "flu" || v.Until == nil {
				t.Errorf("the view shows %+v", v)
			}
			c := d.changes(ada)[0]
			if c.Action != "user.absence_changed" || c.Reason != "a note from the doctor" || strings.Contains(string(c.After), "flu") {
				t.Errorf("the log says %s %s", c.Action, c.After)
			}
			if err := d.endAbsence(ada, a.ID); err != nil {
				t.Fatal(err)
			}
			d.away(ada, false)
			if list := d.absences(ada); len(list) != 1 || list[0].State(time.Now()) != directory.AbsenceEnded || list[0].Actor != "apikey:key" {
				t.Errorf("%+v", list)
			}
			d.wantKind(d.endAbsence(ada, a.ID), directory.Conflict)
		},
		"planned ones begin by the clock and can be cancelled": func(t *testing.T, d *desk) {
			ada := d.colleague("ada").ID
			later := d.mustBeAbsent(directory.Absence{Person: ada, Kind: directory.Holiday, From: *in(time.Hour)})
			d.away(ada, false)
			if turns := d.eligibility(ada).Turns; turns == nil || !turns.Equal(later.From) {
				t.Errorf("it turns at %v, want %v", turns, later.From)
			}
			if err := d.endAbsence(ada, later.ID); err != nil {
				t.Fatal(err)
			}
			if list := d.absences(ada); list[0].State(time.Now()) != directory.AbsenceCancelled {
				t.Errorf("%+v", list)
			}
			until := in(400 * time.Millisecond)
			d.mustBeAbsent(directory.Absence{Person: ada, Kind: directory.Other, From: *in(200 * time.Millisecond), Until: until})
			d.await("it begins", func() bool { return d.eligibility(ada).Absent || time.Now().After(*until) })
			d.await("it is over", func() bool { return !d.eligibility(ada).Absent })
			d.away(ada, false) // and nobody evaluated her
		},
		"they may overlap": func(_ *testing.T, d *desk) {
			ada := d.colleague("ada").ID
			one := d.mustBeAbsent(directory.Absence{Person: ada, Kind: directory.Holiday, Until: in(time.Hour)})
			d.mustBeAbsent(directory.Absence{Person: ada, Kind: directory.Sick, From: *in(-time.Hour), Until: in(2 * time.Hour)})
			d.wantKind(d.endAbsence(ada, one.ID), "")
			d.away(ada, true)
		},
		"what is refused": func(t *testing.T, d *desk) {
			ada, hour := d.colleague("ada").ID, in(time.Hour)
			for name, a := range map[string]directory.Absence{
				"no kind":             {},
				"an unknown kind":     {Kind: "maternity"},
				"ends as it begins":   {Kind: directory.Sick, From: *hour, Until: hour},
				"ends before":         {Kind: directory.Sick, From: *in(2 * time.Hour), Until: in(time.Hour)},
				"is over":             {Kind: directory.Sick, From: *in(-2 * time.Hour), Until: in(-time.Hour)},
				"begins before 1970":  {Kind: directory.Sick, From: time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)},
				"ends in the far end": {Kind: directory.Sick, Until: func() *time.Time { x := time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC); return &x }()},
				"a novel":             {Kind: directory.Sick, Note: strings.Repeat("é", 501)},
			} {
				a.Person = ada
				if _, err := d.absent(a); directory.KindOf(err) != directory.Invalid {
					t.Errorf("%s: %v", name, err)
				}
			}
			_, err := d.absent(directory.Absence{Person: "nobody", Kind: directory.Sick})
			d.wantKind(err, directory.NotFound)
			d.wantKind(d.endAbsence(ada, "none"), directory.NotFound)
			d.wantKind(d.endAbsence("nobody", "none"), directory.NotFound)
			d.setting("presence.absence", "off")
			_, err = d.absent(directory.Absence{Person: ada, Kind: directory.Sick})
			d.wantKind(err, directory.Forbidden)
			if list := d.absences(ada); len(list) != 0 {
				t.Errorf("%+v", list)
			}
		},
		"a tenant without absences has nobody away": func(_ *testing.T, d *desk) {
			ada := d.colleague("ada").ID
			d.mustBeAbsent(directory.Absence{Person: ada, Kind: directory.Sick})
			d.setting("presence.absence", "off")
			d.away(ada, false)
			d.setting("presence.absence", "on")
			d.away(ada, true)
		},
		"a person has a bounded number": func(_ *testing.T, d *desk) {
			ada := d.colleague("ada").ID
			for range 100 {
				d.mustBeAbsent(directory.Absence{Person: ada, Kind: directory.Other})
			}
			_, err := d.absent(directory.Absence{Person: ada, Kind: directory.Other})
			d.wantKind(err, directory.TooMany)
		},
		"a directory states them": stated,
	})
}

// stated tests absences that a connection may state.
func stated(t *testing.T, d *desk) {
	says := func(kind string, until time.Duration) map[string]any {
		a := map[string]any{"kind": kind, "from": in(-time.Hour).Format(time.RFC3339)}
		if until != 0 {
			a["until"] = in(until).Format(time.RFC3339)
		}
		return map[string]any{schema.RollcallURN: map[string]any{"absence": a}}
	}
	ada := d.user(d.okta, "ada", "a1", says("Holiday", time.Hour)).ID
	d.away(ada, false) // the connection does not list it
	d.configure(func(c *store.Configuration) { c.Connections[0].Direct = []string{"absence"} })
	d.away(ada, true)
	d.mustSet(d.okta, ada, map[string]any{"title": "Agent"}) // says the same
	list := d.absences(ada)
	if len(list) != 1 || list[0].Kind != directory.Holiday || list[0].Connection != "okta" || list[0].Actor != "connection:okta" {
		t.Fatalf("%+v", list)
	}
	d.wantKind(d.endAbsence(ada, list[0].ID), directory.Forbidden)
	d.mustSet(d.okta, ada, says("sick", 0)) // says otherwise
	if list = d.absences(ada); len(list) != 2 || list[0].Until != nil && list[1].Until != nil {
		t.Errorf("%+v", list)
	}
	d.away(ada, true)
	d.mustBeAbsent(directory.Absence{Person: ada, Kind: directory.Other, Until: in(time.Hour)}) // a person's stays
	for name, wrong := range map[string]map[string]any{
		"an unknown kind": says("maternity", 0), "is over": says("sick", -time.Minute),
		"no beginning": {schema.RollcallURN: map[string]any{"absence": map[string]any{"kind": "sick"}}},
		"no instant":   {schema.RollcallURN: map[string]any{"absence": map[string]any{"kind": "sick", "from": "tomorrow"}}},
		"no end":       {schema.RollcallURN: map[string]any{"absence": map[string]any{"kind": "sick", "from": "2020-01-01T00:00:00Z", "until": "soon"}}},
		"no object":    {schema.RollcallURN: map[string]any{"absence": "sick"}},
		"nothing":      {schema.RollcallURN: nil},
	} {
		d.mustSet(d.okta, ada, wrong)
		for _, a := range d.absences(ada) {
			if a.Connection != "" && a.EndedAt == nil {
				t.Errorf("%s: %+v", name, a)
			}
		}
	}
	d.away(ada, true) // what a person entered
	d.mustSet(d.okta, ada, says("sick", 0))
	d.delete(d.okta, ada)
	for _, a := range d.absences(ada) {
		if a.Connection != "" && a.EndedAt == nil {
			t.Errorf("still stated of somebody who is gone: %+v", a)
		}
	}
}
