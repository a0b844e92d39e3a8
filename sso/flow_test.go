package sso_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store/storetest/migrated"
)

// each runs f with a site on both databases.
func each(t *testing.T, f func(t *testing.T, s *site)) {
	t.Helper()
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) { f(t, open(t, dsn)) })
}

func TestSomebodyProvisionedSignsIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ada := s.provisioned("ada@example.com", "1")
		s.change(func() { s.claims["groups"] = []string{"everybody", "admins"} })
		b := s.browser()
		b.in(false)
		p := b.signIn()
		if p.status != http.StatusOK || !home(s, p) || !strings.Contains(p.body, "ada@example.com") {
			t.Fatalf("%d %s\n%s", p.status, p.url, p.body)
		}
		b.in(true)
		if d := cmp.Diff([]string{"administrator"}, s.roles(ada)); d != "" {
			t.Error(d)
		}
		// What the provider states no more is taken; what it says of somebody else is not theirs.
		s.change(func() { s.claims["groups"] = "leads" })
		if p := s.browser().signIn(); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		if d := cmp.Diff([]string{"supervisor"}, s.roles(ada)); d != "" {
			t.Error(d)
		}
		b.in(true)
		// What it does not say is unknown, and changes nothing.
		s.change(func() {
			delete(s.claims, "groups")
			s.claims["_claim_names"] = map[string]string{"groups": "src1"}
			s.claims["_claim_sources"] = map[string]any{"src1": map[string]string{"endpoint": "https://graph.example.com"}}
		})
		s.browser().signIn()
		if d := cmp.Diff([]string{"supervisor"}, s.roles(ada)); d != "" {
			t.Error(d)
		}
		s.change(func() { delete(s.claims, "_claim_names"); delete(s.claims, "_claim_sources") })
		s.browser().signIn()
		if got := s.roles(ada); len(got) != 0 {
			t.Errorf("roles %v of a provider that states none", got)
		}
	})
}

// Only issuer and subject say who somebody is, once they have signed in.
func TestTheFirstSignInSaysWhoSomebodyIs(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		s.provisioned("bob@example.com", "2")
		if p := s.browser().signIn(); !strings.Contains(p.body, "ada@example.com") {
			t.Fatal(p.body)
		}
		s.change(func() { s.claims["oid"], s.claims["email"] = "2", "bob@example.com" }) // the claim is another now
		if p := s.browser().signIn(); !strings.Contains(p.body, "ada@example.com") {
			t.Fatalf("somebody became another person:\n%s", p.body)
		}
		s.change(func() { s.claims["oid"], s.claims["sub"] = "1", "mallory" }) // another subject for the same person
		s.browser().signIn().refused(http.StatusForbidden, "conflict")
		s.change(func() { s.claims["oid"], s.claims["sub"] = "99", "nobody" })
		s.browser().signIn().refused(http.StatusForbidden, "unprovisioned")
		// An e-mail address links nobody.
		s.change(func() { s.claims["email"], s.claims["preferred_username"] = "bob@example.com", "bob@example.com" })
		s.browser().signIn().refused(http.StatusForbidden, "unprovisioned")
	})
}

