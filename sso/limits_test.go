package sso_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/sso"
	"rollcall/store/storetest/migrated"
)

// gate is a handler whose clock stands still, so that nobody's rate comes back, and whose clients say where they are.
type gate struct {
	*site

	h http.Handler
}

func (s *site) gate() *gate {
	at := time.Now()
	return &gate{s, sso.New(sso.Options{
		DB: s.db, Engine: s.engine, BaseURL: s.base, Log: slog.New(slog.NewTextHandler(s.log, nil)), Now: func() time.Time { return at },
		Client: func(r *http.Request) string { return r.Header.Get("X-Test-Client") },
	})}
}

// ask sends a request from an address, with a form where there is one, and returns the status.
func (g *gate) ask(from, method, path string, form url.Values) int {
	g.t.Helper()
	r := httptest.NewRequestWithContext(g.t.Context(), method, path, strings.NewReader(form.Encode()))
	r.Header.Set("X-Test-Client", from)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	g.h.ServeHTTP(w, r)
	if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
		g.t.Error("who has to wait is not told how long")
	}
	return w.Code
}

// flood sends requests until one is held back, from an address for each.
func (g *gate) flood(from func(i int) string, method, path string, form url.Values) {
	g.t.Helper()
	for i := range 4100 {
		if g.ask(from(i), method, path, form) == http.StatusTooManyRequests {
			return
		}
	}
	g.t.Fatalf("%s %s is never held back", method, path)
}

func one(address string) func(int) string { return func(int) string { return address } }

// passes asserts that a request for a page is answered, whatever it is answered.
func (g *gate) passes(what, from, path string) {
	g.t.Helper()
	if got := g.ask(from, http.MethodGet, path, nil); got == http.StatusTooManyRequests {
		g.t.Errorf("%s is held back", what)
	}
}

const attacker = "192.0.2.66"

// Whoever tries login links holds back nobody but themselves, and uses up no link of anybody's.
func TestAFloodOfLoginLinksStopsNobody(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		g := s.gate()
		link, _, err := s.engine.NewLoginLink(t.Context(), directory.Actor{Tenant: s.tenant, Kind: directory.ActorCLI, ID: "op@host"}, "administrator", provision.LinkFor)
		if err != nil {
			t.Fatal(err)
		}
		g.passes("the connection", attacker, "/auth/start/acme/"+s.sso)
		guess := directory.NewBearer(directory.LinkPrefix, s.tenant, link.ID).String() // right but for the secret
		g.flood(one(attacker), http.MethodPost, "/auth/link", url.Values{"key": {guess}})
		g.passes("a sign-in at the provider from the same address", attacker, "/auth/start/acme/"+s.sso)
		g.passes("the page to sign in from the same address", attacker, "/login")
		if got := g.ask("192.0.2.77", http.MethodPost, "/auth/link", url.Values{"key": {link.String()}}); got != http.StatusSeeOther {
			t.Errorf("the link itself: %d, after somebody tried wrong secrets for it", got)
		}
	})
}

// Whoever sends wrong answers of providers holds back nobody at another address, and nobody of another tenant.
func TestAFloodOfAnswersStopsNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		acme := s.sso
		s.apply(strings.NewReplacer("tenant: acme", "tenant: beta", "example.com", "example.org").Replace(manifest))
		beta, err := s.db.Ops().Tenant(t.Context(), "beta")
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.db.Reader(beta.ID).Configuration(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		other := ""
		for _, x := range c.Connections {
			if x.OIDC != nil {
				other = x.ID
			}
		}
		g := s.gate()
		g.passes("beta", attacker, "/auth/start/beta/"+other)
		g.flood(one(attacker), http.MethodGet, "/auth/callback/acme/"+acme+"?state=AAAAAAAAAAAA&code=x", nil)
		for _, at := range []string{"/auth/start/acme/", "/auth/start/ACME/", "/auth/callback/acme/", "/auth/anything/"} {
			if got := g.ask(attacker, http.MethodGet, at+acme, nil); got != http.StatusTooManyRequests {
				t.Errorf("%s is a way round: %d", at, got)
			}
		}
		g.passes("acme from elsewhere", "192.0.2.77", "/auth/start/acme/"+acme)
		g.passes("beta from the same address", attacker, "/auth/start/beta/"+other)
		// A provider that serves many tenants signs people out from one address, however often one tenant makes it do so.
		g.flood(one("198.51.100.1"), http.MethodPost, "/auth/logout/acme/"+acme, url.Values{"logout_token": {"x"}})
		if got := g.ask("198.51.100.1", http.MethodPost, "/auth/logout/beta/"+other, url.Values{"logout_token": {"x"}}); got != http.StatusBadRequest {
			t.Errorf("beta's provider at the same address: %d", got)
		}
		// Connections and paths that are invented have no share of their own, and all together are bounded.
		g.flood(one("192.0.2.67"), http.MethodGet, "/auth/callback/acme/nothere", nil)
		for i := range 3 {
			if got := g.ask("192.0.2.67", http.MethodGet, fmt.Sprintf("/auth/callback/t%d/invented%d", i, i), nil); got != http.StatusTooManyRequests {
				t.Errorf("an invented connection: %d", got)
			}
		}
		g.passes("a login link, which is break-glass", "192.0.2.67", "/auth/link")
		paths := []string{"/auth/link", "/login", "/auth/callback/acme/" + acme, "/auth/callback/beta/" + other, "/auth/callback/acme/nothere"}
		n := 0
		for i := range 6000 {
			if g.ask("192.0.2.68", http.MethodGet, paths[i%len(paths)], nil) != http.StatusTooManyRequests {
				n++
			}
		}
		if n != 4000 {
			t.Errorf("%d requests of an address pass, of whatever kind; want 4000", n)
		}
		s.browser().signIn() // and all the while people sign in
	})
}

