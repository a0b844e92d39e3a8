package admin

import (
	"testing"

	"rollcall/directory"
	"rollcall/store"
)

func TestRow002_02_APoolThatIsFullOrOverIsTold(t *testing.T) {
	t.Parallel()
	pool := func(policy directory.SeatPolicy, limit, grace int) directory.SeatPool {
		return directory.SeatPool{Key: "desks", Policy: policy, Limit: limit, Grace: grace, Contact: "ask your account manager"}
	}
	for name, x := range map[string]struct {
		pool        directory.SeatPool
		use         store.SeatUse
		text, write string // none: nothing is told
	}{
		"room":          {pool(directory.HardCap, 3, 0), store.SeatUse{Held: 2, Free: 1}, "", ""},
		"no limit":      {pool(directory.HardCap, 0, 0), store.SeatUse{Held: 9}, "", ""},
		"metered":       {pool(directory.Metered, 9, 0), store.SeatUse{Held: 9}, "", ""},
		"metered, over": {pool(directory.Metered, 9, 0), store.SeatUse{Held: 10}, "over its limit: 10 seats are taken, and 9 were agreed; for more seats ask your account manager", ""},
		"full":          {pool(directory.HardCap, 3, 0), store.SeatUse{Held: 3}, "full: 3 of 3 seats are taken; for more seats ask your account manager", ""},
		"one waits": {
			pool(directory.HardCap, 3, 0),
			store.SeatUse{Held: 2, Kept: 1, Waiting: 1},
			"full: 3 of 3 seats are taken, 1 of them by people who left, until the next invoice; 1 person waits for a seat and gets no work until then; for more seats ask your account manager", "limit: 4",
		},
		"some wait": {
			pool(directory.HardCap, 3, 0),
			store.SeatUse{Held: 4, Waiting: 2},
			"over its limit: 4 seats are taken, and 3 were agreed; each of 2 people waits for a seat and gets no work until then; for more seats ask your account manager", "limit: 5",
		},
		"within the grace":               {pool(directory.CapWithGrace, 3, 2), store.SeatUse{Held: 4, Free: 1}, "over its limit: 4 seats are taken, and 3 were agreed; for more seats ask your account manager", ""},
		"at the limit, before the grace": {pool(directory.CapWithGrace, 3, 2), store.SeatUse{Held: 3, Free: 2}, "", ""},
	} {
		n, told := seatNotice(x.pool, x.use)
		if n.Text != x.text || n.Write != x.write || told != (x.text != "") || told && (n.About != "seat_pool" || n.Name != "desks") {
			t.Errorf("%s: %v, %+v", name, told, n)
		}
	}
}
