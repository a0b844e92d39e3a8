package api_test

import (
	"maps"
	"slices"
	"testing"
)

// operator003 is somebody of the preset call-centre, who has a login and no e-mail address; nil leaves a field out.
func operator003(more object) object {
	body := object{"display_name": "Ana Prado", "user_name": "ana1", "roles": []string{"operator"}}
	maps.Copy(body, more)
	maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
	return body
}

func TestCallCentrePeople(t *testing.T) {
	onPlatform(t, "call-centre", "administrator", "queues: [{name: Calls}]\n", map[string]func(*testing.T, *platform){
		"003-06 rights come from user groups, and nothing else is there": func(_ *testing.T, p *platform) {
			p.created("/roles", object{
				"key": "auditors", "name": "Auditors", "kind": "permission_group", "permissions": []object{{"key": "calls.history.view", "scope": "all"}},
			})
			p.do("POST", "/roles", object{"key": "custom", "name": "Custom", "kind": "custom"}).want(409).says("roles.model")
			v := p.hire(operator003(nil))
			p.may(v.ID, "calls.handle", where{}, true)
			p.may(v.ID, "calls.history.view", where{Owner: "somebody"}, false)
			p.may(v.ID, "settings.manage", where{}, false)
			p.rights(v.ID, object{"roles": []string{"auditors"}}, nil).want(200)
			p.may(v.ID, "calls.history.view", where{Owner: "somebody"}, true)
			p.may(v.ID, "calls.handle", where{}, true)
			p.rights(v.ID, nil, object{"roles": []string{"operator"}}).want(200)
			p.may(v.ID, "calls.handle", where{}, false)
			p.rights(v.ID, object{"roles": []string{"nobodies"}}, nil).want(404)
		},
		"003-08 the name is required": func(_ *testing.T, p *platform) {
			p.do("POST", "/users", operator003(object{"display_name": nil})).want(422).says("name", "user.required_fields")
			p.do("POST", "/users", operator003(object{"display_name": "  "})).want(422).says("name")
			p.hire(operator003(nil))
		},
		"003-09 the login has Latin letters and digits only": func(t *testing.T, p *platform) {
			for _, login := range []string{"ana.prado", "ana prado", "ana@example.com", "анна", "aná", "ana_1"} {
				p.do("POST", "/users", operator003(object{"user_name": login})).want(422).says("login.username.pattern")
			}
			p.do("POST", "/users", operator003(object{"user_name": nil})).want(422)
			v := p.hire(operator003(nil))
			p.do("POST", "/users", operator003(object{"user_name": "ANA1"})).want(409)
			p.do("PATCH", "/users/"+v.ID, object{"user_name": "ana-1"}, merge...).want(422).says("login.username.pattern")
			p.do("PATCH", "/users/"+v.ID, object{"user_name": "Ana2"}, merge...).want(200)
			sameNames(t, "people", p.listed(""), []string{"Ana2"})
		},
		"003-11 one user group or several at once": func(_ *testing.T, p *platform) {
			p.do("POST", "/users", operator003(object{"roles": []string{}})).want(422).says("role")
			v := p.hire(operator003(object{"roles": []string{"operator", "interface_user"}}))
			p.holds(v, "interface_user", "operator")
			p.holds(p.rights(v.ID, object{"roles": []string{"administrator"}}, nil).want(200).person(), "administrator", "interface_user", "operator")
			p.do("POST", "/users", operator003(object{"user_name": "bea", "roles": []string{"operator", "nobodies"}})).want(404).says("nobodies")
		},
		"003-12 without a work phone no calls": func(t *testing.T, p *platform) {
			v := p.hire(operator003(object{"status": "online", "queues": []string{"Calls"}}))
			calls := v.Queues[0].ID
			if got := p.eligibleBy(v.ID, calls, "voice"); got != "extension" {
				t.Errorf("without an extension eligible but for %q", got)
			}
			v = p.do("PATCH", "/users/"+v.ID, object{"extension": "4021"}, merge...).want(200).person()
			if got := p.eligibleBy(v.ID, calls, "voice"); got != "" || v.Extension != "4021" {
				t.Errorf("with the extension %q eligible but for %q", v.Extension, got)
			}
			p.do("PATCH", "/users/"+v.ID, object{"extension": nil}, merge...).want(200)
			if got := p.eligibleBy(v.ID, calls, "voice"); got != "extension" {
				t.Errorf("eligible but for %q", got)
			}
			p.do("PATCH", "/users/"+v.ID, object{"extension": 4021}, merge...).want(422)
		},
		"003-13 the position is optional": func(t *testing.T, p *platform) {
			v := p.hire(operator003(nil))
			if len(v.Incomplete) != 0 {
				t.Errorf("incomplete: %q", v.Incomplete)
			}
			v = p.hire(operator003(object{"user_name": "bea", "title": "Team lead"}))
			if v.Attributes["title"] != "Team lead" {
				t.Errorf("%v", v.Attributes)
			}
			p.do("POST", "/users", operator003(object{"user_name": "cy", "title": []string{"x"}})).want(422)
		},
		"003-14 whoever was added is in the list": func(t *testing.T, p *platform) {
			p.do("POST", "/users", operator003(object{"user_nam": "ana1"})).want(422).says("user_nam")
			sameNames(t, "people", p.listed(""), []string{})
			p.hire(operator003(nil))
			sameNames(t, "people", p.listed(""), []string{"ana1"})
			p.as("operator").do("POST", "/users", operator003(object{"user_name": "bea"})).want(403)
		},
		"003-21 a login is enough, without an e-mail address": func(t *testing.T, p *platform) {
			v := p.hire(operator003(nil))
			if len(v.Incomplete) != 0 || v.State != "active" || v.Attributes["emails"] != nil {
				t.Errorf("%+v", v)
			}
			p.do("POST", "/users", object{"display_name": "Bea", "email": "bea@example.com", "roles": []string{"operator"}}).want(422).says("login.username.pattern")
		},
	})
}

