package console_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/admin"
	"rollcall/api"
	"rollcall/config"
	"rollcall/connectors/ldap"
	"rollcall/console"
	"rollcall/console/browsertest"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/sso"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// site is an installation with one tenant, acme: API, sign-in and console over a database, behind a real HTTP server.
type site struct {
	t      testing.TB
	db     *store.DB
	engine *provision.Engine
	admin  *admin.Admin
	api    *api.Handler
	tenant string // id
	base   string
	log    *bytes.Buffer
}

// operator is who makes what tests begin with.
var operator = directory.Actor{Kind: directory.ActorCLI, ID: "ann@example.com"}

// open makes a site on SQLite whose tenant is as a manifest says it. What the manifest leaves out is as in
//
//	tenant: acme
//	name: Acme
//	preset: PRESET
func open(t testing.TB, preset, manifest string) *site {
	t.Helper()
	return openOn(t, migrated.SQLite(t), preset, manifest)
}

// each runs a test on both databases.
func each(t *testing.T, preset, manifest string, f func(t *testing.T, s *site)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, dsn string) { f(t, openOn(t, dsn, preset, manifest)) })
}

func openOn(t testing.TB, dsn, preset, manifest string) *site {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, dsn, store.Options{Create: true, Keys: [][]byte{make([]byte, 32)}})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, db: db, engine: provision.New(db, provision.Options{}), log: &bytes.Buffer{}}
	s.admin = admin.New(db, s.engine, nil)
	var h http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	s.base = server.URL
	h = s.handler()
	t.Cleanup(func() {
		server.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() && s.log.Len() > 0 {
			t.Log(s.log.String())
		}
	})
	s.apply("tenant: acme\nname: Acme\n" + presetLine(preset) + manifest)
	return s
}

func presetLine(preset string) string {
	if preset == "" {
		return ""
	}
	return "preset: " + preset + "\n"
}

// handler is what the program wires, as in cmd/rollcall.
func (s *site) handler() http.Handler {
	log := slog.New(slog.NewTextHandler(s.log, nil))
	s.api = api.New(api.Options{
		DB: s.db, Engine: s.engine, Admin: s.admin, BaseURL: s.base, Version: "1.2.3", Log: log, Background: s.t.Context(),
		Open: func(_ context.Context, tenant string, c directory.Connection) (directory.Source, error) {
			return s.source(tenant, c)
		},
		Examine: func(ctx context.Context, tenant string, c directory.Connection) (out []admin.Check) {
			if c.OIDC != nil {
				if err := sso.New(sso.Options{DB: s.db, Engine: s.engine, BaseURL: s.base}).Check(ctx, tenant, c); err != nil {
					return []admin.Check{{Check: "provider", Level: admin.Fault, Message: directory.MessageOf(err)}}
				}
				return []admin.Check{{Check: "provider", Level: admin.OK, Message: directory.Say("%s answers", c.OIDC.Issuer)}}
			}
			source, err := s.source(tenant, c)
			if err != nil {
				return []admin.Check{{Check: "directory", Level: admin.Fault, Message: directory.MessageOf(err)}}
			}
			for _, f := range source.Examine(ctx) {
				out = append(out, admin.Check{Check: f.Check, Level: admin.Level(f.Level), Message: f.Message, Write: f.Write})
			}
			return out
		},
	})
	signIn := sso.New(sso.Options{DB: s.db, Engine: s.engine, BaseURL: s.base, Log: log})
	mux := http.NewServeMux()
	mux.Handle(api.Root+"/", s.api)
	for _, path := range []string{sso.LoginPath, sso.LogoutPath, sso.Root + "/"} {
		mux.Handle(path, signIn)
	}
	mux.Handle("/", console.New(console.Options{
		API: s.api, Session: signIn.Session, BaseURL: s.base, LoginPath: sso.LoginPath, LogoutPath: sso.LogoutPath, Log: log,
	}))
	return mux
}

// source is the directory behind a connection, with the password that the database keeps.
func (s *site) source(tenant string, c directory.Connection) (*ldap.Source, error) {
	return ldap.Open(*c.LDAP, ldap.Options{Password: func(ctx context.Context) (string, error) { return s.db.Ops().ConnectionSecret(ctx, tenant, c.ID) }})
}

