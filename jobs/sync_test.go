package jobs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// shelf is a directory that a test fills: a source of its own kind, as a connector is.
type shelf struct {
	mu     sync.Mutex
	people []string
	groups []string
	broken string // why it cannot be read
	block  chan struct{}
	shut   chan struct{} // keeps it from being closed
	reads  atomic.Int64
	fulls  atomic.Int64
}

func (s *shelf) set(people ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people = people
}

func (s *shelf) fail(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = why
}

// open is its Opener.
func (s *shelf) open(context.Context, string, directory.Connection) (directory.Source, error) {
	return s, nil
}

func (s *shelf) Close() error {
	s.mu.Lock()
	shut := s.shut
	s.mu.Unlock()
	if shut != nil {
		<-shut
	}
	return nil
}

func (s *shelf) Read(ctx context.Context, since directory.Since, each func(directory.Page) error) (directory.Reading, error) {
	s.reads.Add(1)
	if len(since.Cookie) == 0 {
		s.fulls.Add(1)
	}
	s.mu.Lock()
	people, broken, block := s.people, s.broken, s.block
	s.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return directory.Reading{}, ctx.Err()
		}
	}
	r := directory.Reading{Server: "test", Mode: "full", Users: directory.Complete, Groups: directory.Complete, Fingerprint: "f", Cookie: []byte("c")}
	if broken != "" {
		r.Users, r.Groups = directory.Failed, directory.Failed
		r.Problems = []directory.Problem{{Kind: "search", Message: directory.Quote(broken)}}
		return r, nil
	}
	page := directory.Page{Kind: directory.UserEntry}
	for _, name := range people {
		hash := sha256.Sum256([]byte(name))
		page.Entries = append(page.Entries, directory.Entry{
			ID: "id-" + name, DN: "uid=" + name, Ref: "uid=" + name, Hash: hash[:],
			Resource: func() (directory.Attributes, error) {
				return directory.Attributes{"userName": name, "active": true}, nil
			},
		})
	}
	if err := each(page); err != nil {
		return r, err
	}
	page = directory.Page{Kind: directory.GroupEntry}
	for _, name := range s.groups {
		hash := sha256.Sum256([]byte(name))
		page.Entries = append(page.Entries, directory.Entry{
			ID: "id-" + name, DN: "cn=" + name, Ref: "cn=" + name, Hash: hash[:], MembersKnown: directory.Complete,
			Resource: func() (directory.Attributes, error) { return directory.Attributes{"displayName": name}, nil },
		})
	}
	return r, each(page)
}

