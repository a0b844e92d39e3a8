package console_test

import (
	"net/http"
	"net/url"
	"testing"
)

// Rows 001-31 … 001-33, 002-21, 002-28: a group is made with its people, and changed, by hand; who receives is told with why not.
func TestRow001_33AgentGroupsAreMadeInTheConsole(t *testing.T) {
	s := open(t, "whatsapp-team", "")
	s.person("ana", "Ana", "Prado", "role", "attendant")
	s.person("bruno", "Bruno", "Lima", "role", "attendant")
	p := s.browser("administrator")
	p.Open(s.base + "/agent-groups")
	p.Wait("No agent groups yet")
	p.Accessible()
	p.Click("Create agent group")
	p.Accessible()
	p.Screenshot("groups-new")
	p.Fill("Name", "Support")
	p.Select("Its members see", "those of the group")
	p.Fill("Channels", "chat, voice")
	p.Check("Ana Prado ana · 1", true)
	p.Click("Create")
	p.Wait(`The agent group "Support" was created.`)
	p.In("tr", "Ana Prado").Wait("added by hand")
	p.Fill("Name, e-mail or ID", "bru")
	p.Click("Search")
	p.Wait("Whom to add")
	p.Check("Bruno Lima bruno · 2", true)
	p.Select("Belongs as", "supervisor")
	p.Accessible()
	p.Screenshot("groups-add")
	p.Click("Add to the group")
	p.Wait(`1 person was added to "Support".`)
	p.In("tr", "Bruno Lima").Wait("supervisor")
	p.Accessible()
	p.Screenshot("groups-members")
	p.Click("Who receives")
	p.In("tr", "bruno").Wait("Not in the group as user")
	p.Accessible()
	p.Screenshot("groups-eligibility")
	p.Select("Channel", "voice")
	p.Click("Filter")
	p.In("tr", "ana").Wait("No extension for calls")
	p.In("main", "").Click("Settings")
	p.Wait("Automatic distribution")
	p.Accessible()
	p.Screenshot("groups-edit")
	p.Check("Automatic distribution", false)
	p.Check("Default group", true)
	p.Click("Save")
	p.Wait(`The agent group "Support" was saved.`)
	p.Click("Who receives")
	p.In("tr", "ana").Wait("The group distributes nothing here")
	p.Click("Members")
	p.Click("Remove Ana Prado")
	p.Wait(`The person was removed from "Support".`)
	p.WaitGone("Ana Prado")
	p.Open(s.base + "/agent-groups")
	p.In("tr", "Support").Wait("default")
	p.Accessible()
	p.Screenshot("groups")
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Click("Support")
	p.Accessible()
	p.Screenshot("groups-phone")
	p.Click("Archive group")
	p.Wait("which 1 person is in")
	p.Accessible()
	p.Screenshot("groups-archive")
	p.Click("Confirm and do it")
	p.Wait(`The agent group "Support" was archived.`)
	p.Wait("1 archived group")
}

