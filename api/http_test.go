package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"rollcall/api"
	"rollcall/store/storetest/migrated"
)

func TestPathsAndMethods(t *testing.T) {
	g := open(t, migrated.SQLite(t))
	c := g.tenant("").key("")
	for _, path := range []string{"", "/nothing", "/me/", "//me", "/me/../me", "/roles/%00"} {
		c.do("GET", path, nil).want(404).is("not-found")
	}
	r := c.do("DELETE", "/me", nil).want(405).is("method-not-allowed")
	if got := r.Header.Get("Allow"); got != "GET, HEAD" {
		t.Errorf("Allow %q", got)
	}
	head := c.do("HEAD", "/me", nil)
	if head.Status != 200 || len(head.Body) != 0 || head.Header.Get("ETag") == "" {
		t.Errorf("HEAD: %d %v", head.Status, head.Header)
	}
}

func TestAnswersAreConditional(t *testing.T) {
	g := open(t, migrated.SQLite(t))
	c := g.tenant("").key("")
	tag := c.do("GET", "/me", nil).want(200).Header.Get("ETag")
	for value, want := range map[string]int{tag: 304, "W/" + tag: 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200} {
		if got := c.do("GET", "/me", nil, "If-None-Match", value); got.Status != want {
			t.Errorf("%s: %d, want %d", value, got.Status, want)
		}
	}
	c.do("GET", "/me", nil, "If-Match", tag).want(422).says("If-Match")
}

func TestQueriesThatAreWrong(t *testing.T) {
	g := open(t, migrated.SQLite(t))
	c := g.tenant("").key("")
	c.do("GET", "/me?unknown=secret-value", nil).want(422).is("invalid").says("query.unknown").hides("secret-value")
	c.do("GET", "/me?x=%zz", nil).want(400).is("malformed")
	c.do("GET", "/me?x=1&x=2", nil).want(400)
	c.do("GET", "/me?x=%00", nil).want(400)
	c.do("GET", "/me?x=%ff", nil).want(400)
}

func TestRequestIDs(t *testing.T) {
	g := open(t, migrated.SQLite(t))
	c := g.tenant("").key("")
	if got := c.do("GET", "/me", nil, "X-Request-Id", "abc-1").Header.Get("X-Request-Id"); got != "abc-1" {
		t.Errorf("the client's own id became %q", got)
	}
	if got := c.do("GET", "/me", nil, "X-Request-Id", "a b").Header.Get("X-Request-Id"); got == "a b" || got == "" {
		t.Errorf("an id with a space became %q", got)
	}
}

func TestDocumentIsDeterministic(t *testing.T) {
	g := open(t, migrated.SQLite(t))
	first := send(t, g.server.URL+api.Root+"/openapi.json", "GET", nil).want(200)
	for range 3 {
		if second := serve(t, g.handler(), "/openapi.json"); second != string(first.Body) {
			t.Fatal("another replica has another document")
		}
	}
	if first.text("openapi") != "3.1.0" || first.text("info.version") != "1.2.3" || first.text("components.securitySchemes.apiKey.scheme") != "bearer" {
		t.Errorf("%s", first.Body)
	}
	if first.text("servers.0.url") != "https://rollcall.example.com/api/v1" {
		t.Error("the document does not say where it is served")
	}
	first.hides("$schema", "unpkg")
}

func serve(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	w := newRecorder()
	r, err := http.NewRequestWithContext(t.Context(), "GET", api.Root+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.ServeHTTP(w, r)
	return w.Body.String()
}

func TestPageNeedsNothingFromElsewhere(t *testing.T) {
	g := open(t, migrated.SQLite(t))
	page := send(t, g.server.URL+api.Root+"/docs", "GET", nil).want(200)
	policy := page.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	page.hides("<script", "http://", "src=", "@import", "url(", "ZgotmplZ")
	page.says("prefers-color-scheme", "<title>Rollcall API 1.2.3</title>")
	var d struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal([]byte(serve(t, g.handler(), "/openapi.json")), &d); err != nil {
		t.Fatal(err)
	}
	for _, path := range d.Paths {
		for _, o := range path {
			page.says(`<article id="` + o.OperationID + `">`)
		}
	}
}
