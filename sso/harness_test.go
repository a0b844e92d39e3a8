package sso_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/admin"
	"rollcall/api"
	"rollcall/config"
	"rollcall/console"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/sso"
	"rollcall/store"
)

var operator = directory.Actor{Kind: directory.ActorCLI, ID: "test@host"}

// site is an installation with one tenant, acme, whose people sign in at a provider.
type site struct {
	*provider

	t      *testing.T
	db     *store.DB
	engine *provision.Engine
	admin  *admin.Admin
	tenant string // id
	okta   string // id of the connection that provisions
	sso    string // id of the one to sign in by
	base   string
	log    *bytes.Buffer
	ahead  atomic.Int64 // how far the handler's clock is ahead
	dir    string
}

const manifest = `
tenant: acme
name: Acme
settings: {session.idle: 30m, session.lifetime: 8h}
connections:
  - {name: okta, kind: scim}
  - name: sso
    kind: oidc
    issuer: ISSUER
    client_id: rollcall
    client_secret_file: SECRET
    domains: [example.com]
    link: {claim: oid, connection: okta}
    roles:
      - {claim: groups, value: admins, role: administrator}
      - {claim: groups, value: leads, role: supervisor}
`

func open(t *testing.T, dsn string) *site {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, dsn, store.Options{Create: true, Keys: [][]byte{make([]byte, 32)}})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{provider: newProvider(t), t: t, db: db, engine: provision.New(db, provision.Options{}), log: &bytes.Buffer{}, dir: t.TempDir()}
	s.admin = admin.New(db, s.engine, nil)
	var h http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	s.base = server.URL
	h = s.outside()
	t.Cleanup(func() {
		server.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := os.WriteFile(filepath.Join(s.dir, "secret"), []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.apply(manifest)
	return s
}

// outside is everything that the site answers: sign-in, and the console to which it leads.
func (s *site) outside() http.Handler {
	signIn := s.handler()
	mux := http.NewServeMux()
	mux.Handle("/", console.New(console.Options{
		API: api.New(api.Options{DB: s.db, Engine: s.engine, Admin: s.admin, BaseURL: s.base}), Session: signIn.Session, BaseURL: s.base,
		LoginPath: sso.LoginPath, LogoutPath: sso.LogoutPath, Log: slog.New(slog.NewTextHandler(s.log, nil)),
	}))
	for _, path := range []string{sso.LoginPath, sso.LogoutPath, sso.Root + "/"} {
		mux.Handle(path, signIn)
	}
	return mux
}

// handler makes a handler over the site's database, as another replica would.
func (s *site) handler() *sso.Handler {
	return sso.New(sso.Options{
		DB: s.db, Engine: s.engine, BaseURL: s.base, Log: slog.New(slog.NewTextHandler(s.log, nil)),
		Now: func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) },
		Client: func(r *http.Request) string {
			if at := r.Header.Get("X-Test-Client"); at != "" {
				return at
			}
			return rand.Text() // each request from elsewhere, so that none has to wait
		},
	})
}

// apply applies a manifest, with the provider's address in it.
func (s *site) apply(text string) {
	s.t.Helper()
	text = strings.NewReplacer("ISSUER", s.provider.server.URL, "SECRET", filepath.Join(s.dir, "secret")).Replace(text)
	spec, err := config.ParseManifest(filepath.Join(s.dir, "acme.yaml"), []byte(text))
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
	c, err := s.db.Reader(t.ID).Configuration(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	s.tenant = t.ID
	for _, x := range c.Connections {
		switch x.Name {
		case "okta":
			s.okta = x.ID
		case "sso":
			s.sso = x.ID
		}
	}
}

// pusher is the connection that provisions.
func (s *site) pusher() directory.Actor {
	return directory.Actor{Tenant: s.tenant, Kind: directory.ActorConnection, ID: s.okta, Connection: s.okta}
}

// provisioned has the directory create somebody.
func (s *site) provisioned(userName, externalID string) string {
	s.t.Helper()
	r, err := s.engine.CreateUser(s.t.Context(), s.pusher(), directory.Account{
		ExternalID: externalID, Attributes: directory.Attributes{"userName": userName, "active": true},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return r.ID
}

// active has the directory suspend or activate somebody.
func (s *site) active(id string, active bool) {
	s.t.Helper()
	_, err := s.engine.UpdateUser(s.t.Context(), s.pusher(), id, nil, func(a directory.Account) (directory.Account, error) {
		a.Attributes = directory.Attributes{"userName": a.UserName, "active": active}
		return a, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// browser keeps cookies, follows redirects and the pages that forward.
type browser struct {
	s      *site
	client *http.Client
}

func (s *site) browser() *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{s, &http.Client{Jar: jar}}
}

// page is what a browser ends at.
type page struct {
	t      *testing.T
	status int
	url    string
	body   string
	header http.Header
}

var forwarding = regexp.MustCompile(`http-equiv="refresh" content="0; url=([^"]+)"`)

func (b *browser) do(r *http.Request, err error) page {
	b.s.t.Helper()
	if err != nil {
		b.s.t.Fatal(err)
	}
	resp, err := b.client.Do(r.WithContext(b.s.t.Context()))
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	if to := forwarding.FindSubmatch(body); to != nil {
		next, err := resp.Request.URL.Parse(strings.ReplaceAll(string(to[1]), "&amp;", "&"))
		if err != nil {
			b.s.t.Fatal(err)
		}
		return b.get(next.String())
	}
	return page{b.s.t, resp.StatusCode, resp.Request.URL.String(), string(body), resp.Header}
}

func (b *browser) get(path string) page {
	b.s.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.s.base + path
	}
	return b.do(http.NewRequestWithContext(b.s.t.Context(), http.MethodGet, path, nil))
}

func (b *browser) post(path string, form url.Values, headers ...string) page {
	b.s.t.Helper()
	r, err := http.NewRequestWithContext(b.s.t.Context(), http.MethodPost, b.s.base+path, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	return b.do(r, err)
}

// signIn goes through the provider and comes back.
func (b *browser) signIn() page { return b.get("/auth/start/acme/" + b.s.sso) }

// in asserts that the browser is signed in, or is not.
func (b *browser) in(want bool) {
	b.s.t.Helper()
	p := b.get("/")
	if got := strings.Contains(p.body, "Sign out"); got != want || p.status != http.StatusOK {
		b.s.t.Fatalf("signed in: %t, want %t; %d %s", got, want, p.status, p.url)
	}
}

// home reports whether a page is where one arrives: the dashboard, or one's account for who has no permission to see it.
func home(s *site, p page) bool { return p.url == s.base+"/" || p.url == s.base+"/account" }

// refused asserts that the page tells of a refusal.
func (p page) refused(status int, code string) {
	p.t.Helper()
	if p.status != status || !strings.Contains(p.body, `data-code="`+code+`"`) {
		p.t.Fatalf("%d %s, want %d %s:\n%s", p.status, p.url, status, code, p.body)
	}
}

// roles are the keys of the roles that somebody has.
func (s *site) roles(id string) []string {
	s.t.Helper()
	v, err := s.engine.View(s.t.Context(), s.tenant, id)
	if err != nil {
		s.t.Fatal(err)
	}
	out := []string{}
	for _, r := range v.Roles {
		out = append(out, r.Key)
	}
	return out
}
