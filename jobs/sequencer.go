package jobs

import (
	"context"
	"time"
)

// turnTime is how long a sequencer that died keeps others waiting. Short: two at once would do no harm.
const turnTime = 3 * time.Second

// rounds bounds how long the sequencer stays with one tenant while others wait.
const rounds = 32

// sequencer places committed changes in their ledgers, soon after each commit.
func (r *runner) sequencer(ctx context.Context) {
	turn := newLease(r.ops, "sequencer")
	defer turn.release(ctx)
	wait := shortestWait
	for {
		began := time.Now()
		placed, err := r.place(ctx, turn)
		r.done(ctx, "sequence", placed, began, err)
		switch {
		case err != nil:
			wait = min(2*wait, longestRetry)
		case placed > 0:
			wait = shortestWait
		default:
			wait = min(2*wait, r.Interval)
		}
		hinted, goOn := pause(ctx, wait, r.Committed)
		if hinted {
			_, goOn = pause(ctx, gather, nil)
		}
		if !goOn {
			return
		}
	}
}

// place empties the backlogs of all tenants, as far as it is this process's turn.
func (r *runner) place(ctx context.Context, turn *lease) (placed int, err error) {
	tenants, err := r.ops.Waiting(ctx)
	if err != nil {
		return 0, err
	}
	for _, tenant := range tenants {
		for range rounds {
			if ours, err := turn.take(ctx, turnTime); err != nil || !ours {
				return placed, err
			}
			n, err := r.db.Sequence(ctx, tenant)
			placed += n
			if err != nil {
				return placed, err
			}
			if n == 0 {
				break
			}
		}
	}
	return placed, nil
}
