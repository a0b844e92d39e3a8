package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rollcall/console/browsertest"
	"rollcall/provision"
)

// find returns the one person whom a search finds.
func (s *site) find(search string) provision.View {
	s.t.Helper()
	p, err := s.engine.List(s.t.Context(), s.tenant, provision.PeopleQuery{Search: search})
	if err != nil || len(p.People) != 1 {
		s.t.Fatalf("%s: %v, %d people", search, err, len(p.People))
	}
	return p.People[0]
}

// starred are the labels with a star.
func starred(p *browsertest.Page) string {
	return browsertest.Evaluate[string](p, `[...document.querySelectorAll("form.wide .star")].map(e => e.parentElement.firstChild.textContent.trim()).join()`)
}

// Rows 000-05 … 000-13: e-mail, one role, a first status and several agent groups; and 000-07, the address is nobody else's.
func TestRow000_05To13SomebodyIsCreated(t *testing.T) {
	t.Log("rows 000-05, 000-06, 000-07, 000-09, 000-10, 000-11, 000-12, 000-13")
	s := open(t, "conversations-basic", "agent_groups: [Support, Billing, Sales]\n")
	p := s.browser("console_owner")
	p.Open(s.base + "/people")
	p.In(".title", "Users").Click("Create user")
	p.Wait("Fields marked * are mandatory.")
	p.Accessible()
	p.Screenshot("people-new-000")
	if got := starred(p); got != "E-mail address,Role" {
		t.Errorf("mandatory: %q", got)
	}
	if got := browsertest.Evaluate[string](p, `document.querySelector("#f-status").selectedOptions[0].textContent`); got != "Offline" {
		t.Errorf("the first status is %q", got)
	}
	if got := browsertest.Evaluate[string](p, `[...document.querySelector("#f-roles").options].map(o => o.textContent).join()`); got != "Choose one,Agent,Supervisor,Administrator" {
		t.Errorf("roles %q", got)
	}
	p.Fill("Name", "Ana Prado")
	p.Fill("E-mail address", "ana@example.com")
	p.Select("Role", "Agent")
	p.Select("First status", "Online")
	p.Check("Support", true)
	p.Check("Sales", true)
	p.Click("Create user")
	p.Wait("Ana Prado was created, with the ID 1.")
	p.Wait("ana@example.com")
	p.Accessible()
	v := s.find("ana@example.com")
	if len(v.Roles) != 1 || v.Roles[0].Key != "agent" || *v.Status != "online" || len(v.AgentGroups) != 2 {
		t.Errorf("%+v", v)
	}
	p.Open(s.base + "/people/new")
	p.Fill("Name", "Another Ana")
	p.Fill("E-mail address", "ANA@example.com")
	p.Select("Role", "Supervisor")
	p.Check("Billing", true)
	p.Click("Create user")
	p.Wait("Somebody has this already")
	p.Accessible()
	p.Screenshot("people-new-taken")
	if p.Value("Name") != "Another Ana" || !p.Checked("Billing") || p.Value("E-mail address") != "ANA@example.com" {
		t.Error("what was filled in is lost")
	}
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Open(s.base + "/people/new")
	p.Accessible()
	p.Screenshot("people-new-phone-dark")
}

// Rows 001-03 … 001-05, 001-11 … 001-30: names, e-mail and roles are mandatory; several roles, with the options of each.
func TestRow001_04SomebodyIsCreatedWithRolesAndOptions(t *testing.T) {
	t.Log("rows 001-01, 001-03, 001-04, 001-05, 001-29")
	s := open(t, "commerce-chat", "")
	p := s.browser("console_owner")
	p.Open(s.base + "/people/new")
	p.Accessible()
	p.Screenshot("people-new-001")
	if got := starred(p); got != "First name,Last name,E-mail address,Roles" {
		t.Errorf("mandatory: %q", got)
	}
	p.Fill("First name", "Ana")
	p.Fill("Last name", "Prado")
	p.Fill("E-mail address", "ana@example.com")
	p.Check("Conversation Agent: Conversation Transfer", true)
	p.Click("Create user")
	p.Wait("This has to be filled in.")
	p.Wait("Options belong to a role")
	p.Accessible()
	c := s.client("console_owner")
	form := url.Values{
		"given_name": {"Ana"}, "family_name": {"Prado"}, "email": {"ana@example.com"}, "roles": {"conversation_agent", "supervisor"},
		"options": {"conversation_agent:conversation_transfer"},
	}
	if !strings.Contains(p.HTML(), `value="conversation_agent:conversation_transfer"`) {
		form["options"] = []string{browsertest.Evaluate[string](p, `document.querySelector("[name=options]:checked").value`)}
	}
	for _, name := range []string{"given_name", "family_name", "email", "roles"} {
		without := url.Values{}
		for k, list := range form {
			if k != name && (name != "roles" || k != "options") {
				without[k] = list
			}
		}
		c.post("/people/new", without).want(http.StatusUnprocessableEntity).says("This has to be filled in.", `role="alert"`)
	}
	c.post("/people/new", form).leads("/people?sort=created&order=desc")
	v := s.find("ana@example.com")
	if len(v.Roles) != 2 || len(v.Options) != 1 || v.DisplayName != "Ana Prado" {
		t.Errorf("%+v %+v", v.Roles, v.Options)
	}
}

