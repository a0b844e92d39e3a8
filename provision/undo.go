package provision

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// PlanUndo tells what undoing the target would do: each line goes to o.Each, and nothing is written. Lines with the status
// stale say what would be left as it is, and why. A target that does not exist is an error of kind NotFound, one that
// cannot be undone of kind Invalid, an undo that would leave nobody to administer the tenant of kind Conflict, and one of
// another version of the configuration than o names of kind Stale.
func (e *Engine) PlanUndo(ctx context.Context, actor directory.Actor, what UndoTarget, o SyncOptions) (SyncResult, error) {
	u, err := e.undo(ctx, actor, what, o)
	if err != nil {
		return SyncResult{}, err
	}
	if err := u.survey(ctx); err != nil {
		return SyncResult{}, err
	}
	u.result.Status = SyncNothing
	if u.lines > 0 {
		u.result.Status = SyncPlanned
	}
	u.result.Run = ""
	return u.result, nil
}

// ApplyUndo undoes the target: what still has the value that it set goes back to what it was before, by holds where a
// directory says otherwise, and the rest is named. It works in batches, each in a commit of its own; one that broke off is
// finished by undoing the same again. An undo that would take rights from more people than the guard lets pass is held
// and leaves nothing behind, unless o.Approve is set. Where the configuration has another version than o names, it fails as
// Stale, and what is not undone yet stays as it is.
func (e *Engine) ApplyUndo(ctx context.Context, actor directory.Actor, what UndoTarget, o SyncOptions) (SyncResult, error) {
	u, err := e.undo(ctx, actor, what, o)
	if err != nil {
		return SyncResult{}, err
	}
	if err := u.survey(ctx); err != nil {
		return SyncResult{}, err
	}
	switch {
	case u.lines == 0:
		u.result.Status, u.result.Run = SyncNothing, ""
		return u.result, nil
	case len(u.result.Guard) > 0 && !o.Approve:
		u.result.Status, u.result.Run = SyncHeld, ""
		return u.result, nil
	}
	err = u.apply(ctx)
	return u.result, err
}

// undo is one undo on its way.
type undo struct {
	e         *Engine
	actor     directory.Actor // with the undo's own run
	target    UndoTarget
	selection store.Selection
	o         SyncOptions
	people    []string // whom the target concerns, in order
	published string   // the newest change of the configuration
	lines     int64    // of what changes
	toll      toll
	losing    map[string]bool // who may administer now and would not any more
	gaining   int             // who would then and does not now
	result    SyncResult
}

// undoneAtOnce is how many people one transaction of an undo changes, and how many a plan holds in memory.
const undoneAtOnce = settledAtOnce

// toldProblems is how many problems a result names before it only counts them.
const toldProblems = 100

func (e *Engine) undo(ctx context.Context, actor directory.Actor, what UndoTarget, o SyncOptions) (*undo, error) {
	u := &undo{e: e, actor: actor, target: what, o: o, losing: map[string]bool{}}
	u.actor.Connection, u.actor.Run = "", store.NewID()
	u.result = SyncResult{Run: u.actor.Run, Completeness: directory.Complete, Problems: []directory.Problem{}}
	if u.o.Each == nil {
		u.o.Each = func(SyncChange) error { return nil }
	}
	if u.o.Progress == nil {
		u.o.Progress = func(Progress) {}
	}
	reader := e.db.Reader(actor.Tenant)
	if err := u.find(ctx, reader); err != nil {
		return nil, err
	}
	var err error
	if u.people, err = reader.PeopleChanged(ctx, u.selection); err != nil {
		return nil, err
	}
	configured, err := reader.Changes(ctx, "config", 100)
	if i := slices.IndexFunc(configured, func(c directory.Change) bool { return strings.HasPrefix(c.Action, "tenant.") }); i >= 0 {
		u.published = configured[i].ID
	}
	return u, err
}

// survey plans everybody, tells the lines and counts for the guard. It writes nothing.
func (u *undo) survey(ctx context.Context) error {
	reader := u.e.db.Reader(u.actor.Tenant)
	c, err := reader.Configuration(ctx)
	if err != nil {
		return err
	}
	n, err := everyName(ctx, reader, c)
	if err != nil {
		return err
	}
	p, err := compile(c)
	if err == nil {
		err = p.madeOf(u.o.Version)
	}
	if err != nil {
		return err
	}
	u.result.Version = c.Tenant.ConfigVersion
	room, err := p.room(ctx, reader, false)
	if err != nil {
		return err
	}
	for done := 0; done < len(u.people); done += undoneAtOnce {
		some := u.people[done:min(done+undoneAtOnce, len(u.people))]
		people, err := reader.People(ctx, some...)
		if err != nil {
			return err
		}
		batch, err := u.batch(ctx, reader, nil, p, people)
		if err != nil {
			return err
		}
		for _, x := range batch {
			tell := func() error { return u.tell(x, n) }
			if x.plan == nil {
				err = tell()
			} else {
				err = room.seat(x.plan, tell)
			}
			if err != nil {
				return err
			}
		}
		u.o.Progress(Progress{Phase: "planning", Done: int64(done + len(some)), Total: int64(len(u.people))})
	}
	if err := room.finish(); err != nil {
		return err
	}
	limit, err := p.guardLimit(ctx, reader, u.result.Connection)
	if err != nil {
		return err
	}
	u.result.Guard = u.toll.reasons(limit)
	return u.keepsAdministrator(ctx, reader, p)
}

