package jobs

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// leave writes a run as a process leaves it that is killed in the middle.
func (b *bench) leave(x store.Run) string {
	b.t.Helper()
	x.ID, x.CreatedAt = store.NewID(), time.Now()
	if err := b.db.Write(b.t.Context(), b.tenant, func(tx *store.Tx) error { tx.PutRun(x); return nil }); err != nil {
		b.t.Fatal(err)
	}
	return x.ID
}

func (b *bench) run(id string) store.Run {
	b.t.Helper()
	x, err := b.db.Reader(b.tenant).Run(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return x
}

func TestRunsOfAKilledProcessEnd(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		r := &runner{Options: Options{Log: slog.New(slog.DiscardHandler)}, db: b.db, ops: b.db.Ops(), engine: b.engine}
		ended := map[string]string{
			b.leave(store.Run{Kind: "sync", Status: reading, Connection: "l", Done: 3}):                 "failed",
			b.leave(store.Run{Kind: "sync", Status: "applying", Connection: "l", Done: 3, Total: 7}):    "partial",
			b.leave(store.Run{Kind: "undo", Status: "applying", Total: 7}):                              "failed",
			b.leave(store.Run{Kind: "bulk", Status: "applying", Done: 100, Total: 200}):                 "partial",
			b.leave(store.Run{Kind: "release", Status: "applying", Connection: "c", Done: 1, Total: 2}): "partial",
		}
		approved := b.leave(store.Run{Kind: "sync", Status: "applying", Connection: "held", ApprovedBy: "cli:ada@example.com"})
		left := []string{
			approved, // the next sync goes on with it
			b.leave(store.Run{Kind: "sync", Status: "held", Connection: "l"}),
			b.leave(store.Run{Kind: "offboard", Status: "applying", Connection: "l"}),
			b.leave(store.Run{Kind: "apply", Status: "applying"}),
		}
		busy := b.leave(store.Run{Kind: "sync", Status: reading, Connection: "busy"})
		if err := b.db.Write(t.Context(), b.tenant, func(tx *store.Tx) error {
			tx.PutSource(store.Source{Connection: "held", HeldRun: approved})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		_, err := Hold(t.Context(), b.db.Ops(), Syncing(b.tenant, "busy"), func(ctx context.Context) error {
			n, err := r.abandoned(ctx)
			if err == nil && n != len(ended) {
				t.Errorf("%d runs were ended, want %d", n, len(ended))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range ended {
			if x := b.run(id); x.Status != want || x.FinishedAt.IsZero() || len(x.Detail.Problems) != 1 || x.Detail.Problems[0].Fix == "" {
				t.Errorf("a %s is %+v, want %s", x.Kind, x, want)
			}
		}
		for _, id := range append(left, busy) {
			if x := b.run(id); !x.FinishedAt.IsZero() || len(x.Detail.Problems) > 0 {
				t.Errorf("a %s that goes on was ended: %+v", x.Kind, x)
			}
		}
		if n, err := r.abandoned(t.Context()); n != 1 || err != nil || b.run(busy).Status != "failed" {
			t.Errorf("%d ended once the lease was free (%v), and the run is %s", n, err, b.run(busy).Status)
		}
	})
}

func TestASyncEndsWhatThePreviousProcessLeft(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.ldap(nil)
		killed := b.leave(store.Run{Kind: "sync", Status: "applying", Connection: "l", Done: 1, Completeness: directory.Complete})
		other := b.leave(store.Run{Kind: "sync", Status: reading, Connection: "c"})
		s := &shelf{people: crowd(2)}
		b.must(s, provision.SyncPlanned, func(r *SyncRequest) { r.Plan = true })
		if x := b.run(killed); !x.FinishedAt.IsZero() {
			t.Errorf("a plan wrote something: %+v", x)
		}
		b.must(s, provision.SyncApplied, nil)
		if x := b.run(killed); x.Status != "partial" || x.FinishedAt.IsZero() {
			t.Errorf("%+v", x)
		}
		if x := b.run(other); x.Status != reading {
			t.Errorf("another connection's is %+v", x)
		}
	})
}

func TestJobsLookForRunsThatNobodyEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		killed := b.leave(store.Run{Kind: "bulk", Status: "applying", Total: 9})
		b.start(Options{})
		await(t, "the run is ended", func() bool { return b.run(killed).Status == "failed" })
	})
}
