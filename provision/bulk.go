package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// MostBulk is how many people one bulk edit may concern.
const MostBulk = 10_000

// BulkRequest is one edit of many people.
type BulkRequest struct {
	People      []string // ids
	Add, Remove []directory.Entitlement
	Do          string // "" | suspend | resume | delete
	Reason      string
}

// BulkOptions say how to edit many people.
type BulkOptions struct {
	Plan    bool               // only tell; nothing is written
	Approve bool               // apply what the tenant's guard would hold
	Version int64              // of the configuration that the plan was made of which is confirmed; any other is refused as Stale. 0 for any
	Each    func(PersonChange) // is told every person's line before anything is written; nil for none
}

// BulkResult is what a bulk edit does or did.
type BulkResult struct {
	Run      string              `json:"run"` // "" where nothing was written
	Status   SyncStatus          `json:"status"`
	Version  int64               `json:"version"` // of the configuration that this was made of; see [BulkOptions.Version]
	Summary  store.Summary       `json:"summary"`
	Guard    directory.Messages  `json:"guard,omitempty"` // why it is held, or would be
	Problems []directory.Problem `json:"problems"`        // of people who are left as they are
}

// bulkAtOnce is how many people one commit of a bulk edit concerns.
const bulkAtOnce = 100

// Bulk edits many people as a plan: everybody is planned first, what takes something from more people than the tenant's
// guard lets pass is held unless it is approved, and then it is applied in batches, as one run that can be undone. Somebody
// for whom it is not possible (a right that a rule gives, a person whom a connection owns) is left as they are and told.
// What would leave nobody to administer the tenant is an error of kind Conflict, and nothing is written. Where the
// configuration has another version than the one that the options name, that is an error of kind Stale: nothing is written,
// or, where it moved while people were edited, nothing more.
func (e *Engine) Bulk(ctx context.Context, actor directory.Actor, r BulkRequest, o BulkOptions) (BulkResult, error) {
	b := bulk{e: e, request: r, options: o, actor: actor, losing: map[string]bool{}, result: BulkResult{Status: SyncNothing, Problems: []directory.Problem{}}}
	b.actor.Connection = ""
	if err := b.check(); err != nil {
		return b.result, err
	}
	if err := b.foresee(ctx); err != nil {
		b.result.Status = SyncFailed
		return b.result, err
	}
	switch {
	case len(b.changing) == 0:
		return b.result, nil
	case o.Plan:
		b.result.Status = SyncPlanned
		return b.result, nil
	case len(b.result.Guard) > 0 && !o.Approve:
		b.result.Status = SyncHeld
		return b.result, nil
	}
	return b.result, b.apply(ctx)
}

type bulk struct {
	e        *Engine
	request  BulkRequest
	options  BulkOptions
	actor    directory.Actor
	result   BulkResult
	changing []string        // for whom anything changes
	losing   map[string]bool // who stays active, may administer now and would not any more
	run      store.Run
}

func (b *bulk) check() error {
	r := b.request
	switch {
	case len(r.People) == 0:
		return directory.Errorf(directory.Invalid, "name the people whom the edit is for")
	case len(r.People) > MostBulk:
		return directory.Errorf(directory.TooMany, "at most %d people at a time", MostBulk)
	case !slices.Contains([]string{"", "suspend", "resume", "delete"}, r.Do):
		return directory.Errorf(directory.Invalid, "%q is nothing to do with many people; there are suspend, resume and delete", r.Do)
	case r.Do == "" && len(r.Add)+len(r.Remove) == 0:
		return directory.Errorf(directory.Invalid, "say what to add, to remove or to do")
	case r.Do != "" && len(r.Add)+len(r.Remove) > 0:
		return directory.Errorf(directory.Invalid, "give and take rights, or %s people, not both at once", r.Do)
	}
	b.request.People = slices.Compact(slices.Sorted(slices.Values(r.People)))
	return nil
}

// foresee plans everybody, writes nothing, and says what a guard would hold.
func (b *bulk) foresee(ctx context.Context) error {
	reader := b.e.db.Reader(b.actor.Tenant)
	p, err := b.e.latest(ctx, reader)
	if err == nil {
		err = p.madeOf(b.options.Version)
	}
	if err != nil {
		return err
	}
	b.run.Version, b.result.Version = p.Tenant.ConfigVersion, p.Tenant.ConfigVersion
	n := wording(p)
	room, err := p.room(ctx, reader, false)
	if err != nil {
		return err
	}
	var guarded toll
	for chunk := range slices.Chunk(b.request.People, 500) {
		people, err := reader.People(ctx, chunk...)
		if err != nil {
			return err
		}
		b.strangers(chunk, people)
		for _, x := range people {
			plan, err := b.plan(p, x, time.Now())
			if err != nil {
				b.problem(x, err)
				continue
			}
			if plan.Empty() {
				continue
			}
			b.changing = append(b.changing, x.ID)
			guarded.add(x.ID, plan.loss)
			if plan.takesAdministrator() {
				b.losing[x.ID] = true
			}
			if err := room.seat(plan, func() error { b.tell(plan, n); return nil }); err != nil {
				return err
			}
		}
	}
	if err := room.finish(); err != nil {
		return err
	}
	limit, err := p.guardLimit(ctx, reader, "")
	if err != nil {
		return err
	}
	if b.result.Guard = guarded.reasons(limit); len(b.losing) == 0 {
		return nil
	}
	return p.administrated(ctx, reader, b.losing)
}

