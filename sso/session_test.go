package sso_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
)

// Whoever loses their access is out with the commit that takes it, on every replica.
func TestWhoIsSuspendedIsOut(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ada := s.provisioned("ada@example.com", "1")
		b := s.browser()
		b.signIn()
		b.in(true)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range b.client.Jar.Cookies(mustURL(t, s.base)) {
			r.AddCookie(c)
		}
		replica := s.handler()
		if x, err := replica.Session(r, false); err != nil || x.Person != ada {
			t.Fatalf("%v %v", x, err)
		}
		s.active(ada, false)
		if _, err := replica.Session(r, true); directory.KindOf(err) != directory.Forbidden {
			t.Errorf("%v of a session of somebody suspended", err)
		}
		b.in(false)
		s.browser().signIn().refused(http.StatusForbidden, "inactive")
		s.active(ada, true)
		b.in(false) // the old session does not come back
		b.signIn()
		b.in(true)
		if err := s.engine.DeleteUser(t.Context(), s.pusher(), ada, nil); err != nil {
			t.Fatal(err)
		}
		b.in(false)
		s.browser().signIn().refused(http.StatusForbidden, "inactive")
	})
}

func TestSessionsEndByThemselves(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		b := s.browser()
		b.signIn()
		b.in(true)
		s.ahead.Store(int64(29 * time.Minute))
		b.in(true) // and begins to rest anew
		s.ahead.Store(int64(58 * time.Minute))
		b.in(true)
		s.ahead.Store(int64(89 * time.Minute))
		b.in(false)
		s.change(func() { s.spoil = set("exp", time.Now().Add(2*time.Hour).Unix()) })
		b.signIn()
		for at := 100 * time.Minute; at < 90*time.Minute+8*time.Hour-time.Minute; at += 20 * time.Minute {
			s.ahead.Store(int64(at))
			b.in(true)
		}
		s.ahead.Store(int64(89*time.Minute + 8*time.Hour + time.Minute))
		b.in(false)
	})
}

func TestSigningOut(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		b := s.browser()
		b.signIn()
		kept := b.client.Jar.Cookies(mustURL(t, s.base))
		b.post("/logout", nil, "Sec-Fetch-Site", "cross-site").status403(t)
		b.in(true)
		b.client.CheckRedirect = nil
		p := b.post("/logout", nil, "Sec-Fetch-Site", "same-origin")
		if u := mustURL(t, p.url); !strings.HasPrefix(p.url, s.server.URL+"/end?") || u.Query().Get("x") != "y" ||
			u.Query().Get("client_id") != client || u.Query().Get("post_logout_redirect_uri") != s.base+"/login" {
			t.Errorf("went to %s", p.url)
		}
		b.in(false)
		thief := s.browser()
		thief.client.Jar.SetCookies(mustURL(t, s.base), kept)
		thief.in(false)
		// Signing in anew ends the session before.
		b.signIn()
		kept = b.client.Jar.Cookies(mustURL(t, s.base))
		b.signIn()
		b.in(true)
		thief.client.Jar.SetCookies(mustURL(t, s.base), kept)
		thief.in(false)
	})
}

func (p page) status403(t *testing.T) {
	t.Helper()
	if p.status != http.StatusForbidden {
		t.Errorf("%d %s, want 403", p.status, p.url)
	}
}

func TestCookies(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		b := s.browser()
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		start := b.signIn()
		if got := start.header.Get("Set-Cookie"); !strings.Contains(got, "HttpOnly") || !strings.Contains(got, "SameSite=Lax") || !strings.Contains(got, "Path=/auth") {
			t.Errorf("the attempt's cookie: %s", got)
		}
		b.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
			if r.URL.Path == "/" {
				return http.ErrUseLastResponse
			}
			return nil
		}
		for _, got := range b.signIn().header.Values("Set-Cookie") {
			if strings.HasPrefix(got, "rollcall=") && (!strings.Contains(got, "HttpOnly") || !strings.Contains(got, "SameSite=Lax") || strings.Contains(got, "Expires")) {
				t.Errorf("the session's cookie: %s", got)
			}
		}
		for _, value := range []string{"", "x", "rcs_a_b_c", "rcs_" + s.tenant + "_nothere_" + strings.Repeat("a", 49), strings.Repeat("x", 5000), "rct_a_b_c"} {
			fake := s.browser()
			fake.client.Jar.SetCookies(mustURL(t, s.base), []*http.Cookie{{Name: "rollcall", Value: value}})
			fake.in(false)
		}
		if strings.Contains(s.log.String(), "rcs_") || strings.Contains(s.log.String(), "s3cret") {
			t.Errorf("the log has a secret:\n%s", s.log)
		}
	})
}

