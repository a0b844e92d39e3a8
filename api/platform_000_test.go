package api_test

import (
	"maps"
	"slices"
	"testing"
)

// agent000 is an agent of the preset conversations-basic, as the form of the page asks for her.
func agent000(more object) object {
	body := object{"given_name": "Ana", "family_name": "Prado", "email": "ana@example.com", "roles": []string{"agent"}}
	maps.Copy(body, more)
	return body
}

const teams000 = "agent_groups: [{name: Support}, {name: Billing}]\n"

func TestConversationsBasicPeople(t *testing.T) {
	onPlatform(t, "conversations-basic", "administrator", teams000, map[string]func(*testing.T, *platform){
		"000-06 an e-mail address is asked for": func(_ *testing.T, p *platform) {
			p.do("POST", "/users", agent000(object{"email": nil})).want(422).says("e-mail")
			p.do("POST", "/users", object{"user_name": "ana", "roles": []string{"agent"}}).want(422).says("email", "user.required_fields")
			sameNames(p.t, "people", p.listed(""), []string{})
		},
		"000-07 the e-mail address is unique, in whatever case": func(_ *testing.T, p *platform) {
			p.hire(agent000(nil))
			p.do("POST", "/users", agent000(object{"email": "ANA@Example.com", "given_name": "Other"})).want(409).is("conflict")
			p.do("POST", "/users", agent000(object{"email": "ANA@Example.com", "user_name": "other"})).want(409).is("conflict").says("email")
			r := p.directory("POST", "/Users", object{
				"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": "other", "emails": []object{{"value": "Ana@example.com"}},
			})
			if r.Status != 409 || r.text("scimType") != "uniqueness" {
				t.Errorf("a directory's second ana: %d %s", r.Status, r.Body)
			}
			p.hire(agent000(object{"email": "ana2@example.com"})) // names may repeat
		},
		"000-08 the e-mail address stays as it was at creation": func(_ *testing.T, p *platform) {
			v := p.hire(agent000(nil))
			p.do("PATCH", "/users/"+v.ID, object{"email": "new@example.com"}, merge...).want(422).is("immutable").says("user.email.mutable")
			p.do("PATCH", "/users/"+v.ID, object{"email": nil}, merge...).want(422).is("immutable")
			p.do("PATCH", "/users/"+v.ID, object{"given_name": "Anna"}, merge...).want(200).says("Anna", "ana@example.com")
			// A directory may, for those whom it owns (C-05): else somebody who is renamed there is made twice.
			d := p.provisioned("bea@example.com", object{"emails": []object{{"value": "bea@example.com", "primary": true}}})
			r := p.directory("PATCH", "/Users/"+d.ID, object{
				"schemas":    []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"},
				"Operations": []object{{"op": "replace", "path": "emails", "value": []object{{"value": "beatriz@example.com", "primary": true}}}},
			})
			if r.Status != 200 && r.Status != 204 {
				t.Errorf("the directory's own: %d %s", r.Status, r.Body)
			}
			p.do("PATCH", "/users/"+d.ID, object{"email": "x@example.com"}, merge...).want(403).says("hr")
		},
		"000-09 one role is chosen among three": func(_ *testing.T, p *platform) {
			p.do("POST", "/users", agent000(object{"roles": []string{}})).want(422).says("role")
			p.do("POST", "/users", agent000(object{"roles": []string{"boss"}})).want(404).says("boss")
			p.do("POST", "/users", agent000(object{"roles": []string{"agent", "supervisor"}})).want(422).says("roles.cardinality")
			v := p.hire(agent000(nil))
			p.holds(v, "agent")
			p.holds(p.rights(v.ID, object{"roles": []string{"supervisor"}}, nil).want(200).person(), "supervisor")
			p.rights(v.ID, object{"roles": []string{"agent", "administrator"}}, nil).want(422).says("roles.cardinality")
			p.holds(p.see(v.ID), "supervisor")
		},
		"000-10 people begin as offline": func(_ *testing.T, p *platform) {
			for _, v := range []string{p.hire(agent000(nil)).ID, p.provisioned("bea@example.com", nil).ID} {
				if got := p.see(v).Status; got == nil || *got != "offline" {
					t.Errorf("status %v", got)
				}
			}
		},
		"000-11 another status may be chosen at creation": func(_ *testing.T, p *platform) {
			v := p.hire(agent000(object{"status": "online", "agent_groups": []object{{"id": "Support"}}}))
			if v.Status == nil || *v.Status != "online" || !v.Eligible {
				t.Errorf("status %v, eligible %t", v.Status, v.Eligible)
			}
			if r := p.do("POST", "/users", agent000(object{"email": "b@example.com", "status": "asleep"})); r.Status != 404 && r.Status != 422 {
				t.Errorf("a status that is not there: %d %s", r.Status, r.Body)
			}
		},
		"000-12 one or more groups": func(_ *testing.T, p *platform) {
			v := p.hire(agent000(object{"agent_groups": []object{{"id": "Support"}, {"id": "Billing"}}}))
			if got := groupsOf(v); got != "Billing user, Support user" {
				t.Errorf("groups %s", got)
			}
			p.do("POST", "/users", agent000(object{"email": "b@example.com", "agent_groups": []object{{"id": "Nowhere"}}})).want(404).says("Nowhere")
			sameNames(p.t, "members of Billing", p.listed("?agent_group=Billing"), []string{"ana@example.com"})
		},
		"000-13 whoever was created is there": func(_ *testing.T, p *platform) {
			r := p.do("POST", "/users", agent000(nil)).want(201)
			if r.Header.Get("Location") == "" || r.person().State != "active" {
				t.Errorf("%v %s", r.Header, r.Body)
			}
			sameNames(p.t, "people", p.listed(""), []string{"ana@example.com"})
			p.as("agent").do("POST", "/users", agent000(object{"email": "b@example.com"})).want(403)
		},
	})
}

