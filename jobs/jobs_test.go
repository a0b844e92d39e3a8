package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// bench is a tenant with a connection, and an engine over it.
type bench struct {
	t      *testing.T
	db     *store.DB
	engine *provision.Engine
	tenant string
}

func each(t *testing.T, f func(*testing.T, *bench)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, dsn string) {
		ctx := context.WithoutCancel(t.Context())
		db, err := store.Open(ctx, dsn, store.Options{Create: true, Keys: [][]byte{bytes.Repeat([]byte{7}, 32)}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		b := &bench{t, db, provision.New(db, provision.Options{}), store.NewShortID()}
		err = db.Write(ctx, b.tenant, func(tx *store.Tx) error {
			tx.PutConnection(directory.Connection{ID: "c", Name: "c", Kind: directory.SCIM, Capabilities: directory.AllCapabilities(), ManagedBy: directory.ByManifest})
			for _, r := range access.Presets()[0].Roles {
				tx.PutRole(r)
			}
			return tx.InsertTenant("acme", "Acme")
		})
		if err != nil {
			t.Fatal(err)
		}
		f(t, b)
	})
}

// person makes a user.
func (b *bench) person(name string) {
	b.t.Helper()
	actor := directory.Actor{Tenant: b.tenant, Kind: directory.ActorConnection, ID: "c", Connection: "c"}
	if _, err := b.engine.CreateUser(b.t.Context(), actor, directory.Account{Attributes: directory.Attributes{"userName": name, "active": true}}); err != nil {
		b.t.Fatal(err)
	}
}

// start runs the jobs until the test ends.
func (b *bench) start(o Options) (stop func()) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		Run(ctx, b.db, b.engine, o)
	}()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); <-done }) }
	b.t.Cleanup(stop)
	return stop
}

// placed counts the changes that have their place.
func (b *bench) placed() int {
	b.t.Helper()
	list, err := b.db.Reader(b.tenant).Ledger(b.t.Context(), 0, 100)
	if err != nil {
		b.t.Fatal(err)
	}
	return len(list)
}

// whole checks the ledger, once nobody writes it any more.
func (b *bench) whole() {
	b.t.Helper()
	a, err := b.db.VerifyLedger(b.t.Context(), b.tenant, store.Head{}, nil)
	if err != nil || len(a.Faults) > 0 {
		b.t.Errorf("ledger %+v, %v", a, err)
	}
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("still waiting: %s", what)
		}
		time.Sleep(10 * time.Millisecond) // between two looks
	}
}

func TestChangesGetTheirPlace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.person("before")
		hints := make(chan struct{}, 1)
		var seen atomic.Int64
		stop := b.start(Options{Committed: hints, Observe: func(d Done) {
			if d.Job == "sequence" {
				seen.Add(int64(d.N))
			}
		}})
		await(t, "what was there is placed", func() bool { return b.placed() == 1 })
		b.person("hinted")
		hints <- struct{}{}
		await(t, "what was hinted at is placed", func() bool { return b.placed() == 2 })
		b.person("polled")
		await(t, "what nobody hinted at is placed", func() bool { return b.placed() == 3 })
		stop()
		b.whole()
		if seen.Load() != 3 {
			t.Errorf("%d changes were observed, want 3", seen.Load())
		}
	})
}

func TestSeveralSequencersPlaceEachChangeOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		var stops []func()
		for range 3 {
			stops = append(stops, b.start(Options{}))
		}
		for i := range 30 {
			b.person(strings.Repeat("x", i+1))
		}
		await(t, "all are placed", func() bool { return b.placed() == 30 })
		for _, stop := range stops {
			stop()
		}
		b.whole()
	})
}

func TestPublishedRulesReachEverybody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		for i := range 10 {
			b.person(strings.Repeat("x", i+1))
		}
		var people atomic.Int64
		b.start(Options{Observe: func(d Done) {
			if d.Job == "settle" {
				people.Add(int64(d.N))
			}
		}})
		err := b.db.Write(t.Context(), b.tenant, func(tx *store.Tx) error {
			tx.PutRule(directory.Rule{ID: "r", Name: "r", When: "userName pr", Roles: []string{"agent"}, ManagedBy: directory.ByManifest})
			_, err := tx.RaiseConfigVersion("Acme")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		await(t, "everybody has the role", func() bool {
			n := 0
			err := b.engine.Views(t.Context(), b.tenant, func(v provision.View) error {
				if len(v.Roles) == 1 {
					n++
				}
				return nil
			})
			return err == nil && n == 10
		})
		await(t, "the work was observed", func() bool { return people.Load() >= 10 })
	})
}

