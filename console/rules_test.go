package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
)

// ruled is a tenant with a connection, rules that its manifest owns, and a test.
const ruled = `
connections:
  - {name: okta, kind: scim, dialect: okta}
agent_groups:
  - {name: Support}
  - {name: Sales}
mapping:
  rules:
    - {name: support agents, group: CC-Support, roles: [agent], agent_groups: [{name: Support}]}
    - {name: billing, connection: okta, when: 'department eq "Billing"', roles: [supervisor]}
  tests:
    - {name: an agent of support, groups: [CC-Support], expect: {roles: [agent]}}
`

// Rules are drafted, looked over, tested, tried, planned and published in the console; a version before comes back.
func TestRulesAreDraftedTestedAndPublished(t *testing.T) {
	s := open(t, "", ruled)
	s.person("zoe", "Zoe", "Ngo")
	p := s.browser("console_owner")
	p.Feature("prefers-reduced-motion", "reduce") // one arrives at an anchor at once
	p.Open(s.base + "/rules")
	p.Wait("support agents")
	p.Wait(`Who is in the directory group "CC-Support"`)
	p.Wait("no group named")
	p.Accessible()
	p.Screenshot("rules-published")
	p.Open(s.base + "/rules/draft")
	p.Wait("There is no draft")
	p.Accessible()
	p.Screenshot("rules-no-draft")
	p.In("main", "").Click("Work on a draft")
	p.Wait("The draft was begun.")
	p.Wait("Nothing is wrong with the rules, and every test passes.")
	p.Accessible()

	p.Click("Add rule")
	p.Accessible()
	p.Screenshot("rules-form")
	p.Fill("Name", "staff")
	p.Fill("When", `userNam eq "zoe"`)
	p.Wait("userName") // the nearest name, as one types
	p.Screenshot("rules-form-fault")
	p.Accessible()
	p.Fill("When", `userName eq "zoe"`)
	p.Check("Agent agent", true)
	p.Wait("The rule can be understood")
	p.Fill("Agent group 1", "Sales")
	p.Select("As (agent group 1)", "supervisor")
	p.Click("Save to the draft")
	p.Wait(`The rule "staff" is in the draft.`)
	p.Wait(`The rule "staff" is new.`)
	p.Accessible()
	p.Screenshot("rules-draft")
	p.Click("Move staff up")
	p.Wait("staff")
	p.Click("Add test")
	p.Accessible()
	p.Fill("Name", "zoe")
	p.Fill("Attributes", "userName: zoe")
	p.Check("Supervisor supervisor", true)
	p.Screenshot("rules-test")
	p.Click("Save to the draft")
	p.Wait("Not all tests pass.")
	p.Accessible()
	p.Screenshot("rules-draft-fails")
	p.Click("Edit zoe")
	p.Check("Supervisor supervisor", false)
	p.Check("Agent agent", true)
	p.Click("Save to the draft")
	p.Wait("every test passes")

	p.Click("Try with a person")
	p.Fill("Person", "zoe@example.com")
	p.Click("Show what changes")
	p.Wait("role: agent")
	p.Accessible()
	p.Screenshot("rules-try")
	p.Open(s.base + "/rules/draft")
	p.Click("Look at the impact and publish")
	p.Wait("zoe")
	p.Accessible()
	p.Screenshot("rules-impact")
	p.Click("Publish the draft")
	p.Wait("Nothing is done yet.")
	p.Accessible()
	p.Screenshot("rules-publish-plan")
	p.Click("Confirm and do it")
	p.Wait("The draft was published: 3 rules are in force.")

	p.ClickRole("link", "Versions")
	p.Accessible()
	p.Screenshot("rules-versions")
	replaced := slices.DeleteFunc(p.Names("link"), func(name string) bool { return !strings.HasPrefix(name, "Version ") })
	p.Click(replaced[len(replaced)-1])
	p.Wait(`The rule "staff" goes.`)
	p.Accessible()
	p.Screenshot("rules-version")
	p.Click("Go back to this version")
	p.Wait("zoe")
	p.Click("Confirm and do it")
	p.Wait("again.")
	if p.Shows("staff") {
		t.Error("the rule is still there")
	}
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Reload()
	p.Accessible()
	p.Screenshot("rules-phone-dark")
}

