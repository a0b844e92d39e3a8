package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"rollcall/directory"
	"rollcall/store"
)

// appliedAtOnce is how many people one transaction of a sync changes. SQLite gets slower with each statement of a
// transaction, and others wait for it.
const appliedAtOnce = 100

// errMoved refuses what was planned under a configuration that is no longer in force.
var errMoved = directory.Errorf(directory.Stale, "the configuration changed since the plan was made: the rest of it was not applied; sync again")

// applier is one plan that is being applied.
type applier struct {
	e       *Engine
	actor   directory.Actor
	plan    *SyncPlan
	graph   *graph
	run     store.Run
	stale   map[string]bool // groups whose members were not all applied: they are read anew next time
	skipped bool            // a person was left out: the next reading starts from where this one did
	except  map[string]bool
	sum     store.Summary
	found   problems
	last    func(*store.Tx, *store.Source, error) // may be nil
}

// ApplySync executes a plan's lines, and nothing else, in batches that can be cut off at any point: what was done is
// done, and the next sync plans the rest. A line that is true already counts as done; one whose person has changed since
// is left out and told, and the status is partial. Where the plan's Guard says why it should not pass, the plan is stored
// and held instead, unless o.Approve or an earlier approval says otherwise; people whom except names, by id or userName,
// are left as they are.
func (e *Engine) ApplySync(ctx context.Context, actor directory.Actor, plan *SyncPlan, o SyncOptions, except ...string) (SyncResult, error) {
	s := &applier{e: e, actor: actor, plan: plan, stale: map[string]bool{}, except: map[string]bool{}, last: o.Last}
	s.actor.Connection = plan.header.Connection
	for _, x := range except {
		s.except[x] = true
	}
	switch {
	case plan.result.Status == SyncFailed:
		return plan.result, s.note(ctx)
	case plan.header.Changes == 0:
		if err := s.apply(ctx, o); err != nil {
			return plan.result, err
		}
		return plan.result, s.note(ctx)
	}
	if len(plan.result.Guard) > 0 && !o.Approve && plan.run.ApprovedBy == "" {
		return s.hold(ctx)
	}
	if err := s.begin(ctx, o); err != nil {
		return plan.result, err
	}
	err := s.apply(ctx, o)
	return s.end(ctx, err)
}

// begin records the run.
func (s *applier) begin(ctx context.Context, o SyncOptions) error {
	s.run = s.plan.run
	if s.run.ID == "" {
		s.run = store.Run{
			ID: s.plan.newRun(), Kind: "sync", Actor: s.actor, Connection: s.plan.header.Connection, Version: s.plan.header.Version,
			Completeness: s.plan.result.Completeness, Detail: s.detail(), CreatedAt: time.Now(),
		}
	}
	s.run.Status, s.run.Total = "applying", s.plan.lines
	if o.Approve && len(s.plan.result.Guard) > 0 && s.run.ApprovedBy == "" {
		s.run.ApprovedBy = string(s.actor.Kind) + ":" + s.actor.ID
	}
	s.actor.Run = s.run.ID
	s.plan.result.Run = s.run.ID
	left, err := s.leftBefore(ctx)
	if err != nil {
		return err
	}
	return s.e.db.Write(ctx, s.actor.Tenant, func(tx *store.Tx) error {
		if s.plan.run.ID != "" {
			x, err := tx.LockSource(s.plan.header.Connection)
			if err != nil {
				return err
			}
			if x.HeldRun != s.run.ID {
				return directory.Errorf(directory.Conflict, "the plan %s is not held any more, so nothing was applied; sync again", s.run.ID)
			}
		}
		tx.PutRun(s.run)
		tx.MarkPlanLines(s.run.ID, "excepted", left)
		return nil
	})
}

func (s *applier) detail() store.RunDetail {
	r := s.plan.result
	return store.RunDetail{Reading: r.Reading, Guard: r.Guard, Problems: r.Problems, More: r.More}
}

