package console_test

import (
	"testing"
	"time"

	"rollcall/console/browsertest"
)

const twoConnections = `
connections:
  - {name: okta, kind: scim, dialect: okta}
seat_pools:
  - {key: users, name: Users, policy: hard_cap, limit: 10}
`

// The dashboard tells people by state, seats, what was done over time, how connections are, and what needs attention; on a
// phone, in the dark and in each language too.
func TestDashboard(t *testing.T) {
	s := open(t, "whatsapp-team", "")
	ana := s.person("ana", "Ana", "Prado", "role", "attendant")
	s.person("bia", "Bia", "Souza", "role", "attendant")
	if _, err := s.engine.Suspend(t.Context(), s.actor(), ana, provisionNothing); err != nil {
		t.Fatal(err)
	}
	s.sequence()
	p := s.browser("console_owner")
	p.Wait("Dashboard")
	p.Wait("No directory is connected yet")
	if got, want := browsertest.Evaluate[string](p, `[...document.querySelectorAll(".cards .card:has(> a)")].map((e) => e.innerText.replace(/\s+/g, " ")).join(", ")`),
		"Active 1, Pending 0, Inactive 1, Deleted 0"; got != want {
		t.Errorf("people by state: %q, want %q", got, want)
	}
	p.Wait("People created, changed and gone in the last 30 days")
	p.Click("The numbers as a table")
	p.Wait(time.Now().UTC().Format(time.DateOnly))
	p.Accessible()
	p.Screenshot("dashboard")
	p.Prefer("dark")
	p.Accessible()
	p.Screenshot("dashboard-dark")
	p.Prefer("light")
	p.Viewport(390, 800)
	p.Reload()
	p.Wait("Dashboard")
	p.Accessible()
	p.Screenshot("dashboard-phone")
}

// A connection that waits for its first request, and what to do about it, stands on the dashboard.
func TestDashboardTellsWhatNeedsAttention(t *testing.T) {
	s := open(t, "", twoConnections)
	r := s.client("console_owner").get("/").want(200)
	r.says("okta", "Not used yet", "What needs attention", "rollcall token create --tenant acme --connection okta")
}

// Whoever may see nothing of the dashboard comes to their own account, and is told so.
func TestWhoHasNoPermissionSeesTheirAccount(t *testing.T) {
	s := open(t, "", `
roles:
  - {key: nobody, name: Nobody}
`)
	c := s.client("nobody")
	c.get("/").leads("/account")
	c.get("/account").want(200).says("You have no permission here.").hides(`href="/people"`, `href="/settings"`)
	c.get("/statuses").want(403)
}

// Each of the languages is whole, by what the browser asks for and by choice; the choice stays.
func TestLanguages(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	for accept, words := range map[string][]string{
		"es-PE,es;q=0.9": {`lang="es"`, "Equipo de trabajo", "Usuarios", "Cerrar sesión"},
		"pt-BR":          {`lang="pt-BR"`, "Equipe", "Usuários", "Ajustes"},
		"de":             {`lang="en"`, "Sign out"},
	} {
		c.get("/", "Accept-Language", accept).want(200).says(words...)
	}
	p := s.browser("console_owner")
	p.Click("cli:ann@example.com")
	p.Select("Language", "Português")
	p.Click("Change language")
	p.Wait("Painel")
	p.Accessible()
	p.Screenshot("dashboard-pt")
	p.Reload()
	p.Wait("Painel")
}

// Times are written in the reader's zone.
func TestTimesAreInTheReadersZone(t *testing.T) {
	s := open(t, "", "")
	p := browsertest.Start(t)
	p.Zone("America/Lima")
	p.Open(s.link("console_owner"))
	p.Click("Sign in")
	p.Open(s.base + "/account")
	p.Wait("America/Lima")
}

// With the keyboard alone one skips to the content, and opens and closes the menu.
func TestTheKeyboardIsEnough(t *testing.T) {
	s := open(t, "", "")
	p := s.browser("console_owner")
	p.Press("Tab")
	if role, name := p.Focused(); role != "link" || name != "Skip to the content" {
		t.Errorf("first comes %s %q", role, name)
	}
	p.Press("Enter", "Tab")
	if role, name := p.Focused(); name == "Rollcall" {
		t.Errorf("after the skip comes %s %q", role, name)
	}
	p.Open(s.base + "/account")
	p.Press("Tab", "Tab", "Tab", "Enter")
	p.Wait("Sign out")
	p.Press("Tab", "Escape")
	if _, name := p.Focused(); name != "cli:ann@example.com" {
		t.Errorf("Escape leads to %q", name)
	}
}

// sequence gives everything that was done its place in the ledger.
func (s *site) sequence() {
	s.t.Helper()
	for {
		n, err := s.db.Sequence(s.t.Context(), s.tenant)
		if err != nil {
			s.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}
