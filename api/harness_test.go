package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/access"
	"rollcall/admin"
	"rollcall/api"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// gateway is the API over a database, behind a real HTTP server.
type gateway struct {
	t       testing.TB
	db      *store.DB
	engine  *provision.Engine
	admin   *admin.Admin
	server  *httptest.Server
	log     *bytes.Buffer
	ahead   atomic.Int64 // how far the handler's clock is ahead
	tenants atomic.Int64
}

// open makes a gateway over an empty database.
func open(t testing.TB, dsn string) *gateway {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, dsn, store.Options{Create: true, Keys: [][]byte{make([]byte, 32)}})
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{t: t, db: db, engine: provision.New(db, provision.Options{}), log: &bytes.Buffer{}}
	g.admin = admin.New(db, g.engine, nil)
	g.server = httptest.NewServer(g.handler())
	t.Cleanup(func() {
		g.server.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// handler makes another handler over the gateway's database, as a second replica would.
func (g *gateway) handler() *api.Handler {
	return api.New(api.Options{
		DB: g.db, Engine: g.engine, Admin: g.admin, BaseURL: "https://rollcall.example.com", Version: "1.2.3",
		Log: slog.New(slog.NewTextHandler(g.log, nil)), Now: func() time.Time { return time.Now().Add(time.Duration(g.ahead.Load())) },
		Open: board{}.open, Examine: board{}.examine, Background: g.t.Context(),
	})
}

// tenant is one tenant of a gateway.
type tenant struct {
	*gateway

	t        testing.TB
	id, name string // its id and its key
}

// tenant makes a tenant with the roles, statuses and modules of a preset; "" is the standard one.
func (g *gateway) tenant(preset string) *tenant {
	g.t.Helper()
	p, err := access.PresetNamed(preset)
	if err != nil {
		g.t.Fatal(err)
	}
	n := g.tenants.Add(1)
	x := &tenant{g, g.t, fmt.Sprintf("t%d", n), fmt.Sprintf("acme%d", n)}
	x.write(func(tx *store.Tx) error {
		if err := tx.InsertTenant(x.name, "Acme"); err != nil {
			return err
		}
		tx.PutModel(p.ID(), p.Modules)
		for _, r := range p.Roles {
			tx.PutRole(r)
		}
		tx.PutRole(directory.Role{Key: "nobody", Name: "Nobody", Kind: directory.CustomRole, ManagedBy: directory.ByConsole})
		for _, s := range p.Statuses {
			tx.PutStatus(s)
		}
		for _, s := range p.SeatPools {
			tx.PutSeatPool(s)
		}
		for name, value := range p.Settings {
			tx.PutSetting(name, value, directory.SettingOrigin{ManagedBy: directory.ByPreset})
		}
		return nil
	})
	return x
}

// write puts rows into the tenant, as a fixture.
func (x *tenant) write(f func(tx *store.Tx) error) {
	x.t.Helper()
	if err := x.db.Write(x.t.Context(), x.id, f); err != nil {
		x.t.Fatal(err)
	}
}

// operator is who makes what tests begin with.
var operator = directory.Actor{Kind: directory.ActorCLI, ID: "ann@example.com"}

// client asks with one API key.
type client struct {
	*tenant

	t      testing.TB
	id     string
	bearer string
}

// key makes an API key of the tenant with a role; "" may only read.
func (x *tenant) key(role string) *client {
	x.t.Helper()
	k, err := x.admin.CreateAPIKey(x.t.Context(), operator, admin.NewAPIKey{Tenant: x.name, Name: fmt.Sprintf("key %d", x.tenants.Add(1)), Role: role})
	if err != nil {
		x.t.Fatal(err)
	}
	return &client{x, x.t, k.ID, k.Key}
}

// reply is an answer.
type reply struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   []byte
}

// do sends a request below the root of the API. A body that is no text is sent as JSON. headers are names and values in
// turn; an empty value leaves a header out.
func (c *client) do(method, path string, body any, headers ...string) reply {
	c.t.Helper()
	return send(c.t, c.server.URL+api.Root+path, method, body, append([]string{"Authorization", "Bearer " + c.bearer}, headers...)...)
}

// send sends a request.
func send(t testing.TB, url, method string, body any, headers ...string) reply {
	t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, in)
	if err != nil {
		t.Fatal(err)
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	a, err := http.DefaultTransport.RoundTrip(r) // redirects are not followed
	if err != nil {
		t.Fatal(err)
	}
	out := reply{t: t, Status: a.StatusCode, Header: a.Header}
	if out.Body, err = io.ReadAll(a.Body); err != nil {
		t.Fatal(err)
	}
	if err := a.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// want checks the status, and that every failure is a problem.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.Status != status {
		r.t.Fatalf("status %d, want %d: %s", r.Status, status, r.Body)
	}
	if status >= http.StatusBadRequest {
		p := r.problem()
		if p.Status != status || p.RequestID == "" || p.Title == "" || p.Advice == "" || p.Detail == "" || !strings.HasPrefix(p.Type, api.Root+"/docs#problem-") {
			r.t.Fatalf("not a whole problem: %s", r.Body)
		}
	}
	if r.Header.Get("Cache-Control") == "" || r.Header.Get("X-Request-Id") == "" {
		r.t.Fatalf("headers %v", r.Header)
	}
	return r
}

// problem reads the answer as problem details.
func (r reply) problem() api.Problem {
	r.t.Helper()
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		r.t.Fatalf("Content-Type %q of status %d: %s", got, r.Status, r.Body)
	}
	var p api.Problem
	r.into(&p)
	return p
}

// is checks the type of a problem.
func (r reply) is(slug string) reply {
	r.t.Helper()
	if got := r.problem().Type; got != api.Root+"/docs#problem-"+slug {
		r.t.Fatalf("type %s, want %s: %s", got, slug, r.Body)
	}
	return r
}

// says checks that the answer contains texts.
func (r reply) says(texts ...string) reply {
	r.t.Helper()
	for _, text := range texts {
		if !bytes.Contains(r.Body, []byte(text)) {
			r.t.Fatalf("%q is not in %s", text, r.Body)
		}
	}
	return r
}

// hides checks that the answer does not contain texts.
func (r reply) hides(texts ...string) reply {
	r.t.Helper()
	for _, text := range texts {
		if bytes.Contains(r.Body, []byte(text)) {
			r.t.Fatalf("%q is in %s", text, r.Body)
		}
	}
	return r
}

// into decodes the body.
func (r reply) into(v any) {
	r.t.Helper()
	if err := json.Unmarshal(r.Body, v); err != nil {
		r.t.Fatalf("%v: %s", err, r.Body)
	}
}

// at returns a value of the body: names of properties and numbers of items, with dots between.
func (r reply) at(path string) any {
	r.t.Helper()
	var v any
	r.into(&v)
	for step := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(x) {
				r.t.Fatalf("%s: there is no %s in %s", path, step, r.Body)
			}
			v = x[i]
		default:
			r.t.Fatalf("%s: there is no %s in %s", path, step, r.Body)
		}
	}
	return v
}

// text is [reply.at] for a text.
func (r reply) text(path string) string {
	r.t.Helper()
	s, ok := r.at(path).(string)
	if !ok {
		r.t.Fatalf("%s is no text in %s", path, r.Body)
	}
	return s
}