// Of IPv6 a network is one address; what stands for an address of IPv4 is that address, and no other's.
func TestWhatCountsAsOneAddress(t *testing.T) {
	t.Parallel()
	s := open(t, migrated.SQLite(t))
	g := s.gate()
	g.flood(func(i int) string { return fmt.Sprintf("2001:db8:1:2:%x::%x", i%7, i) }, http.MethodGet, "/login", nil)
	g.flood(func(i int) string { return []string{"192.0.2.1", "::ffff:192.0.2.1", "64:ff9b::192.0.2.1"}[i%3] }, http.MethodGet, "/login", nil)
	for _, at := range []string{"2001:db8:1:2::ffff", "2001:db8:1:2::1%eth0", "192.0.2.1", "64:ff9b::c000:201"} {
		if got := g.ask(at, http.MethodGet, "/login", nil); got != http.StatusTooManyRequests {
			t.Errorf("%s: %d, and is one of those that were held back", at, got)
		}
	}
	for _, at := range []string{"2001:db8:1:3::1", "2001:db8:1::1", "192.0.2.2", "64:ff9b::192.0.2.2", "::ffff:192.0.2.2", "fe80::1%eth0"} {
		g.passes(at, at, "/login")
	}
}

// Attackers with many addresses make the gateway forget; they hold back nobody by it.
func TestManyAddressesHoldBackNobody(t *testing.T) {
	t.Parallel()
	s := open(t, migrated.SQLite(t))
	g := s.gate()
	for i := range 21_000 {
		g.passes("a new address", fmt.Sprintf("2001:db8:%x:%x::1", i>>8, i&0xff), "/auth/style.css")
	}
	g.passes("somebody", "192.0.2.1", "/login")
}

// Many who come to a provider that does not answer ask it once, so that they hold nothing that others need.
func TestAProviderThatHangsIsAskedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		var asked atomic.Int64
		release, first := make(chan struct{}), make(chan struct{}, 100)
		hanging := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			first <- struct{}{}
			<-release
			http.Error(w, "down", http.StatusBadGateway)
		}))
		defer hanging.Close()
		acme := s.sso
		s.apply(strings.NewReplacer("tenant: acme", "tenant: beta", "example.com", "example.org", "ISSUER", hanging.URL).Replace(manifest))
		beta := ""
		tenant, err := s.db.Ops().Tenant(t.Context(), "beta")
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.db.Reader(tenant.ID).Configuration(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range c.Connections {
			if x.OIDC != nil {
				beta = x.ID
			}
		}
		g := s.gate()
		var clients sync.WaitGroup
		for range 50 {
			clients.Go(func() {
				if got := g.ask(attacker, http.MethodGet, "/auth/start/beta/"+beta, nil); got != http.StatusBadGateway && got != http.StatusServiceUnavailable {
					t.Errorf("a provider that does not answer: %d", got)
				}
			})
		}
		<-first
		if got := g.ask(attacker, http.MethodGet, "/auth/start/acme/"+acme, nil); got != http.StatusSeeOther {
			t.Errorf("another tenant's provider meanwhile: %d", got)
		}
		close(release)
		clients.Wait()
		if n := asked.Load(); n != 1 {
			t.Errorf("it was asked %d times", n)
		}
	})
}

// Where a proxy is not named as one, all who come by it have one rate; whoever runs the gateway is told, once.
func TestAProxyThatIsNotNamedIsTold(t *testing.T) {
	t.Parallel()
	s := open(t, migrated.SQLite(t))
	at := time.Now()
	h := sso.New(sso.Options{DB: s.db, Engine: s.engine, BaseURL: s.base, Log: slog.New(slog.NewTextHandler(s.log, nil)), Now: func() time.Time { return at }})
	held := 0
	for i := range 1100 {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login", nil)
		r.RemoteAddr = "192.0.2.9:1"
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i%250)) // believed of nobody here
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusTooManyRequests {
			held++
		}
	}
	if held != 100 || strings.Count(s.log.String(), "ROLLCALL_TRUSTED_PROXIES") != 1 || strings.Contains(s.log.String(), "198.51.100") {
		t.Errorf("%d held back; the log says\n%s", held, s.log)
	}
}
