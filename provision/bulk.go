package provision

import (
	"context"
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
	Each    func(PersonChange) // is told every person's line before anything is written; nil for none
}

// BulkResult is what a bulk edit does or did.
type BulkResult struct {
	Run      string              `json:"run"` // "" where nothing was written
	Status   SyncStatus          `json:"status"`
	Summary  store.Summary       `json:"summary"`
	Guard    []string            `json:"guard,omitempty"` // why it is held, or would be
	Problems []directory.Problem `json:"problems"`        // of people who are left as they are
}

// bulkAtOnce is how many people one commit of a bulk edit concerns.
const bulkAtOnce = 100

// Bulk edits many people as a plan: everybody is planned first, what takes something from more people than the tenant's
// guard lets pass is held unless it is approved, and then it is applied in batches, as one run that can be undone. Somebody
// for whom it is not possible (a right that a rule gives, a person whom a connection owns) is left as they are and told.
// What would leave nobody to administer the tenant is an error of kind Conflict, and nothing is written.
func (e *Engine) Bulk(ctx context.Context, actor directory.Actor, r BulkRequest, o BulkOptions) (BulkResult, error) {
	b := bulk{e: e, request: r, options: o, actor: actor, result: BulkResult{Status: SyncNothing, Problems: []directory.Problem{}}}
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
	changing []string // for whom anything changes
	version  int64
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
	p, err := b.e.policy(ctx, reader, 0, false)
	if err != nil {
		return err
	}
	b.version = p.Tenant.ConfigVersion
	n, err := b.e.names(ctx, reader, p.Configuration)
	if err != nil {
		return err
	}
	room, err := p.room(ctx, reader, false)
	if err != nil {
		return err
	}
	var guarded toll
	losing := map[string]bool{}
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
			if p.inForce(x).privileged && !p.inForce(plan.After).privileged {
				losing[x.ID] = true
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
	b.result.Guard = guarded.reasons(limit)
	return b.keepsAdministrator(ctx, reader, p, losing)
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
			b.result.Problems = append(b.result.Problems, directory.Problem{Kind: "skipped", Subject: id, Text: "there is nobody with this id"})
		}
	}
}

func (b *bulk) problem(x *store.Person, err error) {
	b.result.Problems = append(b.result.Problems, directory.Problem{Kind: "skipped", Subject: x.UserName, Text: err.Error()})
}

func (b *bulk) keepsAdministrator(ctx context.Context, reader store.Reader, p *policy, losing map[string]bool) error {
	if len(losing) == 0 || b.request.Do == "suspend" || b.request.Do == "delete" { // no loss of state is refused for that
		return nil
	}
	holders, err := reader.ActiveHolders(ctx, p.privilegedKeys(), len(losing)+1)
	if err != nil || slices.ContainsFunc(holders, func(id string) bool { return !losing[id] }) {
		return err
	}
	return directory.Errorf(directory.Conflict, "refused: nobody would be left to administer the tenant; leave somebody with a privileged role out")
}

// plan plans one person. What makes it impossible is an error whose text may be shown.
func (b *bulk) plan(p *policy, x *store.Person, now time.Time) (*Plan, error) {
	if x.State == directory.Deprovisioned {
		return nil, directory.Errorf(directory.NotFound, "this person was deprovisioned")
	}
	by := actorName(b.actor)
	var plan *Plan
	var err error
	switch b.request.Do {
	case "suspend":
		after := clone(x)
		var placed []directory.Hold
		if !slices.ContainsFunc(after.Holds, suspends) {
			placed = []directory.Hold{{
				ID: store.NewID(), Person: x.ID, Subject: "state", Effect: directory.Deny, Actor: by, Reason: reasonOr(b.request.Reason, "suspended by hand"),
			}}
		}
		after.Holds = append(after.Holds, placed...)
		plan = p.draft(x, after, false)
		plan.placed = append(plan.placed, placed...)
	case "resume":
		after := clone(x)
		var released []directory.Hold
		after.Holds = slices.DeleteFunc(after.Holds, func(h directory.Hold) bool {
			if suspends(h) {
				released = append(released, h)
			}
			return suspends(h)
		})
		plan = p.draft(x, after, false)
		plan.lapsed = append(plan.lapsed, released...)
	case "delete":
		if err := p.mayRemove(x); err != nil {
			return nil, err
		}
		gone := *p
		gone.leaver.Do = "deprovision"
		after := clone(x)
		after.Accounts = nil
		plan = gone.plan(x, after)
	default:
		if plan, err = p.assign(x, Assignment{b.request.Add, b.request.Remove}, by, now); err != nil {
			return nil, err
		}
	}
	plan.reason, plan.passes = b.request.Reason, true
	return plan, nil
}

// apply writes the run, and everybody in batches.
func (b *bulk) apply(ctx context.Context) error {
	run := store.Run{ID: store.NewID(), Kind: "bulk", Status: string(SyncApplied), Actor: b.actor, Version: b.version, Total: int64(len(b.changing))}
	b.result.Run, b.actor.Run = run.ID, run.ID
	run.Detail.Guard = b.result.Guard
	if len(b.result.Guard) > 0 {
		run.ApprovedBy = actorName(b.actor)
	}
	var sum store.Summary
	for chunk := range slices.Chunk(b.changing, bulkAtOnce) {
		var batch store.Summary
		var problems []directory.Problem
		err := b.e.write(ctx, b.actor, func(tx *store.Tx, p *policy) error {
			batch, problems = store.Summary{}, nil
			people, err := tx.People(chunk...)
			if err != nil {
				return err
			}
			if p, err = b.e.current(ctx, tx, p, people...); err != nil {
				return err
			}
			for _, x := range people {
				done, err := b.one(ctx, tx, p, x)
				switch {
				case err != nil && directory.KindOf(err) == "":
					return err
				case err != nil:
					problems = append(problems, directory.Problem{Kind: "skipped", Subject: x.UserName, Text: err.Error()})
				case done != nil:
					batch.Add(done.summary())
				}
			}
			if run.CreatedAt.IsZero() {
				run.CreatedAt = tx.Now()
			}
			progress := run
			progress.Summary, progress.Done, progress.FinishedAt = sum, run.Done+int64(len(chunk)), tx.Now()
			progress.Summary.Add(batch)
			tx.PutRun(progress)
			return nil
		})
		if err != nil {
			b.result.Status, b.result.Summary = SyncPartial, sum
			return fmt.Errorf("%d of %d people were edited before this: %w", run.Done, len(b.changing), err)
		}
		sum.Add(batch)
		run.Done += int64(len(chunk))
		b.result.Problems = append(b.result.Problems, problems...)
	}
	b.result.Summary, b.result.Status = sum, SyncApplied
	if len(b.result.Problems) > 0 {
		b.result.Status = SyncPartial
	}
	return nil
}

// one edits one person in the transaction.
func (b *bulk) one(ctx context.Context, tx *store.Tx, p *policy, x *store.Person) (*Plan, error) {
	plan, err := b.plan(p, x, tx.Now())
	if err != nil || plan.Empty() {
		return nil, err
	}
	if b.request.Do == "delete" {
		return plan, b.e.removeByHand(ctx, tx, p, b.actor, x, b.request.Reason)
	}
	return plan, b.e.apply(ctx, tx, b.actor, plan, store.NewID())
}
