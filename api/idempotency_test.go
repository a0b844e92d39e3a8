package api_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

func TestRequestsWithAKeyAreDoneOnce(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		c := x.key("administrator")
		body := object{"name": "Acme Chile"}
		first := c.do("POST", "/companies", body, "Idempotency-Key", "k1").want(201)
		again := c.do("POST", "/companies", body, "Idempotency-Key", "k1").want(201)
		if string(first.Body) != string(again.Body) || again.Header.Get("Idempotency-Replayed") != "true" || first.Header.Get("Idempotency-Replayed") != "" {
			t.Errorf("the repetition: %v %s", again.Header, again.Body)
		}
		for _, name := range []string{"ETag", "Location", "Content-Type"} {
			if first.Header.Get(name) == "" || first.Header.Get(name) != again.Header.Get(name) {
				t.Errorf("%s: %q, then %q", name, first.Header.Get(name), again.Header.Get(name))
			}
		}
		if n := len(x.config().Companies); n != 1 {
			t.Errorf("%d companies", n)
		}
		c.do("POST", "/companies", object{"name": "Acme Peru"}, "Idempotency-Key", "k1").want(422).is("idempotency-mismatch")
		c.do("POST", "/companies?plan=true", body, "Idempotency-Key", "k1").want(422).is("idempotency-mismatch")
		c.do("POST", "/companies", body, "Idempotency-Key", strings.Repeat("x", 300)).want(422).is("invalid")
		c.do("POST", "/companies", body, "Idempotency-Key", "k\u00e9y").want(422)
		other := x.key("administrator") // whose keys are its own
		other.do("POST", "/companies", object{"name": "Acme Peru"}, "Idempotency-Key", "k1").want(201)

		// What failed changed nothing, and may be corrected under the same key.
		c.do("POST", "/companies", object{"name": " "}, "Idempotency-Key", "k2").want(422)
		c.do("POST", "/companies", object{"name": "Acme Bolivia"}, "Idempotency-Key", "k2").want(201)
	})
}

func TestAKeyIsKeptForADay(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		var ahead time.Duration
		db, err := store.Open(t.Context(), dsn, store.Options{Create: true, Keys: [][]byte{make([]byte, 32)}, Now: func() time.Time { return time.Now().Add(ahead) }})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}()
		attempt := func(want store.Attempt) {
			t.Helper()
			got, a, err := db.Ops().Attempt(t.Context(), "t1", "k", [32]byte{1})
			if err != nil || got != want {
				t.Fatalf("%s %v, want %s", got, err, want)
			}
			if got == store.RepeatAttempt && (string(a.Body) != "secret" || a.Status != 201 || a.Header["ETag"] != "x") {
				t.Fatalf("%+v", a)
			}
		}
		attempt(store.FirstAttempt)
		attempt(store.RunningAttempt)
		if err := db.Ops().ForgetAttempt(t.Context(), "t1", "k"); err != nil {
			t.Fatal(err)
		}
		attempt(store.FirstAttempt)
		if err := db.Ops().KeepAnswer(t.Context(), "t1", "k", store.Answer{Status: 201, Header: map[string]string{"ETag": "x"}, Body: []byte("secret")}); err != nil {
			t.Fatal(err)
		}
		attempt(store.RepeatAttempt)
		if err := db.Ops().ForgetAnswers(t.Context()); err != nil {
			t.Fatal(err)
		}
		attempt(store.RepeatAttempt)
		ahead = 25 * time.Hour
		attempt(store.FirstAttempt)
	})
}

func TestConcurrentRequestsWithOneKey(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		x.okta()
		c := x.key("administrator")
		replies := make([]reply, 8)
		var all sync.WaitGroup
		for i := range replies {
			all.Go(func() {
				replies[i] = c.do("POST", "/tokens", object{"connection": "okta"}, "Idempotency-Key", "once")
			})
		}
		all.Wait()
		tokens := map[string]bool{}
		for _, r := range replies {
			switch r.Status {
			case http.StatusCreated:
				tokens[r.text("token")] = true
			case http.StatusConflict:
				r.is("in-progress")
			default:
				t.Errorf("%d %s", r.Status, r.Body)
			}
		}
		if len(tokens) != 1 {
			t.Errorf("%d tokens were answered, want 1", len(tokens))
		}
		issued, err := g.admin.Tokens(t.Context(), x.name)
		if err != nil || len(issued) != 1 {
			t.Errorf("%d tokens were made, want 1 (%v)", len(issued), err)
		}
	})
}