// A drafts, B publishes: what B saw is what is published, and what A writes meanwhile is not.
func TestOneDraftsAndAnotherPublishes(t *testing.T) {
	s := open(t, "", "connections: [{name: okta, kind: scim}]\n")
	a, b := s.client("console_operator"), s.client("console_owner")
	a.post("/rules/draft", url.Values{}).leads("/rules/draft")
	a.post("/rules/draft", url.Values{}).leads("/rules/draft") // there is one
	rule := url.Values{"name": {"agents"}, "group": {"CC-Agents"}, "roles": {"agent"}}
	a.post("/rules/draft/rule", rule).leads("/rules/draft")
	seen := seenOn(t, b.get("/rules/draft/publish").want(http.StatusOK).body)
	a.post("/rules/draft/note", url.Values{"note": {"more"}}).leads("/rules/draft")
	b.post("/rules/draft/publish", url.Values{"seen": {seen}}).want(http.StatusPreconditionFailed).says("It has changed since you read it")
	seen = seenOn(t, b.get("/rules/draft/publish").body)
	b.post("/rules/draft/publish", url.Values{"seen": {seen}}).leads("/rules")
	b.get("/rules").want(http.StatusOK).says("agents", "CC-Agents")
	b.get("/rules/versions").says("more")

	// Somebody else's rule is not overwritten by one who saw an older draft, and nothing that was filled in is lost.
	a.post("/rules/draft", url.Values{})
	old := seenOn(t, a.get("/rules/draft/rule").body)
	b.post("/rules/draft/rule", url.Values{"name": {"leads"}, "group": {"CC-Leads"}, "roles": {"supervisor"}}).leads("/rules/draft")
	a.post("/rules/draft/rule", url.Values{"seen": {old}, "name": {"late"}, "group": {"CC-Late"}, "roles": {"agent"}}).
		want(http.StatusPreconditionFailed).says("It has changed since you read it", `value="late"`)
	a.get("/rules/draft").says("leads").hides("late")
	discard := seenOn(t, a.get("/rules/draft/discard").want(http.StatusOK).body)
	a.post("/rules/draft/discard", url.Values{"seen": {discard}}).leads("/rules")
	a.get("/rules/draft/discard").leads("/rules/draft")
	a.get("/rules/draft").says("There is no draft")
}

// seenOn is the tag of what a form is about.
func seenOn(t *testing.T, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `name="seen" value="`)
	if !ok {
		t.Fatalf("there is no tag in %s", page)
	}
	value, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(value, "&#34;", `"`)
}

