package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// reader returns a function that yields the plan's lines, page by page, and nothing at the end. Of a stored plan only
// those that are open.
func (p *SyncPlan) reader(r store.Reader) func(ctx context.Context, limit int) ([]syncLine, error) {
	if p.run.ID == "" {
		at := store.FirstPlace
		return func(ctx context.Context, limit int) ([]syncLine, error) {
			page, err := p.scratch.Lines(ctx, at, limit)
			out := make([]syncLine, len(page))
			for i, x := range page {
				if err := json.Unmarshal(x.Value, &out[i]); err != nil {
					return nil, fmt.Errorf("provision: plan: %w", err)
				}
				at = x.Place
			}
			return out, err
		}
	}
	var at int64
	return func(ctx context.Context, limit int) ([]syncLine, error) {
		var out []syncLine
		for {
			page, err := r.PlanLines(ctx, p.run.ID, at, limit)
			if err != nil || len(page) == 0 {
				return out, err
			}
			for _, x := range page {
				at = x.Ordinal
				if x.Status != "open" {
					continue
				}
				l := syncLine{}
				if err := json.Unmarshal(x.Line, &l); err != nil {
					return nil, fmt.Errorf("provision: stored plan: %w", err)
				}
				l.Ordinal = x.Ordinal
				out = append(out, l)
			}
			if len(out) > 0 {
				return out, nil
			}
		}
	}
}

// leftBefore notes who is left out of a stored plan already, by an approval that was cut off, and returns the lines of
// those whom this approval leaves out: that is written with the approval, so that whoever finishes it leaves them out, too.
func (s *applier) leftBefore(ctx context.Context) (except []int64, err error) {
	if s.plan.run.ID == "" {
		return nil, nil
	}
	r := s.e.db.Reader(s.actor.Tenant)
	var at int64
	for {
		page, err := r.PlanLines(ctx, s.plan.run.ID, at, 1000)
		if err != nil || len(page) == 0 {
			return except, err
		}
		for _, x := range page {
			at = x.Ordinal
			if x.Status == "done" {
				continue
			}
			var l syncLine
			if err := json.Unmarshal(x.Line, &l); err != nil {
				return nil, fmt.Errorf("provision: stored plan: %w", err)
			}
			switch {
			case l.Person == nil:
			case x.Status != "open":
				s.leaveOut(&l, nil)
			case s.isExcepted(&l):
				s.leaveOut(&l, nil)
				except = append(except, x.Ordinal)
			}
		}
	}
}

// isExcepted reports whether whoever approved leaves the line's person out.
func (s *applier) isExcepted(l *syncLine) bool {
	return s.except[l.Person.ID] || l.Change != nil && s.except[l.Change.UserName]
}

// hold stores the plan until somebody approves it, and keeps its connection, and no other, from changing anything until
// then. An older held plan of the connection is discarded: this one knows more.
func (s *applier) hold(ctx context.Context) (SyncResult, error) {
	p, err := s.e.policy(ctx, s.e.db.Reader(s.actor.Tenant), s.plan.header.Version, true)
	if err != nil {
		return s.plan.result, err
	}
	now := time.Now()
	until := now.Add(p.guardHold())
	r := &s.plan.result
	header, err := json.Marshal(s.plan.header)
	if err != nil {
		return *r, fmt.Errorf("provision: plan: %w", err)
	}
	run := store.Run{
		ID: s.plan.newRun(), Kind: "sync", Status: "held", Actor: s.actor, Connection: s.plan.header.Connection, Version: s.plan.header.Version,
		Completeness: r.Completeness, Summary: r.Summary, Detail: s.detail(), CreatedAt: now, ExpiresAt: until,
	}
	lines := s.plan.reader(s.e.db.Reader(s.actor.Tenant))
	keep := func(list []store.PlanLine) error {
		return s.e.db.Write(ctx, s.actor.Tenant, func(tx *store.Tx) error { return tx.InsertPlanLines(run.ID, list) })
	}
	if err := keep([]store.PlanLine{{Ordinal: 0, Subject: "plan", Status: "done", Line: header}}); err != nil {
		return *r, err
	}
	var ordinal int64
	for {
		page, err := lines(ctx, 1000)
		if err != nil {
			return *r, err
		}
		if len(page) == 0 {
			break
		}
		list := make([]store.PlanLine, len(page))
		for i, l := range page {
			ordinal++
			b, err := json.Marshal(l)
			if err != nil {
				return *r, fmt.Errorf("provision: plan: %w", err)
			}
			list[i] = store.PlanLine{Ordinal: ordinal, Subject: l.subject(), Status: "open", Line: b}
		}
		if err := keep(list); err != nil {
			return *r, err
		}
	}
	run.Total = ordinal
	err = s.e.db.Write(ctx, s.actor.Tenant, func(tx *store.Tx) error {
		x, err := tx.LockSource(run.Connection)
		if err != nil {
			return err
		}
		if x.HeldRun != "" {
			if err := discard(ctx, tx, x.HeldRun, "discarded"); err != nil {
				return err
			}
		}
		x.Status, x.HeldRun, x.HeldUntil = store.SourceQuarantined, run.ID, until
		x.Entries = max(x.Entries, s.plan.header.Entries) // the places of its new entries are nobody else's
		s.put(tx, x, nil)
		tx.PutRun(run)
		return nil
	})
	r.Run, r.Status, r.Expires = run.ID, SyncHeld, &until
	s.e.log.WarnContext(ctx, "a guard holds a sync until somebody approves", "tenant", s.actor.Tenant, "connection", r.Connection, "run", run.ID, "until", until)
	return *r, err
}

