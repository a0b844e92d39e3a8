package sso_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim"
	"rollcall/sso"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// replica is a handler with a database handle, an engine and measurements of its own.
type replica struct {
	*sso.Handler

	ahead    atomic.Int64 // how far its clock is ahead
	mu       sync.Mutex
	measured map[string][]time.Duration
}

func (s *site) replica(dsn string) *replica {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), dsn, store.Options{Keys: [][]byte{make([]byte, 32)}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := db.Close(); err != nil {
			s.t.Error(err)
		}
	})
	x := &replica{measured: map[string][]time.Duration{}}
	x.Handler = sso.New(sso.Options{
		DB: db, Engine: provision.New(db, provision.Options{}), BaseURL: s.base,
		Now: func() time.Time { return time.Now().Add(time.Duration(x.ahead.Load())) },
		Took: func(what string, took time.Duration) {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.measured[what] = append(x.measured[what], took)
		},
	})
	return x
}

func (x *replica) took(what string) []time.Duration {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.measured[what]
}

// asking is a request of the browser's.
func (b *browser) asking() *http.Request {
	r := httptest.NewRequestWithContext(b.s.t.Context(), http.MethodGet, "/", nil)
	for _, c := range b.client.Jar.Cookies(mustURL(b.s.t, b.s.base)) {
		r.AddCookie(c)
	}
	return r
}

// pushing answers SCIM requests over another handle of the database; it suspends somebody.
func (s *site) pushing(dsn string) (suspend func(id string)) {
	s.t.Helper()
	token, err := s.admin.CreateToken(s.t.Context(), operator, "acme", "okta", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	db, err := store.Open(s.t.Context(), dsn, store.Options{Keys: [][]byte{make([]byte, 32)}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = db.Close() })
	h := scim.New(db, provision.New(db, provision.Options{}), scim.Options{BaseURL: s.base})
	return func(id string) {
		s.t.Helper()
		r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPatch, scim.Root+"/Users/"+id,
			strings.NewReader(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`))
		r.Header.Set("Authorization", "Bearer "+token.Token)
		r.Header.Set("Content-Type", "application/scim+json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			s.t.Fatalf("SCIM answered %d %s", w.Code, w.Body)
		}
	}
}

// Whoever is suspended by SCIM on one replica is refused by every other from the first request after the answer on, however
// many they send meanwhile; and each replica measures that it accepted nothing after the end.
func TestRevocationIsTheCommit(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		ada := s.provisioned("ada@example.com", "1")
		suspend := s.pushing(dsn)
		replicas := []*replica{s.replica(dsn), s.replica(dsn), s.replica(dsn)}
		b, id := s.signedIn()
		for i, x := range replicas[:2] { // the third is never asked before
			if _, err := x.Session(b.asking(), false); err != nil {
				t.Fatalf("replica %d: %v", i, err)
			}
		}
		var answered atomic.Bool
		var clients sync.WaitGroup
		for i, x := range replicas[:2] {
			clients.Go(func() {
				for refusals := 0; refusals < 3; {
					sentAfter := answered.Load()
					_, err := x.Session(b.asking(), false)
					switch {
					case directory.KindOf(err) == directory.Forbidden:
						refusals++
					case err != nil:
						t.Errorf("replica %d: %v", i, err)
						return
					case sentAfter:
						t.Errorf("replica %d accepted a session after SCIM had answered", i)
						return
					}
				}
			})
		}
		suspend(ada)
		answered.Store(true)
		for i, x := range replicas {
			if _, err := x.Session(b.asking(), false); directory.KindOf(err) != directory.Forbidden {
				t.Errorf("replica %d: %v", i, err)
			}
		}
		clients.Wait()
		if x, err := s.db.Reader(s.tenant).Session(t.Context(), id); err != nil || x.EndedBy != directory.EndedByState {
			t.Errorf("%+v %v", x, err)
		}
		for i, x := range replicas {
			late := x.took("revocation")
			t.Logf("replica %d: %d questions; accepted for %v after the end", i, len(x.took("question")), late)
			if want := i < 2; want != (len(late) > 0) {
				t.Errorf("replica %d measured %v", i, late)
			}
			if n := len(x.took("question")); n == 0 {
				t.Errorf("replica %d did not ask", i)
			}
		}
	})
}

// A replica measures each session once, and none that it did not accept or that ended by itself.
func TestWhatIsMeasuredOfARevocation(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		ada := s.provisioned("ada@example.com", "1")
		suspend, x := s.pushing(dsn), s.replica(dsn)
		used, _ := s.signedIn()
		unused, _ := s.signedIn()
		if _, err := x.Session(used.asking(), false); err != nil {
			t.Fatal(err)
		}
		suspend(ada)
		for range 3 {
			for _, b := range []*browser{used, unused, s.browser()} {
				if _, err := x.Session(b.asking(), false); directory.KindOf(err) != directory.Forbidden {
					t.Error(err)
				}
			}
		}
		if late := x.took("revocation"); len(late) != 1 || late[0] != 0 {
			t.Errorf("measured %v, want 0 once: it was accepted before the end alone", late)
		}
		// It is no comfort that is always 0: what was accepted after its end is told.
		s.active(ada, true)
		again, id := s.signedIn()
		x.ahead.Store(int64(time.Minute)) // so that it accepts after the end, as others date it
		if _, err := x.Session(again.asking(), false); err != nil {
			t.Fatal(err)
		}
		if _, err := s.engine.EndSession(t.Context(), s.boss(), id, directory.EndedByRevoking); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Session(again.asking(), false); directory.KindOf(err) != directory.Forbidden {
			t.Error(err)
		}
		if late := x.took("revocation"); len(late) != 2 || late[1] <= 0 {
			t.Errorf("measured %v, want the second above 0", late)
		}
	})
}