func TestBackChannelLogout(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		s.provisioned("bob@example.com", "2")
		s.change(func() { s.claims["sid"] = "phone" })
		phone, desk, bob := s.browser(), s.browser(), s.browser()
		phone.signIn()
		s.change(func() { s.claims["sid"] = "desk" })
		desk.signIn()
		s.change(func() { s.claims = map[string]any{"sub": "bob-1", "oid": "2", "sid": "other"} })
		bob.signIn()
		token := func(change func(map[string]any)) string {
			claims := map[string]any{
				"iss": s.server.URL, "aud": client, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(), "jti": time.Now().String(),
				"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}, "sub": "ada-1",
			}
			change(claims)
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.sign(claims)
		}
		tell := func(token string) int {
			return s.browser().post("/auth/logout/acme/"+s.sso, url.Values{"logout_token": {token}}).status
		}
		other := newProvider(t)
		for name, bad := range map[string]string{
			"none": "", "no token": "x", "another audience": token(set("aud", "another")), "another issuer": token(set("iss", other.server.URL)),
			"with a nonce": token(set("nonce", "n")), "no event": token(func(c map[string]any) { delete(c, "events") }), "no jti": token(func(c map[string]any) { delete(c, "jti") }),
			"nobody": token(func(c map[string]any) { delete(c, "sub") }), "old": token(set("iat", time.Now().Add(-time.Hour).Unix())),
			"expired": token(set("exp", time.Now().Add(-time.Hour).Unix())), "another key": other.sign(map[string]any{"sub": "ada-1"}),
		} {
			if status := tell(bad); status != http.StatusBadRequest {
				t.Errorf("%s: %d", name, status)
			}
		}
		phone.in(true)
		one := token(set("sid", "phone"))
		if status := tell(one); status != http.StatusOK {
			t.Fatal(status)
		}
		phone.in(false)
		desk.in(true)
		if status := tell(one); status != http.StatusBadRequest {
			t.Errorf("the same token again: %d", status)
		}
		if status := tell(token(func(map[string]any) {})); status != http.StatusOK {
			t.Fatal(status)
		}
		desk.in(false)
		bob.in(true)
	})
}

func TestLoginLinks(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor := directory.Actor{Tenant: s.tenant, Kind: directory.ActorCLI, ID: "ops@host"}
		link, _, err := s.engine.NewLoginLink(t.Context(), actor, "administrator", provision.LinkFor)
		if err != nil {
			t.Fatal(err)
		}
		b := s.browser()
		path := "/auth/link?key=" + link.String()
		for range 2 { // looking uses nothing up
			if p := b.get(path); p.status != http.StatusOK || !strings.Contains(p.body, link.String()) {
				t.Fatalf("%d\n%s", p.status, p.body)
			}
		}
		b.post("/auth/link", url.Values{"key": {link.String()}}, "Sec-Fetch-Site", "cross-site").status403(t)
		if p := b.post("/auth/link", url.Values{"key": {link.String()}}); p.status != http.StatusOK || !strings.Contains(p.body, "ops@host") {
			t.Fatalf("%d\n%s", p.status, p.body)
		}
		b.in(true)
		s.browser().post("/auth/link", url.Values{"key": {link.String()}}).refused(http.StatusForbidden, "link")
		for _, bad := range []string{"", "x", "rcl_a_b_c", link.String()[:40], strings.Replace(link.String(), "rcl_", "rcs_", 1)} {
			s.browser().post("/auth/link", url.Values{"key": {bad}}).refused(http.StatusForbidden, "link")
			s.browser().get("/auth/link?key="+url.QueryEscape(bad)).refused(http.StatusForbidden, "link")
		}
		old, _, err := s.engine.NewLoginLink(t.Context(), actor, "administrator", -time.Second)
		if err != nil {
			t.Fatal(err)
		}
		s.browser().post("/auth/link", url.Values{"key": {old.String()}}).refused(http.StatusForbidden, "link")
		if _, _, err := s.engine.NewLoginLink(t.Context(), actor, "nothing", provision.LinkFor); directory.KindOf(err) != directory.NotFound {
			t.Errorf("a link with a role that is not there: %v", err)
		}
		changes, err := s.db.Reader(s.tenant).Changes(t.Context(), "config", 10)
		if err != nil || changes[0].Action != "login_link.created" || changes[1].Action != "login_link.used" || changes[1].Actor.Kind != directory.ActorCLI || changes[1].Actor.ID != "ops@host" {
			t.Errorf("%+v %v", changes[:2], err)
		}
	})
}
