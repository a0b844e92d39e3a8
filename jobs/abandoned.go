package jobs

import (
	"context"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// abandoned ends the runs whose process died in the middle, so that they do not seem to go on for ever, and returns how
// many there were. Whoever works at a run has its lease; nobody has that of a run that is abandoned.
func (r *runner) abandoned(ctx context.Context) (int, error) {
	found, err := r.ops.WorkedAt(ctx)
	if err != nil {
		return 0, err
	}
	ended := 0
	for _, x := range found {
		name := Settling(x.Actor.Tenant)
		if x.Kind == "sync" {
			name = Syncing(x.Actor.Tenant, x.Connection)
		}
		_, err := hold(ctx, r.ops, name, func(ctx context.Context, l *lease) error {
			done, err := abandon(ctx, r.db, x, l)
			if done {
				ended++
			}
			return err
		})
		if err != nil {
			return ended, err
		}
	}
	return ended, nil
}

// abandonSyncs ends what a process left open that died in the middle of syncing a connection, whose lease the caller has.
func abandonSyncs(ctx context.Context, db *store.DB, tenant, connection string) error {
	found, err := db.Ops().WorkedAt(ctx)
	if err != nil {
		return err
	}
	for _, x := range found {
		if x.Kind != "sync" || x.Actor.Tenant != tenant || x.Connection != connection {
			continue
		}
		if _, err := abandon(ctx, db, x, nil); err != nil {
			return err
		}
	}
	return nil
}

// abandon ends a run, unless whoever worked at it has by now. The lease is given back with that; nil for one that is needed on.
func abandon(ctx context.Context, db *store.DB, x store.Run, l *lease) (ended bool, err error) {
	err = db.Write(ctx, x.Actor.Tenant, func(tx *store.Tx) error {
		ended = false
		run, err := tx.Run(ctx, x.ID)
		if err != nil || !run.FinishedAt.IsZero() {
			return err
		}
		ended = true
		run.Detail.Problems = append(run.Detail.Problems, directory.Problem{
			Kind: "abandoned", Message: directory.Say("the process that worked at this ended in the middle; what it had done until then is done"), Fix: again[run.Kind],
		})
		status := provision.SyncPartial
		if run.Status == reading || run.Done == 0 {
			status = provision.SyncFailed
		}
		run.Status, run.FinishedAt = string(status), tx.Now()
		tx.PutRun(run)
		if l != nil {
			l.releaseIn(tx)
		}
		return nil
	})
	return ended, err
}

// again says, by the kind of an abandoned run, how to go on with it.
var again = map[string]string{
	"sync":    "sync again, or wait for the next turn: what is left is found",
	"undo":    "undo the same again",
	"bulk":    "send the edit again: who has it already stays as they are",
	"release": "approve or discard again: what was decided stays",
}
