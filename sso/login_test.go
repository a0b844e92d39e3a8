package sso_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestTheDomainOfAnAddressFindsTheProvider(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		b := s.browser()
		if p := b.get("/login"); p.status != http.StatusOK || !strings.Contains(p.body, `type="email"`) || strings.Contains(p.body, "acme") {
			t.Fatalf("%d\n%s", p.status, p.body)
		}
		if p := b.post("/login", url.Values{"email": {" Ada@EXAMPLE.com "}, "return": {"/"}}); p.status != http.StatusOK || !home(s, p) {
			t.Fatalf("%d %s\n%s", p.status, p.url, p.body)
		}
		if got := s.asked.Get("login_hint"); got != "Ada@EXAMPLE.com" {
			t.Errorf("hint %q", got)
		}
		b.in(true)
		for address, says := range map[string]string{
			"ada@example.org": "No company here", "ada": "Write your e-mail address", "": "Write your e-mail address",
			"Ada <ada@example.com>": "Write your e-mail address", "a@b@example.com": "Write your e-mail address",
			`"<script>"@example.org`: "No company here", strings.Repeat("a", 300) + "@example.com": "Write your e-mail address",
		} {
			p := s.browser().post("/login", url.Values{"email": {address}})
			if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.body, says) || strings.Contains(p.body, "<script>") {
				t.Errorf("%s: %d\n%s", address, p.status, p.body)
			}
		}
		s.browser().post("/login", url.Values{"email": {"ada@example.com"}}, "Origin", "https://evil.example.com").status403(t)
		if p := s.browser().get("/login?tenant=ACME"); p.status != http.StatusOK || !strings.Contains(p.body, "Continue with sso") {
			t.Errorf("%d\n%s", p.status, p.body)
		}
		s.browser().get("/login?tenant=nobody").refused(http.StatusNotFound, "unknown")
		s.browser().get("/auth/start/acme/"+s.okta).refused(http.StatusNotFound, "unknown")
		s.browser().get("/auth/start/nobody/"+s.sso).refused(http.StatusNotFound, "unknown")
	})
}

// Nobody is sent away to another site, and nobody is sent round in circles.
func TestWhereOneLands(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.provisioned("ada@example.com", "1")
		for back, want := range map[string]string{
			"/": "/", "/?a=b": "/?a=b", "https://evil.example.com": "/", "//evil.example.com": "/", `/\evil.example.com`: "/", "javascript:alert(1)": "/",
			"/auth/start/acme/x": "/", "/login?return=/": "/", "": "/", "/\nx": "/", "evil": "/", "/%0d%0aSet-Cookie:x": "/%0d%0aSet-Cookie:x",
		} {
			b := s.browser()
			var last string
			b.client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
				if strings.Contains(via[len(via)-1].URL.Path, "/callback/") {
					last = r.URL.String()
					return http.ErrUseLastResponse
				}
				return nil
			}
			b.get("/auth/start/acme/" + s.sso + "?return=" + url.QueryEscape(back))
			if last != s.base+want {
				t.Errorf("%q leads to %q, want %q", back, last, want)
			}
		}
	})
}

// It is the address that knocks too often which waits; nobody else does.
func TestWhoKnocksTooOftenWaits(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		get := func(from string) int {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/login", nil)
			if err == nil {
				r.Header.Set("X-Test-Client", from)
			}
			return s.browser().do(r, err).status
		}
		const most = 20_000
		n := 0
		for n < most && get(fmt.Sprintf("2001:db8::%x", n)) == http.StatusOK { // one network, many addresses
			n++
		}
		if n < 500 || n == most {
			t.Errorf("the first who had to wait was number %d", n)
		}
		if status := get("2001:db8:1::1"); status != http.StatusOK {
			t.Errorf("somebody else: %d", status)
		}
	})
}
