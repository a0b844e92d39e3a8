package provision

import (
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// sizeSeats gives the pools of a configuration their seats, in the transaction that publishes it.
func sizeSeats(tx *store.Tx, s seating) error {
	var limited []string
	for _, pool := range s.pools {
		most := s.most(pool.Key)
		if most >= 0 {
			limited = append(limited, pool.Key)
		}
		if err := tx.SizeSeats(pool.Key, most); err != nil {
			return err
		}
	}
	tx.CloseSeats(limited)
	return nil
}

// serve ends seats that were kept until now, and makes those due for evaluation who wait and may have a free seat. It
// reports whether anybody is. published: a configuration was published, whose pools may have other sizes. idle: nobody was
// due, so it may be for a seat that somebody settles, also of a tenant that counts seats no more.
//
// Nobody who gives a seat up looks for its heir: that would make one row everybody's. Whoever settles does, within the
// time between two looks.
func (e *Engine) serve(ctx context.Context, actor directory.Actor, version int64, published, idle bool, sum *store.Summary) (more bool, err error) {
	r := e.db.Reader(actor.Tenant)
	p, err := e.policy(ctx, r, version, true)
	if err != nil || !p.seating.on && !idle {
		return false, err
	}
	if published && p.seating.on { // a write that was under way may have brought a seat back of which there are fewer now
		err = e.db.Write(ctx, actor.Tenant, func(tx *store.Tx) error {
			if err := tx.LockConfiguration(); err != nil {
				return err
			}
			c, err := tx.Configuration(ctx)
			if err != nil {
				return err
			}
			return sizeSeats(tx, seatingOf(c))
		})
		if err != nil {
			return false, err
		}
	}
	for {
		over, err := r.SeatsOver(ctx, settledAtOnce)
		if err != nil {
			return false, err
		}
		if len(over) == 0 {
			break
		}
		some, err := e.returnSeats(ctx, actor, over)
		if err != nil {
			return false, err
		}
		sum.Add(some)
	}
	var heirs []string
	for _, pool := range p.seating.pools {
		if p.seating.most(pool.Key) < 0 {
			continue
		}
		next, err := r.SeatHeirs(ctx, pool.Key, settledAtOnce)
		if err != nil {
			return false, err
		}
		heirs = append(heirs, next...)
	}
	if len(heirs) == 0 {
		return false, nil
	}
	return true, e.db.Write(ctx, actor.Tenant, func(tx *store.Tx) error {
		if err := tx.LockPeople(sorted(heirs)); err != nil {
			return err
		}
		tx.MarkDue(1, heirs)
		return nil
	})
}

func sorted(ids []string) []string {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}

// returnSeats ends seats that were kept for people who left, now that an invoice does not count them any more.
func (e *Engine) returnSeats(ctx context.Context, actor directory.Actor, over []store.SeatKept) (sum store.Summary, err error) {
	ids := make([]string, len(over))
	for i, k := range over {
		ids[i] = k.Person
	}
	ids = sorted(ids)
	err = e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		sum = store.Summary{}
		people, err := tx.People(ids...)
		if err != nil {
			return err
		}
		if p, err = e.current(ctx, tx, p, people...); err != nil {
			return err
		}
		// Looked at again under the lock: who came back in between sits there.
		still, err := tx.SeatsOver(ctx, 2*settledAtOnce)
		if err != nil {
			return err
		}
		for _, k := range still {
			i := slices.IndexFunc(people, func(x *store.Person) bool { return x.ID == k.Person })
			switch {
			case !slices.Contains(ids, k.Person):
			case i >= 0 && people[i].Seat == directory.SeatNone && people[i].SeatPool == k.Pool:
				plan := p.draft(people[i], clone(people[i]), false)
				plan.returns, plan.reason = true, "their seat was kept until the invoice"
				sum.Add(plan.summary())
				if err := e.apply(ctx, tx, actor, plan, store.NewID()); err != nil {
					return err
				}
			default: // of nobody who is there
				tx.FreeSeat(k.Pool, k.Person, p.seating.most(k.Pool))
			}
		}
		return nil
	})
	return sum, err
}