// apply applies a whole manifest.
func (s *site) apply(manifest string) {
	s.t.Helper()
	spec, err := config.ParseManifest("acme.yaml", []byte(manifest))
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.admin.Apply(s.t.Context(), operator, spec, admin.Options{Approve: true}); err != nil {
		s.t.Fatal(err)
	}
	t, err := s.db.Ops().Tenant(s.t.Context(), "acme")
	if err != nil {
		s.t.Fatal(err)
	}
	s.tenant = t.ID
}

// actor is the operator in the tenant.
func (s *site) actor() directory.Actor {
	a := operator
	a.Tenant = s.tenant
	return a
}

// person makes somebody by hand: their userName is also that of their address at example.com. rights are a kind and a target
// in turn, as in "role", "agent".
func (s *site) person(name, given, family string, rights ...string) string {
	s.t.Helper()
	in := provision.NewPerson{Attributes: directory.Attributes{
		"userName": name, "displayName": given + " " + family, "name": map[string]any{"givenName": given, "familyName": family},
		"emails": []any{map[string]any{"value": name + "@example.com", "type": "work", "primary": true}},
	}}
	for i := 0; i+1 < len(rights); i += 2 {
		in.Rights = append(in.Rights, directory.Entitlement{Kind: directory.EntitlementKind(rights[i]), Target: rights[i+1]})
	}
	v, err := s.engine.CreatePerson(s.t.Context(), s.actor(), in, provision.PersonOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return v.ID
}

// link makes a login link for a role.
func (s *site) link(role string) string {
	s.t.Helper()
	b, _, err := s.engine.NewLoginLink(s.t.Context(), s.actor(), role, 10*time.Minute)
	if err != nil {
		s.t.Fatal(err)
	}
	return sso.LinkURL(s.base, b)
}

// browser is a real browser that is signed in by a login link of a role.
func (s *site) browser(role string) *browsertest.Page {
	s.t.Helper()
	p := browsertest.Start(s.t)
	p.Feature("prefers-reduced-motion", "reduce") // a long page that scrolls smoothly moves while it is clicked
	p.Open(s.link(role))
	p.Click("Sign in")
	return p
}

// client asks for pages without a browser, signed in by a login link of a role: for what nobody has to see.
type client struct {
	s    *site
	http *http.Client
}

func (s *site) client(role string) *client {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &client{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	link, err := url.Parse(s.link(role))
	if err != nil {
		s.t.Fatal(err)
	}
	if r := c.post("/auth/link", url.Values{"key": {link.Query().Get("key")}}); r.status != http.StatusSeeOther {
		s.t.Fatalf("the login link answers %d: %s", r.status, r.body)
	}
	return c
}

// reply is an answer.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

func (c *client) get(path string, headers ...string) reply {
	return c.do(http.MethodGet, path, nil, headers...)
}

func (c *client) post(path string, form url.Values, headers ...string) reply {
	return c.do(http.MethodPost, path, form, headers...)
}

func (c *client) do(method, path string, form url.Values, headers ...string) reply {
	c.s.t.Helper()
	r, err := http.NewRequestWithContext(c.s.t.Context(), method, c.s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.s.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a, err := c.http.Do(r)
	if err != nil {
		c.s.t.Fatal(err)
	}
	body, err := io.ReadAll(a.Body)
	if err != nil {
		c.s.t.Fatal(err)
	}
	if err := a.Body.Close(); err != nil {
		c.s.t.Fatal(err)
	}
	return reply{c.s.t, a.StatusCode, a.Header, string(body)}
}

// want checks the status.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

// says checks that the answer contains texts, and hides that it does not.
func (r reply) says(texts ...string) reply {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.body, text) {
			r.t.Fatalf("%q is not in %s", text, r.body)
		}
	}
	return r
}

func (r reply) hides(texts ...string) reply {
	r.t.Helper()
	for _, text := range texts {
		if strings.Contains(r.body, text) {
			r.t.Fatalf("%q is in %s", text, r.body)
		}
	}
	return r
}

// leads checks that the answer leads to a path.
func (r reply) leads(to string) {
	r.t.Helper()
	if got := r.want(http.StatusSeeOther).header.Get("Location"); got != to {
		r.t.Fatalf("leads to %q, want %q", got, to)
	}
}
