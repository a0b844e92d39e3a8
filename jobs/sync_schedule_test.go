package jobs

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

func TestNextSyncKeepsTheIntervalAndBacksOff(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	s := directory.LDAPSettings{Schedule: 15 * time.Minute}
	for failures, intervals := range map[int64]time.Duration{0: 1, 1: 1, 2: 2, 3: 4, 4: 4, 1000: 4} {
		for range 100 {
			wait := nextSync(s, "10", failures, now).Sub(now)
			if least := intervals * s.Schedule; wait < least || wait > least+least/10 {
				t.Errorf("after %d failures it waits %s", failures, wait)
			}
		}
		if wait := nextSync(s, "0", failures, now).Sub(now); wait != intervals*s.Schedule {
			t.Errorf("without jitter, after %d failures, it waits %s", failures, wait)
		}
	}
	if at := nextSync(directory.LDAPSettings{}, "10", 0, now); !at.IsZero() {
		t.Errorf("without a schedule it is due at %s", at)
	}
}

func TestTurnOfADirectory(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	s := directory.LDAPSettings{Schedule: 15 * time.Minute, FullEvery: 24 * time.Hour}
	for name, x := range map[string]struct {
		source    store.Source
		due, full bool
	}{
		"never read":                 {store.Source{}, true, true},
		"its time has come":          {store.Source{NextAt: now, FullAt: now.Add(-time.Hour)}, true, false},
		"not yet":                    {store.Source{NextAt: now.Add(time.Second), FullAt: now.Add(-time.Hour)}, false, false},
		"the full reading is due":    {store.Source{NextAt: now, FullAt: now.Add(-24 * time.Hour)}, true, true},
		"somebody was not found":     {store.Source{NextAt: now, FullAt: now.Add(-time.Minute), Absent: 1}, true, true},
		"backed off":                 {store.Source{NextAt: now.Add(time.Hour), FullAt: now.Add(-time.Hour)}, false, false},
		"an earlier schedule's turn": {store.Source{NextAt: now.Add(24 * time.Hour), FullAt: now}, true, false},
	} {
		if due, full := isDue(s, x.source, now), isFull(s, x.source, now); due != x.due || full != x.full {
			t.Errorf("%s: due %t, full %t", name, due, full)
		}
	}
	if isDue(directory.LDAPSettings{}, store.Source{}, now) {
		t.Error("a directory without a schedule is due")
	}
}

func TestScheduleReadsEachTurnOnceAmongReplicas(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.ldap(nil)
		s := &shelf{people: crowd(3), block: make(chan struct{})}
		var synced atomic.Int64
		log, to := quiet()
		for range 3 {
			b.start(Options{Interval: 10 * time.Millisecond, Log: to, Open: s.open, Synced: func(x Synced) {
				if x.Tenant == "acme" && x.Connection == "headquarters" && x.Err == nil && x.Result.Status == provision.SyncApplied {
					synced.Add(1)
				}
			}})
		}
		await(t, "one of them reads", func() bool { return s.reads.Load() > 0 })
		close(s.block)
		await(t, "the sync is over", func() bool { return synced.Load() == 1 && b.source().NextAt.After(time.Now()) })
		if s.reads.Load() != 1 || b.active() != 3 {
			t.Errorf("%d readings, %d people", s.reads.Load(), b.active())
		}
		if text := log.String(); !strings.Contains(text, "msg=synced tenant=acme connection=headquarters status=applied created=3") || strings.Contains(text, "user-0") {
			t.Errorf("log:\n%s", text)
		}

		// The next turn reads only what changed.
		err := b.db.Write(t.Context(), b.tenant, func(tx *store.Tx) error {
			x, err := tx.LockSource("l")
			x.NextAt = tx.Now()
			tx.PutSource(x)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		await(t, "the next turn", func() bool { return s.reads.Load() == 2 })
		if s.fulls.Load() != 1 {
			t.Errorf("%d of 2 readings were full", s.fulls.Load())
		}
	})
}

func TestScheduleGoesOnWhereAReplicaDied(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.ldap(nil)
		dead := newLease(b.db.Ops(), Syncing(b.tenant, "l"))
		if ours, err := dead.take(t.Context(), time.Second); !ours || err != nil { // and nobody renews it
			t.Fatal(ours, err)
		}
		s := &shelf{people: crowd(3)}
		b.start(Options{Interval: 10 * time.Millisecond, Open: s.open})
		await(t, "the turn is taken over", func() bool { return b.source().NextAt.After(time.Now()) })
		if b.active() != 3 {
			t.Errorf("%d people", b.active())
		}
	})
}