// Rows 002-02 … 002-10, 002-21: one of e-mail and phone is enough, the nickname is what customers see, people belong to teams
// as user, supervisor or both, and a full pool of seats refuses and says what to do.
func TestRow002_02To10SomebodyIsCreated(t *testing.T) {
	t.Log("rows 002-02, 002-04, 002-05, 002-07, 002-08, 002-10, 002-17, 002-21")
	s := open(t, "whatsapp-team", "agent_groups: [Vendas, Suporte]\nseat_pools: [{key: users, name: Plan, policy: hard_cap, limit: 2, contact: cs@example.com}]\n")
	p := s.browser("console_owner")
	p.Language("pt-BR")
	p.Open(s.base + "/people/new")
	p.Accessible()
	p.Screenshot("people-new-002")
	for _, text := range []string{"Novo usuário", "Apelido", "Em branco, não veem nome algum.", "Basta um destes: E-mail e Telefone.", "Perfil de acesso"} {
		if !p.Shows(text) {
			t.Errorf("the form does not say %q", text)
		}
	}
	p.Fill("Nome", "Ana Prado")
	p.Fill("Telefone", "+5511912345678")
	p.Fill("Apelido", "Ani")
	p.Select("Perfil de acesso", "Atendente")
	p.Select("Vendas", "supervisor")
	p.Click("Salvar")
	p.Wait("Ana Prado foi criado")
	v := s.find("ana")
	if v.Nickname != "Ani" || len(v.AgentGroups) != 1 || v.AgentGroups[0].Kind != "supervisor" || len(v.Roles) != 1 {
		t.Errorf("%+v", v)
	}
	c := s.client("console_owner")
	form := url.Values{"display_name": {"Bia Costa"}, "roles": {"attendant"}}
	c.post("/people/new", form).want(http.StatusUnprocessableEntity).says("One of these is enough: E-mail address and Telephone.", `value="Bia Costa"`)
	form.Set("email", "bia@example.com")
	group := s.groupID("Suporte")
	form.Set("group:"+group, "both")
	c.post("/people/new", form).want(http.StatusSeeOther)
	if v := s.find("bia"); v.Nickname != "" || v.AgentGroups[0].Kind != "both" {
		t.Errorf("%+v", v)
	}
	full := url.Values{"display_name": {"Cid"}, "email": {"cid@example.com"}, "roles": {"attendant"}}
	c.post("/people/new", full).want(http.StatusConflict).says("no seat is free", "cs@example.com", `value="Cid"`)
	c.post("/people/new", full, "Accept-Language", "es").want(http.StatusConflict).says("no hay licencias libres")
}

// Rows 003-07 … 003-14, 003-21: name, login of Latin letters and digits, and user groups; a work phone for calls; no e-mail.
func TestRow003_07To14SomebodyIsCreated(t *testing.T) {
	t.Log("rows 003-07, 003-08, 003-09, 003-11, 003-12, 003-13, 003-14, 003-21")
	s := open(t, "call-centre", "")
	p := s.browser("console_owner")
	p.Open(s.base + "/people/new")
	p.Accessible()
	p.Screenshot("people-new-003")
	if got := starred(p); got != "Name,User name (login),User groups" {
		t.Errorf("mandatory: %q", got)
	}
	p.Fill("Name", "Ana Prado")
	p.Fill("User name (login)", "ána.prado")
	p.Fill("Work phone (extension)", "4021")
	p.Fill("Position", "Operator")
	p.ClickCSS("[value=operator]")
	p.ClickCSS("[value=interface_user]")
	p.Click("Create user")
	p.Wait("Something is not right yet")
	p.Accessible()
	if n := browsertest.Evaluate[string](p, `document.querySelector("#f-user_name-fault").textContent`); !strings.Contains(n, "Latin letters and digits only.") {
		t.Errorf("beside the login: %q", n)
	}
	p.Fill("User name (login)", "ana1")
	p.Click("Create user")
	p.Wait("Ana Prado was created")
	if v := s.find("ana1"); v.Extension != "4021" || !slices.Equal(s.rolesOf(v.ID), []string{"interface_user", "operator"}) {
		t.Errorf("%+v", v)
	}
}