func TestWhoSignsInIsCreatedWhereTheConnectionSaysSo(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		byHand, err := s.engine.CreateUser(t.Context(), s.pusher(), directory.Account{ExternalID: "7", Attributes: directory.Attributes{"userName": "taken@example.com", "active": true}})
		if err != nil {
			t.Fatal(err)
		}
		s.apply(strings.Replace(manifest, "link: {claim: oid, connection: okta}", "jit: true", 1))
		s.change(func() {
			s.claims = map[string]any{"sub": "grace-1"}
			s.info = map[string]any{"email": "grace@example.com", "email_verified": true, "name": "Grace Hopper", "given_name": "Grace", "groups": []string{"leads"}}
		})
		b := s.browser()
		if p := b.signIn(); p.status != http.StatusOK || !strings.Contains(p.body, "grace@example.com") {
			t.Fatalf("%d\n%s", p.status, p.body)
		}
		v, err := s.engine.View(t.Context(), s.tenant, "grace@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"supervisor"}, s.roles(v.ID)); d != "" {
			t.Error(d)
		}
		s.change(func() { s.info["name"] = "Rear Admiral Grace Hopper" })
		b.signIn()
		again, err := s.engine.View(t.Context(), s.tenant, v.ID)
		if err != nil || again.Attributes["displayName"] != "Rear Admiral Grace Hopper" {
			t.Errorf("%v %v", again.Attributes, err)
		}
		// A userName that somebody has is theirs, whoever signs in with it.
		s.change(func() {
			s.claims, s.info = map[string]any{"sub": "mallory", "preferred_username": "taken@example.com"}, nil
		})
		s.browser().signIn().refused(http.StatusForbidden, "conflict")
		if now, err := s.engine.View(t.Context(), s.tenant, byHand.ID); err != nil || len(now.Accounts) != 1 {
			t.Errorf("%v %v", now.Accounts, err)
		}
		// Who was suspended is out, and does not come back by signing in.
		b.in(true)
		if _, err := s.engine.Suspend(t.Context(), directory.Actor{Tenant: s.tenant, Kind: directory.ActorCLI, ID: "x"}, v.ID, provision.PersonOptions{}); err != nil {
			t.Fatal(err)
		}
		b.in(false)
		s.change(func() { s.claims = map[string]any{"sub": "grace-1"} })
		s.browser().signIn().refused(http.StatusForbidden, "inactive")
	})
}

// Each of these is an attack, or a provider that is not to be believed; none gets in.
func TestAnswersThatAreNotToBeBelieved(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		other := newProvider(t)
		for name, x := range map[string]struct {
			spoil  func(map[string]any)
			answer func(url.Values)
			signer bool
			code   string
		}{
			"nonce of another sign-in":  {spoil: set("nonce", "another")},
			"no nonce":                  {spoil: func(c map[string]any) { delete(c, "nonce") }},
			"another audience":          {spoil: set("aud", "another-client")},
			"several audiences":         {spoil: set("aud", []string{client, "another"})},
			"another authorized party":  {spoil: func(c map[string]any) { c["aud"], c["azp"] = []string{client, "another"}, "another" }},
			"another issuer":            {spoil: set("iss", "https://evil.example.com")},
			"expired":                   {spoil: set("exp", time.Now().Add(-2*time.Minute).Unix())},
			"of the future":             {spoil: set("iat", time.Now().Add(time.Hour).Unix())},
			"not yet":                   {spoil: set("nbf", time.Now().Add(time.Hour).Unix())},
			"no subject":                {spoil: func(c map[string]any) { delete(c, "sub") }},
			"a key that is not theirs":  {signer: true},
			"a state of somebody else":  {answer: func(v url.Values) { v.Set("state", "AAAAAAAAAAAAAAAAAAAAAAAAAA") }, code: "stale"},
			"no state":                  {answer: func(v url.Values) { v.Del("state") }, code: "stale"},
			"answered by another":       {answer: func(v url.Values) { v.Set("iss", other.server.URL) }},
			"answered by nobody":        {answer: func(v url.Values) { v.Del("iss") }},
			"a code that is invented":   {answer: func(v url.Values) { v.Set("code", "x") }, code: "provider_error"},
			"no code":                   {answer: func(v url.Values) { v.Del("code") }},
			"cancelled at the provider": {answer: func(v url.Values) { v.Del("code"); v.Set("error", "access_denied") }, code: "denied"},
			"an error with markup":      {answer: func(v url.Values) { v.Del("code"); v.Set("error", `<script>alert(1)</script>`) }, code: "provider_error"},
		} {
			t.Run(name, func(t *testing.T) {
				s.change(func() {
					if s.spoil, s.answer, s.signer = x.spoil, x.answer, nil; x.signer {
						s.signer = other.key
					}
				})
				b := s.browser()
				p := b.signIn()
				code, status := "untrusted", http.StatusForbidden
				if x.code != "" {
					code = x.code
				}
				if code == "stale" {
					status = http.StatusBadRequest
				}
				p.refused(status, code)
				if strings.Contains(p.body, "<script>") {
					t.Error("the page has the provider's markup")
				}
				s.change(func() { s.spoil, s.answer, s.signer = nil, nil, nil })
				b.in(false)
			})
		}
		if p := s.browser().signIn(); p.status != http.StatusOK {
			t.Errorf("and a plain sign-in: %d", p.status)
		}
	})
}

