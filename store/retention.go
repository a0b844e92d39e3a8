package store

import (
	"context"
	"time"
)

// Retention says before which instants a tenant's history is kept no longer; the zero instant stands for ever.
type Retention struct {
	Requests time.Time // when they were noted in the request log
	Presence time.Time // when somebody left a status
	Rules    time.Time // when a version of the rules was published that another one has followed since
}

// prunedAtOnce is how many rows one statement removes, so that nobody who writes has to wait for long.
const prunedAtOnce = 5_000

// Prune removes what a tenant keeps no longer, and returns how many rows that were. What is in force stays, however old it is:
// the status that somebody is in, the published rules and the draft.
func (o Ops) Prune(ctx context.Context, tenant string, keep Retention) (int, error) {
	pruned := 0
	for _, x := range []struct {
		before             time.Time
		table, key, ending string
	}{
		{keep.Requests, "request_log", "connection, at, id", "at < ?"},
		{keep.Presence, "presence", "person, since", "until > 0 AND until < ?"},
		{keep.Rules, "rule_set", "id", "state = 'retired' AND at < ?"},
	} {
		if x.before.IsZero() {
			continue
		}
		text := `DELETE FROM ` + x.table + ` WHERE tenant = ? AND (` + x.key + `) IN (SELECT ` + x.key + ` FROM ` + x.table + ` WHERE tenant = ? AND ` + x.ending + ` LIMIT ? + 0)`
		for {
			n, err := o.db.exec(ctx, text, tenant, tenant, micros(x.before), int64(prunedAtOnce))
			pruned += int(n)
			if err != nil {
				return pruned, err
			}
			if n < prunedAtOnce {
				break
			}
		}
	}
	return pruned, nil
}
