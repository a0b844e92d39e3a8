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
	held, sum, err := s.in.engine.Held(ctx, s.tenant.ID, s.connection.ID, func(c provision.PersonChange) error { return out.change(heldChange(c)) })
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

// heldChange is a line of what the guard holds.
func heldChange(c provision.PersonChange) provision.SyncChange {
	out := provision.SyncChange{User: c.User, UserName: c.UserName, Change: c.Change, Fields: []string{}, Reason: c.Reason, Gained: c.Gained, Lost: c.Lost}
	fields := map[string]bool{}
	for _, list := range [][]provision.RightChange{c.Gained, c.Lost} {
		for _, r := range list {
			field := directory.EntitlementKind(r.Kind).Field()
			if !fields[field] {
				fields[field] = true
				out.Fields = append(out.Fields, field)
			}
		}
	}
	if c.Seat != nil {
		out.Fields, out.Values = append(out.Fields, "seat"), []provision.FieldChange{{Field: "seat", Before: c.Seat.Before, After: c.Seat.After}}
	}
	return out
}