// ldap makes the connection "l", whose directory is read that often.
func (b *bench) ldap(change func(*directory.Connection)) directory.Connection {
	b.t.Helper()
	settings := directory.DefaultLDAP()
	settings.URLs, settings.Schedule = []string{"ldaps://ldap.example.com"}, time.Hour
	c := directory.Connection{ID: "l", Name: "headquarters", Kind: directory.LDAP, LDAP: &settings, Capabilities: directory.AllCapabilities(), ManagedBy: directory.ByManifest}
	if change != nil {
		change(&c)
	}
	err := b.db.Write(b.t.Context(), b.tenant, func(tx *store.Tx) error {
		tx.PutConnection(c)
		_, err := tx.RaiseConfigVersion("Acme")
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bench) source() store.Source {
	b.t.Helper()
	x, err := b.db.Reader(b.tenant).Source(b.t.Context(), "l")
	if err != nil {
		b.t.Fatal(err)
	}
	return x
}

// sync syncs by hand.
func (b *bench) sync(s *shelf, change func(*SyncRequest)) (provision.SyncResult, error) {
	b.t.Helper()
	r := SyncRequest{Tenant: b.tenant, Connection: "l", Actor: directory.Actor{Kind: directory.ActorCLI, ID: "ada@example.com"}}
	r.Full = true
	if change != nil {
		change(&r)
	}
	return Sync(b.t.Context(), b.db, b.engine, s.open, r)
}

// must syncs with that status.
func (b *bench) must(s *shelf, want provision.SyncStatus, change func(*SyncRequest)) provision.SyncResult {
	b.t.Helper()
	r, err := b.sync(s, change)
	if err != nil || r.Status != want {
		b.t.Fatalf("the sync is %+v, %v; want %s", r, err, want)
	}
	return r
}

// crowd are that many userNames.
func crowd(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("user-%03d", i)
	}
	return out
}

// active counts the people who are.
func (b *bench) active() int {
	b.t.Helper()
	n := 0
	err := b.engine.Views(b.t.Context(), b.tenant, func(v provision.View) error {
		if v.State == directory.Active {
			n++
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func TestSyncPlansAppliesAndSaysNothingIsNew(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.ldap(nil)
		s := &shelf{people: crowd(3)}
		b.must(s, provision.SyncPlanned, func(r *SyncRequest) { r.Plan = true })
		if x := b.source(); b.active() != 0 || !x.NextAt.IsZero() {
			t.Errorf("a plan wrote something: %+v", x)
		}
		began := time.Now()
		b.must(s, provision.SyncApplied, nil)
		if x := b.source(); b.active() != 3 || x.NextAt.Sub(began) < time.Hour || time.Until(x.NextAt) > 66*time.Minute {
			t.Errorf("%d people, next at %s", b.active(), x.NextAt)
		}
		b.must(s, provision.SyncNothing, nil)
	})
}

func TestHeldPlanIsAppliedAsItWasHeld(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.ldap(func(c *directory.Connection) { c.LDAP.GraceRuns = 1 })
		s := &shelf{people: crowd(40)}
		b.must(s, provision.SyncApplied, nil)
		s.set(crowd(20)...)
		held := b.must(s, provision.SyncHeld, nil)
		if x := b.source(); b.active() != 40 || x.Status != store.SourceQuarantined || x.HeldRun != held.Run || len(held.Guard) == 0 {
			t.Fatalf("%d people are active; %+v", b.active(), x)
		}

		s.set() // what the directory says by now does not matter
		_, err := b.sync(s, func(r *SyncRequest) { r.Approve, r.Except = true, []string{"user-025", "user-999"} })
		if directory.KindOf(err) != directory.Invalid || !strings.Contains(err.Error(), "user-999") || strings.Contains(err.Error(), "user-025") || b.active() != 40 {
			t.Fatalf("an unknown exception: %v", err)
		}
		_, err = b.sync(s, func(r *SyncRequest) { r.Approve, r.Run = true, "another" })
		if directory.KindOf(err) != directory.Conflict || b.active() != 40 {
			t.Fatalf("another plan: %v", err)
		}
		reads := s.reads.Load()
		r, err := b.sync(s, func(r *SyncRequest) { r.Approve, r.Run, r.Except = true, held.Run, []string{"user-025"} })
		if err != nil || r.Run != held.Run || s.reads.Load() != reads || b.active() != 21 {
			t.Fatalf("%+v, %v: %d people are active, %d readings", r, err, b.active(), s.reads.Load()-reads)
		}
		if x := b.source(); x.Status != store.SourceActive || x.HeldRun != "" {
			t.Errorf("after the approval: %+v", x)
		}
	})
}

// A group is nobody who could be left out: the plan would end it all the same.
func TestAGroupIsNotLeftOut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.ldap(nil)
		s := &shelf{people: crowd(2), groups: []string{"Support"}}
		_, err := b.sync(s, func(r *SyncRequest) { r.Except = []string{"Support"} })
		if directory.KindOf(err) != directory.Invalid || b.active() != 0 {
			t.Errorf("%v; want it refused", err)
		}
	})
}

