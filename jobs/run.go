package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"rollcall/provision"
	"rollcall/store"
)

// Options are what the jobs may be given.
type Options struct {
	Interval  time.Duration   // the longest time between two looks for work; 0 stands for a second
	Committed <-chan struct{} // hints that something was committed; nil for none
	Log       *slog.Logger    // nil discards
	Observe   func(Done)      // sees each piece of work; for metrics
	Open      Opener          // opens directories; with it their schedules run, without it nothing is read
	Synced    func(Synced)    // sees each sync of a schedule; for metrics
}

// Done is one piece of work that a job did or tried.
type Done struct {
	Job  string // sequence, settle, due, heads, retention, upgrade, tokens, sync, alerts, guard or abandoned
	N    int    // how many changes, people, tenants, tokens or connections
	Took time.Duration
	Err  error
}

// The times between which the looks for work vary, and at which the rare jobs run.
const (
	shortestWait    = 250 * time.Millisecond
	gather          = 50 * time.Millisecond // after a hint, so that one look finds what several writers left
	hourly          = time.Hour
	daily           = 24 * time.Hour
	tenantsAtOnce   = 4
	longestRetry    = 10 * time.Second // between two looks at a database that does not answer
	longestPatience = time.Minute      // between two attempts at a tenant that cannot be settled
)

type runner struct {
	Options

	db     *store.DB
	ops    store.Ops
	engine *provision.Engine
	told   told // by the alerts alone
}

// Run does all jobs until ctx ends, and returns when each has stopped.
func Run(ctx context.Context, db *store.DB, engine *provision.Engine, o Options) {
	if o.Interval <= 0 {
		o.Interval = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(Done) {}
	}
	if o.Synced == nil {
		o.Synced = func(Synced) {}
	}
	r := &runner{Options: o, db: db, ops: db.Ops(), engine: engine}
	var all sync.WaitGroup
	work := []func(context.Context){
		r.sequencer,
		r.settler,
		r.due,
		func(ctx context.Context) { r.schedule(ctx, "heads", hourly, r.heads) },
		func(ctx context.Context) { r.schedule(ctx, "retention", hourly, r.retention) },
		func(ctx context.Context) { r.schedule(ctx, "upgrade", time.Minute, r.upgrade) },
		func(ctx context.Context) { r.schedule(ctx, "tokens", daily, r.tokens) },
		func(ctx context.Context) { r.schedule(ctx, "statistics", often, r.statistics) },
		func(ctx context.Context) { r.schedule(ctx, "alerts", time.Minute, r.alerts) },
		func(ctx context.Context) { r.schedule(ctx, "guard", time.Minute, r.expire) },
		func(ctx context.Context) { r.schedule(ctx, "abandoned", time.Minute, r.abandoned) },
	}
	if o.Open != nil {
		work = append(work, r.syncer)
	}
	for _, job := range work {
		all.Go(func() { job(ctx) })
	}
	all.Wait()
}

// done reports a piece of work. What the end of the context broke off is no failure.
func (r *runner) done(ctx context.Context, job string, n int, began time.Time, err error) {
	if ctx.Err() != nil {
		err = nil
	}
	if n > 0 || err != nil {
		r.Observe(Done{Job: job, N: n, Took: time.Since(began), Err: err})
	}
	if err != nil {
		r.Log.WarnContext(ctx, "job failed, will try again", "job", job, "err", err)
	}
}

// pause waits for a hint or for the time, and reports whether to go on.
func pause(ctx context.Context, wait time.Duration, hint <-chan struct{}) (hinted, goOn bool) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false, false
	case <-hint:
		return true, true
	case <-timer.C:
		return false, true
	}
}
