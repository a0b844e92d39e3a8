package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Rows 004-10 … 004-22: a profile is made in two steps, forth and back, without the script too.
func TestRow004_10ProfilesAreMadeInTwoSteps(t *testing.T) {
	s := open(t, "campaign-contact-centre", "")
	p := s.browser("administrator")
	p.Open(s.base + "/profiles")
	p.Wait("No profiles yet")
	p.Accessible()
	p.JavaScript(false)
	p.Click("New profile")
	p.Accessible()
	p.Screenshot("profiles-first")
	p.Fill("Name", "Phone sales")
	p.Select("Assigned role", "Agent")
	p.Check("Headset", true)
	p.Fill("Description", strings.Repeat("ñ", 75))
	p.Click("Continue")
	p.Wait("Step 2 of 2")
	p.Screenshot("profiles-second")
	if !p.Checked("Agenda") || !p.Checked("CRM") {
		t.Error("what the role grants is not chosen to begin with (004-20)")
	}
	p.Check("Agenda", false)
	p.Click("Back")
	if p.Value("Name") != "Phone sales" || !p.Checked("Headset") {
		t.Error("going back loses what was filled in")
	}
	p.Click("Continue")
	if p.Checked("Agenda") {
		t.Error("going back loses what was chosen")
	}
	p.Click("Create profile")
	p.Wait(`The profile "Phone sales" was created.`)
	p.JavaScript(true)
	p.Reload()
	p.In("tr", "Phone sales").WaitCSS(".icon-agent svg")
	p.Click("New profile")
	p.Fill("Name", "Team lead")
	p.Select("Assigned role", "Administrator")
	p.Check("Shield", true)
	p.Click("Continue")
	p.Accessible()
	if p.Checked("Workspace") {
		t.Error("Workspace is an administrator's choice (004-15)")
	}
	p.Check("Workspace", true)
	p.Click("Create profile")
	p.Wait(`The profile "Team lead" was created.`)
	p.In("tr", "Team lead").WaitCSS(".icon-admin svg")
	p.Accessible()
	p.Screenshot("profiles")

	s.person("carla", "Carla", "Rios", "profile", "Phone sales")
	p.ClickRole("link", "Phone sales")
	p.Accessible()
	p.Click("Delete profile")
	p.Wait("carla")
	p.Accessible()
	p.Click("Confirm and do it")
	p.Wait(`The profile "Phone sales" was deleted.`)
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Click("Team lead")
	p.Accessible()
	p.Screenshot("profiles-phone")
}

// Rows 004-12, 004-13, 004-17, 004-18: what is wrong stands beside its field, and a forged form gets no further.
func TestProfilesThatAreWrongAreShownAgain(t *testing.T) {
	s := open(t, "campaign-contact-centre", "")
	c := s.client("administrator")
	c.get("/profiles", "Accept-Language", "es").says("equipo de trabajo", "listado de usuarios")
	c.get("/profiles", "Accept-Language", "pt-BR").says("sua equipe", "subperfil")
	form := func(changes ...string) url.Values {
		f := url.Values{"name": {"Sales"}, "role": {"agent"}, "icon": {"phone"}, "description": {"Sells."}, "step": {"next"}}
		for i := 0; i+1 < len(changes); i += 2 {
			f.Set(changes[i], changes[i+1])
		}
		return f
	}
	for name, x := range map[string]struct {
		form  url.Values
		fault string
	}{
		"76 characters":        {form("description", strings.Repeat("ñ", 76)), "description"},
		"no icon":              {form("icon", ""), "icon"},
		"no name":              {form("name", ""), "name"},
		"no role":              {form("role", ""), "role"},
		"the owner's":          {form("role", "owner"), "role"},
		"no such role":         {form("role", "odd"), "role"},
		"76, forged":           {form("description", strings.Repeat("x", 76), "step", "modules"), "description"},
		"the owner's, forged":  {form("role", "owner", "step", "modules"), "role"},
		"the owner, confirmed": {form("role", "owner", "confirm", "on"), "role"},
	} {
		r := c.post("/profiles/new", x.form).want(http.StatusUnprocessableEntity)
		r.says(`id="f-`+x.fault+`-fault"`, `role="alert"`)
		if !strings.Contains(r.body, "Step 1 of 2") {
			t.Errorf("%s: not the first step", name)
		}
	}
	c.post("/profiles/new", form("description", strings.Repeat("ñ", 75))).want(http.StatusOK).says("Step 2 of 2", strings.Repeat("ñ", 75))

	// A module that the role forces stays, and one that it has not is refused (004-13, 004-20).
	c.post("/profiles/new", form("step", "modules", "modules", "module.crm")).leads("/profiles")
	p := s.profileNamed("Sales")
	if !strings.Contains(strings.Join(p, " "), "module.workspace") {
		t.Errorf("Workspace is gone: %q", p)
	}
	c.post("/profiles/new", form("name", "Odd", "step", "modules", "modules", "module.pbx")).want(http.StatusUnprocessableEntity).says("module.pbx")
	c.post("/profiles/new", form("name", "sales")).want(http.StatusConflict).says(`id="f-name-fault"`)
	c.get("/profiles/nothing").want(http.StatusNotFound)
	c.get("/profiles/nothing/delete").want(http.StatusNotFound)
	c.post("/profiles/nothing", form()).want(http.StatusNotFound)
	c.get("/profiles", "Accept-Language", "es").says("Gestión de perfiles", "Nuevo perfil")
	c.get("/profiles/new", "Accept-Language", "es").says("Rol asignado", "Máximo 75 caracteres")
	c.get("/profiles", "Accept-Language", "pt-BR").says("Gestão de subperfis", "Novo subperfil")

	viewer := s.client("console_viewer")
	viewer.get("/profiles").hides("New profile")
	viewer.post("/profiles/new", form()).want(http.StatusForbidden).says("profiles.manage")
}

// Tenants whose roles have no profiles are told what profiles are.
func TestWhereThereAreNoProfilesThePageSaysSo(t *testing.T) {
	s := open(t, "conversations-basic", "")
	c := s.client("console_owner")
	c.get("/profiles").says("Roles have no profiles here", `href="/roles"`).hides("New profile")
	c.get("/profiles/new").leads("/profiles")
}

// profileNamed are the modules of a profile.
func (s *site) profileNamed(name string) []string {
	s.t.Helper()
	c, err := s.db.Reader(s.tenant).Configuration(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range c.Profiles {
		if p.Name == name {
			return p.Modules
		}
	}
	s.t.Fatalf("there is no profile %q", name)
	return nil
}
