package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// reading is the state of a run that [Begin] recorded and that nothing was applied of yet.
const reading = "reading"

// tellEvery is how often the progress of a reading is written down.
const tellEvery = time.Second

// Begin is [Sync] for whoever does not wait: it returns the id of the run as soon as the sync is under way, and what would
// keep it from beginning as Sync does. The run tells how far it is, and how it ended; ctx ends the sync, so it is not
// that of a request. With Approve the run is the one that is approved.
func Begin(ctx context.Context, db *store.DB, engine *provision.Engine, open Opener, r SyncRequest, log *slog.Logger) (string, error) {
	b := &begun{db: db, engine: engine, open: open, SyncRequest: r, log: log, run: store.Run{ID: r.Run}, first: make(chan error, 1)}
	if !r.Approve {
		b.run = store.Run{
			ID: store.NewID(), Kind: "sync", Status: reading, Actor: r.Actor, Connection: r.Connection, CreatedAt: time.Now(), Completeness: directory.Partial,
		}
		b.RunID = b.run.ID
	}
	go b.sync(ctx)
	return b.run.ID, <-b.first
}

// begun is a sync that nobody waits for.
type begun struct {
	SyncRequest

	db     *store.DB
	engine *provision.Engine
	open   Opener
	log    *slog.Logger
	run    store.Run
	first  chan error // whether it began
	once   sync.Once
}

func (b *begun) started(err error) { b.once.Do(func() { b.first <- err }) }

func (b *begun) sync(ctx context.Context) {
	held, err := hold(ctx, b.db.Ops(), Syncing(b.Tenant, b.Connection), func(ctx context.Context, l *lease) error {
		s, err := begin(ctx, b.db, b.engine, b.open, b.SyncRequest, l)
		if err != nil {
			return err
		}
		if b.Approve {
			if s.source.HeldRun != b.Run {
				return directory.Errorf(directory.Conflict, "the plan %s is not held any more; sync again to see what is to be approved now", b.Run)
			}
			s.begins = func() { b.started(nil) } // once nothing is wrong with what is approved
		} else {
			b.run.Version = s.config.Tenant.ConfigVersion
			if err := b.put(ctx, b.run, nil); err != nil {
				return err
			}
			s.Progress = b.progress(ctx)
			b.started(nil)
		}
		result, err := s.run(ctx)
		return b.end(ctx, l, result, err)
	})
	if err == nil && !held {
		err = directory.Errorf(directory.Unavailable, "a sync of this connection is running already; wait until it ends: its progress is in the list of runs")
	}
	if err != nil {
		b.log.WarnContext(ctx, "a sync did not end well", "tenant", b.Tenant, "connection", b.Connection, "run", b.run.ID, "error", err)
	}
	b.started(err)
}

// put writes the run; with its end the lease is given back.
func (b *begun) put(ctx context.Context, x store.Run, ended *lease) error {
	return b.db.Write(ctx, b.Tenant, func(tx *store.Tx) error {
		tx.PutRun(x)
		if ended != nil {
			ended.releaseIn(tx)
		}
		return nil
	})
}

// progress writes down how far the reading is; applying tells by itself.
func (b *begun) progress(ctx context.Context) func(provision.Progress) {
	var told time.Time
	return func(p provision.Progress) {
		if p.Phase == "applying" || time.Since(told) < tellEvery {
			return
		}
		told = time.Now()
		_ = b.db.Write(ctx, b.Tenant, func(tx *store.Tx) error { // a later look tells more
			tx.ProgressRun(b.run.ID, p.Done)
			return nil
		})
	}
}

// end closes the run of a sync that failed before there was a plan to apply, to hold or to have nothing in it.
func (b *begun) end(ctx context.Context, l *lease, result provision.SyncResult, failed error) error {
	if b.Approve {
		return failed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second) // also when the server stops
	defer cancel()
	x, err := b.db.Reader(b.Tenant).Run(ctx, b.run.ID)
	if err != nil || x.Status != reading {
		return failed
	}
	x.Status, x.Completeness, x.FinishedAt = string(provision.SyncFailed), result.Completeness, time.Now()
	x.Detail = store.RunDetail{Reading: result.Reading, Problems: result.Problems, More: result.More, Guard: result.Guard}
	if failed != nil {
		said := directory.Say("the server's log has the particulars")
		if directory.KindOf(failed) != "" {
			said = directory.MessageOf(failed)
		}
		x.Detail.Problems = append(x.Detail.Problems, directory.Problem{Kind: "sync", Message: said, Fix: "sync again"})
	}
	if err := b.put(ctx, x, l); err != nil {
		return err
	}
	return failed
}
