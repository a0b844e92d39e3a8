package scim_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

func TestTokensThatOpenNothing(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		c := g.connect(directory.RFC)
		stranger := directory.NewBearer(directory.SCIMToken, "nobody", "abc").String()
		foreign := directory.NewBearer(directory.SCIMToken, c.tenant, strings.Split(c.token, "_")[2]).String() // right place, wrong secret
		soon := time.Now().Add(time.Hour)
		expiring := c.issue(&soon)

		for name, authorization := range map[string]string{
			"none": "Authorization:", "basic": "Authorization: Basic dXNlcjpwYXNz", "empty bearer": "Authorization: Bearer ",
			"cut short": "Authorization: Bearer " + c.token[:len(c.token)-4], "mistyped": "Authorization: Bearer " + c.token[:len(c.token)-1] + "!",
			"unknown tenant": "Authorization: Bearer " + stranger, "wrong secret": "Authorization: Bearer " + foreign,
			"an API key": "Authorization: Bearer " + strings.Replace(c.token, "rct_", "rck_", 1), "huge": "Authorization: Bearer " + strings.Repeat("x", 10_000),
		} {
			t.Run(name, func(t *testing.T) {
				r := c.in(t).send("GET", "/Users", "", authorization)
				r.refused(401, "")
				challenge := r.header.Get("WWW-Authenticate")
				if !strings.HasPrefix(challenge, `Bearer realm="scim"`) || strings.Contains(challenge, "error=") == (name == "none") {
					t.Errorf("WWW-Authenticate %q", challenge)
				}
				if _, value, _ := strings.Cut(authorization, "Bearer "); len(value) > 20 && strings.Contains(string(r.body)+challenge, value[:20]) {
					t.Errorf("the token is repeated: %s", r.body)
				}
			})
		}
		c.send("GET", "/Users", "").want(200)
		c.send("GET", "/Users", "", "Authorization: bearer "+c.token).want(200)
		c.send("GET", "/Users", "", "Authorization: "+c.token).want(200)

		old := *c
		old.token = expiring
		old.send("GET", "/Users", "").want(200)
		g.ahead.Store(int64(2 * time.Hour))
		old.send("GET", "/Users", "").refused(401, "")
		c.logged("expired")
	})
}

func TestRevokedTokenEndsWithinSeconds(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		c := g.connect(directory.RFC)
		other := *c
		other.token = c.issue(nil)
		c.send("GET", "/Users", "").want(200)
		other.send("GET", "/Users", "").want(200)
		err := g.db.Write(t.Context(), c.tenant, func(tx *store.Tx) error {
			tx.RevokeToken(strings.Split(c.token, "_")[2])
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		g.ahead.Store(int64(6 * time.Second))
		r := c.send("GET", "/Users", "")
		r.refused(401, "")
		if !strings.Contains(r.text("/detail"), "revoked") {
			t.Errorf("detail %q", r.text("/detail"))
		}
		other.send("GET", "/Users", "").want(200)
	})
}

func TestUseOfATokenIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		c := g.connect(directory.Okta)
		for range 5 {
			c.send("GET", "/Users", "", "User-Agent: Okta SCIM Client 1.0.0").want(200)
		}
		if err := g.handler.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		tokens, err := g.db.Reader(c.tenant).Tokens(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(tokens) != 1 || tokens[0].LastUsedAt == nil || tokens[0].UserAgent != "Okta SCIM Client 1.0.0" {
			t.Errorf("tokens %+v", tokens)
		}
	})
}

func TestRateOfATenantIsLimited(t *testing.T) {
	t.Parallel()
	g := open(t, migrated.SQLite(t))
	c, other := g.connect(directory.RFC), g.connect(directory.RFC)
	err := g.db.Write(t.Context(), c.tenant, func(tx *store.Tx) error {
		tx.PutSetting("scim.rate.per_second", "1", directory.SettingOrigin{})
		tx.PutSetting("scim.rate.burst", "3", directory.SettingOrigin{})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c.send("GET", "/Users", "").want(200)
	}
	r := c.send("GET", "/Users", "")
	r.refused(429, "")
	if n, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || n < 1 {
		t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
	}
	other.send("GET", "/Users", "").want(200)
	g.ahead.Store(int64(5 * time.Second))
	c.send("GET", "/Users", "").want(200)
}

func TestCapabilitiesOfAConnection(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		none := func(x *directory.Connection) { x.Capabilities = directory.Capabilities{Update: true} }
		c := g.connect(directory.RFC, none)
		c.send("POST", "/Users", `{`+userSchemas+`,"userName":"a"}`).refused(403, "")
		c.send("POST", "/Groups", `{`+groupSchemas+`,"displayName":"a"}`).refused(403, "")
		c.send("GET", "/Users", "").want(200)
	})
}

func TestDatabaseThatCannotAnswerIsUnavailable(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.RFC)
		c.send("GET", "/Users", "").want(200)
		driver, source := "pgx", dsn
		if path, ok := strings.CutPrefix(dsn, "sqlite://"); ok {
			driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)"
		}
		raw, err := sql.Open(driver, source)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = raw.Close() }()
		if _, err := raw.ExecContext(t.Context(), "ALTER TABLE account RENAME TO gone"); err != nil {
			t.Fatal(err)
		}
		for _, r := range []*reply{c.send("GET", "/Users", ""), c.send("POST", "/Users", `{`+userSchemas+`,"userName":"a"}`)} {
			r.refused(503, "")
			if r.header.Get("Retry-After") == "" || strings.Contains(string(r.body), "no such table") {
				t.Errorf("%v %s", r.header, r.body)
			}
		}
	})
}

func TestPanicIsAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	g := open(t, migrated.SQLite(t))
	c := g.connect(directory.RFC)
	var log strings.Builder
	broken := scim.New(g.db, nil, scim.Options{Log: textLog(&log)}) // without an engine the first question to it panics
	t.Cleanup(func() { _ = broken.Close(context.Background()) })
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/scim/v2/Users", nil)
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("X-Request-Id", "req-1")
	w := httptest.NewRecorder()
	broken.ServeHTTP(w, r)
	answer := &reply{t, w.Code, w.Header(), w.Body.Bytes()}
	answer.refused(500, "")
	if !strings.Contains(answer.text("/detail"), "req-1") || w.Header().Get("X-Request-Id") != "req-1" {
		t.Errorf("no request id: %s %v", w.Body, w.Header())
	}
	if !strings.Contains(log.String(), "req-1") || !strings.Contains(log.String(), "goroutine") {
		t.Errorf("log: %s", log.String())
	}
}

func TestObserveTellsRouteConnectionAndOutcome(t *testing.T) {
	t.Parallel()
	g := open(t, migrated.SQLite(t))
	c := g.connect(directory.Okta)
	var seen []string
	h := scim.New(g.db, provision.New(g.db, provision.Options{}), scim.Options{Observe: func(route, connection, outcome string, _ time.Duration) {
		seen = append(seen, route+" "+connection+" "+outcome)
	}})
	t.Cleanup(func() { _ = h.Close(context.Background()) })
	for _, path := range []string{"/scim/v2/Users/nobody", "/scim/v2/Nothing", "/scim/v2/Users"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		if path != "/scim/v2/Users" {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	name := "acme-" + c.tenant + "/okta"
	want := []string{"GET /Users/{id} " + name + " 404", "unknown " + name + " 404", "GET /Users  401"}
	if strings.Join(seen, "\n") != strings.Join(want, "\n") {
		t.Errorf("seen %q, want %q", seen, want)
	}
}