// What is wrong with a rule stands beside its field, and everything that was filled in is kept.
func TestRulesThatAreWrongAreShownAgain(t *testing.T) {
	s := open(t, "", ruled)
	c := s.client("console_owner")
	c.post("/rules/draft/rule", url.Values{"name": {"x"}}).want(http.StatusNotFound) // there is no draft
	c.post("/rules/draft", url.Values{}).leads("/rules/draft")
	for name, x := range map[string]struct {
		form url.Values
		want string
	}{
		"no name":         {url.Values{"group": {"G"}, "roles": {"agent"}}, "This has to be filled in."},
		"nobody":          {url.Values{"name": {"a"}, "roles": {"agent"}}, "it needs group, group_id or when"},
		"nothing":         {url.Values{"name": {"a"}, "group": {"G"}}, "it yields nothing"},
		"filter":          {url.Values{"name": {"a"}, "when": {"title eq"}, "roles": {"agent"}}, "column 9"},
		"attribute":       {url.Values{"name": {"a"}, "when": {`departmnt eq "x"`}, "roles": {"agent"}}, "department"},
		"role":            {url.Values{"name": {"a"}, "group": {"G"}, "roles": {"agnet"}}, "there is no role &#34;agnet&#34;"},
		"option":          {url.Values{"name": {"a"}, "group": {"G"}, "options": {"agent"}}, "is not an option"},
		"profile":         {url.Values{"name": {"a"}, "group": {"G"}, "profile": {"Night"}}, "there is no profile"},
		"capture":         {url.Values{"name": {"a"}, "group": {"G"}, "agent_group_0": {"{team}"}}, "does not capture {team}"},
		"kind":            {url.Values{"name": {"a"}, "group": {"G"}, "agent_group_0": {"Support"}, "agent_group_kind_0": {"boss"}}, "expected value to be one of"},
		"group and id":    {url.Values{"name": {"a"}, "group": {"G"}, "group_id": {"x"}, "roles": {"agent"}}, "not both"},
		"connection":      {url.Values{"name": {"a"}, "connection": {"nothere"}, "group": {"G"}, "roles": {"agent"}}, "nothere"},
		"another's name":  {url.Values{"name": {"billing"}, "group": {"G"}, "roles": {"agent"}}, "billing"},
		"too long a name": {url.Values{"name": {strings.Repeat("x", 201)}, "group": {"G"}, "roles": {"agent"}}, "At most 200 characters."},
	} {
		r := c.post("/rules/draft/rule", x.form)
		if r.status < 400 || r.status >= 500 {
			t.Errorf("%s: status %d", name, r.status)
		}
		if !strings.Contains(r.body, x.want) || !strings.Contains(r.body, `value="`+x.form.Get("name")+`"`) || !strings.Contains(r.body, `role="alert"`) {
			t.Errorf("%s: %q or what was filled in is not in %s", name, x.want, r.body)
		}
	}
	more := c.post("/rules/draft/rule", url.Values{"name": {"a"}, "agent_group_1": {"Support"}, "lines": {"2"}, "more": {"on"}}).want(http.StatusOK)
	more.says("Agent group 6", `value="Support"`)
	c.post("/rules/draft/rule", url.Values{"name": {"a"}, "lines": {"-5"}, "agent_group_999999": {"x"}, "group": {"G"}}).says("it yields nothing").hides("Agent group 101")
	c.post("/rules/draft/rule", url.Values{"id": {"nothing"}, "name": {"a"}, "group": {"G"}, "roles": {"agent"}}).want(http.StatusNotFound)
	c.get("/rules/draft/rule?id=nothing").want(http.StatusNotFound)
	c.get("/rules/draft/test?name=nothing").want(http.StatusNotFound)
	c.get("/rules/draft/try?person=nobody").want(http.StatusNotFound).says("There is no person &#34;nobody&#34;")
	c.get("/rules/versions/nothing").want(http.StatusNotFound)
	c.post("/rules/versions/nothing", url.Values{}).want(http.StatusNotFound)
	if r := c.get("/rules/versions?cursor=nonsense"); r.status >= 500 {
		t.Errorf("status %d: %s", r.status, r.body)
	}
	for _, path := range []string{"/rules/draft/move", "/rules/draft/remove"} {
		c.post(path, url.Values{"id": {"nothing"}}).want(http.StatusNotFound)
	}
	c.post("/rules/draft/test/remove", url.Values{"name": {"nothing"}}).want(http.StatusNotFound)
	c.post("/rules/draft/test", url.Values{"name": {"t"}, "attributes": {"no value"}}).want(http.StatusUnprocessableEntity).says("is not a name, a colon and a value")
	c.post("/rules/draft/test", url.Values{"name": {"an agent of support"}}).want(http.StatusUnprocessableEntity).says("Another test has this name.")
	c.post("/rules/draft/test", url.Values{"attributes": {"title: x"}}).want(http.StatusUnprocessableEntity).says("This has to be filled in.")
	c.post("/rules/draft/note", url.Values{"note": {strings.Repeat("x", 1001)}}).want(http.StatusUnprocessableEntity)
}

// The manifest owns its rules: they are shown, and taken over where one may.
func TestRulesOfTheManifestAreReadOnlyUntilTheyAreTakenOver(t *testing.T) {
	s := open(t, "", ruled)
	c := s.client("console_owner")
	c.get("/rules").says("Owned by the manifest", "Take over from the manifest")
	c.post("/rules/draft", url.Values{})
	page := c.get("/rules/draft").want(http.StatusOK)
	page.hides("Remove support agents", "Remove an agent of support", "Edit an agent of support")
	_, id, _ := strings.Cut(page.body, `id="rule-`)
	id, _, _ = strings.Cut(id, `"`)
	c.get("/rules/draft/rule?id=" + id).says("Take over from the manifest").hides("Save to the draft")
	c.post("/detach", url.Values{"kind": {"rule"}, "name": {"support agents"}, "return": {"/rules"}}).leads("/rules")
	c.get("/rules/draft/rule?id=" + id).says("Save to the draft")
}

