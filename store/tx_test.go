package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/directory"
)

var errBoom = errors.New("boom")

// TestFailingTransactionUndoesOnlyItself fills one shared commit of SQLite with transactions that land, fail and panic.
func TestFailingTransactionUndoesOnlyItself(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		release := make(chan struct{})
		const writers = 60
		var wg sync.WaitGroup
		write := func(fn func(*Tx) error) (err error, panicked any) { //nolint:staticcheck // the panic belongs last
			defer func() { panicked = recover() }()
			return db.Write(context.Background(), tenant, fn), nil
		}
		if db.dialect == sqlite { // nobody commits before everybody waits
			began := make(chan struct{})
			wg.Go(func() {
				_, _ = write(func(*Tx) error { close(began); <-release; return nil })
			})
			<-began
		}
		for i := range writers {
			wg.Go(func() {
				err, panicked := write(func(tx *Tx) error {
					tx.PutSetting(fmt.Sprintf("s%02d", i), "x", directory.SettingOrigin{})
					if i%2 == 0 { // its rows have reached the database
						if _, err := tx.ConfigVersion(tx.Context()); err != nil {
							return err
						}
					}
					switch i % 6 {
					case 0, 1:
						return errBoom
					case 2, 3:
						panic(i)
					}
					return nil
				})
				switch i % 6 {
				case 0, 1:
					if !errors.Is(err, errBoom) {
						t.Errorf("writer %d got %v, want its own error", i, err)
					}
				case 2, 3:
					if panicked != i {
						t.Errorf("writer %d got panic %v (%v), want its own", i, panicked, err)
					}
				default:
					if err != nil || panicked != nil {
						t.Errorf("writer %d: %v, %v", i, err, panicked)
					}
				}
			})
		}
		if db.dialect == sqlite {
			await(t, "writers to queue", func() bool { return len(db.writer.jobs) == writers })
			close(release)
		}
		wg.Wait()
		landed := wroteSettings(t, db, tenant)
		for i := range writers {
			if name := fmt.Sprintf("s%02d", i); landed[name] != (i%6 > 3) {
				t.Errorf("%s landed: %v", name, landed[name])
			}
		}
	})
}

func TestTransactionSeesItsOwnWritesAlsoAfterALargeBatch(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		mustWrite(t, db, tenant, func(tx *Tx) error {
			for i := range 4500 {
				tx.PutSetting(fmt.Sprint("s", i), "x", directory.SettingOrigin{})
				if err := tx.Flush(); err != nil {
					return err
				}
			}
			if len(tx.queue) >= 2000 {
				t.Errorf("%d statements wait after Flush", len(tx.queue))
			}
			c, err := tx.Configuration(tx.Context())
			if err == nil && len(c.Settings) != 4500 {
				t.Errorf("the transaction sees %d of its own 4500 rows", len(c.Settings))
			}
			return err
		})
		err := db.Write(t.Context(), tenant, func(tx *Tx) error {
			for i := range 4500 {
				tx.PutSetting(fmt.Sprint("s", i), "", directory.SettingOrigin{})
				if err := tx.Flush(); err != nil {
					return err
				}
			}
			return errBoom
		})
		if n := len(wroteSettings(t, db, tenant)); !errors.Is(err, errBoom) || n != 4500 {
			t.Errorf("after an error behind several batches: %v, %d rows left of 4500", err, n)
		}
	})
}

func TestCancelledCallerWritesNothingOrEverything(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		ran := false
		err := db.Write(gone, tenant, func(tx *Tx) error { ran = true; tx.PutSetting("before", "x", directory.SettingOrigin{}); return nil })
		if !errors.Is(err, context.Canceled) || ran {
			t.Errorf("cancelled before it began: %v, ran %v", err, ran)
		}
		for _, flushed := range []bool{false, true} {
			ctx, cancel := context.WithCancel(t.Context())
			name := fmt.Sprint("flushed-", flushed)
			err := db.Write(ctx, tenant, func(tx *Tx) error {
				tx.PutSetting(name+"-1", "x", directory.SettingOrigin{})
				if flushed {
					if _, err := tx.ConfigVersion(tx.Context()); err != nil {
						return err
					}
				}
				cancel()
				tx.PutSetting(name+"-2", "x", directory.SettingOrigin{})
				return nil
			})
			landed := wroteSettings(t, db, tenant)
			if landed[name+"-1"] != landed[name+"-2"] || landed[name+"-1"] != (err == nil) {
				t.Errorf("cancelled in between (%s): error %v, landed %v", name, err, landed)
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled in between (%s): %v, want the context's error", name, err)
			}
			cancel()
		}
		if _, err := db.Reader(tenant).Configuration(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("read by a caller who is gone: %v", err)
		}
		mustWrite(t, db, tenant, func(tx *Tx) error { tx.PutSetting("next", "x", directory.SettingOrigin{}); return nil })
	})
}