func TestConversationsBasicRoles(t *testing.T) {
	reporting := object{
		"key": "reporting_admin", "name": "Reporting Admin",
		"permissions": []object{{"key": "reports.view", "scope": "none"}, {"key": "reports.conversations.generate", "scope": "group"}},
	}
	onPlatform(t, "conversations-basic", "administrator", teams000, map[string]func(*testing.T, *platform){
		"000-01 three built-in roles and no other": func(_ *testing.T, p *platform) {
			sameNames(p.t, "built-in roles", p.names("/roles", "key", func(r object) bool { return r["kind"] == "builtin" }), []string{"administrator", "agent", "supervisor"})
			sameNames(p.t, "other roles", p.names("/roles", "key", func(r object) bool {
				return !slices.Contains([]any{"builtin", "console", "membership"}, r["kind"])
			}), []string{})
		},
		"000-19 custom roles are made, changed and removed": func(_ *testing.T, p *platform) {
			p.created("/roles", reporting)
			p.do("PUT", "/roles/reporting_admin", object{"key": "reporting_admin", "name": "Reports", "permissions": []object{{"key": "reports.view", "scope": "none"}}}).want(200)
			v := p.hire(agent000(object{"roles": []string{"reporting_admin"}}))
			p.do("DELETE", "/roles/reporting_admin", nil).want(409).says("reporting_admin")
			p.rights(v.ID, object{"roles": []string{"agent"}}, nil).want(200)
			p.do("DELETE", "/roles/reporting_admin", nil).want(200)
			p.do("GET", "/roles/reporting_admin", nil).want(404)
			p.as("supervisor").do("POST", "/roles", reporting).want(403)
		},
		"000-20 a custom role has a name of its own": func(_ *testing.T, p *platform) {
			p.do("POST", "/roles", object{"key": "nameless", "name": ""}).want(422).says("name")
			p.do("POST", "/roles", object{"key": "nameless", "name": " "}).want(422).says("name")
			p.created("/roles", reporting)
			p.do("POST", "/roles", object{"key": "second", "name": "reporting ADMIN"}).want(409).says("reporting ADMIN")
			p.do("POST", "/roles", object{"key": "reporting_admin", "name": "Another"}).want(409)
		},
		"000-21 single permissions are chosen": func(_ *testing.T, p *platform) {
			p.created("/roles", reporting)
			v := p.hire(agent000(object{"roles": []string{"reporting_admin"}, "agent_groups": []object{{"id": "Billing"}}}))
			billing := v.AgentGroups[0].ID
			p.may(v.ID, "reports.view", where{}, true)
			p.may(v.ID, "reports.conversations.generate", where{AgentGroup: billing}, true)
			p.may(v.ID, "reports.conversations.export", where{AgentGroup: billing}, false)
			p.may(v.ID, "settings.view", where{}, false)
			p.do("POST", "/roles", object{"key": "wrong", "name": "Wrong", "permissions": []object{{"key": "reports.veiw", "scope": "none"}}}).want(422).says("reports.view")
			p.do("POST", "/roles", object{"key": "wrong", "name": "Wrong", "permissions": []object{{"key": "reports.view", "scope": "campaign"}}}).want(422).says("reports.view")
		},
		"000-22 restrictions, not only grants": func(_ *testing.T, p *platform) {
			p.created("/roles", object{"key": "quiet", "name": "Quiet", "permissions": []object{
				{"key": "conversations.view", "scope": "all"},
				{"key": "conversations.reply", "scope": "own"},
				{"key": "conversations.close", "mode": "denied"},
				{"key": "conversations.transfer", "mode": "denied", "scope": "own"},
			}})
			v := p.hire(agent000(object{"roles": []string{"quiet"}}))
			p.may(v.ID, "conversations.view", where{Owner: "somebody"}, true)
			p.may(v.ID, "conversations.close", where{Owner: v.ID}, false)
			p.may(v.ID, "conversations.reply", where{Owner: "somebody"}, false)
		},
		"000-23 custom roles are given as others are": func(_ *testing.T, p *platform) {
			p.created("/roles", reporting)
			v := p.hire(agent000(nil))
			p.holds(p.rights(v.ID, object{"roles": []string{"reporting_admin"}}, nil).want(200).person(), "reporting_admin")
			p.do("PUT", "/users/"+v.ID+"/rights/role/agent", object{}).want(200)
			p.holds(p.do("PUT", "/users/"+v.ID+"/rights/role/reporting_admin", object{"reason": "month's end"}).want(200).person(), "reporting_admin")
			p.do("PUT", "/users/"+v.ID+"/rights/role/nothing", object{}).want(404)
			sameNames(p.t, "holders", p.listed("?role=reporting_admin"), []string{"ana@example.com"})
		},
		"000-24 built-in roles remain beside custom ones": func(_ *testing.T, p *platform) {
			p.created("/roles", reporting)
			sameNames(p.t, "roles", p.names("/roles", "key", func(r object) bool { return r["kind"] != "console" && r["kind"] != "membership" }),
				[]string{"administrator", "agent", "reporting_admin", "supervisor"})
			p.do("PUT", "/roles/agent", object{"key": "agent", "name": "Agent"}).want(403).is("owned")
			p.do("DELETE", "/roles/agent", nil).want(403).is("owned")
		},
	})
}