// Rows 004-23, 004-25 (one at a time), 004-31: e-mail and profile, the role comes with it, and personal data are the person's.
func TestRow004_23SomebodyIsCreatedWithAProfile(t *testing.T) {
	t.Log("rows 004-23, 004-31")
	s := open(t, "campaign-contact-centre", "")
	c := s.client("console_owner")
	c.get("/people/new").want(http.StatusOK).says("There are no profiles yet", `href="/profiles"`)
	s.apply("tenant: acme\nname: Acme\npreset: campaign-contact-centre\n" + campaignWork)
	p := s.browser("console_owner")
	p.Open(s.base + "/people/new")
	p.Accessible()
	p.Screenshot("people-new-004")
	if got := starred(p); got != "E-mail address,Profile" {
		t.Errorf("mandatory: %q", got)
	}
	if p.Shows("Telephone") || p.Shows("Position") {
		t.Errorf("personal data are asked for:\n%s", p.Text())
	}
	p.Fill("E-mail address", "ana@example.com")
	p.Select("Profile", "Seller")
	p.Check("Spring", true)
	p.Select("Company", "Acme Brazil")
	p.Click("Create user")
	p.Wait("ana@example.com was created")
	p.Wait("Acme Brazil")
	if v := s.find("ana"); v.Profile == nil || v.Profile.Name != "Seller" || len(v.Roles) != 1 || len(v.Campaigns) != 1 || v.Company == nil {
		t.Errorf("%+v", v)
	}
}

// What is wrong is told beside its field, in the reader's language, and nothing is created.
func TestSomebodyNewWhoIsWrong(t *testing.T) {
	s := open(t, "", "agent_groups: [Support]\n")
	c := s.client("console_owner")
	for name, x := range map[string]struct {
		form   url.Values
		status int
		want   string
	}{
		"nothing":         {url.Values{}, 422, "This has to be filled in."},
		"no identifier":   {url.Values{"display_name": {"Ana"}}, 422, "One of these is enough: E-mail address, Telephone and User name (login)."},
		"a long title":    {url.Values{"display_name": {"Ana"}, "email": {"ana@example.com"}, "title": {strings.Repeat("x", 301)}}, 422, "At most 300 characters."},
		"no such role":    {url.Values{"display_name": {"Ana"}, "email": {"ana@example.com"}, "roles": {"king"}}, 422, "There is no such thing here any more. Choose another."},
		"no such status":  {url.Values{"display_name": {"Ana"}, "email": {"ana@example.com"}, "status": {"asleep"}}, 422, "There is no such thing here any more."},
		"no such group":   {url.Values{"display_name": {"Ana"}, "email": {"ana@example.com"}, "agent_groups": {"nothing"}}, 422, "There is no such thing here any more."},
		"several things":  {url.Values{"display_name": {"Ana"}, "email": {"ana@example.com"}, "status": {"asleep"}, "agent_groups": {"nothing"}}, 422, `id="f-status-fault"`},
		"no such profile": {url.Values{"display_name": {"Ana"}, "email": {"ana@example.com"}, "profile": {"nothing"}}, 404, "nothing"},
	} {
		r := c.post("/people/new", x.form)
		if r.status != x.status {
			t.Errorf("%s: status %d, want %d: %s", name, r.status, x.status, r.body)
		}
		r.says(x.want)
	}
	if p, err := s.engine.List(t.Context(), s.tenant, provision.PeopleQuery{}); err != nil || len(p.People) != 0 {
		t.Errorf("%v, %d people", err, len(p.People))
	}
	c.post("/people/new", url.Values{}, "Accept-Language", "es").says("Crear usuario", "Basta uno de estos: Correo electrónico, Teléfono y Nombre de usuario (login).")
	c.post("/people/new", url.Values{}, "Accept-Language", "pt-BR").says("Novo usuário", "Salvar")
}
