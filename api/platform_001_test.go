package api_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// merge is the Content-Type of changes of people.
var merge = []string{"Content-Type", "application/merge-patch+json"}

// seller001 is somebody of the preset commerce-chat; nil leaves a field out.
func seller001(more object) object {
	body := object{"given_name": "Ana", "family_name": "Prado", "email": "ana@example.com", "roles": []string{"conversation_agent"}}
	maps.Copy(body, more)
	maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
	return body
}

func TestCommerceChatPeople(t *testing.T) {
	onPlatform(t, "commerce-chat", "administrator", "", map[string]func(*testing.T, *platform){
		"001-01 people are listed, created and given access": func(_ *testing.T, p *platform) {
			v := p.hire(seller001(nil))
			sameNames(t, "people", p.listed(""), []string{"ana@example.com"})
			p.holds(p.rights(v.ID, object{"roles": []string{"stakeholder"}}, object{"roles": []string{"conversation_agent"}}).want(200).person(), "stakeholder")
			for _, role := range []string{"conversation_agent", "supervisor", "order_payment_administrator", "stakeholder"} {
				p.as(role).do("POST", "/users", seller001(object{"email": role + "@example.com"})).want(403).is("missing-permission")
			}
			p.as("conversation_agent").do("GET", "/users", nil).want(403)
		},
		"001-02 people are edited and deleted": func(t *testing.T, p *platform) {
			v := p.hire(seller001(nil))
			p.do("PATCH", "/users/"+v.ID, object{"family_name": "Prado Lima", "email": "lima@example.com"}, merge...).want(200).says("Prado Lima", "lima@example.com")
			p.do("PATCH", "/users/"+v.ID, object{"family_nam": "x"}, merge...).want(422)
			p.do("PATCH", "/users/nobody", object{"family_name": "x"}, merge...).want(404)
			p.as("supervisor").do("DELETE", "/users/"+v.ID, nil).want(403)
			p.do("DELETE", "/users/"+v.ID, nil).want(204)
			p.do("DELETE", "/users/"+v.ID, nil).want(404)
			sameNames(t, "people", p.listed(""), []string{})
		},
		"001-04 first name, last name, e-mail and roles are mandatory": func(t *testing.T, p *platform) {
			for field, says := range map[string]string{"given_name": "name.givenName", "family_name": "name.familyName", "email": "email", "roles": "role"} {
				p.do("POST", "/users", seller001(object{field: nil, "user_name": "ana"})).want(422).says(says, "user.required_fields")
			}
			p.do("POST", "/users", seller001(object{"given_name": " "})).want(422).says("name.givenName")
			sameNames(t, "people", p.listed(""), []string{})
			p.hire(seller001(nil))
			// A directory's person is created whatever is missing; it is told, and keeps them out of distribution.
			d := p.provisioned("bea", nil)
			sameNames(t, "incomplete", d.Incomplete, []string{"role", "name.givenName", "name.familyName", "email"})
			if d.Eligible {
				t.Error("eligible")
			}
		},
		"001-05 several roles add up": func(_ *testing.T, p *platform) {
			v := p.hire(seller001(object{"roles": []string{"conversation_agent", "order_payment_administrator"}}))
			p.holds(v, "conversation_agent", "order_payment_administrator")
			p.may(v.ID, "conversations.reply", where{Owner: v.ID}, true)
			p.may(v.ID, "orders.delete", where{}, true)
			p.may(v.ID, "conversations.assign", where{}, false)
			p.holds(p.rights(v.ID, object{"roles": []string{"supervisor"}}, nil).want(200).person(), "conversation_agent", "order_payment_administrator", "supervisor")
			p.may(v.ID, "conversations.assign", where{Owner: "somebody"}, true)
			p.rights(v.ID, object{"roles": []string{"boss"}}, nil).want(404).says("boss")
		},
		"001-09 the role for sales and answering conversations": func(t *testing.T, p *platform) {
			r := p.do("GET", "/roles/conversation_agent", nil).want(200)
			if text := strings.ToLower(r.text("description")); !strings.Contains(text, "sales") || !strings.Contains(text, "answering conversations") || r.text("kind") != "builtin" {
				t.Errorf("%s", r.Body)
			}
			v := p.hire(seller001(nil))
			p.may(v.ID, "conversations.reply", where{Owner: v.ID}, true)
			p.may(v.ID, "conversations.reply", where{Owner: "somebody"}, false)
			p.do("DELETE", "/roles/conversation_agent", nil).want(403).is("missing-permission")
			k := p.as("console_owner")
			k.do("DELETE", "/roles/conversation_agent", nil).want(403).is("owned")
			k.do("POST", "/roles", object{"key": "own", "name": "Own"}).want(409).says("roles.model")
		},
	})
}

