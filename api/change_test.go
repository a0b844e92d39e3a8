package api_test

import (
	"fmt"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// holders makes people whom no connection owns, each with a role.
func (x *tenant) holders(n int, role string) {
	x.t.Helper()
	actor := operator
	actor.Tenant = x.id
	for i := range n {
		name := fmt.Sprintf("agent%d@example.com", i)
		_, err := x.engine.CreatePerson(x.t.Context(), actor, provision.NewPerson{
			Attributes: directory.Attributes{"userName": name, "name": object{"givenName": "Agent", "familyName": fmt.Sprint(i)}, "emails": []any{object{"value": name, "primary": true}}},
			Rights:     []directory.Entitlement{{Kind: directory.RoleEntitlement, Target: role}},
		}, provision.PersonOptions{})
		if err != nil {
			x.t.Fatal(err)
		}
	}
}

func TestChangesArePlannedHeldAndApproved(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		role := x.custom()
		x.holders(6, role)
		c := x.key("administrator")
		path := "/roles/" + role

		planned := c.do("DELETE", path+"?plan=true&absent=true", nil).want(200)
		if planned.text("result.status") != "planned" || planned.at("result.summary.revoked") != 6.0 || len(planned.at("changes").([]any)) != 6 || planned.at("result.guard") == nil {
			t.Errorf("the plan: %s", planned.Body)
		}
		c.do("GET", path, nil).want(200)

		held := c.do("DELETE", path+"?absent=true", nil).want(409).is("held")
		if held.text("plan.result.status") != "held" || len(held.at("plan.changes").([]any)) != 6 {
			t.Errorf("what is held: %s", held.Body)
		}
		c.do("GET", path, nil).want(200)

		may := x.change(func(next *store.Configuration) {
			next.Roles = append(next.Roles, directory.Role{Key: "editor", Name: "Editor", Kind: directory.CustomRole, Permissions: []directory.RolePermission{
				{Key: "roles.manage", Scope: directory.ScopeNone, Mode: directory.Granted},
			}})
		})
		if len(may.Roles) == 0 {
			t.Fatal("no roles")
		}
		editor := x.key("editor")
		editor.do("DELETE", path+"?absent=true", nil).want(409).is("held")
		if p := editor.do("DELETE", path+"?absent=true&approve=true", nil).want(403).problem(); p.Missing != "console.plans.approve" {
			t.Errorf("missing %q", p.Missing)
		}
		done := c.do("DELETE", path+"?absent=true&approve=true", nil).want(200)
		if done.text("result.status") != "applied" || done.at("result.approved_by") == nil {
			t.Errorf("approved: %s", done.Body)
		}
		c.do("GET", path, nil).want(404)
	})
}

// DECISIONS 26: what the manifest owns is read-only, and the refusal says whose it is and how to get it.
func TestWhatOthersOwnIsRefusedUntilItIsDetached(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		c := x.key("administrator")
		detached(x) // an agent group of the manifest
		support := c.do("GET", "/agent-groups/Support", nil).want(200)
		if support.text("managed_by") != "manifest" {
			t.Fatalf("%s", support.Body)
		}
		path := "/agent-groups/" + support.text("id")
		body := object{"name": "Support", "description": "Answers."}
		c.do("PUT", path, body).want(403).is("owned").says("managed by the manifest", "/api/v1/detach")
		c.do("DELETE", path, nil).want(403).is("owned")
		c.do("PUT", "/roles/agent", object{"key": "agent", "name": "Agent"}).want(403).is("owned").says("preset")

		x.key("nobody").do("POST", "/detach", object{"kind": "agent_group", "name": "Support"}).want(403)
		c.do("POST", "/detach", object{"kind": "agent_group", "name": "Nothing"}).want(404)
		c.do("POST", "/detach", object{"kind": "nonsense", "name": "Support"}).want(422)
		c.do("POST", "/detach", object{"kind": "agent_group", "name": "support"}).want(200)
		if got := c.do("PUT", path, body).want(200); got.text("object.managed_by") != "console" || got.text("object.description") != "Answers." {
			t.Errorf("%s", got.Body)
		}
	})
}

func TestIfMatchGuardsTheObjectThatWasSeen(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		c := x.key("administrator")
		made := c.do("POST", "/agent-groups", object{"name": "Support"}).want(201)
		path := "/agent-groups/" + made.text("object.id")
		seen := c.do("GET", path, nil).want(200).Header.Get("ETag")
		if seen != made.Header.Get("ETag") {
			t.Errorf("made with the ETag %s, read with %s", made.Header.Get("ETag"), seen)
		}
		if got := made.Header.Get("Location"); got != "https://rollcall.example.com/api/v1"+path {
			t.Errorf("Location %s", got)
		}
		next := c.do("PUT", path, object{"name": "Support", "channels": []string{"chat"}}, "If-Match", seen).want(200).Header.Get("ETag")
		if next == seen {
			t.Error("the ETag stayed although the group changed")
		}
		c.do("PUT", path, object{"name": "Support"}, "If-Match", seen).want(412).is("stale")
		c.do("DELETE", path, nil, "If-Match", seen).want(412).is("stale")
		c.do("DELETE", path, nil, "If-Match", "*").want(200)
	})
}

func TestListsArePaged(t *testing.T) {
	g := open(t, migrated.SQLite(t))
	x := g.tenant("")
	x.change(func(next *store.Configuration) {
		for i := range 5 {
			next.Companies = append(next.Companies, directory.Company{Name: fmt.Sprintf("Company %d", i)})
		}
	})
	c := x.key("")
	var names []string
	for cursor := ""; ; {
		r := c.do("GET", "/companies?limit=2&cursor="+cursor, nil).want(200)
		for _, item := range r.at("items").([]any) {
			names = append(names, item.(map[string]any)["name"].(string))
		}
		if cursor = r.text("next"); cursor == "" {
			break
		}
	}
	if len(names) != 5 || names[0] != "Company 0" || names[4] != "Company 4" {
		t.Errorf("%q", names)
	}
	for _, bad := range []string{"limit=0", "limit=1001", "limit=x", "cursor=nonsense", "cursor=%7B"} {
		c.do("GET", "/companies?"+bad, nil).want(422).is("invalid")
	}
}

// DECISIONS 15: what is done is what the plan told. Where the configuration has moved since, the whole of it is refused.
func TestAPlanIsCarriedOutOnTheConfigurationThatItWasMadeOf(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		c := x.key("administrator")
		group := func(name string) object { return object{"name": name} }
		versionOf := func(r reply) string { return fmt.Sprint(int64(r.at("result.version").(float64))) }
		planned := c.do("POST", "/agent-groups?plan=true", group("Support")).want(200)
		c.do("POST", "/agent-groups", group("Sales")).want(201)
		c.do("POST", "/agent-groups?version="+versionOf(planned), group("Support")).want(412).is("stale").says("read it again")
		c.do("POST", "/agent-groups?plan=true&version="+versionOf(planned), group("Support")).want(412).is("stale")
		c.do("GET", "/agent-groups/Support", nil).want(404)
		planned = c.do("POST", "/agent-groups?plan=true", group("Support")).want(200)
		done := c.do("POST", "/agent-groups?version="+versionOf(planned), group("Support")).want(201)
		if versionOf(done) != versionOf(planned) {
			t.Errorf("planned on %s, done on %s", versionOf(planned), versionOf(done))
		}
		for _, odd := range []string{"-1", "x", "1.5", "99999999999999999999"} {
			c.do("POST", "/agent-groups?version="+odd, group("Billing")).want(422)
		}
		c.do("POST", "/agent-groups?version=99999", group("Billing")).want(412)
	})
}