// HeldPlan returns the plan of a connection that waits for approval, or that was approved and not finished; nil if there
// is none, or its time is over. o.Each is told its lines.
func (e *Engine) HeldPlan(ctx context.Context, tenant, connection string, o SyncOptions) (*SyncPlan, error) {
	r := e.db.Reader(tenant)
	x, err := r.Source(ctx, connection)
	if err != nil || x.HeldRun == "" {
		return nil, err
	}
	run, err := r.Run(ctx, x.HeldRun)
	if err != nil {
		return nil, err
	}
	if run.ApprovedBy == "" && !run.ExpiresAt.After(time.Now()) {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	p := &SyncPlan{run: run, lines: run.Total, actor: run.Actor}
	first, err := r.PlanLines(ctx, run.ID, -1, 1)
	if err != nil {
		return nil, err
	}
	if len(first) == 0 {
		return nil, directory.Errorf(directory.NotFound, "the plan %s has no lines any more: sync again", run.ID)
	}
	if err := json.Unmarshal(first[0].Line, &p.header); err != nil {
		return nil, fmt.Errorf("provision: stored plan: %w", err)
	}
	c, err := r.Configuration(ctx)
	if err != nil {
		return nil, err
	}
	expires := run.ExpiresAt
	p.result = SyncResult{
		Run: run.ID, Status: SyncHeld, Version: p.header.Version, Completeness: run.Completeness, Summary: run.Summary, Guard: run.Detail.Guard, Expires: &expires,
		Problems: run.Detail.Problems, More: run.Detail.More, Reading: run.Detail.Reading,
	}
	if p.result.Problems == nil {
		p.result.Problems = []directory.Problem{}
	}
	for _, x := range c.Connections {
		if x.ID == connection {
			p.result.Connection = x.Name
		}
	}
	return p, e.PlanLines(ctx, tenant, run.ID, o.Each)
}

// PlanLines tells the lines of a stored plan that somebody sees, each with what became of it.
func (e *Engine) PlanLines(ctx context.Context, tenant, run string, each func(SyncChange) error) error {
	if each == nil {
		return nil
	}
	r := e.db.Reader(tenant)
	at := int64(0)
	for {
		page, err := r.PlanLines(ctx, run, at, 1000)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, x := range page {
			at = x.Ordinal
			var l syncLine
			if err := json.Unmarshal(x.Line, &l); err != nil {
				return fmt.Errorf("provision: stored plan: %w", err)
			}
			if l.Change == nil {
				continue
			}
			l.Change.Status = x.Status
			if err := each(*l.Change); err != nil {
				return err
			}
		}
	}
}

// Discard ends a held plan without applying it. The next sync plans anew.
func (e *Engine) Discard(ctx context.Context, actor directory.Actor, run string) error {
	return e.db.Write(ctx, actor.Tenant, func(tx *store.Tx) error {
		x, err := tx.Run(ctx, run)
		if err != nil {
			return err
		}
		if x.Status != "held" {
			return directory.Errorf(directory.Conflict, "the run %s is %s, so there is nothing to discard", run, x.Status)
		}
		status := "discarded"
		if !x.ExpiresAt.After(time.Now()) {
			status = "expired"
		}
		s, err := tx.LockSource(x.Connection)
		if err != nil {
			return err
		}
		if s.HeldRun == run {
			s.HeldRun, s.HeldUntil = "", time.Time{}
			if s.Status == store.SourceQuarantined {
				s.Status = store.SourceActive
			}
			tx.PutSource(s)
		}
		return discard(ctx, tx, run, status)
	})
}

func discard(ctx context.Context, tx *store.Tx, run, status string) error {
	x, err := tx.Run(ctx, run)
	if err != nil {
		return err
	}
	x.Status, x.FinishedAt = status, tx.Now()
	tx.PutRun(x)
	tx.DeletePlan(run) // it names people; its counts and reasons stay with the run
	return nil
}
