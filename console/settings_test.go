package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/locale"
)

// Settings are read and set in the console, each with where its value comes from and who changed it.
func TestSettingsAreSetInTheConsole(t *testing.T) {
	s := open(t, "conversations-basic", "settings: {session.idle: 30m}\n")
	p := s.browser("console_owner")
	p.Open(s.base + "/settings")
	p.Wait("Life of a session")
	p.Wait("conversations-basic@")
	p.Accessible()
	p.Screenshot("settings")
	p.Click("Life of a session")
	p.Wait("How long a sign-in lasts")
	p.Accessible()
	p.Screenshot("setting-duration")
	p.Fill("Value", "soon")
	p.Click("Save")
	p.Wait("must be a duration from")
	p.Accessible()
	p.Screenshot("setting-wrong")
	if got := p.Value("Value"); got != "soon" {
		t.Errorf("what was filled in is lost: %q", got)
	}
	p.Fill("Value", "8h")
	p.Click("Save")
	p.Wait(`The setting "Life of a session" was saved.`)
	p.Wait("Set here")
	p.Wait("ann@example.com on the command line")
	p.Accessible()
	p.Screenshot("setting-history")
	p.Click("Back to the default: 12h")
	p.Wait("is as usual again")
	for name, set := range map[string]func(){
		"user.email.mutable":     func() { p.Select("Value", "administrators (admin)") },
		"guard.count":            func() { p.Fill("Value", "60") },
		"list.hidden_states":     func() { p.Fill("Value", "suspended\ndeprovisioned") },
		"nickname.shown":         func() { p.Check("On", true) },
		"login.username.pattern": func() { p.Fill("Value", "^[a-z]+$") },
	} {
		p.Open(s.base + "/settings/" + name)
		p.Accessible()
		set()
		p.Click("Save")
		p.Wait("was saved.")
		if name == "user.email.mutable" {
			p.Wait("Back to what the preset says")
			p.Screenshot("setting-choice")
		}
	}
	p.Viewport(390, 800)
	p.Prefer("dark")
	p.Open(s.base + "/settings")
	p.Accessible()
	p.Screenshot("settings-phone-dark")
}

// What the manifest owns is read-only until it is taken over.
func TestSettingsOfTheManifest(t *testing.T) {
	s := open(t, "", "settings: {session.idle: 30m}\n")
	c := s.client("console_owner")
	c.get("/settings/session.idle").want(http.StatusOK).says("30m", "Take over from the manifest").hides("Save</button>")
	if r := c.post("/settings/session.idle", url.Values{"value": {"2h"}}); r.status != http.StatusForbidden {
		t.Errorf("status %d: %s", r.status, r.body)
	}
	c.post("/detach", url.Values{"kind": {"setting"}, "name": {"session.idle"}, "return": {"/settings/session.idle"}}).leads("/settings/session.idle")
	c.post("/settings/session.idle", url.Values{"value": {"2h"}}).leads("/settings/session.idle")
	c.get("/settings/session.idle").says("2h")
}

func TestSettingsThatAreWrongAreShownAgain(t *testing.T) {
	s := open(t, "", "")
	c := s.client("console_owner")
	for name, x := range map[string]struct{ value, want string }{
		"guard.count":             {"many", "Write a whole number."},
		"guard.percent":           {"101", "must be a whole number from 1 to 100"},
		"session.idle":            {"1s", "must be a duration from"},
		"user.email.mutable":      {"everybody", "must be one of"},
		"list.hidden_states":      {"gone", "must be a list of some of"},
		"invitation.channels":     {"", "This has to be filled in."},
		"login.username.pattern":  {"[", "regular expression"},
		"presence.initial_status": {"nothere", "nothere"},
		"user.required_fields":    {"shoe_size", "shoe_size"},
	} {
		r := c.post("/settings/"+name, url.Values{"value": {x.value}})
		if r.status < 400 || r.status >= 500 {
			t.Errorf("%s: status %d", name, r.status)
		}
		if !strings.Contains(r.body, x.want) || !strings.Contains(r.body, x.value) || !strings.Contains(r.body, `role="alert"`) {
			t.Errorf("%s: %q is not in %s", name, x.want, r.body)
		}
	}
	c.get("/settings/no.such").want(http.StatusNotFound)
	c.post("/settings/no.such", url.Values{"value": {"x"}}).want(http.StatusNotFound)
	if r := c.get("/settings/session.idle?cursor=nonsense"); r.status >= 500 {
		t.Errorf("status %d", r.status)
	}
}

// The tenant has a name, and a preset of which there may be a newer version.
func TestTheTenantIsRenamed(t *testing.T) {
	s := open(t, "conversations-basic", "")
	p := s.browser("console_owner")
	p.Open(s.base + "/settings/tenant")
	p.Accessible()
	p.Screenshot("settings-tenant")
	p.Fill("Name", "Acme Support")
	p.Click("Save")
	p.Wait("The organisation was saved.")
	p.Wait("Acme Support")
	c := s.client("console_owner")
	c.post("/settings/tenant", url.Values{"name": {""}}).want(http.StatusUnprocessableEntity).says("This has to be filled in.")
	c.post("/settings/tenant", url.Values{"name": {strings.Repeat("x", 201)}}).want(http.StatusUnprocessableEntity).says("At most 200 characters.")
	if r := c.post("/settings/tenant", url.Values{"preset": {"call-centre@1"}}); r.status < 400 || r.status >= 500 {
		t.Errorf("another preset: status %d: %s", r.status, r.body)
	}
	s.client("console_operator").post("/settings/tenant", url.Values{"name": {"x"}}).want(http.StatusForbidden).says("console.tenant.manage")
}

func TestSettingsByPermissionAndLanguage(t *testing.T) {
	s := open(t, "", "")
	viewer := s.client("console_viewer")
	viewer.get("/settings").want(http.StatusOK)
	viewer.get("/settings/session.idle").want(http.StatusOK).hides("<textarea", "Save</button>", "History")
	viewer.get("/settings/tenant").want(http.StatusOK).hides("Rename")
	viewer.post("/settings/session.idle", url.Values{"value": {"2h"}}).want(http.StatusForbidden).says("settings.manage")
	s.client("console_help_desk").get("/settings").want(http.StatusForbidden).says("settings.view")
	viewer.get("/settings", "Accept-Language", "es").want(http.StatusOK).says("Ajustes", "Duración de una sesión")
	viewer.get("/settings", "Accept-Language", "pt-BR").want(http.StatusOK).says("Ajustes", "Duração da sessão", "Perfis de acesso")
	viewer.get("/settings/session.lifetime", "Accept-Language", "es").says("una sesión, haga lo que haga su titular")
}

// Each setting of the registry has its name and its explanation in every language, and each group its title.
func TestEverySettingIsExplained(t *testing.T) {
	for _, l := range locale.Languages() {
		for _, x := range directory.Settings() {
			group, _, _ := strings.Cut(x.Name, ".")
			for _, key := range []string{"setting." + x.Name, "setting." + x.Name + ".doc", "setting.group_" + group} {
				if !l.Has(key) {
					t.Errorf("%s: there is no text of the key %q", l, key)
				}
			}
			if x.Type == directory.ChoiceSetting || x.Type == directory.ListSetting && x.Name != "user.required_fields" {
				for _, value := range x.Values {
					if key := "setting.choice_" + value; !l.Has(key) {
						t.Errorf("%s: there is no text of the key %q", l, key)
					}
				}
			}
		}
	}
}
