package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// directoryOf is the part of a manifest with a directory that provides people, a rule for its group, and what people are
// put to.
const directoryOf = `connections:
  - {name: okta, kind: scim, dialect: okta}
  - {name: crm, kind: scim}
agent_groups: [{name: Support, channels: [chat, voice]}, Billing]
campaigns: [Spring]
mapping:
  rules:
    - {name: leads, connection: okta, group: Leads, roles: [supervisor], agent_groups: [{name: Support, kind: supervisor}]}
    - {name: nobody, connection: okta, when: 'title eq "Nobody"', roles: [agent]}
`

// provided is somebody whom the connection okta provides, in the directory's group Leads.
func (s *site) provided(name, display string) string {
	s.t.Helper()
	okta := s.connection("okta")
	actor := directory.Actor{Tenant: s.tenant, Kind: directory.ActorConnection, ID: okta, Connection: okta}
	x, err := s.engine.CreateUser(s.t.Context(), actor, directory.Account{ExternalID: "00u-" + name, Attributes: directory.Attributes{
		"userName": name + "@example.com", "displayName": display, "active": true, "title": "Team lead",
		"emails": []any{map[string]any{"value": name + "@example.com", "type": "work", "primary": true}},
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.engine.CreateGroup(s.t.Context(), actor, directory.Group{DisplayName: "Leads", ExternalID: "leads"}, []directory.Member{{ID: x.ID, Kind: directory.UserMember}}); err != nil {
		s.t.Fatal(err)
	}
	return x.ID
}

// signedIn is a session of somebody, as a provider would have begun it.
func (s *site) signedIn(person, agent string) string {
	s.t.Helper()
	id := store.NewShortID()
	err := s.db.Write(s.t.Context(), s.tenant, func(tx *store.Tx) error {
		tx.PutIdentity(directory.Identity{Person: person, Connection: s.connection("okta"), Issuer: "https://id.example.com", Subject: "subject-" + person})
		tx.InsertSession(directory.Session{
			ID: id, Person: person, Connection: s.connection("okta"), UserAgent: agent, Address: "192.0.2.8",
			CreatedAt: tx.Now(), SeenAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Hour),
		}, []byte("the hash of "+id))
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// Rows 001-01, 002-02, 003-15, 004-30: somebody's data is shown with who owns it, and changed where it is this organisation's.
func TestRow003_15SomebodyIsShownAndChanged(t *testing.T) {
	s := open(t, "", directoryOf)
	id := s.person("ana", "Ana", "Prado", "role", "agent")
	p := s.browser("console_owner")
	p.Open(s.base + "/people/" + id)
	p.Wait("Ana Prado")
	p.Accessible()
	p.Screenshot("person-overview")
	p.Fill("Position", "Lead")
	p.Fill("First name", "Anita")
	p.Click("Save changes")
	p.Wait("The changes of Ana Prado were saved.")
	if got := p.Value("Position") + p.Value("First name") + p.Value("Last name"); got != "LeadAnitaPrado" {
		t.Errorf("the form has %q", got)
	}
	p.Click("Save changes")
	p.Wait("Nothing was changed.")
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Accessible()
	p.Screenshot("person-overview-phone")
}

// A name in any script, and one that would be markup, are shown as they are (row 004-49: so are ids).
func TestSomebodysNameIsText(t *testing.T) {
	s := open(t, "", directoryOf)
	c := s.client("console_owner")
	const script = "<script>alert(1)</script>"
	id := s.person("eve", script, script, "role", "agent")
	for _, tab := range []string{"", "/rights", "/permissions", "/presence", "/sessions", "/history"} {
		c.get("/people/" + id + tab).want(http.StatusOK).says("&lt;script&gt;alert(1)&lt;/script&gt;").hides(script)
	}
	long := strings.Repeat("عبد الرحمن ", 12)
	id = s.provided("abdul", long+"山田太郎")
	p := s.browser("console_owner")
	p.Viewport(390, 800)
	for _, tab := range []string{"", "/rights", "/permissions", "/presence", "/sessions", "/history"} {
		p.Open(s.base + "/people/" + id + tab)
		p.Wait("山田太郎")
		p.Accessible()
		p.Screenshot("person-arabic" + strings.ReplaceAll(tab, "/", "-"))
	}
}

// Rows C-05, C-06, 000-08, 004-31: what cannot be changed says who owns it.
func TestRow000_08FieldsSayWhoOwnsThem(t *testing.T) {
	s := open(t, "", directoryOf)
	c := s.client("console_owner")
	id := s.provided("leo", "Leo Lead")
	c.get("/people/"+id).want(http.StatusOK).says("The connection okta owns this. Change it there.", "00u-leo", "okta")
	if r := c.post("/people/"+id, url.Values{"title": {"Boss"}, "was_title": {"Team lead"}}); r.status != http.StatusForbidden {
		t.Errorf("what a directory owns: %d", r.status)
	} else {
		r.says("okta", `role="alert"`, "Boss")
	}
	c.post("/people/"+id, url.Values{"nickname": {"Leo"}, "was_nickname": {""}}).leads("/people/" + id)
	c.get("/people/"+id).says("It was entered here and is kept until a directory states it.", "nickName")

	s = open(t, "conversations-basic", "")
	ana := s.person("ana", "Ana", "Prado", "role", "agent")
	s.client("console_owner").get("/people/" + ana).says("The e-mail address stays as it was at creation.")
	r := s.client("console_owner").post("/people/"+ana, url.Values{"email": {"x@example.com"}, "was_email": {"ana@example.com"}})
	r.want(http.StatusUnprocessableEntity).says("This cannot be changed", "x@example.com")

	s = open(t, "campaign-contact-centre", "profiles: [{name: Night desk, role: agent, icon: phone, modules: [module.crm]}]\n")
	ana = s.person("ana", "Ana", "Prado", "profile", "Night desk")
	s.client("console_owner").get("/people/" + ana).says("Personal data belongs to the user.").hides("Save changes")
}

// What is wrong with an address is a page that says so, and what is not allowed is refused by the API.
func TestSomebodyWhoIsNotThereAndWhoMayNot(t *testing.T) {
	s := open(t, "", directoryOf)
	id := s.person("ana", "Ana", "Prado", "role", "agent")
	c := s.client("console_owner")
	for _, tab := range []string{"", "/rights", "/permissions", "/presence", "/sessions", "/history", "/make-owner"} {
		c.get("/people/nobody" + tab).want(http.StatusNotFound).says("There is no such page")
	}
	c.get("/people/ana").want(http.StatusOK).says("Ana Prado") // as the API understands people
	c.get("/people/" + id + "/sessions?cursor=x").want(http.StatusUnprocessableEntity)
	c.get("/people/" + id + "/history?cursor=x").want(http.StatusUnprocessableEntity)
	for _, path := range []string{"/holds", "/rights/take", "/holds/x/release"} { // of forms, which somebody comes to anew
		c.get("/people/" + id + path).leads("/people/" + id + "/rights")
	}
	c.get("/people/" + id + "/absences/x/end").leads("/people/" + id + "/presence")
	c.get("/sessions/end").leads("/sessions")
	viewer := s.client("console_viewer")
	for _, tab := range []string{"", "/rights", "/permissions", "/presence", "/sessions"} {
		r := viewer.get("/people/" + id + tab).want(http.StatusOK)
		main := r.body[strings.Index(r.body, "<main"):]
		if strings.Contains(main, `method="post"`) {
			t.Errorf("%s: who may change nothing has a form", tab)
		}
	}
	viewer.get("/people/" + id + "/history").want(http.StatusForbidden)
	for _, path := range []string{
		"", "/rights", "/rights/take", "/holds", "/holds/x/release", "/status", "/absences", "/absences/x/end", "/sessions/end", "/identities/forget",
		"/history/undo", "/make-owner",
	} {
		viewer.post("/people/"+id+path, url.Values{"confirm": {"on"}}).want(http.StatusForbidden)
	}
	viewer.post("/sessions/end", url.Values{"session": {"x"}}).want(http.StatusForbidden)
}

// The words are those of each language.
func TestSomebodyInEachLanguage(t *testing.T) {
	s := open(t, "", directoryOf)
	id := s.person("ana", "Ana", "Prado", "role", "agent")
	c := s.client("console_owner")
	for path, words := range map[string][2]string{
		"":             {"Apellidos", "Sobrenome"},
		"/rights":      {"Otorgado manualmente por ann@example.com", "Concedido manualmente por ann@example.com"},
		"/permissions": {"Lo da el rol Agent", "O perfil de acesso Atendente a concede"},
		"/presence":    {"Agregar ausencia", "Adicionar ausência"},
		"/sessions":    {"Nadie tiene sesión iniciada", "Ninguém está conectado"},
		"/history":     {"Lo que se hizo", "O que foi feito"},
	} {
		c.get("/people/"+id+path, "Accept-Language", "es-PE").says(words[0], `lang="es"`)
		c.get("/people/"+id+path, "Accept-Language", "pt-BR").says(words[1], `lang="pt-BR"`)
	}
}
