package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

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
