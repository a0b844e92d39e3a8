package console_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"rollcall/console"
	"rollcall/directory"
)

// pushed makes somebody whom a connection owns.
func (s *site) pushed(connection, name string) {
	s.t.Helper()
	c, err := s.db.Reader(s.tenant).Configuration(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, x := range c.Connections {
		if x.Name == connection {
			actor := directory.Actor{Tenant: s.tenant, Kind: directory.ActorConnection, ID: x.ID, Connection: x.ID}
			if _, err := s.engine.CreateUser(s.t.Context(), actor, directory.Account{ExternalID: name, Active: true, Attributes: directory.Attributes{"userName": name, "active": true}}); err != nil {
				s.t.Fatal(err)
			}
			return
		}
	}
	s.t.Fatalf("there is no connection %s", connection)
}

var plannedOn = regexp.MustCompile(`name="plan_version" value="([0-9]+)"`)

// DECISIONS 15: what is confirmed is what was read. Where the configuration has moved since, nothing is done, and the page
// shows what it would do by now.
func TestAConfirmationIsOfThePlanThatWasRead(t *testing.T) {
	s := open(t, "", "connections: [{name: okta, kind: scim}]\n")
	s.pushed("okta", "ana@example.com")
	c, other := s.client("console_owner"), s.client("console_owner")
	c.post("/detach", url.Values{"kind": {"connection"}, "name": {"okta"}}).want(http.StatusSeeOther)
	form := url.Values{"offboarding": {"suspend"}}
	read := c.post("/connections/okta/delete", form).want(http.StatusOK).says("ana@example.com", `name="confirm"`)
	seen := plannedOn.FindStringSubmatch(read.body)
	if seen == nil {
		t.Fatalf("the plan does not say on what it was made: %s", read.body)
	}
	other.post("/statuses/new", url.Values{"key": {"lunch"}, "name": {"Lunch"}, "active": {"on"}}).leads("/statuses")

	form.Set("confirm", "on")
	form.Set("plan_version", seen[1])
	again := c.post("/connections/okta/delete", form).want(http.StatusPreconditionFailed).says("It has changed since you read it", "ana@example.com", `name="confirm"`)
	c.get("/connections/okta").want(http.StatusOK)
	now := plannedOn.FindStringSubmatch(again.body)
	if now == nil || now[1] == seen[1] {
		t.Fatalf("the new plan is of version %v, as the one before: %v", now, seen)
	}
	form.Set("plan_version", now[1])
	c.post("/connections/okta/delete", form).leads("/connections")
	c.get("/connections/okta").want(http.StatusNotFound)
	for _, odd := range []string{"x", "-1", "99999999999999999999"} {
		if r := c.post("/statuses/lunch", url.Values{"name": {"Brunch"}, "confirm": {"on"}, "plan_version": {odd}}); r.status < 400 || r.status >= 500 {
			t.Errorf("version %q: %d", odd, r.status)
		}
	}
}

// A form that is sent twice does it once, and the second time the page says what is there already.
func TestAFormCountsOnce(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	form := url.Values{"key": {"lunch"}, "name": {"Lunch"}, "active": {"on"}}
	c.post("/statuses/new", form).leads("/statuses")
	c.post("/statuses/new", form).want(http.StatusConflict).says("lunch")
}

// Who reads a page in another language comes back to a page: not to an address that only forms are sent to.
func TestWhatOnlyFormsAreSentToIsNoWayBack(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	c.post("/statuses/new", url.Values{"key": {"lunch"}, "name": {"Lunch"}, "active": {"on"}}).leads("/statuses")
	c.post("/statuses/lunch/delete", url.Values{"confirm": {"on"}, "plan_version": {"1"}}).want(http.StatusPreconditionFailed).
		says(`href="/statuses/lunch">Cancel`, `name="return" value="/statuses/lunch/delete"`)
	c.post("/api-keys/none/revoke", nil).want(http.StatusNotFound).says(`name="return" value="/api-keys"`)
	c.get("/statuses/lunch").want(http.StatusOK)
	c.post("/agent-groups/new", url.Values{"name": {"Support"}}).want(http.StatusSeeOther)
	if r := c.get("/agent-groups/Support/delete").want(http.StatusOK); !plannedOn.MatchString(r.body) {
		t.Errorf("the plan does not say on what it was made: %s", r.body)
	}
	c.post("/statuses/new", url.Values{"name": {"x"}}).says(`name="return" value="/statuses/new"`)
	c.get("/statuses?x=1").says(`name="return" value="/statuses?x=1"`)
}

// An open page is left where its reader is signed out, and not where the database does not answer for a moment.
func TestAnOpenPageStaysWhereNobodyKnows(t *testing.T) {
	for want, err := range map[int]error{
		http.StatusUnauthorized: directory.Errorf(directory.Forbidden, "nobody is signed in"), http.StatusServiceUnavailable: errors.New("the database is away"), http.StatusNoContent: nil,
	} {
		h := console.New(console.Options{Session: func(*http.Request, bool) (directory.Session, error) { return directory.Session{}, err }})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/session", nil))
		if w.Code != want {
			t.Errorf("%v: %d, want %d", err, w.Code, want)
		}
	}
}
