package main

import (
	"context"
	"errors"
	"fmt"

	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/provision"
)

// pushed decides what the guard holds of a connection whose client pushes. There is nothing to read.
func (s *syncRun) pushed(ctx context.Context) error {
	name := s.connection.Name
	switch {
	case !s.Plan && !s.Approve && !s.Discard:
		return fmt.Errorf("connection %s is of the kind %s: its client pushes, and there is nothing to read; --plan shows what its guard holds, --approve or --discard decides that", name, s.connection.Kind)
	case len(s.Except) > 0 || s.Held != "" || s.Full || s.Changes:
		return errors.New("--except, --run, --full and --changes are for directories that are read")
	}
	actor := s.actor
	if s.Approve {
		var err error
		if actor, err = s.approver(ctx); err != nil {
			return err
		}
	}
	out := s.syncReport(s.tenant.Key, name)
	result := provision.SyncResult{Connection: name, Status: provision.SyncNothing, Completeness: directory.Complete}
	held, sum, err := s.in.engine.Held(ctx, s.tenant.ID, s.connection.ID, func(c provision.PersonChange) error { return out.change(c.Line()) })
	result.Summary = sum
	switch {
	case err != nil || held == 0:
	case s.Plan:
		result.Status, out.approve = provision.SyncPlanned, s.approval("")
	default:
		err = jobs.Alone(ctx, s.in.db.Ops(), s.tenant.ID, func(ctx context.Context) (err error) {
			result, err = s.in.engine.ReleaseHeld(ctx, actor, s.connection.ID, s.Approve)
			return err
		})
		result.Connection = name
	}
	return errors.Join(out.end(result, err), verdict(result, err, s.Plan && s.DetailedExitcode))
}