func TestRulesByPermissionAndLanguage(t *testing.T) {
	s := open(t, "", ruled)
	s.client("console_owner").post("/rules/draft", url.Values{})
	viewer := s.client("console_viewer")
	viewer.get("/rules").want(http.StatusOK).hides("Work on a draft", "Take over")
	viewer.get("/rules/draft").want(http.StatusOK).says("You may read the draft").hides("Add rule", "Discard")
	for _, path := range []string{"", "/rule", "/test", "/move", "/remove", "/test/remove", "/note", "/discard", "/check"} {
		viewer.post("/rules/draft"+path, url.Values{}).want(http.StatusForbidden).says("console.mappings.draft")
	}
	viewer.post("/rules/draft/publish", url.Values{}).want(http.StatusForbidden).says("console.mappings.publish")
	viewer.post("/rules/versions/x", url.Values{}).want(http.StatusForbidden)
	s.client("console_help_desk").get("/rules").want(http.StatusForbidden).says("console.mappings.read")
	viewer.get("/rules", "Accept-Language", "es").says("Reglas de asignación", "grupo del directorio")
	viewer.get("/rules", "Accept-Language", "pt-BR").says("Regras de mapeamento", "grupo do diretório")
	viewer.get("/rules/draft", "Accept-Language", "es").says("Borrador de las reglas")
}

// A guard holds what takes much from many; whoever may approves it, having read the plan.
func TestRulesThatAGuardHoldsAreApproved(t *testing.T) {
	s := open(t, "", "settings: {guard.count: 1, guard.percent: 1}\n")
	c := s.client("console_owner")
	c.post("/rules/draft", url.Values{})
	c.post("/rules/draft/rule", url.Values{"name": {"staff"}, "when": {`title eq "Agent"`}, "roles": {"agent"}}).leads("/rules/draft")
	c.post("/rules/draft/publish", url.Values{"seen": {seenOn(t, c.get("/rules/draft/publish").body)}}).leads("/rules")
	for i := range 20 {
		s.titled(fmt.Sprintf("agent%d", i), "Agent")
	}
	c.post("/rules/draft", url.Values{})
	page := c.get("/rules/draft").body
	_, id, _ := strings.Cut(page, `id="rule-`)
	id, _, _ = strings.Cut(id, `"`)
	c.post("/rules/draft/remove", url.Values{"id": {id}}).leads("/rules/draft")
	seen := seenOn(t, c.get("/rules/draft/publish").says("A guard holds this plan", "agent7").body)
	operator := s.client("console_operator")
	operator.post("/rules/draft/publish", url.Values{"seen": {seen}}).says("A guard holds this plan", "console.plans.approve")
	operator.post("/rules/draft/publish", url.Values{"seen": {seen}, "confirm": {"on"}, "approve": {"on"}}).want(http.StatusForbidden)
	c.post("/rules/draft/publish", url.Values{"seen": {seen}, "confirm": {"on"}}).want(http.StatusConflict).says("A guard holds this plan")
	c.post("/rules/draft/publish", url.Values{"seen": {seen}, "confirm": {"on"}, "approve": {"on"}}).leads("/rules")
	c.get("/rules").says("There are no rules yet")
}

// titled makes somebody by hand who has a title.
func (s *site) titled(name, title string) {
	s.t.Helper()
	in := provision.NewPerson{Attributes: directory.Attributes{
		"userName": name, "displayName": name, "title": title, "name": map[string]any{"givenName": name, "familyName": title},
		"emails": []any{map[string]any{"value": name + "@example.com", "type": "work", "primary": true}},
	}}
	if _, err := s.engine.CreatePerson(s.t.Context(), s.actor(), in, provision.PersonOptions{}); err != nil {
		s.t.Fatal(err)
	}
}
