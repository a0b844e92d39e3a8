package jobs

import (
	"context"
	"sync"
	"time"
)

// settler brings people to the published rules, several tenants at a time.
func (r *runner) settler(ctx context.Context) {
	s := settling{runner: r, tries: map[string]attempt{}}
	defer s.all.Wait()
	wait := r.Interval
	for {
		tenants, err := r.ops.Unsettled(ctx)
		r.done(ctx, "settle", 0, time.Now(), err)
		if err != nil {
			wait = min(2*wait, longestRetry)
		} else {
			wait = r.Interval
		}
		for _, tenant := range tenants {
			s.start(ctx, tenant)
		}
		if _, goOn := pause(ctx, wait, r.engine.Due()); !goOn {
			return
		}
	}
}

// settling is which tenants are being settled, and which failed lately.
type settling struct {
	*runner

	all   sync.WaitGroup
	mu    sync.Mutex
	busy  int
	tries map[string]attempt
}

type attempt struct {
	running  bool
	failures int
	notUntil time.Time
}

// start settles a tenant in the background, unless somebody is at it, or as many as may be are, or it failed just now.
func (s *settling) start(ctx context.Context, tenant string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.tries[tenant]
	if a.running || s.busy == tenantsAtOnce || time.Now().Before(a.notUntil) {
		return
	}
	a.running = true
	s.tries[tenant] = a
	s.busy++
	s.all.Go(func() { s.finish(tenant, s.settle(ctx, tenant)) })
}

func (s *settling) settle(ctx context.Context, tenant string) error {
	people := 0
	began := time.Now()
	_, err := Hold(ctx, s.ops, Settling(tenant), func(ctx context.Context) error {
		_, err := s.engine.Settle(ctx, tenant, func(done int) { people = done })
		return err
	})
	s.done(ctx, "settle", people, began, err)
	return err
}

// finish lets the next look try again: at once after success, later and later after failures.
func (s *settling) finish(tenant string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	if err == nil {
		delete(s.tries, tenant)
		return
	}
	failures := s.tries[tenant].failures + 1
	wait := min(s.Interval<<min(failures, 6), longestPatience)
	s.tries[tenant] = attempt{failures: failures, notUntil: time.Now().Add(wait)}
}
