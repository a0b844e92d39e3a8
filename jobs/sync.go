package jobs

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// Opener opens the directory behind a connection of a tenant, by the tenant's id. Whoever opened it closes it.
type Opener func(ctx context.Context, tenant string, c directory.Connection) (directory.Source, error)

// SyncRequest is one sync that somebody asked for, or that a schedule begins.
type SyncRequest struct {
	Tenant, Connection string          // ids
	Actor              directory.Actor // who asks
	Plan               bool            // only tell what would change
	Run                string          // with Approve: the plan that is meant; "" for whichever is held
	Except             []string        // ids or userNames of people who are left out
	provision.SyncOptions
}

// Syncing is the lease under which a connection's directory is read: one sync of a connection at a time, whoever asks.
func Syncing(tenant, connection string) string { return "sync/" + tenant + "/" + connection }

// Sync reads a connection's directory and applies what changed. With Approve it applies the plan that a guard holds,
// exactly as it was stored, and reads only where none is held. A plan that is held when the directory is read again gives
// way to the new one, which knows more. When the next sync is due is written down with the result.
//
// A connection that cannot be synced (no directory that is read, or paused) is an error of kind Conflict; one that
// somebody else syncs at the moment, of kind Unavailable; a name in Except that the plan says nothing of, of kind Invalid:
// then nothing was applied. A directory that cannot be read is no error: the result's status is failed, and its problems
// say why.
func Sync(ctx context.Context, db *store.DB, engine *provision.Engine, open Opener, r SyncRequest) (provision.SyncResult, error) {
	var result provision.SyncResult
	held, err := hold(ctx, db.Ops(), Syncing(r.Tenant, r.Connection), func(ctx context.Context, l *lease) (err error) {
		s, err := begin(ctx, db, engine, open, r, l)
		if err != nil {
			return err
		}
		result, err = s.run(ctx)
		return err
	})
	if err == nil && !held {
		err = directory.Errorf(directory.Unavailable, "a sync of this connection is running already; wait until it ends: its progress is in the list of runs")
	}
	return result, err
}

// syncing is one sync under its lease.
type syncing struct {
	SyncRequest

	db         *store.DB
	engine     *provision.Engine
	open       Opener
	config     *store.Configuration
	connection directory.Connection
	source     store.Source
	failure    string          // why the reading could not even begin
	unknown    map[string]bool // of Except: whom no line is about
	begins     func()          // is told that the plan is about to be applied; may be nil
	lease      *lease
	dated      bool // when the next sync is due was written with the end of this one
}

