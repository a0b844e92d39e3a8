package jobs

import (
	"context"
	"errors"
	"slices"
	"time"

	"rollcall/store"
)

// schedule runs a job about once in the interval in the whole installation: whoever holds the lease has run it. A replica
// that ends gives the lease back, so that the next start runs the job again.
func (r *runner) schedule(ctx context.Context, name string, interval time.Duration, job func(context.Context) (int, error)) {
	turn := newLease(r.ops, "schedule/"+name)
	defer turn.release(ctx)
	for {
		began := time.Now()
		ours, err := turn.take(ctx, interval)
		n, wait := 0, interval/12
		if ours && err == nil {
			n, err = job(ctx)
			wait = interval
		}
		r.done(ctx, name, n, began, err)
		if err != nil {
			turn.release(ctx)
			wait = longestPatience
		}
		if _, goOn := pause(ctx, wait, nil); !goOn {
			return
		}
	}
}

// heads writes the end of each tenant's ledger into the log: who keeps the log can prove with "rollcall doctor --head"
// that nothing before it was altered.
func (r *runner) heads(ctx context.Context) (int, error) {
	tenants, err := r.ops.Tenants(ctx)
	if err != nil {
		return 0, err
	}
	written := 0
	for _, t := range tenants {
		head, err := r.db.Head(ctx, t.ID)
		if err != nil {
			return written, err
		}
		if head != "" {
			r.Log.InfoContext(ctx, "ledger head", "tenant", t.Key, "head", head)
			written++
		}
	}
	return written, nil
}

// often is how soon the database's planner learns of an import.
const often = 3 * time.Second

// statistics has the database look at tables that grew much: an import into a new one would crawl on plans for empty ones.
func (r *runner) statistics(ctx context.Context) (int, error) {
	return 0, r.ops.RefreshStatistics(ctx)
}

// sessionsKept is how long sessions are shown that are over.
const sessionsKept = 30 * 24 * time.Hour

// retention forgets what each tenant keeps no longer by its settings, whom the guards on pushes counted before the last day,
// answers to requests that may not come again, and sessions of the past.
func (r *runner) retention(ctx context.Context) (int, error) {
	now := r.db.Clock()
	failed := errors.Join(r.ops.ForgetCuts(ctx, now.Add(-daily)), r.ops.ForgetAnswers(ctx), r.ops.ForgetSessions(ctx, now.Add(-sessionsKept)))
	tenants, err := r.ops.Tenants(ctx)
	pruned := 0
	for _, t := range tenants {
		n, err := r.prune(ctx, t.ID, now)
		pruned, failed = pruned+n, errors.Join(failed, err) // one that fails leaves the others their turn
	}
	return pruned, errors.Join(failed, err)
}

func (r *runner) prune(ctx context.Context, tenant string, now time.Time) (int, error) {
	c, err := r.engine.Configuration(ctx, tenant)
	if err != nil {
		return 0, err
	}
	before := func(name string) time.Time {
		if d, err := time.ParseDuration(c.Setting(name)); err == nil && d > 0 { // settings are checked when they are set
			return now.Add(-d)
		}
		return time.Time{}
	}
	return r.ops.Prune(ctx, tenant, store.Retention{
		Requests: before("retention.requests"), Presence: before("retention.presence"), Rules: before("retention.rules"),
	})
}

// upgrade brings people into lists and searches whom the release before wrote while this one ran beside it.
func (r *runner) upgrade(ctx context.Context) (int, error) {
	tenants, err := r.ops.Unlisted(ctx)
	found := 0
	for _, tenant := range tenants {
		n, err2 := r.engine.Enlist(ctx, tenant)
		found, err = found+n, errors.Join(err, err2)
	}
	return found, err
}

// warnings are how many days before its end a token is warned of.
var warnings = []int{30, 14, 3, 1}

// tokens warns of tokens that are about to end, on a few days before: an identity provider whose token has ended stops
// provisioning, and nobody notices.
func (r *runner) tokens(ctx context.Context) (int, error) {
	tenants, err := r.ops.Tenants(ctx)
	if err != nil {
		return 0, err
	}
	warned := 0
	for _, t := range tenants {
		list, err := r.db.Reader(t.ID).Tokens(ctx)
		if err != nil {
			return warned, err
		}
		now := time.Now()
		for _, x := range list {
			if !x.Live(now) || x.ExpiresAt == nil {
				continue
			}
			if days := int(x.ExpiresAt.Sub(now).Hours()/24) + 1; slices.Contains(warnings, days) {
				r.Log.WarnContext(ctx, "token is about to end: make another and revoke this one", "tenant", t.Key, "token", x.ID, "days", days)
				warned++
			}
		}
	}
	return warned, nil
}