func TestDirectoryThatIsWellAgainLiftsItsQuarantine(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.ldap(func(c *directory.Connection) { c.LDAP.GraceRuns = 1 })
		s := &shelf{people: crowd(40)}
		b.must(s, provision.SyncApplied, nil)
		s.set(crowd(20)...)
		held := b.must(s, provision.SyncHeld, nil)
		s.set(crowd(40)...)
		b.must(s, provision.SyncNothing, nil)
		run, err := b.db.Reader(b.tenant).Run(t.Context(), held.Run)
		if x := b.source(); err != nil || run.Status != "discarded" || x.Status != store.SourceActive || x.HeldRun != "" {
			t.Errorf("the plan is %s, %v; the source %+v", run.Status, err, x)
		}
	})
}

func TestPausedDirectoryIsNotReadUntilItIsResumed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		c := b.ldap(nil)
		s := &shelf{people: crowd(3)}
		actor := directory.Actor{Tenant: b.tenant, Kind: directory.ActorCLI, ID: "ada@example.com"}
		turn := func(to func(context.Context, *store.DB, directory.Actor, directory.Connection) (bool, error), want bool) {
			t.Helper()
			if changed, err := to(t.Context(), b.db, actor, c); err != nil || changed != want {
				t.Fatalf("changed %t, %v; want %t", changed, err, want)
			}
		}
		turn(Resume, false)
		turn(Pause, true)
		turn(Pause, false)
		if _, err := b.sync(s, nil); directory.KindOf(err) != directory.Conflict || s.reads.Load() != 0 {
			t.Errorf("%v after %d readings", err, s.reads.Load())
		}
		b.must(s, provision.SyncPlanned, func(r *SyncRequest) { r.Plan = true })
		turn(Resume, true)
		b.must(s, provision.SyncApplied, nil)
		log, err := b.db.Reader(b.tenant).Changes(t.Context(), "config", 10)
		if err != nil || len(log) != 2 || log[1].Action != "connection.paused" || log[0].Action != "connection.resumed" || log[0].Actor.ID != actor.ID ||
			!strings.Contains(string(log[1].After), `{"connection headquarters":{"status":"paused"}}`) {
			t.Errorf("log %+v, %v", log, err)
		}
	})
}

func TestSyncsOfOneConnectionExcludeEachOther(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.ldap(nil)
		s := &shelf{people: crowd(3), block: make(chan struct{})}
		done := make(chan error, 1)
		go func() {
			_, err := b.sync(s, nil)
			done <- err
		}()
		await(t, "the first sync reads", func() bool { return s.reads.Load() == 1 })
		if _, err := b.sync(s, nil); directory.KindOf(err) != directory.Unavailable || !strings.Contains(err.Error(), "running") {
			t.Errorf("beside another: %v", err)
		}
		close(s.block)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestDirectoryThatCannotBeOpenedOrReadIsAFailureOfTheSource(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.ldap(nil)
		s := &shelf{broken: "the server is away"}
		r := b.must(s, provision.SyncFailed, nil)
		if x := b.source(); len(r.Problems) == 0 || x.Failures != 1 || !strings.Contains(x.Error, "away") {
			t.Errorf("%+v; %+v", r, x)
		}
		refused := SyncRequest{Tenant: b.tenant, Connection: "l", Actor: scheduler}
		r, err := Sync(t.Context(), b.db, b.engine, func(context.Context, string, directory.Connection) (directory.Source, error) {
			return nil, errors.New("its password file is not there")
		}, refused)
		if x := b.source(); err != nil || r.Status != provision.SyncFailed || x.Failures != 2 || !strings.Contains(x.Error, "password file") {
			t.Errorf("%+v, %v; %+v", r, err, x)
		}
		for id, kind := range map[string]directory.Kind{"c": directory.Conflict, "nobody": directory.NotFound} {
			refused.Connection = id
			if _, err := Sync(t.Context(), b.db, b.engine, s.open, refused); directory.KindOf(err) != kind {
				t.Errorf("connection %s: %v, want %s", id, err, kind)
			}
		}
	})
}

// quiet keeps a test's log.
func quiet() (*safeBuffer, *slog.Logger) {
	b := &safeBuffer{}
	return b, slog.New(slog.NewTextHandler(b, nil))
}
