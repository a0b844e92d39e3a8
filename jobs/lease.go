package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"rollcall/store"
)

// leaseTime is how long a lease outlives the holder that no longer renews it.
const leaseTime = 15 * time.Second

// errLost ends work whose lease could not be renewed in time: somebody else may be at it.
var errLost = errors.New("the lease was lost")

// lease is one process's turn at a job.
type lease struct {
	ops    store.Ops
	name   string
	holder string
	until  time.Time
	ends   atomic.Bool // its work is at its end and gives it back with its last commit
}

func newLease(ops store.Ops, name string) *lease {
	return &lease{ops: ops, name: name, holder: store.NewID()}
}

// take reports whether it is our turn. It asks the database only when less than half of the time is left.
func (l *lease) take(ctx context.Context, forTime time.Duration) (bool, error) {
	now := time.Now()
	if l.until.Sub(now) > forTime/2 {
		return true, nil
	}
	ours, err := l.ops.Acquire(ctx, l.name, l.holder, forTime)
	if err != nil {
		return false, fmt.Errorf("lease %s: %w", l.name, err)
	}
	l.until = time.Time{}
	if ours {
		l.until = now.Add(forTime)
	}
	return ours, nil
}

// release lets somebody else begin at once, also when ctx has ended. A failure only makes them wait.
func (l *lease) release(ctx context.Context) {
	if l.until.IsZero() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = l.ops.Release(ctx, l.name, l.holder) // it ends by itself
	l.until = time.Time{}
}

// releaseIn gives the lease back with the commit of a transaction, the last one of the work. Where that is not committed the
// lease is held on. The transaction's function may run again.
func (l *lease) releaseIn(tx *store.Tx) {
	l.ends.Store(true)
	tx.Release(l.name, l.holder)
}

// Settling is the lease under which a tenant's people are brought to its rules, and under which rules are published: one
// run applies per tenant.
func Settling(tenant string) string { return "settle/" + tenant }

// Hold runs fn under the lease of that name, which it renews until fn returns, and reports whether it got the lease. When
// somebody else has it, fn does not run. A lease that cannot be renewed ends fn's context.
func Hold(ctx context.Context, ops store.Ops, name string, fn func(context.Context) error) (bool, error) {
	return hold(ctx, ops, name, func(ctx context.Context, _ *lease) error { return fn(ctx) })
}

// hold is [Hold] for work that gives its lease back with its last commit.
func hold(ctx context.Context, ops store.Ops, name string, fn func(context.Context, *lease) error) (bool, error) {
	l := newLease(ops, name)
	ours, err := l.take(ctx, leaseTime)
	if err != nil || !ours {
		return false, err
	}
	work, stop := context.WithCancelCause(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		l.renew(work, stop, leaseTime/3)
	}()
	err = fn(work, l)
	if cause := context.Cause(work); err != nil && errors.Is(cause, errLost) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	stop(nil)
	<-renewed
	l.release(ctx)
	return true, err
}

// renew keeps the lease until the context ends, or ends it when the lease is lost.
func (l *lease) renew(ctx context.Context, stop context.CancelCauseFunc, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		ours, err := l.ops.Renew(ctx, l.name, l.holder, leaseTime) // never taken anew: that would undo the release of the last commit
		switch {
		case ours:
			l.until = time.Now().Add(leaseTime)
		case ctx.Err() != nil:
		case err == nil || time.Now().After(l.until): // taken, or not renewable for so long that it may be
			if !l.ends.Load() { // else it is free as it should be, or the work is over but for its last commit
				stop(errLost)
			}
			return
		}
	}
}
