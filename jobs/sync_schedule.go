package jobs

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// The bounds of the schedule.
const (
	syncsAtOnce = 2               // in one process: each holds pages of a directory in memory
	syncLook    = 5 * time.Second // between two looks for connections whose turn it is, at the longest
	backOff     = 4               // how many intervals a directory that fails is left alone, at the most
)

// Synced is one sync that the schedule ran.
type Synced struct {
	Tenant     string // key
	Connection string // name
	Result     provision.SyncResult
	Took       time.Duration
	Err        error
}

// scheduler is who the log names for what a schedule began.
var scheduler = directory.Actor{Kind: directory.ActorSystem, ID: "schedule"}

// nextSync is when a directory is read again: after its interval, later by up to the jitter, so that many connections do
// not all begin at once; and after failures in a row the interval doubles, up to four of them. It is never sooner.
func nextSync(s directory.LDAPSettings, jitter string, failures int64, now time.Time) time.Time {
	if s.Schedule <= 0 {
		return time.Time{} // by hand only
	}
	wait := s.Schedule
	for range failures - 1 {
		if wait = 2 * wait; wait >= backOff*s.Schedule {
			wait = backOff * s.Schedule
			break
		}
	}
	percent, err := strconv.Atoi(jitter)
	if err != nil || percent < 0 {
		percent = 10
	}
	if most := wait / 100 * time.Duration(percent); most > 0 {
		wait += rand.N(most) //nolint:gosec // jitter, not a secret
	}
	return now.Add(wait)
}

// isDue reports whether it is a directory's turn. A turn that is further away than any that the present schedule gives is
// of an earlier schedule, or of a clock that was wrong.
func isDue(s directory.LDAPSettings, x store.Source, now time.Time) bool {
	return s.Schedule > 0 && (!x.NextAt.After(now) || x.NextAt.After(now.Add(2*backOff*s.Schedule)))
}

// isFull reports whether everything is to be read, also where the server could tell what changed: now and then, because
// changes do not show every deletion, and at once while somebody was not found who is not counted as gone yet.
func isFull(s directory.LDAPSettings, x store.Source, now time.Time) bool {
	return x.FullAt.IsZero() || now.Sub(x.FullAt) >= s.FullEvery || x.Absent > 0
}

// syncer syncs every connection whose turn it is, each by one process at a time, whoever gets its lease. A process that
// dies in the middle loses nothing: the turn is still due, and the next process begins anew.
func (r *runner) syncer(ctx context.Context) {
	s := schedule{runner: r, running: map[string]bool{}}
	defer s.all.Wait()
	wait := min(r.Interval, syncLook)
	for {
		list, err := r.ops.ReadableSources(ctx, time.Now())
		r.done(ctx, "sync", 0, time.Now(), err)
		if err != nil {
			wait = min(2*wait, longestRetry)
		} else {
			wait = min(5*r.Interval, syncLook)
		}
		slices.SortStableFunc(list, func(a, b store.SourceState) int { return a.Source.NextAt.Compare(b.Source.NextAt) }) // who waits longest
		for _, x := range list {
			if isDue(*x.Connection.LDAP, x.Source, time.Now()) {
				s.start(ctx, x)
			}
		}
		if _, goOn := pause(ctx, wait, nil); !goOn {
			return
		}
	}
}

// schedule is which connections this process syncs at the moment.
type schedule struct {
	*runner

	all     sync.WaitGroup
	mu      sync.Mutex
	running map[string]bool // by lease
}

// start syncs a connection in the background, unless that is being done, or as many are synced as may be.
func (s *schedule) start(ctx context.Context, x store.SourceState) {
	key := Syncing(x.Tenant, x.Connection.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[key] || len(s.running) == syncsAtOnce {
		return
	}
	s.running[key] = true
	s.all.Go(func() {
		s.sync(ctx, x)
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.running, key)
	})
}

// sync is one turn of a connection, if it still is one once the lease is ours.
func (s *schedule) sync(ctx context.Context, x store.SourceState) {
	began := time.Now()
	out := Synced{Tenant: x.TenantKey, Connection: x.Connection.Name}
	took := false
	_, out.Err = hold(ctx, s.ops, Syncing(x.Tenant, x.Connection.ID), func(ctx context.Context, l *lease) error {
		turn, err := begin(ctx, s.db, s.engine, s.Open, SyncRequest{Tenant: x.Tenant, Connection: x.Connection.ID, Actor: scheduler}, l)
		switch {
		case directory.KindOf(err) == directory.Conflict, directory.KindOf(err) == directory.NotFound:
			return nil // paused or removed since the look
		case err != nil:
			return err
		}
		set, now := *turn.connection.LDAP, time.Now()
		if !isDue(set, turn.source, now) {
			return nil // another process was faster
		}
		took = true
		turn.Full = isFull(set, turn.source, now)
		out.Result, err = turn.run(ctx)
		return err
	})
	if out.Took = time.Since(began); ctx.Err() == nil && (took || out.Err != nil) {
		s.tell(ctx, out)
		s.Synced(out)
	}
}

// tell writes one line for a sync: counts, and never whom it concerned.
func (s *schedule) tell(ctx context.Context, x Synced) {
	level := slog.LevelInfo
	attributes := []slog.Attr{slog.String("tenant", x.Tenant), slog.String("connection", x.Connection), slog.String("status", string(x.Result.Status))}
	if n := x.Result.Summary; x.Result.Status != provision.SyncNothing {
		attributes = append(attributes, slog.Int("created", n.Created), slog.Int("updated", n.Updated), slog.Int("suspended", n.Suspended),
			slog.Int("reactivated", n.Reactivated), slog.Int("deprovisioned", n.Deprovisioned), slog.Int("granted", n.Granted), slog.Int("revoked", n.Revoked))
	}
	if n := len(x.Result.Problems) + x.Result.More; n > 0 {
		attributes = append(attributes, slog.Int("problems", n))
	}
	if x.Err != nil {
		level = slog.LevelWarn
		attributes = append(attributes, slog.Any("err", x.Err))
	}
	attributes = append(attributes, slog.String("run", x.Result.Run), slog.Duration("took", x.Took.Round(time.Millisecond)))
	s.Log.LogAttrs(ctx, level, "synced", attributes...)
}