func TestHeadsAreLogged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.person("ada")
		if _, err := b.db.Sequence(t.Context(), b.tenant); err != nil {
			t.Fatal(err)
		}
		head, err := b.db.Head(t.Context(), b.tenant)
		if err != nil {
			t.Fatal(err)
		}
		var log safeBuffer
		b.start(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		await(t, "the head is in the log", func() bool { return strings.Contains(log.String(), head) })
	})
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// How long the request log is kept is a setting of the tenant, with a default; past statuses and versions of the rules are
// kept for ever unless it says otherwise.
func TestWhatIsKeptNoLongerIsForgotten(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		for i := range 3 {
			err := b.db.Write(t.Context(), b.tenant, func(tx *store.Tx) error {
				tx.PutPresence("ana", string(rune('a'+i)), "x", "x", "c")
				tx.PutRuleSet(store.RuleSet{ID: string(rune('a' + i)), State: store.RulesPublished, Version: int64(i)})
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		r := &runner{Options: Options{Log: slog.New(slog.DiscardHandler)}, db: b.db, ops: b.db.Ops(), engine: b.engine}
		if n, err := r.retention(t.Context()); err != nil || n != 0 {
			t.Errorf("%d rows went, %v; want none by default", n, err)
		}
		if n, err := r.prune(t.Context(), b.tenant, time.Now().AddDate(0, 0, 40)); err != nil || n != 0 {
			t.Errorf("after forty days %d rows went, %v", n, err)
		}
		err := b.db.Write(t.Context(), b.tenant, func(tx *store.Tx) error {
			tx.PutSetting("retention.presence", "24h0m0s", directory.SettingOrigin{})
			tx.PutSetting("retention.rules", "480h0m0s", directory.SettingOrigin{})
			_, err := tx.RaiseConfigVersion("Acme")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		fresh := &runner{Options: r.Options, db: b.db, ops: b.db.Ops(), engine: provision.New(b.db, provision.Options{})}
		for _, x := range []struct{ days, want int }{{0, 0}, {2, 2}, {19, 0}, {21, 2}} {
			if n, err := fresh.prune(t.Context(), b.tenant, time.Now().AddDate(0, 0, x.days)); err != nil || n != x.want {
				t.Errorf("after %d days %d rows went, %v; want %d", x.days, n, err, x.want)
			}
		}
	})
}

func TestOldRequestsAreForgotten(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		for id, at := range map[string]time.Time{"old": time.Now().AddDate(0, 0, -31), "new": time.Now()} {
			if err := b.db.Ops().NoteRequest(t.Context(), store.Request{Tenant: b.tenant, Connection: "c", At: at, ID: id}); err != nil {
				t.Fatal(err)
			}
		}
		b.start(Options{})
		await(t, "the old one is gone", func() bool {
			list, err := b.db.Reader(b.tenant).Requests(t.Context(), "c", 10)
			return err == nil && len(list) == 1 && list[0].ID == "new"
		})
	})
}

func TestTokensAboutToEndAreWarnedOf(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		day := 24 * time.Hour
		err := b.db.Write(t.Context(), b.tenant, func(tx *store.Tx) error {
			for id, in := range map[string]time.Duration{"month": 30*day - time.Hour, "fortnight": 14*day - time.Hour, "later": 20 * day, "over": -day, "revoked": 3*day - time.Hour} {
				at := tx.Now().Add(in)
				tx.InsertToken(directory.Token{ID: id, Connection: "c", CreatedAt: tx.Now(), ExpiresAt: &at}, []byte(id))
			}
			tx.InsertToken(directory.Token{ID: "ever", Connection: "c", CreatedAt: tx.Now()}, []byte("x"))
			tx.RevokeToken("revoked")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var log safeBuffer
		r := &runner{Options: Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, db: b.db, ops: b.db.Ops()}
		n, err := r.tokens(t.Context())
		if err != nil || n != 2 || !strings.Contains(log.String(), "token=month days=30") || !strings.Contains(log.String(), "token=fortnight days=14") {
			t.Errorf("%d warnings, %v; want two\n%s", n, err, log.String())
		}
	})
}

func TestALeaseIsHeldByOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ops := b.db.Ops()
		held, err := Hold(t.Context(), ops, "job", func(context.Context) error {
			inner, err := Hold(t.Context(), ops, "job", func(context.Context) error {
				t.Error("two hold one lease")
				return nil
			})
			if inner {
				t.Error("the second was told that it held the lease")
			}
			return err
		})
		if !held || err != nil {
			t.Errorf("held %t, %v", held, err)
		}
		broken := errors.New("broken")
		held, err = Hold(t.Context(), ops, "job", func(context.Context) error { return broken })
		if !held || !errors.Is(err, broken) {
			t.Errorf("after its release: held %t, %v; want it, and the work's error", held, err)
		}
	})
}

func TestATenantThatFailsIsTriedLaterAndLater(t *testing.T) {
	t.Parallel()
	s := settling{runner: &runner{Options: Options{Interval: time.Second}}, tries: map[string]attempt{}, busy: 8}
	var last time.Duration
	for n := range 8 {
		s.finish("acme", errors.New("no"))
		wait := time.Until(s.tries["acme"].notUntil)
		if n < 5 && wait <= last || wait > longestPatience {
			t.Errorf("after %d failures it waits %s, after %s before", n+1, wait, last)
		}
		last = wait
	}
	s.finish("acme", nil)
	if _, kept := s.tries["acme"]; kept {
		t.Error("a success is not forgotten")
	}
}
