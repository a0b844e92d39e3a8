package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"rollcall/store/storetest"
)

func TestDemoCommandsWorkWhenPasted(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no curl, and CI has to try the commands")
		}
		t.Skip("there is no curl")
	}
	s := newSite(t, storetest.SQLite(t))
	s.env = s.env[:2] // a demonstration makes its own key
	r := s.serve("--demo")
	if len(r.served.Try) != 4 {
		t.Fatalf("commands %q, want four", r.served.Try)
	}
	var answers []map[string]any
	for _, command := range r.served.Try {
		out, err := exec.CommandContext(t.Context(), "bash", "-c", command).CombinedOutput()
		var v map[string]any
		if err == nil {
			err = json.Unmarshal(out, &v)
		}
		if err != nil {
			t.Fatalf("%s\n%v: %s", command, err, out)
		}
		answers = append(answers, v)
	}
	if answers[0]["userName"] != "ada@example.com" || answers[0]["active"] != true {
		t.Errorf("created %v", answers[0])
	}
	if answers[1]["id"] != answers[0]["id"] || answers[1]["active"] != false {
		t.Errorf("suspended %v", answers[1])
	}
	if answers[2]["totalResults"] != 1.0 {
		t.Errorf("found %v", answers[2])
	}
	if reasons, _ := answers[3]["reasons"].([]any); answers[3]["eligible"] != false || len(reasons) == 0 || reasons[0].(map[string]any)["code"] != "state" {
		t.Errorf("why they get no work %v", answers[3])
	}
	if out := s.must("users", "show", "ada@example.com", "--tenant", "demo"); !strings.Contains(out, "suspended") || !strings.Contains(out, "role agent") || !strings.Contains(out, "agent group Support") {
		t.Errorf("the demonstration's person:\n%s", out)
	}

	ownKey := strings.TrimSpace(s.must("apikey", "create", "--tenant", "demo", "--name", "own"))
	own := strings.TrimSpace(s.must("token", "create", "--tenant", "demo", "--connection", "demo"))
	r.end()
	again := s.serve("--demo")
	if again.served.Token == r.served.Token {
		t.Error("the second start shows the first one's token")
	}
	again.ask(401, "GET", "/api/v1/me", r.served.APIKey, "")
	again.ask(200, "GET", "/api/v1/me", again.served.APIKey, "")
	again.ask(200, "GET", "/api/v1/me", ownKey, "")
	again.ask(401, "GET", "/scim/v2/Users", r.served.Token, "")
	again.ask(200, "GET", "/scim/v2/Users", again.served.Token, "")
	again.ask(200, "GET", "/scim/v2/Users", own, "")
}

// DECISIONS 31: the demonstration's link signs in at the console, once.
func TestDemoSignsIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	s.env = s.env[:2]
	r := s.serve("--demo")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	at, err := url.Parse(r.served.SignIn)
	if err != nil || !strings.HasPrefix(r.served.SignIn, r.served.Console) {
		t.Fatalf("the link %q, the console %q: %v", r.served.SignIn, r.served.Console, err)
	}
	answer := func(method, to string, form url.Values, status int, text string) {
		t.Helper()
		q, err := http.NewRequestWithContext(t.Context(), method, to, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		a, err := browser.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(a.Body)
		if err := errors.Join(err, a.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if a.StatusCode != status || !strings.Contains(string(body), text) {
			t.Fatalf("%s %s answers %d without %q: %s", method, to, a.StatusCode, text, body)
		}
	}
	answer("GET", r.served.Console, nil, http.StatusOK, "E-mail address at work")
	answer("GET", r.served.SignIn, nil, http.StatusOK, "Sign in by this link")
	link := r.served.Console + "auth/link"
	answer("POST", link, url.Values{"key": {at.Query().Get("key")}}, http.StatusOK, "<h1>Dashboard</h1>")
	answer("GET", r.served.Console, nil, http.StatusOK, "Demonstration")
	answer("POST", link, url.Values{"key": {at.Query().Get("key")}}, http.StatusForbidden, "This link is over")
}

func TestDemoTellsPeopleWhereItIs(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	g := served{
		SCIM: "http://localhost:8080/scim/v2", API: "http://localhost:8080/api/v1", Listen: "127.0.0.1:8080", Database: s.dsn,
		Tenant: "demo", Token: "rct_x", APIKey: "rck_x", Try: []string{"curl one"},
		Console: "http://localhost:8080/", SignIn: "http://localhost:8080/auth/link?key=rcl_x",
	}
	text := g.text(true)
	for _, want := range []string{g.SCIM, g.API + "/docs", g.Database, g.Token, g.APIKey, "\ncurl one\n", "console   " + g.Console + "\n", "\n" + g.SignIn + "\n", "docs/guides/sso.md"} {
		if !strings.Contains(text, want) {
			t.Errorf("the welcome lacks %q:\n%s", want, text)
		}
	}
	if text := g.text(false); !strings.Contains(text, "rollcall token create") || !strings.Contains(text, "rollcall apikey create") || !strings.Contains(text, g.API) || strings.Contains(text, "curl") {
		t.Errorf("without a demonstration:\n%s", text)
	}
}

func TestDemoRefusesAnAddressThatOthersReach(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:8080", "[::]:0", "example.com:80"} {
		s := newSite(t, storetest.SQLite(t), "ROLLCALL_LISTEN="+address)
		s.env = append(s.env[:1], s.env[2:]...)
		status, _, err := s.run("serve", "--demo")
		if status != statusFailed || !strings.Contains(err, "loopback") {
			t.Errorf("%s: status %d, %s", address, status, err)
		}
	}
	for _, address := range []string{"127.0.0.1:8080", "[::1]:8080", "localhost:8080"} {
		if err := mayDemonstrate(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}
