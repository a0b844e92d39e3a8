package console_test

import (
	"net/http"
	"net/url"
	"testing"
)

// Rows 002-02, C-16: who looks at the seats reads how many are left, and whom to ask when none is.
func TestRow002_02SeatsAreSeenAndAgreed(t *testing.T) {
	s := open(t, "whatsapp-team", "")
	s.person("ana", "Ana", "Prado", "role", "attendant")
	p := s.browser("console_owner")
	p.Open(s.base + "/seats")
	p.In("tr", "Users").Wait("nobody more")
	p.Accessible()
	p.Screenshot("seats")
	p.In("tr", "nobody more").Click("Users")
	p.Accessible()
	p.Screenshot("seats-pool")
	p.Fill("Limit", "1")
	p.Fill("Whom to ask for more", "Carla, carla@example.com")
	p.Click("Save")
	p.Wait(`The seat pool "Users" was saved.`)
	p.Wait("No seat is free in \"Users\": nobody else can be added. For more seats: Carla, carla@example.com.")
	p.In("tr", "nobody more").Wait("1")
	p.Accessible()
	p.Screenshot("seats-full")
	p.Click("Create seat pool")
	p.Accessible()
	p.Fill("Key", "stewards")
	p.Fill("Name", "Stewards")
	p.Select("At the limit", "counted and invoiced")
	p.Check("Attendant", true)
	p.Click("Create")
	if p.Shows("Nothing is done yet") { // Ana moves to it
		p.Accessible()
		p.Screenshot("seats-plan")
		p.Click("Confirm and do it")
	}
	p.Wait(`The seat pool "Stewards" was created.`)
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Open(s.base + "/seats")
	p.Accessible()
	p.Screenshot("seats-phone")
	p.Click("Stewards")
	p.Click("Delete seat pool")
	p.Accessible()
	p.Click("Confirm and do it")
	p.Wait(`The seat pool "Stewards" was deleted.`)
}

func TestSeatPoolsThatAreWrongAreShownAgain(t *testing.T) {
	s := open(t, "whatsapp-team", "")
	c := s.client("console_owner")
	c.get("/seats/nothing").want(http.StatusNotFound)
	c.get("/seats/nothing/delete").want(http.StatusNotFound)
	for name, x := range map[string]struct {
		form url.Values
		want string
	}{
		"no key":    {url.Values{"name": {"Agents"}}, `id="f-key-fault"`},
		"no name":   {url.Values{"key": {"agents"}}, `id="f-name-fault"`},
		"taken":     {url.Values{"key": {"users"}, "name": {"Users 2"}}, `id="f-key-fault"`},
		"limit":     {url.Values{"key": {"agents"}, "name": {"Agents"}, "limit": {"many"}}, `id="f-limit-fault"`},
		"below 0":   {url.Values{"key": {"agents"}, "name": {"Agents"}, "limit": {"-1"}}, `id="f-limit-fault"`},
		"a policy":  {url.Values{"key": {"agents"}, "name": {"Agents"}, "policy": {"odd"}}, `id="f-policy-fault"`},
		"a capital": {url.Values{"key": {"AGENTS"}, "name": {"Agents"}}, `role="alert"`},
		"a role":    {url.Values{"key": {"agents"}, "name": {"Agents"}, "roles": {"nothing"}}, `role="alert"`},
	} {
		r := c.post("/seats/new", x.form)
		if r.status < 400 || r.status >= 500 {
			t.Errorf("%s: status %d", name, r.status)
		}
		r.says(x.want)
	}
	c.get("/seats", "Accept-Language", "es").says("Licencias", "A quién pedir más")
	c.get("/seats", "Accept-Language", "pt-BR").says("Licenças", "A quem pedir mais")
	viewer := s.client("console_viewer")
	viewer.get("/seats").want(http.StatusOK).hides("/seats/new")
	viewer.post("/seats/users", url.Values{"name": {"Users"}, "limit": {"99"}}).want(http.StatusForbidden).says("console.seats.manage")
	s.client("console_help_desk").get("/seats").want(http.StatusForbidden)
}
