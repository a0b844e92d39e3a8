package console_test

import (
	"net/http"
	"net/url"
	"testing"
)

// Rows 000-19 … 000-24: a role of the tenant's own is made as a copy, changed, and deleted when it is read what that does.
func TestRow000_19CustomRolesAreMadeInTheConsole(t *testing.T) {
	s := open(t, "conversations-basic", "")
	p := s.browser("console_owner")
	p.Open(s.base + "/roles")
	p.Accessible()
	p.Screenshot("roles")
	p.In("tr", "Administrator").Wait("privileged")
	p.Click("Supervisor")
	p.Wait("This role comes with the platform")
	p.Accessible()
	p.Screenshot("roles-builtin")
	p.Click("Copy")
	p.Accessible()
	p.Screenshot("roles-new")
	p.Fill("Name", "Reporting Admin")
	p.Fill("Description", "Looks at reports.")
	p.Select("Download contacts", "Given")
	p.Select("Read conversations and tickets", "Given: your own")
	p.Select("Pass a conversation on", "Denied")
	p.Click("Create")
	p.Wait(`The role "Reporting Admin" was created.`)
	p.WaitLocation(s.base + "/roles/reporting_admin")
	p.Accessible()
	p.Screenshot("roles-own")
	p.In("tr", "conversations.transfer").Wait("denied")
	p.In("tr", "conversations.view").Wait("your own")

	s.person("carla", "Carla", "Rios", "role", "reporting_admin")
	p.Click("Edit")
	p.Select("Download contacts", "Not given")
	p.Click("Save")
	p.Wait(`The role "Reporting Admin" was saved.`)
	if p.Shows("contacts.export") {
		t.Error("a permission that was taken away is still there")
	}
	p.Click("Delete role")
	p.Wait("carla")
	p.Accessible()
	p.Screenshot("roles-delete")
	p.Click("Cancel")
	p.WaitLocation(s.base + "/roles/reporting_admin")
	p.Click("Delete role")
	p.Click("Confirm and do it")
	p.Wait(`The role "Reporting Admin" was deleted.`)
}

// Row 000-33: what each role contains is published, for a phone too.
func TestRow000_33ThePermissionsOfEachRoleArePublished(t *testing.T) {
	s := open(t, "conversations-basic", "")
	p := s.browser("console_viewer")
	p.Open(s.base + "/roles")
	p.Click("Permissions")
	p.Accessible()
	p.Screenshot("permissions")
	p.In("tr", "conversations.assign").Wait("your agent groups")
	p.Fill("Permissions with these words", "blocked block")
	p.Wait("No permission has these words")
	p.Accessible()
	p.Fill("Permissions with these words", "block")
	p.Wait("contacts.block")
	p.WaitGone("conversations.assign")
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Open(s.base + "/permissions")
	p.Accessible()
	p.Screenshot("permissions-phone")

	c := s.client("console_viewer")
	c.get("/permissions?q=conversaciones", "Accept-Language", "es").says("Permisos de cada rol", "Tomar una conversación para sí").hides("Download contacts", ">contacts.export<")
	c.get("/permissions", "Accept-Language", "pt-BR").says("Permissões de cada perfil de acesso", "Passar contatos a outros atendentes")
	c.get("/permissions?roles=all").says("Console owner")
	c.get("/permissions").hides("Console owner")
}

// Rows 001-11 … 001-30: what an option switches on is told by role.
func TestRow001_30OptionsAreToldByRole(t *testing.T) {
	s := open(t, "commerce-chat", "")
	p := s.browser("console_viewer")
	p.Open(s.base + "/roles/supervisor")
	p.Accessible()
	p.Screenshot("roles-options")
	p.In("li.card", "Independent Orders").Wait("orders.cancel")
	p.Open(s.base + "/roles/conversation_agent")
	p.In("li.card", "Independent Orders").Wait("orders.create_independent")
	if p.In("li.card", "Independent Orders").Shows("orders.cancel") {
		t.Error("Independent Orders of an agent cancels (001-13)")
	}
}

// Roles of a role whose profiles have a ceiling show it.
func TestRow004_20ARoleShowsItsModules(t *testing.T) {
	s := open(t, "campaign-contact-centre", "")
	c := s.client("console_owner")
	c.get("/roles/agent").want(http.StatusOK).says("Workspace", "always", "not available")
	c.get("/roles/new").want(http.StatusOK).says("roles are fixed")
	c.get("/roles/agent", "Accept-Language", "es").says("Ajustes en la plataforma", "siempre")
	c.get("/roles/agent", "Accept-Language", "pt-BR").says("Ajustes da plataforma", "sempre")
}

