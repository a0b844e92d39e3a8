package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// Break-glass: a link of the command line lets somebody in once, and the log says who made it.
func TestALoginLinkOfTheCommandLine(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.tenant()
		r := s.serve()
		link := document(t, s.must("--json", "login-link", "--tenant", "acme"))
		at, err := url.Parse(link["url"].(string))
		if err != nil || link["role"] != "console_owner" {
			t.Fatalf("%v %v", link, err)
		}
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		browser := &http.Client{Jar: jar}
		base := "http://" + r.served.Listen
		use := func() (status int, path string) {
			t.Helper()
			resp, err := browser.PostForm(base+"/auth/link", url.Values{"key": {at.Query().Get("key")}}) //nolint:noctx // it ends with the test
			if err != nil {
				t.Fatal(err)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			return resp.StatusCode, resp.Request.URL.Path
		}
		if status, path := use(); status != http.StatusOK || path != "/" {
			t.Fatalf("%d %s", status, path)
		}
		if status, _ := use(); status != http.StatusForbidden {
			t.Errorf("a second time: %d", status)
		}
		says(t, string(r.ask(200, "GET", "/metrics", "", "").body), `rollcall_sign_ins_total{event="link",outcome="ok"} 1`)
		for flags, want := range map[string]string{"--tenant nobody": "no tenant", "--tenant acme --role nothing": "no role", "": "--tenant"} {
			if status, _, stderr := s.run(append([]string{"login-link"}, strings.Fields(flags)...)...); status != statusFailed || !strings.Contains(stderr, want) {
				t.Errorf("%s: %d %s", flags, status, stderr)
			}
		}
	})
}
