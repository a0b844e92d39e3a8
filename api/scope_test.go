package api_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// Row 004-07: whoever is in charge of agents sees, changes and makes agents, and nobody else.
func TestRow004_07AKeyOverAgentsSeesAndActsOnAgents(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		x.group("Support")
		lead := directory.Role{Key: "lead", Name: "Lead", Kind: directory.CustomRole, ManagedBy: directory.ByConsole}
		for _, key := range []string{"users.view", "users.edit", "users.role.assign", "users.deactivate", "users.reactivate", "users.delete", "users.availability.set", "status.set_other", "users.bulk_edit"} {
			lead.Permissions = append(lead.Permissions, directory.RolePermission{Key: key, Scope: directory.ScopeAgents, Mode: directory.Granted})
		}
		lead.Permissions = append(lead.Permissions, directory.RolePermission{Key: "users.create", Scope: directory.ScopeNone, Mode: directory.Granted})
		x.change(func(next *store.Configuration) { next.Roles = append(next.Roles, lead) })
		owner, c := x.key("administrator"), x.key("lead")
		agent := owner.made("ana", object{"roles": []string{"agent"}})
		hidden := map[string]string{
			"a supervisor":          owner.made("secret-sue", object{"roles": []string{"supervisor"}}),
			"an agent with another": owner.made("secret-bo", object{"roles": []string{"agent", "supervisor"}}),
			"somebody without any":  owner.made("secret-cy"),
		}
		// What they see.
		page := c.do("GET", "/users", nil).want(200).says("ana").hides("secret-")
		if page.at("total") != nil {
			t.Errorf("total %v", page.at("total"))
		}
		c.do("GET", "/users/"+agent, nil).want(200)
		found, cursor := []string{}, ""
		for {
			r := c.do("GET", "/users?limit=1&sort=user_name&cursor="+cursor, nil).want(200)
			for _, item := range r.at("items").([]any) {
				found = append(found, item.(object)["user_name"].(string))
			}
			if cursor = r.text("next"); cursor == "" {
				break
			}
			if told, err := base64.RawURLEncoding.DecodeString(cursor); err != nil || strings.Contains(string(told), "secret-") || strings.Contains(string(told), `"n"`) {
				t.Errorf("the cursor tells %q, %v", told, err)
			}
		}
		if !slices.Equal(found, []string{"ana"}) {
			t.Errorf("%q", found)
		}
		// What they do.
		acts := func(id string) map[string]reply {
			at := "/users/" + id
			return map[string]reply{
				"edit":    c.do("PATCH", at, object{"title": "x"}, merge...),
				"status":  c.do("PUT", at+"/status", object{"status": "online"}),
				"absence": c.do("POST", at+"/absences", object{}),
				"suspend": c.do("POST", at+"/suspend", nil),
				"resume":  c.do("POST", at+"/resume", nil),
				"take":    c.do("DELETE", at+"/rights/role/agent", nil),
				"delete":  c.do("DELETE", at, nil),
			}
		}
		for who, id := range hidden {
			nobody := "nobody"
			for _, path := range []string{"", "/absences", "/status", "/eligibility"} {
				c.do("GET", "/users/"+id+path, nil).want(404).is("not-found").hides("secret-").sameAs(c.do("GET", "/users/"+nobody+path, nil), id, nobody)
			}
			absent := acts(nobody)
			for what, r := range acts(id) {
				if r.Status != 404 || strings.Contains(string(r.Body), "secret-") {
					t.Errorf("%s, %s: %d %s", who, what, r.Status, r.Body)
				}
				r.sameAs(absent[what], id, nobody)
			}
		}
		// Nor by a name, be it one that two have: who is not seen is not counted.
		owner.made("ana@example.com", object{"email": "secret-dup@example.com"})
		owner.do("GET", "/users/ana@example.com", nil).want(409)
		if r := c.do("GET", "/users/ana@example.com", nil).want(200); r.text("id") != agent {
			t.Errorf("%s", r.Body)
		}
		c.do("PATCH", "/users/ana@example.com", object{"title": "y"}, merge...).want(200).hides("secret-")
		for _, name := range []string{"secret-sue", "secret-sue@example.com", "2"} {
			c.do("GET", "/users/"+name, nil).want(404).sameAs(c.do("GET", "/users/nobody", nil), name, "nobody")
			c.do("POST", "/users/"+name+"/suspend", nil).want(404)
		}
		c.do("POST", "/users/bulk?confirm=true", object{"people": []string{agent}, "add": object{"roles": []string{"agent"}}}).want(403).says("for a part")
		for _, path := range []string{"/users/" + agent + "/holds", "/users/" + agent + "/explain", "/eligibility/cursor", "/eligibility/changes?cursor=0", "/users.csv", "/audit"} {
			c.do("GET", path, nil).want(403)
		}
		c.do("GET", "/agent-groups/Support/eligibility", nil).want(403)
		// Whom they make is an agent, and stays one.
		c.do("POST", "/users", object{"user_name": "dee", "given_name": "D", "family_name": "E", "email": "dee@example.com", "roles": []string{"agent"}}).want(201)
		for i, roles := range [][]string{{"supervisor"}, {"agent", "supervisor"}} {
			c.do("POST", "/users", object{"user_name": fmt.Sprint("x", i), "given_name": "D", "family_name": "E", "email": fmt.Sprint("x", i, "@example.com"), "roles": roles}).want(403)
		}
		c.do("PUT", "/users/"+agent+"/rights/role/supervisor", nil).want(403)
		c.do("PUT", "/users/"+agent+"/rights/role/lead", nil).want(403)
		for what, r := range acts(agent) {
			if r.Status >= 300 && what != "delete" && what != "take" {
				t.Errorf("an agent, %s: %d %s", what, r.Status, r.Body)
			}
		}
	})
}

// sameAs checks that two answers differ in nothing but what was asked about and the request's id.
func (r reply) sameAs(other reply, asked, otherAsked string) {
	r.t.Helper()
	plain := func(x reply, asked string) string {
		p := x.problem()
		p.RequestID = ""
		return strings.ReplaceAll(fmt.Sprintf("%+v", p), strconv.Quote(asked), "…")
	}
	if a, b := plain(r, asked), plain(other, otherAsked); r.Status != other.Status || a != b {
		r.t.Errorf("%d %s\ndiffers from\n%d %s", r.Status, a, other.Status, b)
	}
}