func TestConversationsBasicStatuses(t *testing.T) {
	lunch := func(more object) object {
		body := object{"key": "lunch", "name": "At lunch", "icon": "utensils", "description": "Away for a meal.", "receives": false}
		maps.Copy(body, more)
		return body
	}
	onPlatform(t, "conversations-basic", "administrator", teams000, map[string]func(*testing.T, *platform){
		"000-25 a catalogue of statuses": func(_ *testing.T, p *platform) {
			sameNames(p.t, "statuses", p.names("/statuses", "key", nil), []string{"offline", "online"})
			p.as("supervisor").do("POST", "/statuses", lunch(nil)).want(403)
			p.created("/statuses", lunch(nil))
			p.do("DELETE", "/statuses/lunch", nil).want(200)
			p.do("DELETE", "/statuses/offline", nil).want(409).says("offline")
		},
		"000-26 000-27 a status has an icon and a description": func(_ *testing.T, p *platform) {
			p.created("/statuses", lunch(nil))
			r := p.do("GET", "/statuses/lunch", nil).want(200)
			if r.text("icon") != "utensils" || r.text("description") != "Away for a meal." {
				t.Errorf("%s", r.Body)
			}
			p.do("POST", "/statuses", lunch(object{"key": "tea", "name": "Tea", "icon": string(slices.Repeat([]byte("x"), 100))})).want(422).says("icon")
			p.do("POST", "/statuses", lunch(object{"key": "tea", "name": "Tea", "description": string(slices.Repeat([]byte("x"), 1000))})).want(422).says("description")
		},
		"000-28 a keyword of its own": func(_ *testing.T, p *platform) {
			p.created("/statuses", lunch(nil))
			p.do("POST", "/statuses", lunch(object{"name": "Second"})).want(409).says("lunch")
			p.do("POST", "/statuses", lunch(object{"key": "Not A Keyword", "name": "Second"})).want(422).says("keyword")
			p.do("POST", "/statuses", lunch(object{"key": ""})).want(422).says("key")
		},
		"000-29 whether it receives conversations": func(_ *testing.T, p *platform) {
			p.created("/statuses", lunch(nil))
			p.created("/statuses", lunch(object{"key": "desk", "name": "At the desk", "receives": true}))
			for status, eligible := range map[string]bool{"lunch": false, "desk": true, "offline": false, "online": true} {
				v := p.hire(agent000(object{"email": status + "@example.com", "status": status, "agent_groups": []object{{"id": "Support"}}}))
				if v.Eligible != eligible {
					t.Errorf("%s: eligible %t", status, v.Eligible)
				}
			}
			p.do("POST", "/statuses", object{"key": "tea", "name": "Tea"}).want(422).says("receives")
		},
		"000-30 whether it can be chosen": func(_ *testing.T, p *platform) {
			p.created("/statuses", lunch(object{"receives": true}))
			v := p.hire(agent000(object{"status": "lunch"}))
			p.do("PUT", "/statuses/lunch", lunch(object{"active": false})).want(200)
			if got := p.see(v.ID).Status; got == nil || *got != "offline" {
				t.Errorf("whoever was in it is now in %v", got)
			}
			p.setStatus(v.ID, "lunch").want(422).says("lunch")
			p.do("PUT", "/statuses/offline", object{"key": "offline", "name": "Offline", "receives": false, "active": false}).want(409).says("presence.initial_status")
		},
		"000-31 a status is there once it is saved": func(_ *testing.T, p *platform) {
			p.do("POST", "/statuses?plan=true", lunch(nil)).want(200)
			sameNames(p.t, "statuses before", p.names("/statuses", "key", nil), []string{"offline", "online"})
			p.created("/statuses", lunch(nil))
			sameNames(p.t, "statuses", p.names("/statuses", "key", nil), []string{"lunch", "offline", "online"})
			p.do("POST", "/statuses", "{").want(400)
		},
		"000-32 availability follows the status": func(_ *testing.T, p *platform) {
			p.created("/statuses", lunch(nil))
			v := p.hire(agent000(object{"agent_groups": []object{{"id": "Support"}}}))
			for _, step := range []struct {
				status   string
				eligible bool
			}{{"online", true}, {"lunch", false}, {"online", true}, {"offline", false}} {
				p.setStatus(v.ID, step.status).want(200)
				if got := p.see(v.ID); got.Eligible != step.eligible || *got.Status != step.status {
					t.Errorf("%s: eligible %t, status %s", step.status, got.Eligible, *got.Status)
				}
			}
			p.setStatus(v.ID, "nowhere").want(422)
			p.as("agent").setStatus(v.ID, "online").want(403)
		},
	})
}