// What is wrong with a group is said beside its field; what a rule gives is marked, and a rule's member is not removed here.
func TestAgentGroupsThatAreWrongAreShownAgain(t *testing.T) {
	s := open(t, "whatsapp-team", "agent_groups:\n  - name: Sales\n")
	ana := s.person("ana", "Ana", "Prado", "role", "attendant")
	c := s.client("console_owner")
	for name, x := range map[string]struct {
		form url.Values
		want []string
	}{
		"no name":       {url.Values{}, []string{`id="f-name-fault"`}},
		"a taken name":  {url.Values{"name": {"sales"}, "visibility": {"team"}}, []string{`id="f-name-fault"`, `value="sales"`}},
		"visibility":    {url.Values{"name": {"Odd"}, "visibility": {"odd"}}, []string{`id="f-visibility-fault"`}},
		"channel twice": {url.Values{"name": {"Odd"}, "visibility": {"team"}, "channels": {"chat chat"}}, []string{"stands twice", `value="chat chat"`}},
		"company":       {url.Values{"name": {"Odd"}, "visibility": {"team"}, "company": {"nothing"}}, []string{`role="alert"`}},
		"braces":        {url.Values{"name": {"{team}"}, "visibility": {"team"}}, []string{`role="alert"`}},
	} {
		r := c.post("/agent-groups/new", x.form)
		if r.status < 400 || r.status >= 500 {
			t.Errorf("%s: status %d", name, r.status)
		}
		r.says(x.want...)
	}
	sales := s.groupNamed("Sales")
	c.get("/agent-groups/" + sales).want(http.StatusOK).hides("Archive group")
	c.get("/agent-groups/"+sales+"/edit").says("manifest owns this", "Take over from the manifest")
	c.post("/agent-groups/"+sales+"/edit", url.Values{"name": {"Sells"}}).want(http.StatusForbidden).says("Somebody else owns this")
	c.get("/agent-groups/" + sales + "/delete").want(http.StatusForbidden)
	for _, path := range []string{"/agent-groups/nothing", "/agent-groups/nothing/edit", "/agent-groups/nothing/delete", "/agent-groups/nothing/eligibility"} {
		c.get(path).want(http.StatusNotFound)
	}
	c.get("/agent-groups/" + sales + "?cursor=odd").want(http.StatusUnprocessableEntity)
	c.get("/agent-groups/" + sales + "?who=" + url.QueryEscape("%_\"'")).want(http.StatusOK).says("Nobody was found.")
	c.get("/agent-groups/" + sales + "/eligibility?channel=odd").want(http.StatusOK)
	members := "/agent-groups/" + sales + "/members"
	c.post(members, nil).want(http.StatusUnprocessableEntity).says("Choose at least one person.")
	c.post(members, url.Values{"people": {"nobody"}}).want(http.StatusNotFound)
	c.post(members+"?who=ana", url.Values{"people": {ana}, "kind": {"king"}}).want(http.StatusUnprocessableEntity).says(`id="f-kind-fault"`)
	c.post(members, url.Values{"people": {ana}, "kind": {"both"}}).leads("/agent-groups/" + sales)
	c.get("/agent-groups/" + sales).says("user and supervisor")
	c.post(members, url.Values{"people": {ana}, "kind": {"user"}}).leads("/agent-groups/" + sales)
	c.get("/agent-groups/" + sales).hides("<td>user and supervisor</td>")
	c.post(members+"/remove", url.Values{"person": {"nobody"}}).want(http.StatusNotFound)

	c.get("/agent-groups", "Accept-Language", "es").says("Grupos de agentes", "Crear grupo de agentes")
	c.get("/agent-groups", "Accept-Language", "pt-BR").says("<h1>Equipes</h1>", "Criar equipe")
	viewer := s.client("console_viewer")
	viewer.get("/agent-groups/"+sales).says("Ana Prado").hides("Remove", "Add people")
	viewer.post(members, url.Values{"people": {ana}}).want(http.StatusForbidden).says("groups.members.manage")
	viewer.post("/agent-groups/new", url.Values{"name": {"X"}}).want(http.StatusForbidden).says("groups.manage")
}

// Members by a rule are marked as such.
func TestRow002_21MembersByARuleAreMarked(t *testing.T) {
	s := open(t, "whatsapp-team", "agent_groups:\n  - name: Sales\nmapping:\n  rules:\n    - name: everybody sells\n      when: 'userName pr'\n      agent_groups: [{name: Sales, kind: supervisor}]\n")
	s.person("ana", "Ana", "Prado", "role", "attendant")
	s.client("console_owner").get("/agent-groups/"+s.groupNamed("Sales")).says("rule: everybody sells", "A rule gives it").hides("Remove Ana")
}

// C-10, C-11: where people belong to groups in one way, or there are no agent groups, the pages say so.
func TestRowC_11WithoutAgentGroupsThePageLeadsToTheWork(t *testing.T) {
	s := open(t, "campaign-contact-centre", "")
	s.client("administrator").get("/agent-groups").want(http.StatusOK).says("This organisation has no agent groups", "/work/campaigns").hides("/agent-groups/new")
	s = open(t, "commerce-chat", "agent_groups:\n  - name: Sales\n")
	s.person("ana", "Ana", "Prado", "role", "conversation_agent")
	s.client("administrator").get("/agent-groups/" + s.groupNamed("Sales") + "?who=ana").says("Whom to add").hides(`name="kind"`)
}

// groupNamed is the id of an agent group.
func (s *site) groupNamed(name string) string {
	s.t.Helper()
	c, err := s.db.Reader(s.tenant).Configuration(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, g := range c.AgentGroups {
		if g.Name == name {
			return g.ID
		}
	}
	s.t.Fatalf("there is no agent group %q", name)
	return ""
}