// tell tells one person's line, once it is known whether they find a seat.
func (b *bulk) tell(plan *Plan, n *names) {
	b.result.Summary.Add(plan.summary())
	if b.options.Each != nil {
		b.options.Each(plan.line(n))
	}
}

// strangers tells ids that nobody has.
func (b *bulk) strangers(ids []string, people []*store.Person) {
	for _, id := range ids {
		if !slices.ContainsFunc(people, func(x *store.Person) bool { return x.ID == id }) {
			b.result.Problems = append(b.result.Problems, directory.Problem{Kind: "skipped", Subject: id, Message: directory.Say("there is nobody with this id")})
		}
	}
}

func (b *bulk) problem(x *store.Person, err error) {
	b.result.Problems = append(b.result.Problems, directory.Problem{Kind: "skipped", Subject: x.UserName, Message: directory.MessageOf(err)})
}

// plan plans one person. What makes it impossible is an error whose text may be shown.
func (b *bulk) plan(p *policy, x *store.Person, now time.Time) (plan *Plan, err error) {
	if x.State == directory.Deprovisioned {
		return nil, directory.Errorf(directory.NotFound, "this person was deprovisioned")
	}
	switch b.request.Do {
	case "suspend":
		plan = p.suspend(x, actorName(b.actor), b.request.Reason)
	case "resume":
		plan, err = p.resume(x)
	case "delete":
		plan, err = p.remove(x)
	default:
		plan, err = p.assign(x, Assignment{b.request.Add, b.request.Remove}, actorName(b.actor), now)
	}
	if err != nil {
		return nil, err
	}
	plan.reason, plan.passes = b.request.Reason, true
	return plan, nil
}

// apply edits everybody in batches, in a run.
func (b *bulk) apply(ctx context.Context) (err error) {
	b.run.ID, b.run.Kind, b.run.Status, b.run.Total = store.NewID(), "bulk", "applying", int64(len(b.changing))
	b.result.Run, b.actor.Run = b.run.ID, b.run.ID
	b.run.Actor, b.run.Detail.Guard = b.actor, b.result.Guard
	if len(b.result.Guard) > 0 {
		b.run.ApprovedBy = actorName(b.actor)
	}
	err = b.e.db.Write(ctx, b.actor.Tenant, func(tx *store.Tx) error {
		b.run.CreatedAt = tx.Now()
		tx.PutRun(b.run)
		return nil
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.end(context.WithoutCancel(ctx), err)) }()
	for chunk := range slices.Chunk(b.changing, bulkAtOnce) {
		if err := b.batch(ctx, chunk); err != nil {
			return fmt.Errorf("%d of %d people were edited before this: %w", b.run.Done, len(b.changing), err)
		}
	}
	return nil
}

// end closes the run.
func (b *bulk) end(ctx context.Context, failed error) error {
	switch {
	case failed == nil && len(b.result.Problems) == 0:
		b.result.Status = SyncApplied
	case failed != nil && b.run.Done == 0:
		b.result.Status = SyncFailed
	default:
		b.result.Status = SyncPartial
	}
	found := problems{}
	for _, x := range b.result.Problems {
		found.add(x)
	}
	if failed != nil {
		found.add(failure(failed, "send the edit again: who has it already stays as they are"))
	}
	b.result.Summary = b.run.Summary
	b.run.Status, b.run.Detail.Problems, b.run.Detail.More = string(b.result.Status), found.list, found.more
	return b.e.db.Write(ctx, b.actor.Tenant, func(tx *store.Tx) error {
		b.run.FinishedAt = tx.Now()
		tx.PutRun(b.run)
		return nil
	})
}

// batch edits some people in one commit.
func (b *bulk) batch(ctx context.Context, some []string) error {
	var progress store.Run
	var skipped []directory.Problem
	err := b.e.write(ctx, b.actor, func(tx *store.Tx, p *policy) error {
		progress, skipped = b.run, nil
		people, err := tx.People(some...)
		if err != nil {
			return err
		}
		if p, err = b.e.current(ctx, tx, p, people...); err == nil {
			err = p.madeOf(b.options.Version)
		}
		if err != nil {
			return err
		}
		var plans []*Plan
		for _, x := range people {
			plan, err := b.plan(p, x, tx.Now())
			switch {
			case err != nil && directory.KindOf(err) == "":
				return err
			case err != nil:
				skipped = append(skipped, directory.Problem{Kind: "skipped", Subject: x.UserName, Message: directory.MessageOf(err)})
			case !plan.Empty():
				plans = append(plans, plan)
			}
		}
		if err := b.write(ctx, tx, p, plans); err != nil {
			return err
		}
		for _, plan := range plans {
			progress.Summary.Add(plan.summary())
		}
		progress.Done += int64(len(some))
		tx.PutRun(progress)
		return nil
	})
	if err == nil {
		b.run, b.result.Problems = progress, append(b.result.Problems, skipped...)
	}
	return err
}

// write writes the plans of a batch, all of which give up their seats before anybody gets one.
func (b *bulk) write(ctx context.Context, tx *store.Tx, p *policy, plans []*Plan) error {
	taken := false
	for _, plan := range plans {
		if plan.takesAdministrator() {
			taken, b.losing[plan.After.ID] = true, true
		}
	}
	if taken {
		if err := p.keepAdministrator(ctx, tx, b.losing); err != nil {
			return err
		}
	}
	if err := b.e.seats(tx, false, plans...); err != nil {
		return err
	}
	for _, plan := range plans {
		var err error
		if b.request.Do == "delete" {
			err = b.e.applyRemoval(ctx, tx, b.actor, plan)
		} else {
			err = b.e.apply(ctx, tx, b.actor, plan, store.NewID())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
