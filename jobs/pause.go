package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// Pause stops a connection until somebody resumes it: a directory is not read any more, not even by hand, and pushes are
// refused, so that a client sends them again later. What is being read or applied already goes on to its end. It reports
// whether the connection was not paused before.
func Pause(ctx context.Context, db *store.DB, actor directory.Actor, c directory.Connection) (bool, error) {
	return turn(ctx, db, actor, c, "connection.paused", func(x *store.Source, _ time.Time) bool {
		if x.Status == store.SourcePaused {
			return false
		}
		x.Status = store.SourcePaused
		return true
	})
}

// Resume ends a pause: a directory is read as soon as a schedule looks, unless a plan, or rights, still wait for approval.
// It reports whether the connection was paused.
func Resume(ctx context.Context, db *store.DB, actor directory.Actor, c directory.Connection) (bool, error) {
	return turn(ctx, db, actor, c, "connection.resumed", func(x *store.Source, now time.Time) bool {
		if x.Status != store.SourcePaused {
			return false
		}
		x.Status, x.NextAt = store.SourceActive, now
		if x.HeldRun != "" || x.HeldUntil.After(now) {
			x.Status = store.SourceQuarantined
		}
		return true
	})
}

// turn changes a source's status and records it, unless it is that already.
func turn(ctx context.Context, db *store.DB, actor directory.Actor, c directory.Connection, action string, to func(*store.Source, time.Time) bool) (bool, error) {
	changed := false
	actor.Connection = ""
	err := db.Write(ctx, actor.Tenant, func(tx *store.Tx) error {
		changed = false
		x, err := tx.LockSource(c.ID)
		if err != nil {
			return err
		}
		was := x.Status
		if !to(&x, tx.Now()) {
			return nil
		}
		changed = true
		tx.PutSource(x)
		return recordStatus(tx, actor, c, action, was, x.Status)
	})
	return changed, err
}

// recordStatus writes the change of a source's status into the log, among those of the configuration.
func recordStatus(tx *store.Tx, actor directory.Actor, c directory.Connection, action, was, is string) error {
	about := func(status string) (json.RawMessage, error) {
		return json.Marshal(map[string]any{"connection " + c.Name: map[string]string{"status": status}})
	}
	before, err := about(was)
	if err != nil {
		return fmt.Errorf("change record: %w", err)
	}
	after, err := about(is)
	if err != nil {
		return fmt.Errorf("change record: %w", err)
	}
	return tx.AppendChange(directory.Change{
		ID: store.NewID(), Tenant: actor.Tenant, Subject: "config", Action: action, Actor: actor, At: tx.Now(), Before: before, After: after,
	})
}