func TestCommerceChatOptionsAndGroups(t *testing.T) {
	onPlatform(t, "commerce-chat", "administrator", "", map[string]func(*testing.T, *platform){
		"001-29 options belong to a role: only the listed ones can be switched on": func(t *testing.T, p *platform) {
			v := p.hire(seller001(nil))
			p.rights(v.ID, object{"options": []string{"conversation_agent:payment_reports"}}, nil).want(404)
			p.rights(v.ID, object{"options": []string{"supervisor:payment_reports"}}, nil).want(409).says("supervisor")
			p.rights(v.ID, object{"options": []string{"conversation_transfer"}}, nil).want(404)
			for _, role := range []string{"administrator", "stakeholder"} {
				p.rights(v.ID, object{"roles": []string{role}, "options": []string{role + ":independent_orders"}}, nil).want(404)
			}
			got := p.rights(v.ID, object{"options": []string{"conversation_agent:conversation_transfer"}}, nil).want(200).person()
			if len(got.Options) != 1 || got.Options[0].Name != "Conversation Transfer" {
				t.Errorf("options %+v", got.Options)
			}
			p.may(v.ID, "conversations.transfer", where{Owner: v.ID}, true)
			p.may(v.ID, "conversations.claim", where{}, false)
			p.rights(v.ID, nil, object{"options": []string{"conversation_agent:conversation_transfer"}}).want(200)
			p.may(v.ID, "conversations.transfer", where{Owner: v.ID}, false)
		},
		"001-30 the same option means other actions in another role": func(_ *testing.T, p *platform) {
			agent := p.hire(seller001(object{"options": []string{"conversation_agent:independent_orders"}}))
			supervisor := p.hire(seller001(object{"email": "bea@example.com", "roles": []string{"supervisor"}, "options": []string{"supervisor:independent_orders"}}))
			for _, permission := range []string{"orders.create_independent", "orders.delete"} {
				p.may(supervisor.ID, permission, where{}, true)
				p.may(agent.ID, permission, where{}, permission == "orders.create_independent")
			}
			p.do("POST", "/users", seller001(object{"email": "cy@example.com", "options": []string{"supervisor:independent_orders"}})).want(409)
		},
		"001-31 agent groups are what conversations are assigned to": func(t *testing.T, p *platform) {
			sales := p.created("/agent-groups", object{"name": "Sales"})
			support := p.created("/agent-groups", object{"name": "Support", "default": true})
			v := p.hire(seller001(object{"status": "online", "agent_groups": []object{{"id": "Sales"}}}))
			p.may(v.ID, "conversations.auto_distribution", where{AgentGroup: sales}, true)
			if got := p.eligible(v.ID, sales); got != "" {
				t.Errorf("not eligible in Sales: %s", got)
			}
			if got := p.eligible(v.ID, support); got != "membership" {
				t.Errorf("eligible in Support but for %q", got)
			}
			p.do("POST", "/agent-groups", object{"name": "Third", "default": true}).want(409).says("default")
		},
		"001-33 a group is a name and the agents who are in it": func(t *testing.T, p *platform) {
			p.do("POST", "/agent-groups", object{"name": ""}).want(422).says("name")
			sales := p.created("/agent-groups", object{"name": "Sales"})
			p.do("POST", "/agent-groups", object{"name": "SALES"}).want(409)
			ana, bea := p.hire(seller001(nil)), p.hire(seller001(object{"email": "bea@example.com"}))
			for _, id := range []string{ana.ID, bea.ID} {
				p.rights(id, object{"agent_groups": []object{{"id": sales}}}, nil).want(200)
			}
			sameNames(t, "members", p.listed("?agent_group=Sales"), []string{"ana@example.com", "bea@example.com"})
			// There are no kinds of membership here.
			p.rights(ana.ID, object{"agent_groups": []object{{"id": sales, "kind": "supervisor"}}}, nil).want(422)
			p.rights(ana.ID, object{"agent_groups": []object{{"id": "Nowhere"}}}, nil).want(404)
			p.do("DELETE", "/agent-groups/"+sales, nil).want(409)
			p.rights(ana.ID, nil, object{"agent_groups": []object{{"id": sales}}}).want(200)
			sameNames(t, "members", p.listed("?agent_group=Sales"), []string{"bea@example.com"})
			names := p.names("/agent-groups", "name", nil)
			if !slices.Equal(names, []string{"Sales"}) {
				t.Errorf("groups %q", names)
			}
		},
	})
}
