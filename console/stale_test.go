package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// guarded is a form that replaces an object which two people have open.
type guarded struct {
	page   string     // of the form
	form   url.Values // what is filled in besides what each of them changes
	field  string     // that both change
	first  string     // what the first writes into it
	second string
	remove string // of the confirmation of the object's removal; "" where it is not removed
}

// Of two who have the same form open, the one who saves last changes nothing, hears why, and finds what they filled in; so
// does who removes what has changed since they read it.
func TestNobodyOverwritesWhatTheyHaveNotSeen(t *testing.T) {
	for preset, list := range map[string]map[string]guarded{
		"": {
			"status":     {"/statuses/lunch", url.Values{"active": {"on"}}, "name", "Meal", "Snack", "/statuses/lunch/delete"},
			"role":       {"/roles/night/edit", url.Values{"kind": {"custom"}, "permission.reports.view": {"granted:none"}}, "name", "Late", "Later", "/roles/night/delete"},
			"group":      {"/agent-groups/Sales/edit", url.Values{"name": {"Sales"}, "distribution": {"on"}, "visibility": {"team"}}, "description", "Sells", "Sold", "/agent-groups/Sales/delete"},
			"seats":      {"/seats/desks", url.Values{"policy": {"hard_cap"}, "limit": {"20"}, "grace": {"0"}}, "name", "Tables", "Chairs", "/seats/desks/delete"},
			"connection": {"/connections/hr/settings", url.Values{"name": {"hr"}, "dialect": {"okta"}, "capabilities": {"create"}}, "guard_count", "4711", "4712", "/connections/hr/delete"},
			"setting":    {"/settings/session.idle", url.Values{}, "value", "2h", "3h", ""},
			"tenant":     {"/settings/tenant", url.Values{}, "name", "Acme One", "Acme Two", ""},
		},
		"campaign-contact-centre": {
			"campaign": {"/work/campaigns/Spring", url.Values{"name": {"Spring"}}, "description", "Calls many.", "Calls few.", "/work/campaigns/Spring/delete"},
			"profile":  {"/profiles/Phone", url.Values{"name": {"Phone"}, "role": {"agent"}, "icon": {"phone"}, "step": {"modules"}, "modules": {"module.crm"}}, "description", "Calls.", "Rings.", "/profiles/Phone/delete"},
		},
	} {
		role, manifest := "console_owner", ""
		if preset != "" {
			role, manifest = "planner", strings.Replace(planner, "permissions: [", "permissions: [profiles.manage, roles.view, ", 1)
		}
		s := open(t, preset, manifest)
		a, b := s.client(role), s.client(role)
		if preset == "" {
			a.post("/statuses/new", url.Values{"key": {"lunch"}, "name": {"Lunch"}, "active": {"on"}}).want(http.StatusSeeOther)
			a.post("/roles/new", url.Values{"key": {"night"}, "name": {"Night"}, "kind": {"custom"}, "permission.reports.view": {"granted:none"}}).want(http.StatusSeeOther)
			a.post("/agent-groups/new", url.Values{"name": {"Sales"}, "distribution": {"on"}, "visibility": {"team"}}).want(http.StatusSeeOther)
			a.post("/seats/new", url.Values{"key": {"desks"}, "name": {"Desks"}, "policy": {"hard_cap"}, "limit": {"20"}, "grace": {"0"}}).want(http.StatusSeeOther)
			a.post("/connections/new", url.Values{"kind": {"scim"}, "name": {"hr"}, "dialect": {"okta"}, "capabilities": {"create"}}).want(http.StatusSeeOther)
		} else {
			a.post("/work/campaigns/new", url.Values{"name": {"Spring"}}).want(http.StatusSeeOther)
			a.post("/profiles/new", url.Values{"name": {"Phone"}, "role": {"agent"}, "icon": {"phone"}, "step": {"modules"}, "modules": {"module.crm"}}).want(http.StatusSeeOther)
		}
		for name, x := range list {
			filled := func(c *client, value string) url.Values {
				f := maps.Clone(x.form)
				f.Set(x.field, value)
				f.Set("seen", seenOn(t, c.get(x.page).want(http.StatusOK).body))
				return f
			}
			first, second := filled(a, x.first), filled(b, x.second)
			var removal url.Values
			if x.remove != "" {
				removal = url.Values{"seen": {seenOn(t, b.get(x.remove).want(http.StatusOK).body)}}
			}
			if r := a.post(x.page, first); r.status != http.StatusSeeOther {
				t.Errorf("%s: the first: %d %s", name, r.status, r.body)
				continue
			}
			said := []string{"It has changed since you read it", x.second, `name="seen"`, `href="` + x.page + `" target="_blank"`}
			b.post(x.page, second).want(http.StatusPreconditionFailed).says(said...)
			b.post(x.page, second).want(http.StatusPreconditionFailed)
			b.get(x.page).want(http.StatusOK).says(x.first).hides(x.second)
			b.post(x.page, second, "Accept-Language", "es").want(http.StatusPreconditionFailed).says("Ha cambiado desde que lo leyó", "en otra pestaña")
			if removal != nil {
				b.post(x.remove, removal).want(http.StatusPreconditionFailed).says("It has changed since you read it")
				b.get(x.page).want(http.StatusOK)
			}
			b.post(x.page, filled(b, x.second)).want(http.StatusSeeOther)
			a.get(x.page).says(x.second)
		}
	}
}
