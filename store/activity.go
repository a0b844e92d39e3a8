package store

import (
	"context"
	"strings"
	"time"
)

// activityScope begins the scopes of tally that count changes by their action and day. The sequencer counts each change once,
// when it gives it its place, so nobody who writes waits for a counter and nobody who asks reads the log.
const activityScope = "d:"

const day = 24 * time.Hour

// activityDelta counts one change on its day, in UTC.
func activityDelta(c logged) Delta {
	return Delta{scope: activityScope + c.meta[1], block: c.at / day.Microseconds()}
}

// Activity is how many changes of one action were made on one day.
type Activity struct {
	Day    time.Time // its midnight, in UTC
	Action string    // as in "user.suspended"
	Count  int64
}

// Activity returns what was done since a day, by day and then by action. What was done a moment ago may not be counted yet.
func (r Reader) Activity(ctx context.Context, since time.Time) ([]Activity, error) {
	var out []Activity
	err := r.q.ask(ctx, question{
		`SELECT scope, block, n FROM tally WHERE tenant = ? AND scope >= 'd:' AND scope < 'd;' AND block >= ? ORDER BY block, scope`,
		[]any{r.tenant, micros(since) / day.Microseconds()},
		func(s scanner) error {
			var x Activity
			var block int64
			err := s.Scan(&x.Action, &block, &x.Count)
			x.Action, x.Day = strings.TrimPrefix(x.Action, activityScope), time.UnixMicro(block*day.Microseconds()).UTC()
			out = append(out, x)
			return err
		},
	})
	return out, err
}