// begin reads what the sync stands on.
func begin(ctx context.Context, db *store.DB, engine *provision.Engine, open Opener, r SyncRequest, l *lease) (*syncing, error) {
	reader := db.Reader(r.Tenant)
	config, err := reader.Configuration(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(config.Connections, func(c directory.Connection) bool { return c.ID == r.Connection })
	if i < 0 {
		return nil, directory.Errorf(directory.NotFound, "the connection was removed")
	}
	s := &syncing{SyncRequest: r, db: db, engine: engine, open: open, lease: l, config: config, connection: config.Connections[i]}
	s.Actor.Tenant, s.Actor.Connection = r.Tenant, r.Connection
	if s.connection.Kind != directory.LDAP || s.connection.LDAP == nil {
		return nil, directory.Errorf(directory.Conflict, "connection %s is of the kind %s: its client pushes, and there is nothing to read", s.connection.Name, s.connection.Kind)
	}
	s.source, err = reader.Source(ctx, r.Connection)
	if err == nil && s.source.Status == store.SourcePaused && !r.Plan {
		err = directory.Errorf(directory.Conflict, "connection %s is paused; resume it first", s.connection.Name)
	}
	if err == nil && !r.Plan {
		err = abandonSyncs(ctx, db, r.Tenant, r.Connection)
	}
	return s, err
}

func (s *syncing) run(ctx context.Context) (provision.SyncResult, error) {
	if s.Plan {
		return s.read(ctx)
	}
	result, done, err := s.held(ctx)
	if err != nil {
		return result, err
	}
	if !done {
		result, err = s.read(ctx)
	}
	if ctx.Err() != nil {
		return result, err // the next look begins again
	}
	if err == nil && s.dated {
		return result, nil
	}
	return result, errors.Join(err, s.next(ctx))
}

// last joins the commit that ends the sync, so that whoever sees its end finds the lease free and its next turn set. A sync
// that the end of the process broke off has no turn set: the next process begins again.
func (s *syncing) last(ctx context.Context, goesOn func(failed error) bool) func(*store.Tx, *store.Source, error) {
	return func(tx *store.Tx, x *store.Source, failed error) {
		if goesOn != nil && goesOn(failed) {
			return
		}
		if s.dated = ctx.Err() == nil; s.dated {
			x.NextAt = nextSync(*s.connection.LDAP, s.config.Setting("sync.jitter"), x.Failures, tx.Now())
		}
		s.lease.releaseIn(tx)
	}
}

// held applies a plan that was held and that somebody approves, or approved before and could not finish. It reports
// whether that is all. An approved plan that the configuration has overtaken is left to the next reading.
func (s *syncing) held(ctx context.Context) (result provision.SyncResult, done bool, err error) {
	if s.Approve && s.Run != "" && s.Run != s.source.HeldRun {
		return result, false, directory.Errorf(directory.Conflict, "the plan %s is not held any more, so nothing was applied; sync again to see what is to be approved now", s.Run)
	}
	if s.source.HeldRun == "" {
		return result, false, nil
	}
	run, err := s.db.Reader(s.Tenant).Run(ctx, s.source.HeldRun)
	if err != nil || !s.Approve && run.ApprovedBy == "" {
		return result, false, err
	}
	plan, err := s.engine.HeldPlan(ctx, s.Tenant, s.Connection, s.watched())
	if err != nil {
		return result, false, err
	}
	if plan == nil {
		return result, false, directory.Errorf(directory.Conflict, "the time to approve the plan %s is over, so nothing was applied; sync again to see what is to be approved now", run.ID)
	}
	overtaken := func(err error) bool {
		return run.ApprovedBy != "" && !s.Approve && directory.KindOf(err) == directory.Stale
	}
	if result, err = s.finish(ctx, plan, overtaken); overtaken(err) {
		return result, false, nil
	}
	return result, true, err
}

// read plans and, unless only the plan is wanted, applies.
func (s *syncing) read(ctx context.Context) (result provision.SyncResult, err error) {
	src, err := s.open(ctx, s.Tenant, s.connection)
	if err != nil {
		s.failure = err.Error()
		return provision.SyncResult{
			Connection: s.connection.Name, Status: provision.SyncFailed, Completeness: directory.Failed,
			Problems: []directory.Problem{{Kind: "search", Subject: s.connection.Name, Message: directory.MessageOf(err), Fix: "change the connection's settings in the manifest and apply it"}},
		}, nil
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	plan, err := s.engine.PlanSync(ctx, s.Actor, s.Connection, src, s.watched())
	if err != nil {
		s.failure = err.Error()
		return provision.SyncResult{Connection: s.connection.Name, Status: provision.SyncFailed, Completeness: directory.Failed, Problems: []directory.Problem{}}, err
	}
	if s.Plan {
		return plan.Result(), plan.Close()
	}
	return s.finish(ctx, plan, nil)
}

// watched are the options, with an eye on who of Except is in the plan.
func (s *syncing) watched() provision.SyncOptions {
	o := s.SyncOptions
	s.unknown = map[string]bool{}
	for _, x := range s.Except {
		s.unknown[x] = true
	}
	o.Each = func(c provision.SyncChange) error {
		if c.User != "" && (slices.Contains(s.Except, c.User) || slices.Contains(s.Except, c.UserName)) { // groups have no User
			delete(s.unknown, c.User)
			delete(s.unknown, c.UserName)
			c.Status = "excepted"
		}
		if s.Each == nil {
			return nil
		}
		return s.Each(c)
	}
	return o
}

// finish applies a plan, or holds it, alone among the tenant's runs. It is the end of the sync, unless goesOn, which may be
// nil, says otherwise of why the plan was not applied to its end.
func (s *syncing) finish(ctx context.Context, plan *provision.SyncPlan, goesOn func(error) bool) (result provision.SyncResult, err error) {
	defer func() { err = errors.Join(err, plan.Close()) }()
	if len(s.unknown) > 0 {
		return plan.Result(), directory.Errorf(directory.Invalid, "nothing was applied: the plan says nothing of %s, who should be left out", strings.Join(slices.Sorted(maps.Keys(s.unknown)), ", "))
	}
	if s.begins != nil {
		s.begins()
	}
	o := s.SyncOptions
	o.Last = s.last(ctx, goesOn)
	err = Alone(ctx, s.db.Ops(), s.Tenant, func(ctx context.Context) (err error) {
		result, err = s.engine.ApplySync(ctx, s.Actor, plan, o, s.Except...)
		return err
	})
	return result, err
}

// betweenTurns is how long a run waits before it looks again whether another has ended.
const betweenTurns = 250 * time.Millisecond

// Alone runs fn while no other run of the tenant applies: it waits for one that does. When ctx ends before, fn does not
// run, and the error is of kind Unavailable.
func Alone(ctx context.Context, ops store.Ops, tenant string, fn func(context.Context) error) error {
	for {
		ours, err := Hold(ctx, ops, Settling(tenant), fn)
		if ours || err != nil {
			return err
		}
		if _, goOn := pause(ctx, betweenTurns, nil); !goOn {
			return directory.Errorf(directory.Unavailable, "another run was still being applied to the tenant; nothing was changed")
		}
	}
}

// next writes down when the connection is synced next. What kept the reading from beginning counts as a failure.
func (s *syncing) next(ctx context.Context) error {
	return s.db.Write(ctx, s.Tenant, func(tx *store.Tx) error {
		x, err := tx.LockSource(s.Connection)
		if err != nil {
			return err
		}
		if s.failure != "" {
			x.Failures, x.Error = x.Failures+1, s.failure
		}
		x.NextAt = nextSync(*s.connection.LDAP, s.config.Setting("sync.jitter"), x.Failures, tx.Now())
		tx.PutSource(x)
		return nil
	})
}