func TestCallCentreBulk(t *testing.T) {
	team := func(p *platform) (ids []string) {
		for _, login := range []string{"ana1", "bea1", "cy1"} {
			ids = append(ids, p.hire(operator003(object{"user_name": login})).ID)
		}
		return ids
	}
	onPlatform(t, "call-centre", "administrator", "", map[string]func(*testing.T, *platform){
		"003-17 a user group is added to many": func(_ *testing.T, p *platform) {
			ids := team(p)
			edit := object{"people": ids[:2], "add": object{"roles": []string{"interface_user"}}}
			p.do("POST", "/users/bulk", edit).want(200).says("planned")
			p.holds(p.see(ids[0]), "operator")
			p.do("POST", "/users/bulk?confirm=true", edit).want(200).says("applied")
			p.holds(p.see(ids[0]), "interface_user", "operator")
			p.holds(p.see(ids[1]), "interface_user", "operator")
			p.holds(p.see(ids[2]), "operator")
			p.as("operator").do("POST", "/users/bulk?confirm=true", edit).want(403)
			p.do("POST", "/users/bulk?confirm=true", object{"people": []string{}, "add": object{"roles": []string{"operator"}}}).want(422)
			p.do("POST", "/users/bulk?confirm=true", object{"people": ids}).want(422)
			p.do("POST", "/users/bulk?confirm=true", object{"people": ids, "add": object{"roles": []string{"nobodies"}}}).says("nobodies")
			p.holds(p.see(ids[0]), "interface_user", "operator")
		},
		"003-18 one is deleted": func(t *testing.T, p *platform) {
			ids := team(p)
			p.do("DELETE", "/users/"+ids[0], nil).want(204)
			sameNames(t, "people", p.listed("?sort=user_name"), []string{"bea1", "cy1"})
			p.do("DELETE", "/users/nobody", nil).want(404)
			p.as("interface_user").do("DELETE", "/users/"+ids[1], nil).want(403)
		},
		"003-19 many are deleted": func(t *testing.T, p *platform) {
			ids := team(p)
			p.do("POST", "/users/bulk?confirm=true", object{"people": append(slices.Clone(ids[:2]), "nobody"), "do": "delete"}).want(200).says("nobody")
			sameNames(t, "people", p.listed(""), []string{"cy1"})
			p.do("POST", "/users/bulk?confirm=true", object{"people": ids, "do": "erase"}).want(422)
			p.as("operator").do("POST", "/users/bulk?confirm=true", object{"people": ids, "do": "delete"}).want(403)
		},
		"003-20 nobody is deleted before it is confirmed": func(t *testing.T, p *platform) {
			ids := team(p)
			p.do("POST", "/users/bulk", object{"people": ids[:2], "do": "delete"}).want(200).says("planned", "deprovisioned", "ana1", "bea1").hides("cy1")
			sameNames(t, "people", p.listed("?sort=user_name"), []string{"ana1", "bea1", "cy1"})
			p.do("POST", "/users/bulk?confirm=yes", object{"people": ids[:2], "do": "delete"}).want(422)
			sameNames(t, "people", p.listed("?sort=user_name"), []string{"ana1", "bea1", "cy1"})
		},
	})
}
