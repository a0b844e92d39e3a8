package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// seatNotices tells of each seat pool that is full or over what was agreed, and how many people wait for a seat of it.
func seatNotices(ctx context.Context, r store.Reader, c *store.Configuration) ([]Notice, error) {
	policy := c.Setting("seats.policy")
	if policy == "off" || len(c.SeatPools) == 0 {
		return nil, nil
	}
	use, err := r.SeatUse(ctx)
	if err != nil {
		return nil, err
	}
	var out []Notice
	for _, pool := range c.SeatPools {
		pool.Policy = cmp.Or(pool.Policy, directory.SeatPolicy(policy))
		i := slices.IndexFunc(use, func(u store.SeatUse) bool { return u.Pool == pool.Key })
		if i < 0 {
			continue
		}
		if n, full := seatNotice(pool, use[i]); full {
			out = append(out, n)
		}
	}
	return out, nil
}

func seatNotice(pool directory.SeatPool, use store.SeatUse) (Notice, bool) {
	taken := use.Held + use.Kept
	most, limited := pool.Most()
	over := pool.Limit > 0 && taken > pool.Limit
	if !over && (!limited || taken < most) {
		return Notice{}, false
	}
	n := Notice{About: "seat_pool", Name: pool.Key}
	if over {
		n.Message = directory.Say("over its limit: %d seats are taken, and %d were agreed", taken, pool.Limit)
	} else {
		n.Message = directory.Say("full: %d of %d seats are taken", taken, most)
	}
	if use.Kept > 0 {
		n.Message = directory.Say("%v, %d of them by people who left, until the next invoice", n.Message, use.Kept)
	}
	if use.Waiting > 0 {
		n.Message = n.And("; ", waitFor(use.Waiting))
		n.Write = fmt.Sprintf("limit: %d", pool.Limit+use.Waiting)
	}
	if pool.Contact != "" {
		n.Message = n.And("; ", directory.Say("for more seats %s", pool.Contact))
	}
	return n, true
}

func waitFor(people int) directory.Message {
	if people == 1 {
		return directory.Say("1 person waits for a seat and gets no work until then")
	}
	return directory.Say("each of %d people waits for a seat and gets no work until then", people)
}