// TestWriterThatGivesUpWhileWaitingWritesNothing has callers give up while another transaction holds SQLite's writer or PostgreSQL's row.
func TestWriterThatGivesUpWhileWaitingWritesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		holding, release := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			err := db.Write(context.Background(), tenant, func(tx *Tx) error {
				if err := tx.LockConfiguration(); err != nil {
					return err
				}
				close(holding)
				<-release
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		<-holding
		ctx, cancel := context.WithCancel(t.Context())
		answered := make(chan error, 1)
		wg.Go(func() {
			answered <- db.Write(ctx, tenant, func(tx *Tx) error {
				if err := tx.LockConfiguration(); err != nil {
					return err
				}
				tx.PutSetting("late", "x", directory.SettingOrigin{})
				return nil
			})
		})
		if db.dialect == sqlite {
			await(t, "the second writer to queue", func() bool { return len(db.writer.jobs) == 1 })
		} else {
			await(t, "the second writer to wait for the row", func() bool {
				return count(t, db, `SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND transactionid IS NOT NULL`) > 0
			})
		}
		cancel()
		close(release)
		wg.Wait()
		if err := <-answered; (err == nil) != wroteSettings(t, db, tenant)["late"] {
			t.Errorf("answered %v, landed %v", err, wroteSettings(t, db, tenant))
		}
	})
}

func TestDeadlockedTransactionRunsAgain(t *testing.T) {
	t.Parallel()
	dsn := migrated.Postgres(t)
	opened(t, dsn)
	db := another(t, dsn+"&deadlock_timeout=20", nil)
	tenant := tenantIn(t, db)
	mustWrite(t, db, tenant, func(tx *Tx) error {
		for i, id := range []string{"a", "b"} {
			if err := tx.PutPerson(directory.User{ID: id, DisplayID: int64(i), State: directory.Active}, nil); err != nil {
				return err
			}
		}
		return nil
	})
	var runs atomic.Int64
	var both sync.WaitGroup
	both.Add(2)
	var wg sync.WaitGroup
	for _, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		wg.Go(func() {
			first := true
			err := db.Write(context.Background(), tenant, func(tx *Tx) error {
				runs.Add(1)
				if _, err := tx.People(order[0]); err != nil {
					return err
				}
				if first {
					first = false
					both.Done()
					both.Wait()
				}
				_, err := tx.People(order[1])
				tx.exec(`INSERT INTO counter (tenant, name, next) VALUES (?, ?, 1) ON CONFLICT (tenant, name) DO UPDATE SET next = counter.next + 1`, tenant, "runs")
				return err
			})
			if err != nil {
				t.Errorf("a deadlock reached the caller: %v", err)
			}
		})
	}
	wg.Wait()
	if runs.Load() < 3 {
		t.Fatalf("%d runs: the two never deadlocked, so the test shows nothing", runs.Load())
	}
	if n := count(t, db, `SELECT next FROM counter WHERE tenant = ? AND name = 'runs'`, tenant); n != 2 {
		t.Errorf("two transactions left %d effects", n)
	}
}