// apply executes the lines in their order. While some are written, the next ones are read.
func (s *applier) apply(ctx context.Context, o SyncOptions) error {
	tell := o.progress()
	lines := s.plan.reader(s.e.db.Reader(s.actor.Tenant))
	batches := make(chan []syncLine, 2)
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error {
		defer close(batches)
		return batched(ctx, lines, batches)
	})
	work.Go(func() error {
		var done int64
		for batch := range batches {
			if err := s.batch(ctx, batch); err != nil {
				return err
			}
			done += int64(len(batch))
			tell(Progress{Phase: "applying", Done: done, Total: max(s.plan.lines, done)})
		}
		return nil
	})
	return work.Wait()
}

// batched cuts lines into what one commit may hold: lines of one phase, and each that ends a group alone.
func batched(ctx context.Context, lines func(context.Context, int) ([]syncLine, error), to chan<- []syncLine) error {
	var batch []syncLine
	send := func() error {
		if len(batch) == 0 {
			return nil
		}
		select {
		case to <- batch:
			batch = nil
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for {
		page, err := lines(ctx, appliedAtOnce)
		if err != nil {
			return err
		}
		for _, l := range page {
			if len(batch) > 0 && (batch[0].Phase != l.Phase || ends(batch[0]) || ends(l)) || len(batch) == appliedAtOnce {
				if err := send(); err != nil {
					return err
				}
			}
			batch = append(batch, l)
		}
		if len(page) == 0 {
			return send()
		}
	}
}

// batch applies lines of one phase in one commit. A name that somebody else took meanwhile, or a group that another plan
// ended, would undo all of them, so then they are applied in smaller parts, and the one that it concerns is left out.
func (s *applier) batch(ctx context.Context, lines []syncLine) error {
	write, moved := s.people, directory.Conflict
	if lines[0].Group != nil {
		write, moved = s.groups, directory.NotFound
	}
	err := write(ctx, lines)
	if directory.KindOf(err) != moved {
		return err
	}
	if len(lines) == 1 {
		s.leaveOut(&lines[0], err)
		return s.mark(ctx, lines, "stale")
	}
	half := len(lines) / 2
	if err := s.batch(ctx, lines[:half]); err != nil {
		return err
	}
	return s.batch(ctx, lines[half:])
}

// ends reports whether a line ends a group, which is a write of its own.
func ends(l syncLine) bool { return l.Group != nil && l.Group.Ends }

// leaveOut notes that a line was not applied, so that the next reading looks at everything again that it concerned.
func (s *applier) leaveOut(l *syncLine, why error) {
	s.skipped = true
	var name string
	if l.Group != nil {
		name = l.Group.ID
	} else {
		name = l.Person.ID
		for _, g := range slices.Concat(l.Person.Joined, l.Person.Left) {
			s.stale[g] = true
		}
	}
	if why == nil {
		return
	}
	if l.Change != nil {
		name = l.Change.UserName
	}
	s.found.add(directory.Problem{Kind: "stale", Subject: name, Message: directory.MessageOf(why), Fix: "sync again"})
}

// graphNow is the connection's groups as they are once all of the plan's have come to be.
func (s *applier) graphNow(ctx context.Context) (*graph, error) {
	if s.graph == nil {
		var err error
		if s.graph, err = loadGraph(ctx, s.e.db.Reader(s.actor.Tenant), s.plan.header.Connection); err != nil {
			return nil, err
		}
	}
	return s.graph, nil
}

// inForce returns the configuration under which the plan was made, or refuses.
func (s *applier) inForce(ctx context.Context, tx *store.Tx, p *policy, people []*store.Person) (*policy, error) {
	p, err := s.e.current(ctx, tx, p, people...)
	if err == nil && p.Tenant.ConfigVersion != s.plan.header.Version {
		err = errMoved
	}
	return p, err
}

// end closes the run and notes how far the source is.
func (s *applier) end(ctx context.Context, failed error) (SyncResult, error) {
	r := &s.plan.result
	r.Summary = s.sum
	r.Problems = append(r.Problems, s.found.list...)
	r.More += s.found.more
	switch {
	case failed != nil && s.sum == store.Summary{}:
		r.Status = SyncFailed
	case failed != nil, len(r.Problems) > 0, r.Completeness != directory.Complete:
		r.Status = SyncPartial
	default:
		r.Status = SyncApplied
	}
	ctx = context.WithoutCancel(ctx) // what was done is told, also when the command was interrupted
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s.run.Status, s.run.Summary, s.run.Detail, s.run.FinishedAt = string(r.Status), s.sum, s.detail(), time.Now()
	if failed != nil {
		s.run.Detail.Problems = append(s.run.Detail.Problems, directory.Problem{Kind: "stale", Message: directory.MessageOf(failed), Fix: "sync again"})
	}
	err := s.e.db.Write(ctx, s.actor.Tenant, func(tx *store.Tx) error {
		tx.PutRun(s.run)
		if failed == nil {
			tx.DeletePlan(s.run.ID)
		}
		return s.noted(tx, failed)
	})
	if failed != nil {
		failed = fmt.Errorf("the sync was not finished; what was done is done, and the next sync goes on: %w", failed)
	}
	return *r, errors.Join(failed, err)
}

// note records a reading that changed nobody. One that went wrong is kept among the runs, with what went wrong; of a
// schedule's only the first of the same kind. A run that was known before is always ended.
func (s *applier) note(ctx context.Context) error {
	return s.e.db.Write(ctx, s.actor.Tenant, func(tx *store.Tx) error {
		x, err := tx.LockSource(s.plan.header.Connection)
		if err != nil {
			return err
		}
		r := &s.plan.result
		if s.plan.runID != "" || r.Status != SyncNothing && (s.actor.Kind != directory.ActorSystem || x.Error != s.plan.header.Failure) {
			r.Run = s.plan.newRun()
			run := store.Run{
				ID: r.Run, Kind: "sync", Status: string(r.Status), Actor: s.actor, Connection: s.plan.header.Connection, Version: s.plan.header.Version,
				Completeness: r.Completeness, Detail: s.detail(), CreatedAt: s.plan.header.At, FinishedAt: tx.Now(),
			}
			if s.plan.runID != "" {
				begun, err := tx.Run(ctx, run.ID)
				if err != nil && directory.KindOf(err) != directory.NotFound {
					return err
				}
				run.Done = begun.Done // how many were read
			}
			tx.PutRun(run)
		}
		return s.noted(tx, nil)
	})
}

// noted writes how far the source is. After a plan that was left unfinished or with people left out, the next reading
// begins where this one did.
func (s *applier) noted(tx *store.Tx, failed error) error {
	h := s.plan.header
	x, err := tx.LockSource(h.Connection)
	if err != nil {
		return err
	}
	own := s.plan.run.ID != "" && x.HeldRun == s.plan.run.ID
	if own && failed == nil || !own && x.HeldRun != "" && failed == nil && h.Checked { // this plan, or one that knows more, was applied
		if !own {
			if err := discard(tx.Context(), tx, x.HeldRun, "discarded"); err != nil {
				return err
			}
		}
		x.HeldRun, x.HeldUntil = "", time.Time{}
		if x.Status == store.SourceQuarantined {
			x.Status = store.SourceActive
		}
	}
	x.Entries = max(x.Entries, h.Entries)
	switch {
	case failed != nil:
		x.Failures++
		x.Error = failed.Error()
	case h.Failure != "":
		x.Failures++
		x.Error = h.Failure
	default:
		x.Failures, x.Error, x.Server, x.CheckedAt = 0, "", h.Server, h.At
	}
	if failed == nil && h.Checked && !s.skipped {
		x.Absent = h.Absent
		if x.Fingerprint == "" || h.Absent == 0 || s.run.ApprovedBy != "" {
			x.Fingerprint = h.Fingerprint
		} // else some are missing who were perhaps not asked for: until they are gone or found, the question counts as changed
		if h.Full || !h.Again {
			x.Cookie = h.Cookie
		}
		if h.Full {
			x.FullAt = h.At
		}
	}
	s.put(tx, x, failed)
	return nil
}

// put writes the source in the last commit.
func (s *applier) put(tx *store.Tx, x store.Source, failed error) {
	if s.last != nil {
		s.last(tx, &x, failed)
	}
	tx.PutSource(x)
}
