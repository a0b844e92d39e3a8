package scim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim"
	"rollcall/store"
)

// gateway is the service provider over a database, behind a real HTTP server.
type gateway struct {
	t       testing.TB
	db      *store.DB
	engine  *provision.Engine
	handler *scim.Handler
	server  *httptest.Server
	log     *bytes.Buffer
	ahead   atomic.Int64 // how far the handler's clock is ahead
	tenants atomic.Int64
}

// client is one connection of a tenant, with its token.
type client struct {
	*gateway

	t                         testing.TB
	tenant, connection, token string
}

// in is the client within a subtest.
func (c *client) in(t testing.TB) *client {
	return &client{c.gateway, t, c.tenant, c.connection, c.token}
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
	g.server = httptest.NewUnstartedServer(nil)
	g.handler = scim.New(db, g.engine, scim.Options{
		BaseURL: "https://scim.example.com", Log: slog.New(slog.NewTextHandler(g.log, nil)), CacheFor: time.Second,
		Now: func() time.Time { return time.Now().Add(time.Duration(g.ahead.Load())) },
	})
	g.server.Config.Handler = g.handler.Before(http.NotFoundHandler())
	g.server.Start()
	t.Cleanup(func() {
		g.server.Close()
		if err := g.handler.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// connect makes a new tenant with one connection and a token.
func (g *gateway) connect(dialect directory.Dialect, change ...func(*directory.Connection)) *client {
	g.t.Helper()
	c := &client{gateway: g, t: g.t, tenant: fmt.Sprintf("t%d", g.tenants.Add(1)), connection: "c1"}
	err := g.db.Write(g.t.Context(), c.tenant, func(tx *store.Tx) error {
		if err := tx.InsertTenant("acme-"+c.tenant, "Acme"); err != nil {
			return err
		}
		for _, r := range access.Presets()[0].Roles {
			tx.PutRole(r)
		}
		x := directory.Connection{
			ID: c.connection, Name: string(dialect), Kind: directory.SCIM, Dialect: dialect, Claim: true, Capabilities: directory.AllCapabilities(),
		}
		for _, f := range change {
			f(&x)
		}
		tx.PutConnection(x)
		return nil
	})
	if err != nil {
		g.t.Fatal(err)
	}
	c.token = c.issue(nil)
	return c
}

// beside makes a second connection of the client's tenant.
func (c *client) beside(dialect directory.Dialect) *client {
	c.t.Helper()
	other := &client{gateway: c.gateway, t: c.t, tenant: c.tenant, connection: "c2"}
	err := c.db.Write(c.t.Context(), c.tenant, func(tx *store.Tx) error {
		tx.PutConnection(directory.Connection{
			ID: "c2", Name: "second", Kind: directory.SCIM, Dialect: dialect, Order: 1, Claim: true, Capabilities: directory.AllCapabilities(),
		})
		_, err := tx.RaiseConfigVersion("Acme")
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	other.token = other.issue(nil)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) { // between looks at a condition
		known, err := c.engine.Configuration(c.t.Context(), c.tenant)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(known.Connections) == 2 {
			return other
		}
		if time.Now().After(deadline) {
			c.t.Fatal("the second connection does not appear")
		}
	}
}

// issue makes a token.
func (c *client) issue(expires *time.Time) string {
	c.t.Helper()
	b := directory.NewBearer(directory.SCIMToken, c.tenant, store.NewShortID())
	err := c.db.Write(c.t.Context(), c.tenant, func(tx *store.Tx) error {
		tx.InsertToken(directory.Token{ID: b.ID, Connection: c.connection, CreatedAt: time.Now(), ExpiresAt: expires}, b.Hash())
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return b.String()
}

// reply is an answer, read.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

// send makes one request; headers are "Name: value", and "Name:" leaves one out.
func (c *client) send(method, path, body string, headers ...string) *reply {
	c.t.Helper()
	return c.sendTo(c.server.URL+scim.Root+path, method, body, headers...)
}

func (c *client) sendTo(url, method, body string, headers ...string) *reply {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/scim+json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		if value = strings.TrimSpace(value); value == "" {
			r.Header.Del(name)
		} else {
			r.Header.Set(name, value)
		}
	}
	answer, err := c.server.Client().Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return &reply{c.t, answer.StatusCode, answer.Header, b}
}

// want checks the status, and that an error is a SCIM error.
func (r *reply) want(status int) *reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	if status >= 400 && len(r.body) > 0 && r.at("/status") != strconv.Itoa(status) {
		r.t.Errorf("not a SCIM error: %s", r.body)
	}
	if len(r.body) > 0 && r.header.Get("Content-Type") != "application/scim+json" {
		r.t.Errorf("Content-Type %q", r.header.Get("Content-Type"))
	}
	return r
}

// refused checks the status and the scimType.
func (r *reply) refused(status int, scimType string) {
	r.t.Helper()
	r.want(status)
	if got, _ := r.at("/scimType").(string); got != scimType {
		r.t.Errorf("scimType %q, want %q: %s", got, scimType, r.body)
	}
}

// doc decodes the body.
func (r *reply) doc() any {
	r.t.Helper()
	var v any
	if err := json.Unmarshal(r.body, &v); err != nil {
		r.t.Fatalf("%v: %s", err, r.body)
	}
	return v
}

// at returns what the body has at a JSON pointer, or nil.
func (r *reply) at(pointer string) any {
	r.t.Helper()
	v := r.doc()
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func (r *reply) text(pointer string) string {
	r.t.Helper()
	s, ok := r.at(pointer).(string)
	if !ok {
		r.t.Fatalf("%s is no string: %s", pointer, r.body)
	}
	return s
}

func (r *reply) has(pointer string, want any) *reply {
	r.t.Helper()
	if diff := cmp.Diff(want, r.at(pointer)); diff != "" {
		r.t.Errorf("%s (-want +got): %s in %s", pointer, diff, r.body)
	}
	return r
}

// userNames lists the userNames of a ListResponse.
func (r *reply) userNames() string {
	r.t.Helper()
	var names []string
	resources, _ := r.at("/Resources").([]any)
	for _, x := range resources {
		names = append(names, fmt.Sprint(x.(map[string]any)["userName"]))
	}
	return strings.Join(names, " ")
}

const (
	userSchemas  = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`
	groupSchemas = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]`
	patchSchemas = `"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]`
)

// user creates a user; rest is more of its JSON.
func (c *client) user(userName, rest string) *reply {
	c.t.Helper()
	if rest != "" {
		rest = "," + rest
	}
	return c.send("POST", "/Users", `{`+userSchemas+`,"userName":`+strconv.Quote(userName)+rest+`}`).want(201)
}

func (c *client) group(displayName string, members ...string) *reply {
	c.t.Helper()
	return c.send("POST", "/Groups", `{`+groupSchemas+`,"displayName":`+strconv.Quote(displayName)+`,"members":`+memberList(members...)+`}`).want(201)
}

func memberList(ids ...string) string {
	var out []string
	for _, id := range ids {
		out = append(out, `{"value":"`+id+`"}`)
	}
	return "[" + strings.Join(out, ",") + "]"
}

func patch(operations ...string) string {
	return `{` + patchSchemas + `,"Operations":[` + strings.Join(operations, ",") + `]}`
}

// logged waits until the connection's request log has an entry that holds the text.
func (c *client) logged(text string) store.Request {
	c.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		entries, err := c.db.Reader(c.tenant).Requests(c.t.Context(), c.connection, 100)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, e := range entries {
			if strings.Contains(e.Detail+" "+e.Hint, text) {
				return e
			}
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("the request log has no %q: %+v", text, entries)
		}
		time.Sleep(5 * time.Millisecond) // between looks at a condition
	}
}