func TestScheduleLeavesPausedAndHeldDirectoriesAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		c := b.ldap(func(c *directory.Connection) { c.LDAP.GraceRuns = 1 })
		s := &shelf{people: crowd(40)}
		b.must(s, provision.SyncApplied, nil)
		s.set(crowd(20)...)
		held := b.must(s, provision.SyncHeld, nil)
		now := func(change func(*store.Source)) {
			t.Helper()
			err := b.db.Write(t.Context(), b.tenant, func(tx *store.Tx) error {
				x, err := tx.LockSource("l")
				x.NextAt = time.Time{}
				if change != nil {
					change(&x)
				}
				tx.PutSource(x)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		reads := s.reads.Load()
		now(nil)
		var looks atomic.Int64
		list, err := b.db.Ops().ReadableSources(t.Context(), time.Now())
		if err != nil || len(list) != 0 {
			t.Errorf("%d may be read while a plan is held, %v", len(list), err)
		}
		b.start(Options{Interval: 10 * time.Millisecond, Open: s.open, Synced: func(Synced) { looks.Add(1) }})

		// Its time is over: it is discarded, and what the directory says by now is planned.
		run, err := b.db.Reader(b.tenant).Run(t.Context(), held.Run)
		if err != nil {
			t.Fatal(err)
		}
		run.ExpiresAt = time.Now().Add(-time.Second)
		if err := b.db.Write(t.Context(), b.tenant, func(tx *store.Tx) error { tx.PutRun(run); return nil }); err != nil {
			t.Fatal(err)
		}
		if s.reads.Load() != reads {
			t.Error("it was read while a plan was held")
		}
		s.set(crowd(38)...)
		now(func(x *store.Source) { x.HeldUntil = run.ExpiresAt })
		await(t, "what is said by now is applied", func() bool { return b.active() == 38 && looks.Load() > 0 })
		await(t, "the quarantine is lifted", func() bool { return b.source().Status == store.SourceActive })

		actor := directory.Actor{Tenant: b.tenant, Kind: directory.ActorCLI, ID: "ada@example.com"}
		if _, err := Pause(t.Context(), b.db, actor, c); err != nil {
			t.Fatal(err)
		}
		now(nil)
		if list, err := b.db.Ops().ReadableSources(t.Context(), time.Now()); err != nil || len(list) != 0 {
			t.Errorf("%d may be read while it is paused, %v", len(list), err)
		}
	})
}

func TestAlertsBeginAtOnceAreRepeatedHourlyAndEnd(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.ldap(func(c *directory.Connection) { c.LDAP.GraceRuns = 1 })
		log, to := quiet()
		r := &runner{Options: Options{Log: to}, db: b.db, ops: b.db.Ops()}
		look := func(want ...string) {
			t.Helper()
			before := len(log.String())
			n, err := r.alerts(t.Context())
			text := log.String()[before:]
			if err != nil || n != strings.Count(text, "level=WARN") {
				t.Errorf("%d alerts, %v", n, err)
			}
			lines := strings.Split(strings.TrimSpace(text), "\n")
			if text == "" {
				lines = nil
			}
			if len(lines) != len(want) {
				t.Fatalf("log:\n%swant %q", text, want)
			}
			for i, x := range want {
				if !strings.Contains(lines[i], x) {
					t.Errorf("log line %q, want %q", lines[i], x)
				}
			}
		}
		look()
		s := &shelf{broken: "the server is away"}
		b.must(s, provision.SyncFailed, nil)
		look(`alert=failing why="it was not read completely the last time: the server is away"`)
		look()
		for k := range r.told {
			r.told[k] = r.told[k].Add(-hourly)
		}
		look("alert=failing")
		s.fail("")
		s.set(crowd(40)...)
		b.must(s, provision.SyncApplied, nil)
		look(`level=INFO msg="a connection is well again" tenant=acme connection=headquarters alert=failing`)
		s.set(crowd(20)...)
		b.must(s, provision.SyncHeld, nil)
		look("alert=quarantined")
	})
}

func TestAlertsOfASource(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	ldap := directory.Connection{Name: "head office", Kind: directory.LDAP, LDAP: &directory.LDAPSettings{Schedule: 15 * time.Minute}}
	scim := directory.Connection{Name: "okta", Kind: directory.SCIM}
	fresh := now.Add(-time.Minute)
	for name, x := range map[string]struct {
		connection directory.Connection
		source     store.Source
		created    time.Time
		want       []string
		write      string
	}{
		"well":             {ldap, store.Source{Status: "active", CheckedAt: fresh}, now.AddDate(-1, 0, 0), nil, ""},
		"new":              {ldap, store.Source{Status: "active"}, fresh, nil, ""},
		"never read":       {ldap, store.Source{Status: "active"}, now.Add(-time.Hour), []string{AlertStale}, "rollcall sync 'head office' --tenant acme"},
		"stale":            {ldap, store.Source{Status: "active", CheckedAt: now.Add(-46 * time.Minute)}, now, []string{AlertStale}, ""},
		"failing":          {ldap, store.Source{Status: "active", CheckedAt: fresh, Failures: 2, Error: "no"}, now, []string{AlertFailing}, "rollcall doctor --tenant acme --connection 'head office'"},
		"held":             {ldap, store.Source{Status: "quarantined", CheckedAt: now.Add(-time.Hour), HeldRun: "r", HeldUntil: now}, now, []string{AlertQuarantined}, "rollcall sync 'head office' --tenant acme"},
		"paused":           {ldap, store.Source{Status: "paused", Failures: 3}, now.Add(-time.Hour), []string{AlertPaused}, "rollcall sync 'head office' --tenant acme --resume"},
		"held by a push":   {scim, store.Source{Status: "quarantined", HeldUntil: now}, now, []string{AlertQuarantined}, "rollcall sync okta --tenant acme --approve"},
		"by hand, and old": {directory.Connection{Name: "x", Kind: directory.LDAP, LDAP: &directory.LDAPSettings{}}, store.Source{Status: "active"}, now.AddDate(-1, 0, 0), nil, ""},
	} {
		var kinds []string
		alerts := Alerts(store.SourceState{TenantKey: "acme", Connection: x.connection, CreatedAt: x.created, Source: x.source}, now)
		for _, a := range alerts {
			kinds = append(kinds, a.Kind)
		}
		if !slices.Equal(kinds, x.want) || x.write != "" && alerts[0].Write != x.write {
			t.Errorf("%s: %+v", name, alerts)
		}
	}
}
