package console_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"rollcall/console"
	"rollcall/sso"
)

// A plan tells values in words, lists of objects too.
func TestAPlanTellsValuesInWords(t *testing.T) {
	s := open(t, "", "agent_groups: [{name: Support}, {name: Sales}, {name: Night}]\n")
	s.person("zoe", "Zoe", "Ngo")
	c := s.client("console_owner")
	c.post("/rules/draft", url.Values{}).leads("/rules/draft")
	c.post("/rules/draft/rule", url.Values{
		"name": {"staff"}, "when": {`userName eq "zoe"`}, "lines": {"3"}, "agent_group_1": {"Sales"}, "agent_group_kind_1": {"supervisor"}, "agent_group_2": {"Support"}, "agent_group_kind_2": {"user"},
		"agent_group_3": {"Night"}, "agent_group_kind_3": {"both"},
	}).leads("/rules/draft")
	c.post("/rules/draft/publish", url.Values{}).want(http.StatusOK).says("Nothing is done yet.", "<ins>Sales (supervisor), Support, Night (user and supervisor)</ins>").hides("{&#34;")
	c.post("/rules/draft/publish", url.Values{}, "Accept-Language", "pt-BR").want(http.StatusOK).says("<ins>Sales (supervisor), Support, Night (usuário e supervisor)</ins>")
}

// A fault in one of several things that are asked at a time is a fault of that page: it is logged, and the program goes on.
func TestAFaultOfOnePageIsNotTheProgramsEnd(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	at, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	log := &strings.Builder{}
	h := console.New(console.Options{
		API: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/v1/held-plans" {
				panic("out of order")
			}
			s.api.ServeHTTP(w, r)
		}),
		Session: sso.New(sso.Options{DB: s.db, Engine: s.engine, BaseURL: s.base}).Session, BaseURL: s.base, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	ask := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		for _, cookie := range c.http.Jar.Cookies(at) {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	if w := ask("/runs"); w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "<h1>") || strings.Contains(w.Body.String(), "out of order") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if text := log.String(); !strings.Contains(text, "out of order") || !strings.Contains(text, "values_test.go") {
		t.Errorf("the log does not say where: %s", text)
	}
	if w := ask("/statuses"); w.Code != http.StatusOK {
		t.Errorf("another page: %d", w.Code)
	}
}