func TestTakenValueNamesItsAttribute(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, _ string) {
		tenant := tenantIn(t, db)
		insert := func(a directory.Account, ordinal int64, flush bool) error {
			return db.Write(t.Context(), tenant, func(tx *Tx) error {
				if _, err := tx.InsertAccount(a, ordinal, "c"); err != nil {
					return err
				}
				if flush {
					_, err := tx.ConfigVersion(tx.Context())
					return err
				}
				return nil
			})
		}
		group := func(id, name string, unique bool) error {
			return db.Write(t.Context(), tenant, func(tx *Tx) error {
				g := directory.Group{ID: id, Connection: "okta", DisplayName: name, Attributes: directory.Attributes{"displayName": name}, Version: 1}
				_, err := tx.PutGroup(g, 1, unique, "c")
				return err
			})
		}
		if err := errors.Join(insert(userOf("okta", "p1", "Ana@acme.test", "k1"), 1, false), group("g1", "Team", true), group("g2", "loose", false)); err != nil {
			t.Fatal(err)
		}
		for _, flush := range []bool{false, true} {
			for _, c := range []struct {
				err  error
				want string
			}{
				{insert(userOf("okta", "p2", "ana@ACME.test", "k2"), 2, flush), "userName"},
				{insert(userOf("okta", "p2", "bob@acme.test", "k1"), 2, flush), "externalId"},
				{group("g3", "TEAM", true), "displayName"},
			} {
				if taken, ok := errors.AsType[*Taken](c.err); !ok || taken.Attribute != c.want {
					t.Errorf("%v, want that %s is taken", c.err, c.want)
				}
			}
		}
		for what, err := range map[string]error{
			"same userName in another connection":   insert(userOf("entra", "p1", "ana@acme.test", "k1"), 1, false),
			"no externalId, twice":                  errors.Join(insert(userOf("okta", "p3", "c@acme.test", ""), 3, false), insert(userOf("okta", "p4", "d@acme.test", ""), 4, false)),
			"a group rewritten under its own name":  group("g1", "team", true),
			"a second group where names may repeat": group("g4", "loose", false),
		} {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestClosedDatabaseIsUnavailable(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *DB, dsn string) {
		db := another(t, dsn, nil)
		tenant := tenantIn(t, db)
		if _, err := db.Reader(tenant).ConfigVersion(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		wantKind(t, "write", db.Write(t.Context(), tenant, func(*Tx) error { return nil }), directory.Unavailable)
		_, err := db.Reader(tenant).ConfigVersion(t.Context())
		wantKind(t, "read", err, directory.Unavailable)
		_, err = db.Reader(tenant).Configuration(t.Context())
		wantKind(t, "several reads", err, directory.Unavailable)
		_, err = db.Ops().Acquire(t.Context(), "job", "me", time.Second)
		wantKind(t, "lease", err, directory.Unavailable)
		wantKind(t, "ping", db.Ping(t.Context()), directory.Unavailable)
		if err := db.Close(); err != nil {
			t.Errorf("closing twice: %v", err)
		}
	})
}

// TestCloseAnswersEachWriteTruthfully closes the database among writers: what was answered with success is there, and
// what was answered with "nothing was written" is not.
func TestCloseAnswersEachWriteTruthfully(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *DB, dsn string) {
		tenant := tenantIn(t, db)
		rounds := map[dialect]int{sqlite: 40, postgres: 3}[db.dialect]
		for round := range rounds {
			closing := another(t, dsn, func(o *Options) { o.Connections = 4 })
			var mu sync.Mutex
			var landed, refused []string
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() {
					for n := 0; ; n++ {
						name := fmt.Sprintf("r%d-w%d-%d", round, i, n)
						err := closing.Write(context.Background(), tenant, func(tx *Tx) error { tx.PutSetting(name, "x", directory.SettingOrigin{}); return nil })
						mu.Lock()
						if err == nil {
							landed = append(landed, name)
						} else {
							refused = append(refused, name)
							if directory.KindOf(err) != directory.Unavailable {
								t.Errorf("a write while closing: %v, want unavailable", err)
							}
						}
						mu.Unlock()
						if err != nil {
							return
						}
					}
				})
			}
			await(t, "writes", func() bool { mu.Lock(); defer mu.Unlock(); return len(landed) > 20 })
			_ = closing.Close()
			wg.Wait()
			there := wroteSettings(t, db, tenant)
			if i := slices.IndexFunc(landed, func(n string) bool { return !there[n] }); i >= 0 {
				t.Fatalf("%s was acknowledged and is not there", landed[i])
			}
			if i := slices.IndexFunc(refused, func(n string) bool { return there[n] }); i >= 0 {
				t.Fatalf("%s was answered with \"nothing was written\" and is there (round %d)", refused[i], round)
			}
		}
	})
}

// TestLastWriteBeforeCloseIsAnsweredWithItsOutcome stands in for the writer: it commits a write and ends at once.
func TestLastWriteBeforeCloseIsAnsweredWithItsOutcome(t *testing.T) {
	t.Parallel()
	for range 100 {
		w := &writer{db: &DB{}, jobs: make(chan *job), quit: make(chan struct{}), done: make(chan struct{})}
		go func() {
			j := <-w.jobs
			j.result <- outcome{}
			close(w.done)
		}()
		if err := w.direct(t.Context(), nil); err != nil {
			t.Fatalf("a committed write was answered with %v", err)
		}
	}
}
