package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/directory"
)

// A change of a connection that takes a role from somebody is confirmed first. A new password that was entered with it is in no
// page; it is asked for again, and nothing is done without it.
func TestANewPasswordIsAskedForAgainWhereAPlanIsConfirmed(t *testing.T) {
	server, form := headquarters(t, 2)
	server.Add("dn: uid=lead," + server.People + "\nobjectClass: inetOrgPerson\nuid: lead\ncn: Lea Diaz\nsn: Diaz\nmail: lead@example.com\ntitle: Clerk\n\n")
	s := open(t, "", oktaConnection+"mapping:\n  rules:\n    - {name: leads, when: title eq \"Lead\", roles: [supervisor]}\n")
	okta := s.connection("okta")
	_, err := s.engine.CreateUser(t.Context(), directory.Actor{Tenant: s.tenant, Kind: directory.ActorConnection, ID: okta, Connection: okta}, directory.Account{
		ExternalID: "1", Active: true, Attributes: directory.Attributes{"userName": "lead", "active": true, "title": "Lead"},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := s.client("console_owner")
	password := form.Get("bind_password")
	form.Set("bind_password", "wrong-one")
	form.Set("link", "userName")
	c.post("/connections/new", form).want(http.StatusSeeOther)
	at := "/connections/" + s.connection("headquarters")
	works := func() bool {
		r := c.post(at+"/test", url.Values{}).want(http.StatusOK).hides(password, "wrong-one")
		return strings.Contains(r.body, "3 found by")
	}
	if works() {
		t.Fatal("the wrong password is no matter")
	}
	form.Set("bind_password", password)
	c.post(at+"/settings", form).want(http.StatusSeeOther)
	if r := s.syncs(c); r.Status != "applied" {
		t.Fatalf("%+v", r)
	}
	people := c.get("/people?role=supervisor").want(http.StatusOK).says("lead")
	people.hides("crew00")

	// The change takes the role, and says another password.
	changed := maps.Clone(form)
	changed.Set("authority", "title")
	changed.Set("bind_password", "another-one")
	shown := c.post(at+"/settings", changed).want(http.StatusOK).says("Nothing is done yet", "lead", "supervisor", `type="password" id="f-bind_password"`, "required").hides("another-one", password)
	confirmation := hiddenOn(shown.body)
	if confirmation.Has("bind_password") || confirmation.Get("authority") != "title" || confirmation.Get("plan_version") == "" {
		t.Fatalf("%v", confirmation)
	}
	confirmation["capabilities"] = form["capabilities"]
	confirmation.Set("confirm", "on")
	c.post(at+"/settings", confirmation).want(http.StatusUnprocessableEntity).says(`id="f-bind_password-fault"`, "This has to be filled in.", "lead", "Nothing is done yet").hides("another-one", password)
	c.post(at+"/settings", merged(confirmation, url.Values{"bind_password": {""}}), "Accept-Language", "es").want(http.StatusUnprocessableEntity).says("lead")
	c.get("/people?role=supervisor").says("lead")
	if !works() {
		t.Error("the password was changed by what was not done")
	}

	// Where the configuration has moved, nothing is done, and the password is asked for once more.
	s.client("console_owner").moved("lunch")
	again := c.post(at+"/settings", merged(confirmation, url.Values{"bind_password": {"another-one"}})).want(http.StatusPreconditionFailed).
		says("the configuration has changed since you read the plan", `type="password" id="f-bind_password"`).hides("another-one")
	if !works() {
		t.Error("the password was changed by what was not done")
	}
	confirmation.Set("plan_version", again.version())
	confirmation.Set("bind_password", "another-one")
	c.post(at+"/settings", confirmation).leads(at)
	c.get("/people?role=supervisor").want(http.StatusOK).hides(">lead<")
	if works() {
		t.Error("the new password was not kept")
	}
	confirmation = maps.Clone(form) // and a change that touches nobody needs no confirmation
	confirmation.Set("authority", "title")
	c.post(at+"/settings", confirmation).leads(at)
	if !works() {
		t.Error("the right password was not kept")
	}
}
