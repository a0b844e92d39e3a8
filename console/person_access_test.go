package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
)

// Why, and why not: the chain in words, the rules that hit and missed, and a search among what somebody may.
func TestSomebodysPermissionsSayWhy(t *testing.T) {
	s := open(t, "", directoryOf)
	id := s.provided("leo", "Leo Lead")
	p := s.browser("console_owner")
	p.Open(s.base + "/people/" + id + "/permissions")
	p.Wait("The role Supervisor gives it.")
	p.Wait("leads")
	p.Accessible()
	p.Screenshot("person-permissions")
	p.Fill("Find a permission", "reports view")
	p.In("main", "").WaitCSS(`a[href*="permission=reports.view"]`)
	p.Wait("1 permission")
	p.Accessible()
	p.Select("Permission", "console.tokens.manage")
	p.Click("Ask")
	p.Wait("no, they may not")
	p.Wait("The role Supervisor does not have it.")
	p.Accessible()
	p.Screenshot("person-why-not")

	c := s.client("console_owner")
	path := "/people/" + id + "/permissions"
	c.get(path+"?permission=conversations.reply").want(http.StatusOK).says("yes, they may", "The rule leads gives it")
	c.get(path+"?permission=no.such").want(http.StatusUnprocessableEntity).says("no.such", `role="alert"`, "The role Supervisor gives it.")
	c.get(path + "?permission=conversations.reply&agent_group=nothere").want(http.StatusNotFound).says(`role="alert"`)
	c.get(path + "?q=%3Cb%3E").want(http.StatusOK).says("0 permissions").hides("<b>")
	c.get(path).says("title eq &#34;Nobody&#34;", "missed", "hit")
	sue := s.person("sue", "Sue", "Lee", "role", "agent")
	if _, err := s.engine.Suspend(t.Context(), s.actor(), sue, provision.PersonOptions{}); err != nil {
		t.Fatal(err)
	}
	c.get("/people/" + sue + "/permissions?permission=conversations.reply").says("They are Inactive, and only who is active may do anything.")
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// Sessions of somebody, of everybody, and one's own are seen and ended, after a question.
func TestSessionsAreEndedInTheConsole(t *testing.T) {
	s := open(t, "", directoryOf)
	id := s.provided("leo", "Leo Lead")
	first, second, third := s.signedIn(id, firefox), s.signedIn(id, "curl/8"), s.signedIn(id, firefox)
	p := s.browser("console_owner")
	p.Open(s.base + "/people/" + id + "/sessions")
	p.Wait("Firefox, Linux")
	p.Accessible()
	p.Screenshot("person-sessions")
	p.In("tr", "curl/8").ClickCSS("button")
	p.Wait("End a session: Leo Lead")
	p.Accessible()
	p.Fill("Reason", "a lost laptop")
	p.Click("End session")
	p.Wait("The session was ended: Leo Lead.")
	if s.live(second) || !s.live(first) {
		t.Error("another session than the one that was meant ended")
	}
	p.Open(s.base + "/sessions")
	p.Wait("leo@example.com")
	p.Wait("ann@example.com at the command line")
	p.Accessible()
	p.Screenshot("sessions")
	p.Viewport(390, 800)
	p.Accessible()
	p.Screenshot("sessions-phone")
	c := s.client("console_owner")
	c.post("/sessions/end", url.Values{"session": {first}, "name": {"leo"}}).want(http.StatusOK).says("End a session: leo")
	c.post("/sessions/end", url.Values{"session": {first}, "confirm": {"on"}}).leads("/sessions")
	c.post("/sessions/end", url.Values{}).want(http.StatusNotFound)
	c.post("/sessions/end", url.Values{"session": {"nothere"}, "confirm": {"on"}}).want(http.StatusNotFound)
	c.get("/sessions?cursor=x").want(http.StatusUnprocessableEntity)
	if s.live(first) || !s.live(third) {
		t.Error("another session than the one that was meant ended")
	}
	path := "/people/" + id
	c.post(path+"/sessions/end", url.Values{}).want(http.StatusOK).says("They have 1 live session.")
	c.post(path+"/sessions/end", url.Values{"confirm": {"on"}, "reason": {"x"}}).leads(path + "/sessions")
	c.post(path+"/sessions/end", url.Values{"session": {"nothere"}, "confirm": {"on"}}).want(http.StatusNotFound)
	c.get(path+"/sessions").says("ended by somebody", "https://id.example.com").hides("End all sessions")
	c.post(path+"/identities/forget", url.Values{"connection": {s.connection("okta")}}).want(http.StatusOK).says("Forget who Leo Lead is at the provider")
	c.post(path+"/identities/forget", url.Values{"connection": {s.connection("okta")}, "confirm": {"on"}}).leads(path + "/sessions")
	for _, form := range []url.Values{{}, {"connection": {"nothere"}, "confirm": {"on"}}, {"connection": {s.connection("okta")}, "confirm": {"on"}}} {
		c.post(path+"/identities/forget", form).want(http.StatusNotFound)
	}
	c.get(path + "/sessions").says("They never signed in by a provider.")
}

// live reports whether a session has not ended.
func (s *site) live(id string) bool {
	s.t.Helper()
	x, err := s.db.Reader(s.tenant).Session(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return x.EndedAt == nil
}

// Somebody's own account shows who they are, and ends their other sessions without any permission.
func TestOnesOwnAccount(t *testing.T) {
	s := open(t, "", directoryOf)
	p := s.browser("console_owner")
	p.Open(s.base + "/account")
	p.Wait("Where you are signed in")
	p.Wait("this one")
	p.Wait("You are signed in here alone.")
	p.Accessible()
	p.Screenshot("account")
	c := s.client("console_viewer")
	c.get("/account", "Accept-Language", "es").says("Dónde tiene sesión iniciada", "Lector de la consola")
	c.post("/account/sessions/end", url.Values{"session": {"nothere"}}).want(http.StatusNotFound)
	c.post("/account/sessions/end", url.Values{}).leads("/account")
	c.get("/account").want(http.StatusOK).says("0 sessions were ended.") // one's own stays
}

// What was done to somebody is told with who, why, before and after; what they had at a time; and one change is undone, as a
// plan first.
func TestSomebodysHistory(t *testing.T) {
	s := open(t, "", directoryOf)
	id := s.person("ana", "Ana", "Prado", "role", "agent")
	c := s.client("console_owner")
	path := "/people/" + id
	c.post(path, url.Values{"title": {"Lead <b>"}, "was_title": {""}, "reason": {"promoted"}}).leads(path)
	c.post(path+"/rights", url.Values{"give_role": {"supervisor"}}).leads(path + "/rights")
	s.sequence()
	p := s.browser("console_owner")
	p.Open(s.base + path + "/history")
	p.Wait("Data changed")
	p.Wait("promoted")
	p.Wait("Lead <b>")
	p.Wait("role: Supervisor")
	p.Accessible()
	p.Screenshot("person-history")
	p.In("li", "promoted").ClickCSS("button")
	p.Wait("Undo a change of Ana Prado")
	p.Wait("Nothing is done yet")
	p.Accessible()
	p.Screenshot("person-undo")
	p.Click("Undo it")
	p.Wait("The change of Ana Prado was undone.")
	c.get(path).hides("Lead &lt;b&gt;")
	s.sequence()
	p.Reload()
	p.In("li", "promoted").ClickCSS("button")
	p.Wait("There is nothing to undo")
	p.Open(s.base + path + "/history")
	p.Fill("When", "2100-01-01T10:00")
	p.Click("Look")
	p.Wait("At 2100-01-01 10:00")
	p.Wait("Role: Supervisor")
	p.Accessible()
	p.Screenshot("person-past")

	c.get(path + "/history?at=2001-01-01T00:00").want(http.StatusOK).says("They were not there yet at that time.")
	c.get(path+"/history?at=yesterday").want(http.StatusUnprocessableEntity).says("Write a date and a time.", "Data changed")
	c.post(path+"/history/undo", url.Values{}).want(http.StatusNotFound)
	c.post(path+"/history/undo", url.Values{"change": {"nothere"}}).want(http.StatusNotFound)
	s.client("console_operator").get(path + "/history").want(http.StatusForbidden)
}

// The ownership is handed over where the tenant has an owner, after a question, to somebody who is active.
func TestTheOwnershipIsHandedOver(t *testing.T) {
	s := open(t, "campaign-contact-centre", "profiles: [{name: Night desk, role: agent, icon: phone, modules: [module.crm]}]\n")
	id := s.person("ana", "Ana", "Prado", "profile", "Night desk")
	p := s.browser("console_owner")
	p.Open(s.base + "/people/" + id)
	p.Click("Hand the ownership over")
	p.Wait("Make Ana Prado the owner")
	p.Accessible()
	p.Screenshot("person-owner")
	p.Click("Hand over")
	p.Wait("Ana Prado is the owner now.")
	if !s.has(id, "owner") || p.Shows("Hand the ownership over") {
		t.Error("the ownership was not handed over, or is offered again")
	}
	bo := s.person("bo", "Bo", "Li", "profile", "Night desk")
	if _, err := s.engine.Suspend(t.Context(), s.actor(), bo, provision.PersonOptions{}); err != nil {
		t.Fatal(err)
	}
	c := s.client("console_owner")
	c.get("/people/" + bo).hides("Hand the ownership over")
	c.post("/people/"+bo+"/make-owner", url.Values{"confirm": {"on"}}).want(http.StatusConflict).says("suspended", `role="alert"`)
	s = open(t, "conversations-basic", "")
	ana := s.person("ana", "Ana", "Prado", "role", "agent")
	c = s.client("console_owner")
	c.get("/people/" + ana).hides("Hand the ownership over")
	c.post("/people/"+ana+"/make-owner", url.Values{"confirm": {"on"}}).want(http.StatusConflict)
}

// Somebody who was deleted is shown, and nothing is offered but what is known of them.
func TestSomebodyWhoWasDeleted(t *testing.T) {
	s := open(t, "", directoryOf)
	id := s.person("ana", "Ana", "Prado", "role", "agent")
	if err := s.engine.RemovePerson(t.Context(), s.actor(), id, provision.PersonOptions{}); err != nil {
		t.Fatal(err)
	}
	c := s.client("console_owner")
	for _, tab := range []string{"", "/rights", "/permissions", "/presence", "/sessions", "/history"} {
		r := c.get("/people/"+id+tab).want(http.StatusOK).says("<bdi>ana</bdi>", "Deleted")
		if body := r.body[strings.Index(r.body, "<main"):]; strings.Contains(body, `method="post"`) {
			t.Errorf("%s: there is a form", tab)
		}
	}
	if _, err := s.engine.View(t.Context(), s.tenant, id); directory.KindOf(err) == directory.NotFound {
		t.Error("they are gone for good")
	}
}