func TestRolesThatAreWrongAreShownAgain(t *testing.T) {
	s := open(t, "conversations-basic", "roles:\n  - key: night\n    name: Night\n    permissions: [conversations.access]\n")
	c := s.client("console_owner")
	const field = "permission.conversations.assign"
	for name, x := range map[string]struct {
		form url.Values
		want []string
	}{
		"no name":                      {url.Values{"kind": {"custom"}}, []string{"This has to be filled in."}},
		"a key that is taken":          {url.Values{"name": {"Other"}, "key": {"agent"}, "kind": {"custom"}}, []string{`id="f-key-fault"`, "Agent", `value="Other"`}},
		"a name that is taken":         {url.Values{"name": {"agent"}, "key": {"other"}, "kind": {"custom"}}, []string{`id="f-name-fault"`}},
		"a key with capitals":          {url.Values{"name": {"Other"}, "key": {"OTHER"}, "kind": {"custom"}}, []string{"small letters", `value="OTHER"`}},
		"a name of which there is key": {url.Values{"name": {"夜勤"}, "kind": {"custom"}}, []string{`id="f-key-fault"`}},
		"a scope that it has not":      {url.Values{"name": {"Other"}, "kind": {"custom"}, field: {"granted:own"}}, []string{`id="f-` + field + `-fault"`}},
		"a mode that there is not":     {url.Values{"name": {"Other"}, "kind": {"custom"}, field: {"sometimes:all"}}, []string{`id="f-` + field + `-fault"`}},
		"a kind that is the preset's":  {url.Values{"name": {"Other"}, "kind": {"builtin"}}, []string{`role="alert"`}},
		"a kind that there is not":     {url.Values{"name": {"Other"}, "kind": {"odd"}}, []string{`role="alert"`}},
		"too long":                     {url.Values{"name": {longText(101)}, "key": {"long"}, "kind": {"custom"}}, []string{"At most 100 characters."}},
	} {
		r := c.post("/roles/new", x.form)
		if r.status < 400 || r.status >= 500 {
			t.Errorf("%s: status %d", name, r.status)
		}
		r.says(x.want...)
	}
	c.get("/roles/new?from=nothing").want(http.StatusNotFound)
	c.get("/roles/nothing").want(http.StatusNotFound).says("There is no such page")
	c.get("/roles/nothing/edit").want(http.StatusNotFound)
	c.get("/roles/nothing/delete").want(http.StatusNotFound)
	c.get("/roles/agent/edit").leads("/roles/agent")
	c.post("/roles/agent/edit", url.Values{"name": {"X"}}).want(http.StatusForbidden)
	c.post("/roles/agent/delete", nil).want(http.StatusForbidden)

	// A key is made of the name, of what other letters stand for too.
	c.post("/roles/new", url.Values{"name": {"Atención Nº 2"}, "kind": {"custom"}, "permission.reports.view": {"granted:none"}}).leads("/roles/atencion_no_2")
	c.post("/roles/new", url.Values{"name": {"Atencion No-2"}, "kind": {"custom"}}).leads("/roles/atencion_no_2_2")

	// The manifest's is changed there.
	c.get("/roles/night").says("manifest owns this").hides("Delete role")
	c.post("/roles/night/edit", url.Values{"name": {"Day"}}).want(http.StatusForbidden).says("Somebody else owns this")

	// A copy keeps what the form does not show; a viewer sees and does nothing.
	viewer := s.client("console_viewer")
	viewer.get("/roles").hides("Create new role")
	viewer.get("/roles/agent").hides("/roles/new")
	viewer.post("/roles/new", url.Values{"name": {"X"}}).want(http.StatusForbidden).says("roles.manage")
	viewer.post("/roles/night/delete", nil).want(http.StatusForbidden)
	s.client("console_help_desk").get("/roles").want(http.StatusForbidden).says("roles.view")
}

// A copy takes the options of a role along (C-08).
func TestACopyOfARoleKeepsItsOptions(t *testing.T) {
	s := open(t, "", "settings: {roles.model: \"custom,options\"}\nroles:\n  - key: seller\n    name: Seller\n    permissions: [orders.access]\n    options:\n      - {key: cancels, name: May cancel, permissions: [{key: orders.cancel, scope: own}]}\n")
	c := s.client("console_owner")
	page := c.get("/roles/new?from=seller").says("May cancel", "Copy of Seller")
	c.post("/roles/new", merged(hiddenOn(page.body), url.Values{"from": {"seller"}, "name": {"Reseller"}, "kind": {"custom"}, "permission.orders.access": {"granted:none"}})).leads("/roles/reseller")
	c.get("/roles/reseller").says("May cancel", "orders.cancel")
}

// Row 003-06: where groups hold the rights, what is made is a permission group, of which people can have several.
func TestRow003_06PermissionGroupsAreMadeInTheConsole(t *testing.T) {
	s := open(t, "call-centre", "")
	p := s.browser("administrator")
	p.Open(s.base + "/roles")
	p.In("tr", "Operators").Wait("user group")
	p.Accessible()
	p.Click("Create new role")
	p.Fill("Name", "Night operators")
	p.Select("Make and receive calls, which needs an extension", "Given")
	p.Click("Create")
	p.Wait(`The role "Night operators" was created.`)
	p.Wait("user group")
	p.Accessible()
	c := s.client("administrator")
	c.post("/roles/new", url.Values{"name": {"Custom"}, "kind": {"custom"}, "permission.reports.view": {"granted:none"}}).says("roles.model", `value="Custom"`)
	c.get("/roles", "Accept-Language", "es").says("grupo de usuarios")
	c.get("/roles", "Accept-Language", "pt-BR").says("grupo de usuários")
}
