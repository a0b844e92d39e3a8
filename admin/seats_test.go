package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/admin"
	"rollcall/directory"
)

// withSeats is the manifest with a pool of so many seats.
func withSeats(limit int) directory.Spec {
	s := acme()
	s.Settings["seats.policy"] = "hard_cap"
	s.SeatPools = []directory.SeatPoolSpec{{SeatPool: directory.SeatPool{Key: "desks", Name: "Desks", Limit: limit, Contact: "ask your account manager", ManagedBy: directory.ByManifest}}}
	return s
}

func TestRow002_02_AManifestsSeatsAreForeseenGivenAndTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(withSeats(2))
		for i := range 3 {
			d.person(fmt.Sprintf("u%d@example.com", i))
		}
		seats := func(r admin.Result) [3]int {
			return [3]int{r.Summary.SeatsGained, r.Summary.SeatsFreed, r.Summary.SeatsWaiting}
		}
		for _, x := range []struct {
			limit  int
			policy string
			want   [3]int
			notice string
		}{
			{2, "hard_cap", [3]int{}, "full: 2 of 2 seats are taken; 1 person waits"},
			{3, "hard_cap", [3]int{1, 0, 0}, "full: 3 of 3 seats are taken; for more"},
			{1, "hard_cap", [3]int{}, "over its limit: 3 seats are taken, and 1 were agreed"},
			{1, "off", [3]int{0, 3, 0}, ""},
			{2, "hard_cap", [3]int{2, 0, 1}, "full: 2 of 2"},
		} {
			s := withSeats(x.limit)
			s.Settings["seats.policy"] = x.policy
			fields := map[string]int{}
			planned, err := d.admin.Plan(t.Context(), ordered(s), admin.Options{Each: func(c admin.UserChange) error {
				for _, f := range c.Fields {
					fields[f]++
				}
				return nil
			}})
			if err != nil || seats(planned) != x.want || fields["seat"] != x.want[0]+x.want[1]+x.want[2] {
				t.Errorf("%d, %s: planned %+v, lines about %v (%v)", x.limit, x.policy, planned.Summary, fields, err)
			}
			done := d.apply(s)
			if seats(done) != x.want {
				t.Errorf("%d, %s: applied %+v", x.limit, x.policy, done.Summary)
			}
			told := ""
			for _, n := range done.Notices {
				if n.About == "seat_pool" {
					told = n.Text
				}
			}
			if !strings.HasPrefix(told, x.notice) || (told == "") != (x.notice == "") {
				t.Errorf("%d, %s: notice %q", x.limit, x.policy, told)
			}
		}
	})
}
