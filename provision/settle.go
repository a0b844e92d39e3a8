package provision

import (
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// settledAtOnce is how many people one transaction of a run evaluates: large enough to share a commit, small enough that
// nobody waits for it.
const settledAtOnce = 250

// Settle evaluates everybody who is due in the tenant: whose rights a published configuration or a large push left to a
// run. It works in batches, revocations first, each batch in a commit of its own, and can be ended and begun again at any
// point. It finishes the open runs and returns what it changed.
func (e *Engine) Settle(ctx context.Context, tenant string, progress func(done int)) (store.Summary, error) {
	var total store.Summary
	reader := e.db.Reader(tenant)
	runs, err := reader.OpenRuns(ctx)
	if err != nil {
		return total, err
	}
	actor := directory.Actor{Tenant: tenant, Kind: directory.ActorSystem, ID: "settle"}
	if len(runs) > 0 {
		last := runs[len(runs)-1]
		actor = last.Actor
		actor.Tenant, actor.Run, actor.Connection = tenant, last.ID, ""
	}
	done, held, gained := 0, 0, -1
	for {
		version, err := reader.ConfigVersion(ctx)
		if err != nil {
			return total, err
		}
		due, err := reader.Due(ctx, version, settledAtOnce)
		if err != nil {
			return total, err
		}
		if len(due) == 0 {
			more, err := e.serve(ctx, actor, version, len(runs) > 0, done == 0, &total)
			if err != nil {
				return total, err
			}
			if more && gained != total.SeatsGained { // else those who are next in line cannot take what is free
				gained = total.SeatsGained
				continue
			}
			return total, e.finish(ctx, tenant, runs, total, held)
		}
		sum, n, err := e.settleBatch(ctx, actor, due)
		if err != nil {
			return total, err
		}
		total.Add(sum)
		held += n
		done += len(due)
		if progress != nil {
			progress(done)
		}
	}
}

func (e *Engine) settleBatch(ctx context.Context, actor directory.Actor, due []string) (sum store.Summary, held int, err error) {
	err = e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		sum, held = store.Summary{}, 0
		people, err := tx.People(due...)
		if err != nil {
			return err
		}
		if p, err = e.current(ctx, tx, p, people...); err != nil {
			return err
		}
		plans := make([]*Plan, len(people))
		for i, before := range people {
			plans[i] = p.plan(before, clone(before))
		}
		if held, err = e.guardPush(ctx, tx, actor, plans...); err != nil {
			return err
		}
		if err := e.seats(tx, true, plans...); err != nil {
			return err
		}
		var unchanged []string
		for _, plan := range plans {
			if plan.Empty() {
				if plan.listedAnew() {
					if err := tx.PutPerson(plan.After.User, plan.After.Departed); err != nil {
						return err
					}
				}
				if plan.After.EvaluatedAt == p.Tenant.ConfigVersion {
					unchanged = append(unchanged, plan.Before.ID)
				} else {
					tx.MarkEvaluated(never, []string{plan.Before.ID})
				}
				continue
			}
			sum.Add(plan.summary())
			if err := e.apply(ctx, tx, actor, plan, store.NewID()); err != nil {
				return err
			}
		}
		tx.MarkEvaluated(p.Tenant.ConfigVersion, unchanged)
		return nil
	})
	return sum, held, err
}

// finish closes runs that left nobody behind.
func (e *Engine) finish(ctx context.Context, tenant string, runs []store.Run, sum store.Summary, held int) error {
	if len(runs) == 0 {
		return nil
	}
	return e.db.Write(ctx, tenant, func(tx *store.Tx) error {
		for i, r := range runs {
			r.Status, r.FinishedAt = "applied", tx.Now()
			if i == len(runs)-1 {
				r.Summary.Add(sum)
				if held > 0 {
					r.Detail.Guard = directory.Messages{directory.Say("the guard holds or withholds rights of %v", peopleCount(held))}
				}
			}
			tx.PutRun(r)
		}
		if held == 0 && slices.ContainsFunc(runs, func(r store.Run) bool { return r.Kind == "push" }) {
			return archiveUnbound(ctx, tx)
		}
		return nil
	})
}

// summary counts what a plan does, as runs and previews report it.
func (p *Plan) summary() store.Summary {
	s := store.Summary{Granted: len(p.Gained), Revoked: len(p.Lost)}
	p.countSeat(&s)
	switch p.action() {
	case "user.created":
		s.Created = 1
	case "user.suspended":
		s.Suspended = 1
	case "user.activated", "user.restored":
		s.Reactivated = 1
	case "user.deprovisioned":
		s.Deprovisioned = 1
	default:
		s.Updated = 1
	}
	return s
}
