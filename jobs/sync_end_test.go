package jobs

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// Whoever sees that a sync has ended finds its connection free, and its next turn set: its end, the source and the lease are
// one commit, whatever is tidied up after it.
func TestTheEndOfASyncIsSeenWhenItsLeaseIsFree(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.ldap(func(c *directory.Connection) { c.LDAP.GraceRuns = 1 })
		for _, step := range []struct {
			name  string
			shelf *shelf
			open  Opener
			want  provision.SyncStatus
		}{
			{"everybody is new", &shelf{people: crowd(40)}, nil, provision.SyncApplied},
			{"nothing is new", &shelf{people: crowd(40)}, nil, provision.SyncNothing},
			{"it cannot be read", &shelf{broken: "the server is away"}, nil, provision.SyncFailed},
			{"it cannot be opened", &shelf{}, func(context.Context, string, directory.Connection) (directory.Source, error) {
				return nil, errors.New("its password file is not there")
			}, provision.SyncFailed},
			{"half of them are gone", &shelf{people: crowd(20)}, nil, provision.SyncHeld},
		} {
			t.Run(step.name, func(t *testing.T) {
				b.t = t
				step.shelf.shut = make(chan struct{}) // what comes after the commit takes as long as the test likes
				defer close(step.shelf.shut)
				if step.open == nil {
					step.open = step.shelf.open
				}
				x := b.ended(step.open, nil)
				if x.Status != string(step.want) {
					t.Errorf("the run is %+v", x)
				}
			})
		}
		b.t = t
		held := b.source().HeldRun
		x := b.ended((&shelf{}).open, func(r *SyncRequest) { r.Approve, r.Run = true, held })
		if x.ID != held || x.Status != string(provision.SyncApplied) || b.active() != 20 {
			t.Errorf("%d are active; the run is %+v", b.active(), x)
		}
	})
}

// ended begins a sync, and returns its run as whoever waits for its end sees it first; by then the lease is free.
func (b *bench) ended(open Opener, change func(*SyncRequest)) store.Run {
	b.t.Helper()
	r := SyncRequest{Tenant: b.tenant, Connection: "l", Actor: directory.Actor{Kind: directory.ActorCLI, ID: "ada@example.com"}}
	r.Full = true
	if change != nil {
		change(&r)
	}
	before := b.source().NextAt
	id, err := Begin(context.WithoutCancel(b.t.Context()), b.db, b.engine, open, r, slog.New(slog.DiscardHandler))
	if err != nil {
		b.t.Fatal(err)
	}
	var x store.Run
	await(b.t, "the run ends or is held", func() bool {
		x = b.run(id)
		return !x.FinishedAt.IsZero() || x.Status == string(provision.SyncHeld) && !r.Approve
	})
	if free, err := b.db.Ops().Acquire(b.t.Context(), Syncing(b.tenant, "l"), "whoever comes next", time.Minute); !free || err != nil {
		b.t.Errorf("the run is %s, and its lease is not free: %v", x.Status, err)
	}
	if at := b.source().NextAt; at.Equal(before) { // the jitter makes each another
		b.t.Errorf("the run is %s, and its next turn is %s, as before", x.Status, at)
	}
	if err := b.db.Ops().Release(b.t.Context(), Syncing(b.tenant, "l"), "whoever comes next"); err != nil {
		b.t.Error(err)
	}
	return x
}
