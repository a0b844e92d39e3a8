package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/console/browsertest"
)

// campaigns is a tenant of the fourth platform with profiles and work.
const campaignWork = `
profiles:
  - {name: Seller, role: agent, icon: headset}
  - {name: Coordinator, role: administrator, icon: shield}
campaigns: [Spring]
queues: [Billing]
companies: [Acme Brazil]
`

// Rows 004-47 … 004-51, 004-22 and C-15: who is there is found by name and e-mail, narrowed by profile and state, told apart
// by the ID, and shown with profile, extension, state, company and campaigns.
func TestRow004_47To51TheListOfPeople(t *testing.T) {
	t.Log("rows 004-22, 004-47, 004-48, 004-49, 004-50, 004-51, 004-53, 004-55, 004-59, 004-60")
	s := open(t, "campaign-contact-centre", campaignWork)
	first := s.person("ana1", "Ana", "Prado", "profile", "Seller", "campaign", "Spring", "company", "Acme Brazil")
	s.person("ana2", "Ana", "Prado", "profile", "Seller")
	s.person("bea", "Bea", "Ruiz", "profile", "Coordinator", "queue", "Billing")
	p := s.browser("console_owner")
	p.Open(s.base + "/people")
	p.Accessible()
	p.Screenshot("people")
	for _, text := range []string{"3 users", "Acme Brazil", "Spring", "Billing", "Seller", "Coordinator", "Pending"} {
		if !p.Shows(text) {
			t.Errorf("the list does not show %q:\n%s", text, p.Text())
		}
	}
	if n := browsertest.Evaluate[int](p, `document.querySelectorAll("tbody .icon-agent").length*10 + document.querySelectorAll("tbody .icon-admin").length`); n != 21 {
		t.Errorf("agents' and administrators' icons: %d", n)
	}
	ids := browsertest.Evaluate[string](p, `[...document.querySelectorAll("tbody td.id")].map(e => e.textContent).join()`)
	if list := strings.Split(ids, ","); len(list) != 3 || list[0] == list[1] {
		t.Errorf("IDs %q", ids)
	}
	// It follows as one types.
	p.Fill("Search by name or e-mail", "bea@exam")
	p.Wait("1 user")
	p.WaitGone("Ana Prado")
	p.Fill("Search by name or e-mail", "xyz")
	p.Wait("Nobody was found")
	p.Accessible()
	p.Screenshot("people-nobody-found")
	p.Fill("Search by name or e-mail", "")
	p.Wait("3 users")
	p.Select("Profile", "Seller")
	p.Wait("2 users")
	p.WaitGone("Bea Ruiz")
	p.Click("Clear filters")
	// Sorted the other way round.
	p.ClickRole("link", "User")
	if got := browsertest.Evaluate[string](p, `document.querySelector("th[aria-sort=descending]").textContent.trim()`); !strings.HasPrefix(got, "User") {
		t.Errorf("sorted by %q", got)
	}
	if got := browsertest.Evaluate[string](p, `document.querySelector("tbody th a").textContent`); got != "Bea Ruiz" {
		t.Errorf("%q is first", got)
	}
	// Rows 004-51 … 004-56: inactivated after a look at what it means, and active again.
	p.Open(s.base + "/people?search=ana1")
	p.Click("Inactivate Ana Prado")
	p.Accessible()
	p.Screenshot("people-suspend")
	for _, text := range []string{"strategies, queues, campaigns", "next invoice", "Spring", "signed out at once"} {
		p.Wait(text)
	}
	p.Fill("Reason", "on leave")
	p.Click("Inactivate")
	p.Wait("Ana Prado is inactive now.")
	p.WaitGone("ana1@example.com")
	if v, err := s.engine.View(t.Context(), s.tenant, first); err != nil || v.State != "suspended" || len(v.Holds) != 1 || v.Holds[0].Reason != "on leave" {
		t.Errorf("%v %+v", err, v.Holds)
	}
	p.Open(s.base + "/people?state=suspended")
	p.Click("Activate Ana Prado")
	p.Accessible()
	p.Click("Activate")
	p.Wait("Ana Prado is active again.")
	p.Open(s.base + "/people?search=ana1")
	p.Click("Delete Ana Prado")
	p.Accessible()
	p.Screenshot("people-delete")
	p.Click("Delete")
	p.Wait("Ana Prado was deleted.")
	p.Open(s.base + "/people?state=deprovisioned")
	p.Wait("ana1")
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Open(s.base + "/people")
	p.Accessible()
	p.Screenshot("people-phone-dark")
}

// Nobody yet: the page says how people come.
func TestTheListOfNobodySaysHowPeopleCome(t *testing.T) {
	s := open(t, "conversations-basic", "")
	c := s.client("console_owner")
	c.get("/people").want(200).says("There is nobody yet", `href="/connections"`, `href="/people/new"`).hides("<table")
	c.get("/people", "Accept-Language", "es").want(200).says("Aún no hay nadie", "Listado de usuarios")
	c.get("/people", "Accept-Language", "pt-BR").want(200).says("Ainda não há ninguém", "Novo usuário")
	s.client("console_viewer").get("/people").want(200).hides(`href="/people/new"`)
}

