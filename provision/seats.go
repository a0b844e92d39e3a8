package provision

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// seating is who needs a seat, and of which pool, under a configuration.
type seating struct {
	on    bool
	pools []directory.SeatPool // by key, each with the policy that is in force for it
	keeps bool                 // who leaves keeps their seat until the next invoice
	day   int                  // of the month, on which that is
}

func seatingOf(c *store.Configuration) seating {
	usual := c.Setting("seats.policy")
	if usual == "off" {
		return seating{}
	}
	s := seating{on: true, keeps: c.Setting("seats.freed_at") == "next_invoice", pools: slices.Clone(c.SeatPools), day: 1}
	if day, err := strconv.Atoi(c.Setting("seats.billing_day")); err == nil {
		s.day = day
	}
	for i := range s.pools {
		s.pools[i].Policy = cmp.Or(s.pools[i].Policy, directory.SeatPolicy(usual))
	}
	slices.SortFunc(s.pools, func(a, b directory.SeatPool) int { return cmp.Compare(a.Key, b.Key) })
	return s
}

// pool finds a pool of which seats are counted.
func (s seating) pool(key string) (directory.SeatPool, bool) {
	i := slices.IndexFunc(s.pools, func(p directory.SeatPool) bool { return p.Key == key })
	if i < 0 {
		return directory.SeatPool{}, false
	}
	return s.pools[i], true
}

// most is how many seats a pool has; one that is not there any more, or that has no limit, only those that people have.
func (s seating) most(key string) int64 {
	pool, ok := s.pool(key)
	if n, limited := pool.Most(); ok && limited {
		return int64(n)
	}
	return store.Unlimited
}

// invoice is when the next invoice is made.
func (s seating) invoice(now time.Time) time.Time {
	now = now.UTC()
	at := time.Date(now.Year(), now.Month(), s.day, 0, 0, 0, 0, time.UTC)
	if !at.After(now) {
		at = time.Date(now.Year(), now.Month()+1, s.day, 0, 0, 0, 0, time.UTC)
	}
	return at
}

// of is the pool in which somebody needs a seat: the one that they are entitled to, else the first that has one of their
// roles, else the first that asks for no role. Whom no pool takes needs none.
func (s seating) of(p *policy, x *store.Person) (directory.SeatPool, bool) {
	if g, ok := ruling(x, directory.SeatPoolEntitlement); ok {
		if pool, ok := s.pool(g.Target); ok {
			return pool, true
		}
	}
	roles := p.rolesInForce(x)
	for _, pool := range s.pools {
		if slices.ContainsFunc(pool.Roles, func(r string) bool { return slices.Contains(roles, r) }) {
			return pool, true
		}
	}
	i := slices.IndexFunc(s.pools, func(pool directory.SeatPool) bool { return len(pool.Roles) == 0 })
	if i < 0 {
		return directory.SeatPool{}, false
	}
	return s.pools[i], true
}

// seatOf is what somebody has: a seat of a pool, or one that is kept for them (none, of a pool), or a place among those
// who wait for one (blocked).
func seatOf(x *store.Person) (directory.SeatState, string) {
	if x == nil {
		return directory.SeatExempt, ""
	}
	return cmp.Or(x.Seat, directory.SeatExempt), x.SeatPool
}

// seat says which seat somebody shall have. Whether a limited pool has one for them nobody knows here: until
// [Engine.seats] took one, or a [room] foresaw one, they count as blocked.
func (p *policy) seat(out *Plan) {
	x, s := out.After, p.seating
	was, had := seatOf(out.Before)
	x.Seat, x.SeatPool = directory.SeatExempt, ""
	if !s.on {
		return
	}
	if x.State != directory.Pending && x.State != directory.Active {
		x.Seat = directory.SeatNone
		_, there := s.pool(had)
		if there && !out.returns && (was == directory.SeatHeld && s.keeps || was == directory.SeatNone) {
			x.SeatPool = had
		}
		return
	}
	pool, ok := s.of(p, x)
	if !ok {
		return
	}
	x.Seat, x.SeatPool = directory.SeatBlocked, pool.Key
	if was == directory.SeatHeld && had == pool.Key || s.most(pool.Key) < 0 {
		x.Seat = directory.SeatHeld
	}
}

// seatChanged reports whether the person gets, gives up or waits for another seat than before.
func (p *Plan) seatChanged() bool {
	was, had := seatOf(p.Before)
	is, has := seatOf(p.After)
	return was != is || had != has
}

// waitsOn reports whether somebody is still without a seat of the pool for which they waited before.
func (p *Plan) waitsOn() bool {
	was, _ := seatOf(p.Before)
	return was == directory.SeatBlocked && p.After.Seat == directory.SeatBlocked && !p.seatChanged()
}

