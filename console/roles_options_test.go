package console_test

import (
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rollcall/directory"
)

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)

// hiddenOn are the fields of the pages' forms that nobody sees, but for what makes a form count once.
func hiddenOn(page string) url.Values {
	out := url.Values{}
	for _, x := range hiddenInput.FindAllStringSubmatch(page, -1) {
		if name := html.UnescapeString(x[1]); name != "once" && name != "return" {
			out.Set(name, html.UnescapeString(x[2]))
		}
	}
	return out
}

func merged(list ...url.Values) url.Values {
	out := url.Values{}
	for _, x := range list {
		maps.Copy(out, x)
	}
	return out
}

// options are those of a role of the site.
func (s *site) optionsOf(role string) (out []directory.RoleOption) {
	s.t.Helper()
	c, err := s.db.Reader(s.tenant).Configuration(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range c.Roles {
		if r.Key == role {
			return r.Options
		}
	}
	s.t.Fatalf("there is no role %s", role)
	return nil
}

// Rows 000-21, 000-22: a role of the tenant's own has optional permissions, which are added, changed and removed in its form;
// who would lose one that is removed is shown before.
func TestRow000_21OptionsOfARoleAreEdited(t *testing.T) {
	s := open(t, "", "")
	p := s.browser("console_owner")
	p.Open(s.base + "/roles/new")
	p.Fill("Name", "Seller")
	p.Select("Open the orders area", "Given")
	p.Wait("This role has no optional permissions.")
	p.Accessible()
	p.Click("Add an optional permission")
	p.Wait("New optional permission")
	p.Wait("It counts once the role is saved.")
	p.Accessible()
	p.Screenshot("roles-option-new")
	p.Fill("Name", "May cancel")
	p.Click("Put it into the role")
	p.Wait("Choose at least one permission to give.")
	p.Accessible()
	p.Select("Cancel orders", "Given: your own")
	p.Select("Delete orders", "Given: all")
	p.Click("Put it into the role")
	p.Wait(`"May cancel" is in the role below.`)
	p.Accessible()
	p.Screenshot("roles-option-added")
	if got := p.Value("Name"); got != "Seller" {
		t.Errorf("the role's name became %q", got)
	}
	if got := p.Value("Open the orders area"); got != "granted:none" {
		t.Errorf("what the role gives became %q", got)
	}
	p.Click("Add an optional permission")
	p.Fill("Name", "Nothing")
	p.Click("Back without a change")
	p.Wait("may_cancel")
	if p.Shows("Nothing") {
		t.Error("an option that was left is there")
	}
	p.Select("Memberships reach at most", "your agent groups")
	p.Fill("Name", "Seller of the day")
	p.Press("Enter") // which saves, and does not open an option
	p.Wait(`The role "Seller of the day" was created.`)
	p.In("li.card", "May cancel").Wait("orders.cancel: your own")
	p.Wait("Memberships reach at most")
	p.Accessible()

	role := "seller_of_the_day"
	s.person("carla", "Carla", "Rios", "role", role, "option", role+":may_cancel")
	p.Click("Edit")
	p.Accessible()
	p.Click(`Edit "May cancel"`)
	p.Wait("which is never changed")
	p.Accessible()
	p.Screenshot("roles-option-edit")
	p.Fill("Name", "May cancel and comment")
	p.Select("Delete orders", "Not given")
	p.Select("Comment on orders", "Given: all")
	p.Click("Put it into the role")
	p.Wait("orders.comment: all")
	p.Click("Save")
	p.Wait(`The role "Seller of the day" was saved.`)
	p.In("li.card", "May cancel and comment").Wait("orders.comment: all")
	if got := s.optionsOf(role); len(got) != 1 || got[0].Key != "may_cancel" || len(got[0].Permissions) != 2 {
		t.Errorf("%+v", got)
	}
	p.Click("Edit")
	p.Click(`Remove "May cancel and comment"`)
	p.Wait(`"May cancel and comment" is out of the role below.`)
	p.Accessible()
	p.Click("Save")
	p.Wait("Nothing is done yet")
	p.Wait("carla")
	p.Accessible()
	p.Screenshot("roles-option-removed")
	if len(s.optionsOf(role)) != 1 {
		t.Error("it is gone before that was confirmed")
	}
	p.Click("Confirm and do it")
	p.Wait(`The role "Seller of the day" was saved.`)
	if len(s.optionsOf(role)) != 0 {
		t.Error("it is still there")
	}

	// It works without the script, on a telephone, and in the dark.
	p.JavaScript(false)
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Open(s.base + "/roles/" + role + "/edit")
	p.Click("Add an optional permission")
	p.Fill("Name", "Extra")
	p.Select("Read orders", "Given: all")
	p.Accessible()
	p.Click("Put it into the role")
	p.Wait("orders.view: all")
	p.Accessible()
	p.Screenshot("roles-option-phone")
	p.Click("Save")
	p.Wait(`The role "Seller of the day" was saved.`)
}

func TestOptionsThatAreWrongAreShownAgain(t *testing.T) {
	s := open(t, "", "roles:\n  - key: night\n    name: Night\n    permissions: [orders.access]\n    options: [{key: cancels, name: Cancels, permissions: [orders.cancel]}]\n")
	c := s.client("console_owner")
	c.post("/roles/new", url.Values{
		"name": {"Seller"}, "kind": {"custom"}, "option.0.name": {"May cancel"}, "option.0.permission.orders.cancel": {"granted:own"},
		"option.7.name": {"May comment"}, "option.7.key": {"comments"}, "option.7.permission.orders.comment": {"granted:all"},
	}).leads("/roles/seller")
	const at = "/roles/seller/edit"
	page := hiddenOn(c.get(at).want(http.StatusOK).says("may_cancel", "comments").body)
	if page.Get("option.0.permission.orders.cancel") != "granted:own" || page.Get("option.1.key") != "comments" {
		t.Fatalf("%v", page)
	}
	page.Set("name", "Seller")
	edit := c.post(at, merged(page, url.Values{"step": {"edit:0"}})).want(http.StatusOK).says(`value="May cancel"`, "never changed", `readonly`)
	step := merged(page, hiddenOn(edit.body), url.Values{"step": {"keep"}})
	// Of one option, beside its fields.
	for name, x := range map[string]struct {
		form url.Values
		want []string
	}{
		"no name":                  {url.Values{"edit.name": {" "}, "edit.key": {"x"}, "edit.permission.orders.view": {"granted:all"}}, []string{`id="f-edit.name-fault"`, "This has to be filled in."}},
		"too long":                 {url.Values{"edit.name": {longText(101)}, "edit.key": {"x"}, "edit.permission.orders.view": {"granted:all"}}, []string{"At most 100 characters."}},
		"gives nothing":            {url.Values{"edit.name": {"X"}, "edit.permission.orders.view": {""}}, []string{"Choose at least one permission"}},
		"a scope that it has not":  {url.Values{"edit.name": {"X"}, "edit.permission.orders.view": {"granted:campaign"}}, []string{`id="f-edit.permission.orders.view-fault"`}},
		"a denial":                 {url.Values{"edit.name": {"X"}, "edit.permission.orders.view": {"denied:"}}, []string{`id="f-edit.permission.orders.view-fault"`}},
		"nonsense":                 {url.Values{"edit.name": {"X"}, "edit.permission.orders.view": {"<b>"}}, []string{`id="f-edit.permission.orders.view-fault"`}},
		"a key that is taken":      {url.Values{"edit.name": {"X"}, "edit.key": {"comments"}, "edit.permission.orders.view": {"granted:all"}}, []string{`id="f-edit.key-fault"`, "Another optional permission"}},
		"a key with capitals":      {url.Values{"edit.name": {"X"}, "edit.key": {"COMMENTS"}, "edit.permission.orders.view": {"granted:all"}}, []string{"beginning with a letter", `value="COMMENTS"`}},
		"a key that is too long":   {url.Values{"edit.name": {"X"}, "edit.key": {longText(64)}, "edit.permission.orders.view": {"granted:all"}}, []string{`id="f-edit.key-fault"`}},
		"a name without a key":     {url.Values{"edit.name": {"夜勤"}, "edit.permission.orders.view": {"granted:all"}}, []string{`id="f-edit.key-fault"`}},
		"a name that is no key":    {url.Values{"edit.name": {"2nd"}, "edit.permission.orders.view": {"granted:all"}}, []string{`id="f-edit.key-fault"`}},
		"a permission that is not": {url.Values{"edit.name": {"X"}, "edit.permission.orders.fly": {"granted:all"}}, []string{"Choose at least one permission"}},
	} {
		r := c.post(at, merged(step, x.form))
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", name, r.status)
		}
		r.says(x.want...).says("Put it into the role").hides("<b>")
		if !strings.Contains(r.body, `name="option.1.key" value="comments"`) {
			t.Errorf("%s: the other option is lost", name)
		}
	}
	// What no button asks.
	for _, odd := range []string{"edit:9", "edit:x", "edit:", "drop:9", "drop:-1", "jump", "keep:0x"} {
		if r := c.post(at, merged(page, url.Values{"step": {odd}})); r.status != http.StatusNotFound {
			t.Errorf("%q: status %d", odd, r.status)
		}
	}
	for _, odd := range []string{"", "x", "-1", "99999999999"} {
		if r := c.post(at, merged(step, url.Values{"editing": {odd}})); r.status != http.StatusNotFound {
			t.Errorf("the option %q: status %d", odd, r.status)
		}
	}
	// Of the whole, when it is saved: the card says which.
	for name, x := range map[string]url.Values{
		"two of a key": {"option.0.key": {"comments"}}, "no name": {"option.0.name": {""}}, "nothing": {"option.0.permission.orders.cancel": {""}}, "odd": {"option.0.permission.orders.cancel": {"forced:all"}},
	} {
		if r := c.post(at, merged(page, x)).says("Something is not right about this."); r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", name, r.status)
		}
	}
	many := merged(page)
	for i := range 101 {
		n := numbered(i)
		many.Set("option."+strings.Repeat("1", 1+i%3)+"x"+n+".name", "X") // no number: it is not read
	}
	if len(s.optionsOf("seller")) != 2 {
		t.Fatalf("%+v", s.optionsOf("seller"))
	}
	c.post(at, many).leads("/roles/seller")
	for i := range 101 {
		prefix := "option." + []string{"1", "2", "3"}[i/50] + numberOf(i%50)
		many.Set(prefix+".name", "X"+numbered(i))
		many.Set(prefix+".permission.orders.view", "granted:all")
	}
	many.Set("seen", hiddenOn(c.get(at).body).Get("seen"))
	c.post(at, many).want(http.StatusUnprocessableEntity).says("at most 100 optional permissions")

	// The manifest's are changed there; other languages have their words.
	c.get("/roles/night/edit").want(http.StatusOK).says("manifest owns this", "Cancels").hides("Add an optional permission", `value="edit:0"`)
	c.get(at, "Accept-Language", "es").says("Agregar un permiso opcional", "La pertenencia alcanza como máximo")
	c.get(at, "Accept-Language", "pt-BR").says("Adicionar uma permissão opcional", "A participação alcança no máximo")
	s.client("console_viewer").post(at, merged(page, url.Values{"step": {"new"}})).want(http.StatusForbidden)

	// Names are saved as they are kept, in whichever language they are read.
	c.post("/roles/new", url.Values{
		"name": {"Writer"}, "kind": {"custom"}, "option.0.name": {"Independent Orders"}, "option.0.key": {"independent_orders"}, "option.0.permission.orders.view": {"granted:all"},
	}).leads("/roles/writer")
	c.get("/roles/writer", "Accept-Language", "es").hides("Independent Orders")
	spanish := hiddenOn(c.get("/roles/writer/edit", "Accept-Language", "es").body)
	c.post("/roles/writer/edit", merged(spanish, url.Values{"name": {"Writer"}, "description": {"Writes."}}), "Accept-Language", "es").leads("/roles/writer")
	if got := s.optionsOf("writer"); len(got) != 1 || got[0].Name != "Independent Orders" {
		t.Errorf("%+v", got)
	}

	// How far memberships reach.
	page = hiddenOn(c.get(at).body)
	page.Set("name", "Seller")
	for field, odd := range map[string]string{"ceiling": "part", "everywhere": "boss"} {
		c.post(at, merged(page, url.Values{field: {odd}})).want(http.StatusUnprocessableEntity).says(`id="f-` + field + `-fault"`)
	}
	c.post(at, merged(page, url.Values{"ceiling": {"group"}, "everywhere": {"supervisor"}})).leads("/roles/seller")
	c.get("/roles/seller").says("your agent groups", "In groups of others", "supervisor")
}

