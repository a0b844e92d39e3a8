package provision_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/provision"
)

// TestEligibleMeansThatNoTermIsFalse turns one thing after the other and compares with the formula, term by term.
func TestEligibleMeansThatNoTermIsFalse(t *testing.T) {
	t.Parallel()
	atDesk(t, "", map[string]func(*testing.T, *desk){"in any history": func(t *testing.T, d *desk) {
		d.status(lunch)
		id := d.working("ada")
		rapid.Check(t, func(rt *rapid.T) {
			d.sales(func(g *directory.WorkGroup) { g.Distribution = rapid.Bool().Draw(rt, "distribution") })
			d.mustSetStatus(id, rapid.SampledFrom([]string{"online", "online", "lunch", "offline"}).Draw(rt, "status"))
			as := rapid.SampledFrom([]directory.MembershipKind{directory.AsUser, directory.AsSupervisor, directory.AsBoth}).Draw(rt, "as")
			if _, err := d.assign(id, salesAgent(as)...); err != nil {
				rt.Fatal(err)
			}
			if rapid.Bool().Draw(rt, "no role") {
				if _, err := d.takeAway(id, directory.Entitlement{Kind: directory.RoleEntitlement, Target: "agent"}); err != nil {
					rt.Fatal(err)
				}
			}
			for _, a := range d.absences(id) {
				if a.EndedAt == nil {
					if err := d.endAbsence(id, a.ID); err != nil {
						rt.Fatal(err)
					}
				}
			}
			if rapid.Bool().Draw(rt, "away") {
				d.mustBeAbsent(directory.Absence{Person: id, Kind: directory.Other})
			}
			turn := d.engine.Resume
			if rapid.Bool().Draw(rt, "suspended") {
				turn = d.engine.Suspend
			}
			if _, err := turn(t.Context(), d.admin, id, provision.PersonOptions{Reason: "a reason"}); err != nil && directory.KindOf(err) != directory.Conflict {
				rt.Fatal(err)
			}

			people, err := d.db.Reader(d.tenant).People(t.Context(), id)
			if err != nil {
				rt.Fatal(err)
			}
			g, err := d.db.Reader(d.tenant).AgentGroup(t.Context(), salesGroup)
			if err != nil {
				rt.Fatal(err)
			}
			x, role := people[0], false
			for _, o := range x.Grants {
				role = role || o.Kind == directory.RoleEntitlement
			}
			away := slices.ContainsFunc(x.Absences, func(a directory.Absence) bool { return a.Current(time.Now()) })
			want := x.State == directory.Active && x.Status == "online" && !away && as != directory.AsSupervisor && g.Distribution && role
			v := d.eligibility(id, "")
			if got := v.Groups[0]; got.Eligible != want || got.Eligible != (len(got.Reasons) == 0) || v.Eligible != want {
				rt.Fatalf("eligible: %t because %q; want %t", got.Eligible, codes(got.Reasons), want)
			}
			if d.view(id).Eligible != want || d.page(provision.GroupQuestion{Group: salesGroup}).People[0].Eligible != want {
				rt.Fatal("the view, the group's page and the person's do not agree")
			}
		})
	}})
}