// keepsAdministrator refuses an undo after which nobody administers a tenant that somebody administers now.
func (u *undo) keepsAdministrator(ctx context.Context, reader store.Reader, p *policy) error {
	if len(u.losing) == 0 || u.gaining > 0 {
		return nil
	}
	return p.administrated(ctx, reader, u.losing)
}

// apply undoes in batches, in a run of its own.
func (u *undo) apply(ctx context.Context) (err error) {
	run := store.Run{
		ID: u.actor.Run, Kind: "undo", Status: "applying", Actor: u.actor, Connection: u.result.Connection, Total: int64(len(u.people)),
		Version: u.result.Version, Undoes: u.target.name(), Completeness: directory.Complete,
	}
	if len(u.result.Guard) > 0 {
		run.ApprovedBy, run.Detail.Guard = actorName(u.actor), u.result.Guard
	}
	if err := u.e.db.Write(ctx, u.actor.Tenant, func(tx *store.Tx) error {
		run.CreatedAt = tx.Now()
		tx.PutRun(run)
		return nil
	}); err != nil {
		return err
	}
	u.result.Summary, u.result.Problems, u.result.More = store.Summary{}, []directory.Problem{}, 0
	defer func() {
		u.result.Status = SyncApplied
		switch {
		case err != nil:
			u.result.Status = SyncFailed
			if run.Done > 0 {
				u.result.Status = SyncPartial
			}
		case len(u.result.Problems) > 0:
			u.result.Status = SyncPartial
		}
		run.Status, run.Summary, run.Detail.Problems, run.Detail.More = string(u.result.Status), u.result.Summary, u.result.Problems, u.result.More
		if err != nil {
			run.Detail.Problems = append(slices.Clone(run.Detail.Problems), failure(err, "undo the same again: it goes on where this ended"))
		}
		err = errors.Join(err, u.e.db.Write(context.WithoutCancel(ctx), u.actor.Tenant, func(tx *store.Tx) error {
			run.FinishedAt = tx.Now()
			tx.PutRun(run)
			return nil
		}))
	}()
	for done := 0; done < len(u.people); done += undoneAtOnce {
		some := u.people[done:min(done+undoneAtOnce, len(u.people))]
		if err := u.applyBatch(ctx, some, int64(done+len(some))); err != nil {
			return err
		}
		run.Done = int64(done + len(some))
		u.o.Progress(Progress{Phase: "applying", Done: run.Done, Total: run.Total})
	}
	return nil
}

func (u *undo) applyBatch(ctx context.Context, some []string, done int64) error {
	var batch []*reversal
	err := u.e.write(ctx, u.actor, func(tx *store.Tx, p *policy) error {
		people, err := tx.People(some...)
		if err != nil {
			return err
		}
		if p, err = u.e.current(ctx, tx, p, people...); err == nil {
			err = p.madeOf(u.o.Version)
		}
		if err != nil {
			return err
		}
		if batch, err = u.batch(ctx, tx.Reader, tx, p, people); err != nil {
			return err
		}
		var plans []*Plan
		taken := false
		for _, x := range batch {
			if x.plan == nil {
				continue
			}
			plans = append(plans, x.plan)
			if was, is := x.administers(); was && !is {
				taken, u.losing[x.before.ID] = true, true
			}
		}
		if taken && u.gaining == 0 { // others may have taken from administrators since the survey
			if err := p.keepAdministrator(ctx, tx, u.losing); err != nil {
				return err
			}
		}
		if err := u.e.seats(tx, false, plans...); err != nil {
			return err
		}
		for _, x := range batch {
			if err := x.write(ctx, tx, u); err != nil {
				return err
			}
		}
		tx.ProgressRun(u.actor.Run, done)
		return nil
	})
	if err != nil {
		return err
	}
	for _, x := range batch {
		u.count(x)
	}
	return nil
}

// batch works out what undoing the target means for some people: those whom it means anything for. tx is nil while
// nothing is written.
func (u *undo) batch(ctx context.Context, reader store.Reader, tx *store.Tx, p *policy, people []*store.Person) ([]*reversal, error) {
	ids := make([]string, len(people))
	for i, x := range people {
		ids[i] = x.ID
	}
	changes, err := reader.ChangesOfPeople(ctx, u.selection, ids)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	var pasts map[string]*store.Past
	if tx != nil {
		now = tx.Now()
		pasts, err = tx.Pasts(u.selection, ids)
	} else {
		pasts, err = reader.Pasts(ctx, u.selection, ids)
	}
	if err != nil {
		return nil, err
	}
	all, out := make([]*reversal, 0, len(people)), []*reversal(nil)
	f := &found{agentGroups: map[string]directory.WorkGroup{}, belonging: map[string][]store.Membership{}, taken: map[string]string{}}
	for _, before := range people {
		deed, err := fold(changes[before.ID], pasts[before.ID])
		if err != nil {
			return nil, err
		}
		x := &reversal{u: u, p: p, r: reader, now: now, before: before, past: pasts[before.ID], deed: deed, found: f}
		x.lookAtState()
		x.lookAtAccounts()
		all = append(all, x)
	}
	if err := f.look(ctx, reader, all); err != nil {
		return nil, err
	}
	for _, x := range all {
		if err := x.work(ctx); err != nil {
			return nil, err
		}
		if x.plan != nil || len(x.moved) > 0 {
			out = append(out, x)
		}
	}
	return out, nil
}
