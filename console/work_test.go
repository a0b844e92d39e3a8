package console_test

import (
	"net/http"
	"net/url"
	"testing"
)

// planner is a role of a tenant with campaigns whose holder manages all of them.
const planner = `settings: {roles.model: "profiles,custom"}
roles:
  - key: planner
    name: Planner
    permissions: [console.tenant.read, console.tenant.manage, {key: users.view, scope: all}, {key: campaigns.manage, scope: all}, {key: queues.manage, scope: all}, {key: strategies.manage, scope: all}]
`

// Rows 004-05 … 004-08, C-11: campaigns, queues, strategies and companies are made, changed and deleted.
func TestRow004_06CampaignsAndQueuesAreMadeInTheConsole(t *testing.T) {
	s := open(t, "campaign-contact-centre", planner+"profiles:\n  - {name: Sales, role: agent, icon: phone}\n")
	p := s.browser("planner")
	p.Open(s.base + "/work")
	p.Wait("Nothing here yet")
	p.Accessible()
	p.Click("Companies")
	p.Click("Create company")
	p.Accessible()
	p.Fill("Name", "Acme Perú")
	p.Click("Create")
	p.Wait(`"Acme Perú" was created.`)
	p.Accessible()
	for _, x := range []struct{ many, create string }{{"Campaigns", "Create campaign"}, {"Queues", "Create queue"}, {"Strategies", "Create strategy"}} {
		p.Click(x.many)
		p.Click(x.create)
		p.Accessible()
		p.Fill("Name", "Spring")
		p.Select("Company", "Acme Perú")
		p.Click("Create")
		p.Wait(`"Spring" was created.`)
		p.In("tr", "Spring").Wait("Acme Perú")
	}
	p.Click("Campaigns")
	p.Accessible()
	p.Screenshot("work")
	s.person("ana", "Ana", "Prado", "campaign", "Spring", "profile", "Sales")
	p.Click("Spring")
	p.Fill("Name", "Summer")
	p.Click("Save")
	p.Wait(`"Summer" was saved.`)
	p.Click("Summer")
	p.Accessible()
	p.Screenshot("work-form")
	p.Click("Delete")
	p.Wait("which 1 person is in")
	p.Accessible()
	p.Click("Confirm and do it")
	p.Wait(`"Summer" was deleted.`)
	p.Wait("Nothing here yet")
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Open(s.base + "/work/queues")
	p.Accessible()
	p.Screenshot("work-phone")
}

func TestWorkThatIsWrongIsShownAgain(t *testing.T) {
	s := open(t, "campaign-contact-centre", planner+"campaigns:\n  - name: Spring\n")
	c := s.client("planner")
	c.get("/work").leads("/work/campaigns")
	c.get("/work/odd").want(http.StatusNotFound)
	c.get("/work/odd/new").want(http.StatusNotFound)
	c.get("/work/queues/nothing").want(http.StatusNotFound)
	c.get("/work/queues/nothing/delete").want(http.StatusNotFound)
	c.post("/work/odd/new", url.Values{"name": {"X"}}).want(http.StatusNotFound)
	c.post("/work/campaigns/new", url.Values{"description": {"kept"}}).want(http.StatusUnprocessableEntity).says(`id="f-name-fault"`, "kept")
	c.post("/work/campaigns/new", url.Values{"name": {"spring"}}).want(http.StatusConflict).says(`id="f-name-fault"`, `value="spring"`)
	c.post("/work/campaigns/new", url.Values{"name": {longText(201)}}).want(http.StatusUnprocessableEntity).says("At most 200 characters.")
	c.post("/work/queues/new", url.Values{"name": {"In"}, "company": {"nothing"}}).says(`role="alert"`)
	c.get("/work/campaigns/Spring").says("manifest owns this").hides("Save")
	c.post("/work/campaigns/Spring", url.Values{"name": {"Autumn"}}).want(http.StatusForbidden).says("Somebody else owns this")
	c.get("/work/queues", "Accept-Language", "es").says("Colas", "Crear cola")
	c.get("/work/queues", "Accept-Language", "pt-BR").says("Filas", "Criar fila")

	viewer := s.client("console_viewer")
	viewer.get("/work/campaigns").want(http.StatusOK).hides("/new")
	viewer.get("/work/campaigns/Spring").want(http.StatusOK).says("not change it here")
	viewer.post("/work/campaigns/new", url.Values{"name": {"X"}}).want(http.StatusForbidden)
	owner := s.client("console_owner") // may manage companies, and no campaigns
	owner.get("/work/campaigns/new").want(http.StatusForbidden).says("campaigns.manage")
	owner.post("/work/campaigns/new", url.Values{"name": {"X"}}).want(http.StatusForbidden).says("campaigns.manage")
}
