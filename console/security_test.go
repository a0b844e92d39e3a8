package console_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rollcall/console/browsertest"
	"rollcall/provision"
)

var provisionNothing = provision.PersonOptions{}

// Every answer forbids scripts from elsewhere, frames, and being kept by anybody.
func TestEveryPageIsGuarded(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	for _, path := range []string{"/", "/account", "/statuses", "/nowhere", "/statuses/nothing", "/session"} {
		h := c.get(path).header
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy lacks %s: %s", path, want, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

// A form of another site does nothing, whatever cookies it comes with.
func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	form := url.Values{"key": {"lunch"}, "name": {"Lunch"}}
	for name, headers := range map[string][]string{
		"fetch metadata": {"Sec-Fetch-Site", "cross-site"},
		"origin":         {"Origin", "https://evil.example.com"},
		"a sandbox":      {"Origin", "null"},
	} {
		if r := c.post("/statuses/new", form, headers...); r.status != http.StatusForbidden {
			t.Errorf("%s: %d", name, r.status)
		}
	}
	c.get("/statuses").hides("Lunch")
	c.post("/statuses/new", form, "Sec-Fetch-Site", "same-origin").leads("/statuses")
}

// Without a session there is nothing but the way in, and it leads back to the page that was asked for and nowhere else.
func TestWithoutASessionThereIsNothing(t *testing.T) {
	s := open(t, "", "")
	c := &client{s, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	c.get("/statuses?x=1").leads("/login?return=%2Fstatuses%3Fx%3D1")
	c.post("/statuses/new", url.Values{"key": {"a"}}).leads("/login")
	c.get("/statuses", "Rollcall-Script", "page").want(http.StatusUnauthorized)
	c.get("/people?search=ada", "Rollcall-Script", "reader").want(http.StatusUnauthorized)
	c.post("/rules/draft/check", url.Values{}, "Rollcall-Script", "reader").want(http.StatusUnauthorized)
	c.get("/session").want(http.StatusUnauthorized)
	c.get("/nowhere").want(http.StatusNotFound).hides("Acme")
	c.get("/statuses", "Cookie", "rollcall_session=rcs_x_y_z").leads("/login?return=%2Fstatuses")
	script := regexp.MustCompile(`/assets/[^"]*/console\.js`).FindString(s.client("console_owner").get("/account").body)
	if r := c.get(script); r.status != http.StatusOK || !strings.HasPrefix(r.header.Get("Content-Type"), "text/javascript") {
		t.Errorf("the script: %d %s", r.status, r.header.Get("Content-Type"))
	}
	for _, path := range []string{"/assets/x/..%2f..%2fconsole.go", "/assets/x/console.go", "/assets/x/"} {
		if r := c.get(path); r.status == http.StatusOK {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}

// What a cookie says is shown as text, and only where it names a text of the catalogue.
func TestANoticeIsNoWayIn(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	notice := func(text string) string {
		return "rollcall_notice=" + base64.RawURLEncoding.EncodeToString([]byte(text))
	}
	at, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ cookie, shows, hides string }{
		{notice(`{"key":"status.created","args":["Name","<script>alert(1)</script>"]}`), "&lt;script&gt;", "<script>alert"},
		{notice(`{"key":"Click https://evil.example.com"}`), "", "evil"},
		{notice(`{"key":"status.created","args":[1,{"x":[]},null]}`), "Statuses", ""},
		{notice(`{"key":`), "", "key"},
		{"rollcall_notice=%%%", "", "%%%"},
	} {
		name, value, _ := strings.Cut(x.cookie, "=")
		c.http.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
		r := c.get("/statuses").want(http.StatusOK)
		if !strings.Contains(r.body, x.shows) || x.hides != "" && strings.Contains(r.body, `role="status">`+x.hides) || x.hides != "" && strings.Contains(r.body, x.hides) && x.hides != "key" {
			t.Errorf("%s shows %s", x.cookie, r.body)
		}
	}
}

// The choice of a language leads back to where it was made, and nowhere else.
func TestNoPageLeadsElsewhere(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	for to, want := range map[string]string{
		"/statuses?x=1": "/statuses?x=1", "https://evil.example.com": "/account", "//evil.example.com": "/account", `/\evil.example.com`: "/account",
		"javascript:alert(1)": "/account", "": "/account", "/\nx": "/account", "statuses": "/account", "/\tx": "/account",
	} {
		c.post("/language", url.Values{"language": {"es"}, "return": {to}}).leads(want)
	}
	c.post("/language", url.Values{"language": {"<script>"}}).leads("/account")
	c.get("/account").says(`lang="en"`)
}

// Somebody who is suspended while a page is open is shown out of it within seconds, and sees nothing more. A page that is
// open and forgotten does not keep its session alive.
func TestAnOpenPageIsLeft(t *testing.T) {
	s := open(t, "", "")
	p := s.browser("console_owner")
	p.Open(s.base + "/statuses")
	p.Wait("User statuses")
	other := browsertest.Start(t)
	other.Open(s.link("console_owner"))
	other.Click("Sign in")
	if n, err := s.engine.RevokeSessions(t.Context(), s.actor(), "", provision.PersonOptions{}); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	p.Expect("401")
	other.Expect("401")
	p.WaitLocation(s.base + "/login")
	other.WaitLocation(s.base + "/login")
}

// Requests that cannot be understood are answered with a page, and never with a fault of ours.
func TestOddRequests(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	for _, path := range []string{"/statuses/%00", "/statuses/" + strings.Repeat("x", 5000), "/statuses/%FF", "/statuses?cursor=%00", "/?x=%zz", "//", "/statuses/..%2f..%2fapi%2fv1%2fme"} {
		if r := c.get(path); r.status >= 500 {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	big := url.Values{"key": {strings.Repeat("x", 2<<20)}}
	if r := c.post("/statuses/new", big); r.status < 400 || r.status >= 500 {
		t.Errorf("a form of two megabytes: %d", r.status)
	}
	if r := c.do(http.MethodDelete, "/statuses/new", nil); r.status < 400 || r.status >= 500 {
		t.Errorf("another method: %d", r.status)
	}
	if r := c.post("/statuses/new", url.Values{"key": {"\xff\xfe"}, "name": {"\x00"}}); r.status < 400 || r.status >= 500 {
		t.Errorf("odd text: %d", r.status)
	}
	if s.log.Len() > 0 && strings.Contains(s.log.String(), "panic") {
		t.Error(s.log.String())
	}
}