// seats gives and takes the seats of plans that share a commit: first what is given up, then what is needed. All plans of
// a commit should be looked at together, in one round trip; one that was looked at is done. Who waits already gets a seat
// only where those are served who wait, which is in [Engine.Settle].
func (e *Engine) seats(tx *store.Tx, serves bool, plans ...*Plan) error {
	var asks []store.SeatAsk
	for _, x := range plans {
		if x.seated {
			continue
		}
		x.seated = true
		x.policy.seat(x) // once more: a guard may have left rights as they were
		x.leaveSeat(tx)
		id, pool := x.After.ID, x.After.SeatPool
		switch {
		case x.After.Seat == directory.SeatHeld && x.seatChanged():
			tx.MakeSeat(pool, id, x.After.DisplayID)
		case x.waitsOn() && serves:
			asks = append(asks, store.SeatAsk{Pool: pool, Person: id, Waits: true})
		case x.waitsOn():
		case x.After.Seat == directory.SeatBlocked:
			asks = append(asks, store.SeatAsk{Pool: pool, Person: id})
		}
	}
	if len(asks) == 0 {
		return nil
	}
	got, err := tx.TakeSeats(asks)
	for _, x := range plans {
		switch {
		case got[x.After.ID]:
			x.After.Seat = directory.SeatHeld
		case x.After.Seat == directory.SeatBlocked && !x.waitsOn():
			tx.WaitForSeat(x.After.SeatPool, x.After.ID)
		}
	}
	return err
}

// leaveSeat gives up what the person had and does not have any more.
func (p *Plan) leaveSeat(tx *store.Tx) {
	was, had := seatOf(p.Before)
	is, has := seatOf(p.After)
	id, s := p.After.ID, p.policy.seating
	switch {
	case was == directory.SeatHeld && is == directory.SeatNone && has == had:
		p.keptUntil = s.invoice(tx.Now())
		tx.KeepSeat(had, id, p.keptUntil)
	case was == directory.SeatBlocked && (is != directory.SeatBlocked || has != had):
		tx.WaitNoMore(id)
	case (was == directory.SeatHeld || was == directory.SeatNone) && had != "" && has != had:
		tx.FreeSeat(had, id, s.most(had))
	}
}

// noteSeat writes what changes about the person's seat for the log, whose sum over time is who sits where: seat and
// seat_pool on both sides, and how long a seat is kept of which somebody left.
func (p *Plan) noteSeat(before, after map[string]any) {
	if !p.seatChanged() {
		return
	}
	side := func(m map[string]any, x *store.Person) {
		seat, pool := seatOf(x)
		m["seat"] = string(seat)
		if pool != "" {
			m["seat_pool"] = pool
		}
	}
	if p.Before != nil {
		side(before, p.Before)
	}
	side(after, p.After)
	if !p.keptUntil.IsZero() {
		after["seat_until"] = p.keptUntil.Format(time.RFC3339)
	}
}

// countSeat adds to a summary who gets a seat, who gives one up, and who waits for one from now on.
func (p *Plan) countSeat(s *store.Summary) {
	if !p.seatChanged() {
		return
	}
	was, _ := seatOf(p.Before)
	is, _ := seatOf(p.After)
	if was == directory.SeatHeld {
		s.SeatsFreed++
	}
	switch is {
	case directory.SeatHeld:
		s.SeatsGained++
	case directory.SeatBlocked:
		s.SeatsWaiting++
	default:
	}
}

// SeatChange is what becomes of somebody's seat.
type SeatChange struct {
	Before directory.SeatState `json:"before"`
	After  directory.SeatState `json:"after"`
	From   string              `json:"from,omitempty"` // the pool before
	Pool   string              `json:"pool,omitempty"` // the pool in which they sit, wait, or have their seat kept
}

// seatLine tells what becomes of the person's seat, or nil.
func (p *Plan) seatLine() *SeatChange {
	if !p.seatChanged() {
		return nil
	}
	was, had := seatOf(p.Before)
	is, has := seatOf(p.After)
	return &SeatChange{was, is, had, has}
}

// seatField is what lines call a field of a change: all that is about the seat is one.
func seatField(name string) string {
	switch name {
	case "seat_pool", "seat_until":
		return "seat"
	default:
		return name
	}
}

// seatHint says what to do about a seat that is missing.
func (p *policy) seatHint(x *store.Person) string {
	if x.Seat != directory.SeatBlocked {
		return ""
	}
	s := seatingOf(p.Configuration)
	pool, ok := s.pool(x.SeatPool)
	if !ok {
		return ""
	}
	return fmt.Sprintf("no seat of %s is free: %s; or wait until somebody leaves. Without a seat they get no work", poolName(pool), seatContact(pool))
}

// seated refuses somebody whom a person creates and for whom there is no seat (002-02). Whom a directory creates waits for one.
func (p *policy) seated(x *store.Person) error {
	if x.Seat != directory.SeatBlocked {
		return nil
	}
	pool, _ := seatingOf(p.Configuration).pool(x.SeatPool)
	return directory.Faultf(directory.Conflict, "", directory.FaultNoSeat, "no seat of %s is free, so nobody is created: %s, or wait until somebody leaves", poolName(pool), seatContact(pool))
}

// poolName is what people call a pool.
func poolName(pool directory.SeatPool) string { return cmp.Or(pool.Name, pool.Key) }

// seatContact says whom to ask for more seats.
func seatContact(pool directory.SeatPool) string {
	return cmp.Or(pool.Contact, "raise the limit of the seat pool "+pool.Key)
}