// What a filter names and is not there, states and orders that do not exist, and places of another list are told on the page.
func TestOddQuestionsOfTheListAreTold(t *testing.T) {
	s := open(t, "conversations-basic", "agent_groups: [Support]\n")
	s.person("ana", "Ana", "Prado", "role", "agent")
	c := s.client("console_owner")
	for _, q := range []string{
		"role=nothing", "profile=nothing", "agent_group=nothing", "campaign=nothing", "connection=nothing", "status=nothing", "state=asleep", "seat=mine", "sort=colour", "order=up",
		"cursor=x", "search=" + strings.Repeat("a+", 20), "search=" + strings.Repeat("a", 300),
	} {
		r := c.get("/people?" + q)
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", q, r.status)
		}
		r.says("The list cannot be shown like this", `role="alert"`, "Show the whole list").hides("Ana Prado")
	}
	c.get("/people?unknown=1&search=+ana+").want(200).says("Ana Prado")
	c.get("/people?agent_group=Support").want(200).says("Nobody was found")
	c.get("/people?search=%3Cscript%3E").want(200).hides("<script>").says("&lt;script&gt;")
}

// Pages follow one another, and without the script the form is a form.
func TestTheListHasPagesAndWorksWithoutTheScript(t *testing.T) {
	s := open(t, "conversations-basic", "")
	for i := range 53 {
		s.person(numbered(i), "Person", numbered(i), "role", "agent")
	}
	p := s.browser("console_owner")
	p.JavaScript(false)
	p.Open(s.base + "/people?role=agent")
	p.Wait("53 users")
	p.Click("Next page")
	p.Wait("53 users")
	if rows := browsertest.Evaluate[int](p, `document.querySelectorAll("tbody tr").length`); rows != 3 {
		t.Errorf("%d rows on the second page", rows)
	}
	p.Click("First page")
	p.Fill("Search by name or e-mail", numbered(7))
	p.Click("Filter")
	p.Wait("1 user")
	if got := p.Location(); !strings.Contains(got, "role=agent") || !strings.Contains(got, "search="+numbered(7)) {
		t.Errorf("%s", got)
	}
}

func numbered(i int) string { return "p" + string(rune('a'+i/26)) + string(rune('a'+i%26)) }

// Row 004-61: the list is downloaded as it is filtered, with everybody's ID, for spreadsheets.
func TestRow004_61TheListIsDownloaded(t *testing.T) {
	t.Log("rows 004-61")
	s := open(t, "campaign-contact-centre", campaignWork)
	ana := s.person("ana", "=HYPERLINK(1)", "Prado", "profile", "Seller")
	bea := s.person("bea", "Bea", "Ruiz", "profile", "Coordinator")
	c := s.client("console_owner")
	c.get("/people?profile=Seller").says(`href="/people.csv?profile=Seller"`)
	r := c.get("/people.csv?profile=Seller").want(200).says(ana, "'=HYPERLINK(1) Prado").hides(bea)
	if got := r.header.Get("Content-Disposition"); got != `attachment; filename="users.csv"` || !strings.HasPrefix(r.header.Get("Content-Type"), "text/csv") {
		t.Errorf("%q %v", got, r.header)
	}
	c.get("/people.csv?profile=nothing").want(http.StatusNotFound)
	s.client("console_viewer").get("/people.csv").want(http.StatusForbidden).says("users.export")
	s.client("console_viewer").get("/people").want(200).hides("/people.csv")
}

// A viewer is offered nothing to do, and refused where they try; whoever reaches agents sees agents alone.
func TestTheListOffersWhatTheReaderMayDo(t *testing.T) {
	s := open(t, "conversations-basic", `
roles:
  - key: lead
    name: Lead
    permissions:
      - {key: users.view, scope: agents}
      - {key: users.deactivate, scope: agents}
`)
	ana := s.person("ana", "Ana", "Prado", "role", "agent")
	boss := s.person("boss", "Bo", "Secret", "role", "administrator")
	viewer := s.client("console_viewer")
	viewer.get("/people").want(200).says("Ana Prado", "Bo Secret").hides("/suspend", "/delete", `action="/people/bulk"`, `type="checkbox"`)
	for _, path := range []string{"/suspend", "/resume", "/delete"} {
		viewer.post("/people/"+ana+path, url.Values{"confirm": {"on"}}).want(http.StatusForbidden).says("You may not do this")
		viewer.get("/people/" + ana + path).want(http.StatusForbidden)
	}
	viewer.post("/people/bulk", url.Values{"person": {ana}, "do": {"delete"}}).want(http.StatusForbidden)
	viewer.post("/people/new", url.Values{"email": {"x@example.com"}}).want(http.StatusForbidden).says("users.create")
	viewer.get("/people/new").want(http.StatusForbidden)

	lead := s.client("lead")
	lead.get("/people").want(200).says("Ana Prado", "You see the people whom your role reaches.", "/people/"+ana+"/suspend").hides("Bo Secret", `action="/people/bulk"`)
	lead.post("/people/"+boss+"/suspend", url.Values{"confirm": {"on"}}).want(http.StatusNotFound).hides("Secret")
	lead.post("/people/bulk", url.Values{"person": {ana}, "do": {"suspend"}}).want(http.StatusForbidden)
	lead.post("/people/"+ana+"/suspend", url.Values{"confirm": {"on"}, "return": {"/people?state=suspended"}}).leads("/people?state=suspended")
	s.client("console_owner").get("/people/nobody/delete").want(http.StatusNotFound)
	s.client("console_owner").post("/people/"+ana+"/resume", url.Values{"confirm": {"on"}, "return": {"https://example.com/"}}).leads("/people")
	s.client("console_owner").post("/people/"+boss+"/delete", url.Values{"confirm": {"on"}, "reason": {strings.Repeat("x", 600)}}).want(http.StatusUnprocessableEntity).says("Bo Secret", `role="alert"`)
}
