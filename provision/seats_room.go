package provision

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// room foresees, for a plan that concerns many people, who of them finds a seat: what the whole plan gives up is there for
// those whom it brings. It writes nothing. The nil room has nothing to foresee: the tenant counts no seats.
type room struct {
	pools map[string]*poolRoom // those with a limit
	all   bool                 // the plan is about everybody, those who wait already among them
	rank  map[string]int       // theirs, among those who wait already
}

// poolRoom is the room in one pool.
type poolRoom struct {
	free  int // below zero while more people sit than there are seats
	ahead int // people who wait already and about whom the plan said nothing so far
	asked []asked
}

// asked is somebody for whom there is no seat so far. They are told once the plan is whole.
type asked struct {
	plan *Plan
	rank int
	tell func() error
}

// mostAsked bounds how many people of one pool are told last. Beyond it they count as waiting, which at most changes who
// is named, if the rest of the plan gives up so many seats.
const mostAsked = 20_000

// room looks at how full the pools are that the policy has. all tells that the plan evaluates everybody anew.
func (p *policy) room(ctx context.Context, r store.Reader, all bool) (*room, error) {
	if !p.seating.on {
		return nil, nil //nolint:nilnil // see room
	}
	use, err := r.SeatUse(ctx)
	if err != nil {
		return nil, err
	}
	out := &room{pools: map[string]*poolRoom{}, all: all, rank: map[string]int{}}
	for _, pool := range p.seating.pools {
		most := p.seating.most(pool.Key)
		if most < 0 {
			continue
		}
		q := &poolRoom{free: int(most)}
		out.pools[pool.Key] = q
		i := slices.IndexFunc(use, func(u store.SeatUse) bool { return u.Pool == pool.Key })
		if i < 0 {
			continue
		}
		q.free, q.ahead = int(most)-use[i].Held-use[i].Kept, use[i].Waiting
		if !all || q.ahead == 0 {
			continue
		}
		queue, err := r.SeatQueue(ctx, pool.Key, mostAsked)
		if err != nil {
			return nil, err
		}
		for rank, id := range queue {
			out.rank[id] = rank
		}
	}
	return out, nil
}

// seat calls tell once it is known whether the person finds a seat: at once, or when the plan is whole.
func (r *room) seat(x *Plan, tell func() error) error {
	if r == nil {
		return tell()
	}
	was, had := seatOf(x.Before)
	is, has := seatOf(x.After)
	if q := r.pools[had]; q != nil && (had != has || was == directory.SeatBlocked) {
		switch was {
		case directory.SeatBlocked:
			if had != has || is != directory.SeatBlocked || r.all {
				q.ahead-- // gives up, or is asked now
			}
		case directory.SeatHeld, directory.SeatNone:
			q.free++
		default:
		}
	}
	q := r.pools[has]
	switch {
	case is != directory.SeatBlocked || q == nil, x.waitsOn() && !r.all:
		return tell()
	case was == directory.SeatNone && had == has: // theirs was kept
		x.After.Seat = directory.SeatHeld
		return tell()
	}
	rank, waits := r.rank[x.After.ID]
	if !waits || !x.waitsOn() {
		rank = math.MaxInt
		if q.free > q.ahead+len(q.asked) {
			q.free--
			x.After.Seat = directory.SeatHeld
			return tell()
		}
	}
	if len(q.asked) == mostAsked {
		return tell()
	}
	q.asked = append(q.asked, asked{x, rank, tell})
	return nil
}

// finish tells everybody who is left: those who wait longest get what is free.
func (r *room) finish() error {
	if r == nil {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(r.pools)) {
		q := r.pools[key]
		slices.SortStableFunc(q.asked, func(a, b asked) int { return cmp.Compare(a.rank, b.rank) })
		for _, a := range q.asked {
			if q.free > q.ahead {
				q.free--
				a.plan.After.Seat = directory.SeatHeld
			}
			if err := a.tell(); err != nil {
				return err
			}
		}
		q.asked = nil
	}
	return nil
}
