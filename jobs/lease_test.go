package jobs

import (
	"context"
	"errors"
	"testing"
	"time"

	"rollcall/store"
)

func TestWorkEndsWithItsLease(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ops := b.db.Ops()
		l := newLease(ops, "job")
		if ours, err := l.take(t.Context(), time.Minute); !ours || err != nil {
			t.Fatal(ours, err)
		}
		// Somebody else has it by the time that it is renewed, as after a pause that outlasted it.
		if err := ops.Release(t.Context(), "job", l.holder); err != nil {
			t.Fatal(err)
		}
		if ours, err := ops.Acquire(t.Context(), "job", "somebody else", time.Minute); !ours || err != nil {
			t.Fatal(ours, err)
		}
		ctx, stop := context.WithCancelCause(t.Context())
		l.renew(ctx, stop, time.Millisecond)
		if !errors.Is(context.Cause(ctx), errLost) {
			t.Errorf("cause %v, want that the lease was lost", context.Cause(ctx))
		}
	})
}

// What renews a lease does not take it again once the last commit of the work has given it back.
func TestALeaseThatWasGivenBackStaysFree(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ops := b.db.Ops()
		ours, err := hold(t.Context(), ops, "job", func(ctx context.Context, l *lease) error {
			errNo := errors.New("no")
			err := b.db.Write(ctx, b.tenant, func(tx *store.Tx) error { l.releaseIn(tx); return errNo })
			if free, err2 := ops.Acquire(ctx, "job", "somebody else", time.Minute); !errors.Is(err, errNo) || free || err2 != nil {
				t.Errorf("a commit that did not come about gave it back: %t, %v, %v", free, err, err2)
			}
			if err := b.db.Write(ctx, b.tenant, func(tx *store.Tx) error { l.releaseIn(tx); return nil }); err != nil {
				return err
			}
			work, stop := context.WithCancelCause(ctx)
			defer stop(nil)
			l.renew(work, stop, time.Millisecond) // finds it gone, and comes to an end
			if work.Err() != nil {
				t.Errorf("work that is at its end was broken off: %v", context.Cause(work))
			}
			if free, err := ops.Acquire(ctx, "job", "somebody else", time.Minute); !free || err != nil {
				t.Errorf("it is not free: %v", err)
			}
			return nil
		})
		if !ours || err != nil {
			t.Fatal(ours, err)
		}
		if still, err := ops.Renew(t.Context(), "job", "somebody else", time.Minute); !still || err != nil {
			t.Errorf("the end of the work took it from whoever has it: %v", err)
		}
	})
}

func TestALeaseEndsByItself(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		dead, next := newLease(b.db.Ops(), "job"), newLease(b.db.Ops(), "job")
		if ours, err := dead.take(t.Context(), 50*time.Millisecond); !ours || err != nil {
			t.Fatal(ours, err)
		}
		await(t, "another takes what nobody renews", func() bool {
			ours, err := next.take(t.Context(), time.Minute)
			return ours && err == nil
		})
	})
}