func set(name string, value any) func(map[string]any) {
	return func(c map[string]any) { c[name] = value }
}

// Clocks differ by some seconds, and keys change.
func TestClocksAndKeysMayDiffer(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		s.change(func() {
			s.spoil = func(c map[string]any) {
				c["exp"], c["iat"] = time.Now().Add(-20*time.Second).Unix(), time.Now().Add(20*time.Second).Unix()
			}
		})
		b := s.browser()
		b.signIn()
		b.in(true)
		s.change(func() { s.spoil = nil; s.rotate("second") })
		b = s.browser()
		b.signIn()
		b.in(true)
	})
}

// An answer counts once, in the browser that asked, and for the connection that asked.
func TestAnAnswerCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		var callback string
		stop := func(r *http.Request, _ []*http.Request) error {
			if strings.Contains(r.URL.Path, "/callback/") {
				callback = r.URL.String()
				return http.ErrUseLastResponse
			}
			return nil
		}
		b := s.browser()
		b.client.CheckRedirect = stop
		b.signIn()
		b.client.CheckRedirect = nil
		cookies := b.client.Jar.Cookies(mustURL(t, s.base+"/auth/callback"))
		s.browser().get(callback).refused(http.StatusBadRequest, "stale") // another browser
		b.get(strings.Replace(callback, s.sso, "another", 1)).refused(http.StatusNotFound, "unknown")
		if p := b.get(callback); p.status != http.StatusOK || !home(s, p) {
			t.Fatalf("%d %s", p.status, p.url)
		}
		b.in(true)
		b.get(callback).refused(http.StatusBadRequest, "stale")
		again := s.browser() // with the cookie of the first time
		again.client.Jar.SetCookies(mustURL(t, s.base+"/auth/callback"), withPath(cookies))
		again.get(callback).refused(http.StatusBadRequest, "stale")
		late := s.browser()
		late.client.CheckRedirect = stop
		late.signIn()
		late.client.CheckRedirect = nil
		s.ahead.Store(int64(11 * time.Minute))
		late.get(callback).refused(http.StatusBadRequest, "stale")
	})
}

func withPath(cookies []*http.Cookie) []*http.Cookie {
	for _, c := range cookies {
		c.Path = "/auth"
	}
	return cookies
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestAnAuthenticationContextMayBeRequired(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		s.apply(strings.Replace(manifest, "    roles:", "    require_acr: [mfa, \"urn:gold\"]\n    roles:", 1))
		s.browser().signIn().refused(http.StatusForbidden, "acr")
		if got := s.asked.Get("acr_values"); got != "mfa urn:gold" {
			t.Errorf("the provider was asked for %q", got)
		}
		for _, more := range []map[string]any{{"acr": "urn:gold"}, {"amr": []string{"pwd", "mfa"}}} {
			s.change(func() { maps.Copy(s.claims, more) })
			b := s.browser()
			b.signIn()
			b.in(true)
			s.change(func() {
				for name := range more {
					delete(s.claims, name)
				}
			})
		}
	})
}

// Nobody new comes in while the provider is down, and whoever is in stays.
func TestAProviderThatDoesNotAnswer(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		s.change(func() { s.down = true })
		s.browser().signIn().refused(http.StatusServiceUnavailable, "provider_down")
		s.change(func() { s.down = false })
		s.ahead.Store(int64(6 * time.Second)) // it is left alone for a moment
		b := s.browser()
		b.signIn()
		b.in(true)
		s.change(func() { s.down = true })
		b.in(true)
	})
}