// numberOf is a number of two digits.
func numberOf(n int) string { return string(rune('0'+n/10)) + string(rune('0'+n%10)) }

// Row 004-20: a role of the tenant's own says which modules its profiles have to have, begin with, may have or cannot have.
func TestRow004_20ModulesOfARoleAreEdited(t *testing.T) {
	s := open(t, "campaign-contact-centre", strings.Replace(planner, "permissions: [", "permissions: [profiles.manage, roles.view, ", 1))
	p := s.browser("console_owner")
	p.Open(s.base + "/roles/new?from=agent")
	p.Wait("What profiles of this role can have.")
	p.Accessible()
	p.Screenshot("roles-modules")
	if got := p.Value("Workspace"); got != "forced" {
		t.Errorf("Workspace is %q in the copy", got)
	}
	p.Fill("Name", "Night agents")
	p.Select("Reports", "can be chosen")
	p.Select("CRM", "chosen at first")
	p.Select("PBX", "not named")
	p.Click("Create")
	p.Wait(`The role "Night agents" was created.`)
	p.Accessible()
	config, err := s.db.Reader(s.tenant).Configuration(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]directory.Mode{}
	for _, r := range config.Roles {
		for _, m := range r.Modules {
			if r.Key == "night_agents" {
				modes[m.Key] = m.Mode
			}
		}
	}
	if modes["module.reports"] != directory.Optional || modes["module.crm"] != directory.Granted || modes["module.workspace"] != directory.Forced || modes["module.flows"] != directory.Denied || modes["module.pbx"] != "" {
		t.Errorf("%v", modes)
	}

	c := s.client("console_owner")
	planner := s.client("planner")
	planner.post("/profiles/new", url.Values{"name": {"Late"}, "role": {"night_agents"}, "icon": {"phone"}, "step": {"modules"}, "modules": {"module.reports"}}).leads("/profiles")
	const at = "/roles/night_agents/edit"
	page := hiddenOn(c.get(at).want(http.StatusOK).body)
	page.Set("name", "Night agents")
	c.post(at, merged(page, url.Values{"module.module.reports": {"sometimes"}})).want(http.StatusUnprocessableEntity).says(`id="f-module.module.reports-fault"`, "A role cannot have a module that way.")
	c.post(at, merged(page, url.Values{"module.module.workspace": {"forced"}, "module.module.reports": {"denied"}})).want(http.StatusUnprocessableEntity).says("Late", "module.reports")
	c.post(at, merged(page, url.Values{"module.module.moon": {"forced"}, "module.module.workspace": {"forced"}, "module.module.reports": {"granted"}})).leads("/roles/night_agents")
	c.get("/roles/night_agents").says("Workspace", "always", "chosen at first").hides("CRM")
	c.get(at, "Accept-Language", "es").says("no se nombra", "elegido al comienzo")
	c.get(at, "Accept-Language", "pt-BR").says("não citado", "pode ser escolhido")
}
