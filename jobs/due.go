package jobs

import (
	"context"
	"time"
)

// due wakes the settling for people for whom an instant has come. It knows the next instant and looks at it punctually;
// those that others noted meanwhile it finds within the interval.
func (r *runner) due(ctx context.Context) {
	turn := newLease(r.ops, "due")
	defer turn.release(ctx)
	wait := shortestWait
	for {
		began := time.Now()
		n, next, err := r.awaken(ctx, turn)
		r.done(ctx, "due", n, began, err)
		switch {
		case err != nil:
			wait = min(2*wait, longestRetry)
		default:
			wait = max(min(r.Interval, next), time.Millisecond)
		}
		if _, goOn := pause(ctx, wait, nil); !goOn {
			return
		}
	}
}

// awaken marks people in every tenant, as far as it is this process's turn, and returns how long it is to the next
// instant.
func (r *runner) awaken(ctx context.Context, turn *lease) (people int, next time.Duration, err error) {
	next = r.Interval
	if ours, err := turn.take(ctx, turnTime); err != nil || !ours {
		return 0, next, err
	}
	first, err := r.ops.FirstDue(ctx)
	if err != nil {
		return 0, next, err
	}
	now := r.db.Clock()
	for tenant, at := range first {
		if at.After(now) {
			next = min(next, at.Sub(now))
			continue
		}
		n, err := r.engine.Awaken(ctx, tenant)
		people += n
		if err != nil {
			return people, next, err
		}
		next = 0 // there may be another instant soon
	}
	return people, next, nil
}
