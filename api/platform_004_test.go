package api_test

import (
	"maps"
	"strings"
	"testing"
)

func TestCampaignContactCentreProfiles(t *testing.T) {
	profile := func(more object) object {
		body := object{"name": "Seller", "role": "agent", "icon": "headset", "description": "Sells by telephone."}
		maps.Copy(body, more)
		return body
	}
	modules := func(r reply, path string) (out []string) {
		list, _ := r.at(path).([]any)
		for _, m := range list {
			if text, ok := m.(string); ok {
				out = append(out, text)
			}
		}
		return out
	}
	onPlatform(t, "campaign-contact-centre", "administrator", "", map[string]func(*testing.T, *platform){
		"004-02 profiles are made, changed and removed": func(t *testing.T, p *platform) {
			id := p.created("/profiles", profile(nil))
			p.do("PUT", "/profiles/"+id, profile(object{"name": "Caller"})).want(200)
			sameNames(t, "profiles", p.names("/profiles", "name", nil), []string{"Caller"})
			p.do("DELETE", "/profiles/"+id, nil).want(200)
			p.do("DELETE", "/profiles/"+id, nil).want(404)
			p.do("PUT", "/profiles/"+id, profile(nil)).want(404)
		},
		"004-03 three roles, and a role is no profile": func(t *testing.T, p *platform) {
			builtin := func(r object) bool { return r["kind"] == "builtin" }
			sameNames(t, "roles", p.names("/roles", "key", builtin), []string{"administrator", "agent", "owner"})
			p.created("/profiles", profile(nil))
			sameNames(t, "roles", p.names("/roles", "key", builtin), []string{"administrator", "agent", "owner"})
			p.do("GET", "/roles/Seller", nil).want(404)
			p.do("GET", "/profiles/agent", nil).want(404)
			p.as("console_owner").do("POST", "/roles", object{"key": "fourth", "name": "Fourth"}).want(409).says("roles.model")
		},
		"004-10 owners and administrators make profiles, agents do not": func(_ *testing.T, p *platform) {
			p.created("/profiles", profile(nil))
			p.as("owner").created("/profiles", profile(object{"name": "Lead", "role": "administrator"}))
			p.as("agent").do("POST", "/profiles", profile(object{"name": "Mine"})).want(403).is("missing-permission")
		},
		"004-11 the name is free": func(_ *testing.T, p *platform) {
			p.created("/profiles", profile(object{"name": "Atención ☎ Lima / turno 2"}))
			p.do("POST", "/profiles", profile(object{"name": "ATENCIÓN ☎ lima / turno 2"})).want(409)
			p.do("POST", "/profiles", profile(object{"name": ""})).want(422).says("name")
			p.do("POST", "/profiles", profile(object{"name": strings.Repeat("x", 201)})).want(422).says("name")
		},
		"004-12 the role of a profile is administrator or agent, never the owner": func(_ *testing.T, p *platform) {
			p.created("/profiles", profile(nil))
			p.created("/profiles", profile(object{"name": "Lead", "role": "administrator"}))
			p.do("POST", "/profiles", profile(object{"name": "Boss", "role": "owner"})).want(422).says("owner")
			p.do("POST", "/profiles", profile(object{"name": "Boss", "role": "nothing"})).want(422).says("nothing")
			p.do("PUT", "/profiles/Seller", profile(object{"role": "owner"})).want(422).says("owner")
		},
		"004-17 an icon has to be chosen": func(_ *testing.T, p *platform) {
			p.do("POST", "/profiles", profile(object{"icon": ""})).want(422).says("icon")
			p.do("POST", "/profiles", object{"name": "Seller", "role": "agent"}).want(422).says("icon")
			p.created("/profiles", profile(nil))
		},
		"004-18 a description of at most 75 characters, or none": func(_ *testing.T, p *platform) {
			p.created("/profiles", object{"name": "None", "role": "agent", "icon": "x"})
			p.created("/profiles", profile(object{"name": "Full", "description": strings.Repeat("ñ", 75)}))
			p.do("POST", "/profiles", profile(object{"description": strings.Repeat("ñ", 76)})).want(422).says("75")
			p.do("POST", "/profiles", profile(object{"description": strings.Repeat("x", 76)})).want(422).says("75")
		},
		"004-20 the modules of the role are offered, and some can be kept": func(t *testing.T, p *platform) {
			offered := map[string]string{}
			var ceiling struct{ Modules []struct{ Key, Mode string } }
			p.do("GET", "/roles/agent/modules", nil).want(200).into(&ceiling)
			for _, m := range ceiling.Modules {
				offered[m.Key] = m.Mode
			}
			if len(offered) != 3 || offered["module.workspace"] != "forced" || offered["module.crm"] != "granted" || offered["module.agenda"] != "granted" {
				t.Errorf("offered %v", offered)
			}
			all := p.do("POST", "/profiles", profile(nil)).want(201)
			sameNames(t, "preselected", modules(all, "object.modules"), []string{"module.crm", "module.agenda", "module.workspace"})
			some := p.do("POST", "/profiles", profile(object{"name": "Some", "modules": []string{"module.crm"}})).want(201)
			sameNames(t, "kept", modules(some, "object.modules"), []string{"module.crm", "module.workspace"})
			none := p.created("/profiles", profile(object{"name": "None", "role": "administrator", "modules": []string{}}))
			var read object
			p.do("GET", "/profiles/"+none, nil).want(200).into(&read)
			for _, key := range []string{"id", "colour", "managed_by", "archived"} {
				delete(read, key)
			}
			read["description"] = "Looks on."
			again := p.do("PUT", "/profiles/"+none, read).want(200)
			if list, ok := read["modules"].([]any); !ok || len(list) != 0 {
				t.Errorf("a profile without modules reads %v", read)
			}
			sameNames(t, "none is still none", modules(again, "object.modules"), nil)
			p.do("POST", "/profiles", profile(object{"name": "Much", "modules": []string{"module.reports"}})).want(422).says("module.reports")
			p.do("POST", "/profiles", profile(object{"name": "Much", "modules": []string{"module.nothing"}})).want(422).says("module.nothing")
			v := p.hire(member004(object{"profile": "Some"}))
			p.may(v.ID, "contacts.access", where{}, true)
			p.may(v.ID, "workspace.access", where{}, true)
			p.may(v.ID, "reports.view", where{}, false)
		},
		"004-22 orange for agents, sky blue for administrators": func(t *testing.T, p *platform) {
			for role, colour := range map[string]string{"agent": "orange", "administrator": "sky blue"} {
				r := p.do("POST", "/profiles", profile(object{"name": role, "role": role})).want(201)
				if got := r.text("object.colour"); got != colour {
					t.Errorf("%s: %s", role, got)
				}
			}
			p.do("POST", "/profiles", profile(object{"name": "Mine", "colour": "red"})).want(422).says("colour")
		},
		"004-62 twelve modules": func(t *testing.T, p *platform) {
			var tenant struct{ Modules []struct{ Key, Name string } }
			p.do("GET", "/tenant", nil).want(200).into(&tenant)
			var got []string
			for _, m := range tenant.Modules {
				got = append(got, strings.TrimPrefix(m.Key, "module."))
			}
			sameNames(t, "modules", got, strings.Fields("mini_menu operations crm supervision agenda workspace connections platform_settings flows pbx plans_billing reports"))
			p.as("agent").do("GET", "/tenant", nil).want(403)
		},
	})
}
