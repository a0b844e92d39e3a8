package api_test

import (
	"fmt"
	"maps"
	"testing"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// able makes a key of a new role with these permissions, each as far as it can be given.
func (x *tenant) able(permissions ...string) *client {
	x.t.Helper()
	return x.key(x.role(permissions...))
}

// role makes a custom role with these permissions, each as far as it can be given, and returns its key.
func (x *tenant) role(permissions ...string) string {
	x.t.Helper()
	r := directory.Role{Key: fmt.Sprintf("role%d", x.tenants.Add(1)), Kind: directory.CustomRole}
	r.Name = r.Key
	for _, key := range permissions {
		p, ok := access.PermissionNamed(key)
		if !ok {
			x.t.Fatalf("there is no permission %q", key)
		}
		r.Permissions = append(r.Permissions, directory.RolePermission{Key: key, Scope: p.Scopes[len(p.Scopes)-1], Mode: directory.Granted})
	}
	r.ManagedBy = directory.ByConsole
	x.write(func(tx *store.Tx) error { // whatever the preset's setting roles.model says
		tx.PutRole(r)
		_, err := tx.RaiseConfigVersion("Acme")
		return err
	})
	return r.Key
}

// lacks checks that the answer refuses for want of a permission.
func (r reply) lacks(permission string) {
	r.t.Helper()
	if p := r.want(403).is("missing-permission").problem(); p.Missing != permission {
		r.t.Errorf("missing %q, want %q: %s", p.Missing, permission, r.Body)
	}
}

// DECISIONS 9: a key hands out what it has, by another key or by a wider role of its own, and no more.
func TestNoKeyMakesAStrongerOne(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		auditor, reader := x.role("console.audit.read"), x.role("users.view")
		keys := x.able("console.apikeys.manage")
		keys.do("POST", "/api-keys", object{"name": "high", "role": auditor}).want(403).is("forbidden").says("console.audit.read")
		keys.do("POST", "/api-keys", object{"name": "privileged", "role": "administrator"}).want(403).is("forbidden")
		keys.do("POST", "/api-keys", object{"name": "low", "role": reader}).want(201)
		keys.do("POST", "/api-keys", object{"name": "none"}).want(201)
		x.able("console.apikeys.manage", "console.audit.read").do("POST", "/api-keys", object{"name": "high", "role": auditor}).want(201)
		x.key("console_owner").do("POST", "/api-keys", object{"name": "export", "role": x.role("contacts.export")}).want(403).says("contacts.export")
	})
}

func TestNoRoleIsMadeWiderThanItsMaker(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		c := x.able("roles.manage", "console.mappings.draft")
		mine := c.do("GET", "/me", nil).want(200).text("role")
		grants := func(keys ...string) []object {
			out := []object{}
			for _, key := range keys {
				out = append(out, object{"key": key, "scope": "none"})
			}
			return out
		}
		own := object{"key": mine, "name": "mine", "permissions": grants("roles.manage", "console.mappings.draft", "console.apikeys.manage")}
		c.do("PUT", "/roles/"+mine, own).lacks("console.apikeys.manage")
		c.do("PUT", "/roles/"+mine+"?plan=true", own).lacks("console.apikeys.manage")
		c.do("PUT", "/roles/"+mine, object{"key": mine, "name": "mine", "permissions": grants("roles.manage", "console.audit.read")}).lacks("console.audit.read")
		c.do("POST", "/roles", object{"key": "wide", "name": "wide", "permissions": grants("console.mappings.publish")}).lacks("console.mappings.publish")
		c.do("POST", "/roles", object{"key": "wide", "name": "wide", "options": []object{{"key": "more", "name": "More", "permissions": grants("console.tokens.manage")}}}).lacks("console.tokens.manage")
		// What agents do is for whoever administers roles to give.
		c.do("POST", "/roles", object{"key": "night", "name": "night", "permissions": []object{{"key": "conversations.assign", "scope": "all"}}}).want(201)
		c.do("POST", "/roles", object{"key": "same", "name": "same", "permissions": grants("roles.manage")}).want(201)
		// Of a role that somebody stronger made, everything else is changed, and rights are taken.
		strong := x.role("console.tokens.manage", "console.apikeys.manage")
		c.do("PUT", "/roles/"+strong, object{"key": strong, "name": "renamed", "permissions": grants("console.tokens.manage")}).want(200)
		c.do("PUT", "/roles/"+strong, object{"key": strong, "name": "renamed", "permissions": grants("console.tokens.manage", "console.apikeys.manage")}).lacks("console.apikeys.manage")
		// A denial that goes gives back.
		x.change(func(next *store.Configuration) {
			next.Roles = append(next.Roles, directory.Role{Key: "never", Name: "Never", Kind: directory.CustomRole, Permissions: []directory.RolePermission{
				{Key: "users.delete", Mode: directory.Denied},
			}})
		})
		c.do("PUT", "/roles/never", object{"key": "never", "name": "Never"}).lacks("users.delete")
		c.do("DELETE", "/roles/never", nil).lacks("users.delete")
		x.key("administrator").do("DELETE", "/roles/never", nil).want(200)
	})
}

// A module of a profile switches on what its role has as an option.
func TestNoProfileIsMadeWiderThanItsMaker(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("campaign-contact-centre")
		x.t = t
		x.change(func(next *store.Configuration) { next.Settings["user.required_fields"] = "email" })
		c := x.able("profiles.manage")
		c.do("POST", "/profiles", object{"name": "Lead", "role": "administrator", "icon": "star"}).want(403).is("missing-permission")
		c.do("POST", "/profiles", object{"name": "Seller", "role": "agent", "icon": "star"}).want(201)
		x.key("owner").do("POST", "/profiles", object{"name": "Lead", "role": "administrator", "icon": "star"}).want(201)
		giver := x.able("users.profile.assign", "users.role.assign", "users.create", "users.view")
		id := giver.made("ana", object{"profile": "Seller"})
		giver.do("PUT", "/users/"+id+"/rights/profile/Lead", nil).want(403).says("nobody gives or takes more")
		giver.do("PUT", "/users/"+id+"/rights/profile/lead", nil).want(403)
		x.able("users.profile.assign", "users.view").do("POST", "/users/"+id+"/rights", object{"add": object{"profile": "Seller"}}).want(200)
	})
}

func TestNoRuleGivesMoreThanItsPublisherHas(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		optional := x.role("console.tokens.manage")
		admins := object{"name": "admins", "group": "CC-Admins", "yields": object{"roles": []string{"administrator"}}}
		agents := object{"name": "agents", "group": "CC-Agents", "yields": object{"roles": []string{"agent", "supervisor"}}}
		operator, owner := x.key("console_operator"), x.key("administrator")
		publish := func(c *client, rules ...object) reply {
			c.do("PUT", "/rules/draft", object{"rules": rules}).want(200)
			return c.do("POST", "/rules/draft/publish", nil)
		}
		publish(operator, agents).want(200)
		publish(operator, agents, admins).want(403).is("missing-permission").says("admins", "administrator")
		operator.do("POST", "/rules/draft/plan", nil).want(403)
		publish(operator, agents, object{"name": "tokens", "group": "CC-Tokens", "yields": object{"roles": []string{optional}}}).lacks("console.tokens.manage")
		publish(owner, agents, admins).want(200)
		// What is published stays, and cannot be led to others.
		rules := owner.do("GET", "/rules", nil).want(200).at("items").([]any)
		first, second := rules[0].(object), rules[1].(object)
		publish(operator, second, first, object{"name": "more", "group": "CC-More", "yields": object{"roles": []string{"agent"}}}).want(200)
		second["group"] = "CC-Everybody"
		publish(operator, first, second).want(403).is("missing-permission")
		versions := owner.do("GET", "/rules/versions", nil).want(200)
		publish(owner, first).want(200)
		var with string
		for _, v := range versions.at("items").([]any) {
			if v := v.(object); v["state"] == "published" { // with the rule for CC-Admins
				with = v["id"].(string)
			}
		}
		operator.do("POST", "/rules/versions/"+with+"/revert", nil).want(403).is("missing-permission")
		owner.do("POST", "/rules/versions/"+with+"/revert", nil).want(200)
	})
}

func TestNobodyIsGivenMoreThanTheGiverHas(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		owner := x.key("administrator")
		id := owner.made("ana", object{"roles": []string{"agent"}})
		c := x.able("users.role.assign", "users.options.assign", "users.create", "users.bulk_edit", "users.view", "console.runs.undo", "console.holds.manage")
		at := "/users/" + id
		c.do("PUT", at+"/rights/role/administrator", nil).want(403).is("missing-permission")
		c.do("POST", "/users", object{"user_name": "bo", "given_name": "Bo", "family_name": "Li", "email": "bo@example.com", "roles": []string{"administrator"}}).want(403)
		bulk := object{"people": []string{id}, "add": object{"roles": []string{"administrator"}}}
		c.do("POST", "/users/bulk", bulk).want(403)
		c.do("POST", "/users/bulk?confirm=true", bulk).want(403)
		// A role that has just been made, and an option that gives more than its role.
		x.change(func(next *store.Configuration) {
			next.Roles = append(next.Roles, directory.Role{Key: "fresh", Name: "Fresh", Kind: directory.CustomRole, Options: []directory.RoleOption{
				{Key: "more", Name: "More", Permissions: []directory.RolePermission{{Key: "console.apikeys.manage", Scope: directory.ScopeNone, Mode: directory.Granted}}},
			}})
		})
		c.do("PUT", at+"/rights/role/"+x.role("console.tokens.manage"), nil).lacks("console.tokens.manage")
		c.do("PUT", at+"/rights/role/fresh", nil).want(200)
		c.do("PUT", at+"/rights/option/fresh:more", nil).lacks("console.apikeys.manage")
		// What was taken from somebody comes back by nobody who could not give it.
		owner.do("PUT", at+"/rights/role/administrator", nil).want(200)
		c.do("DELETE", at+"/rights/role/administrator", nil).want(403)
		taken := owner.do("POST", "/users/bulk?confirm=true", object{"people": []string{id}, "remove": object{"roles": []string{"administrator"}}}).want(200).text("run")
		c.do("POST", "/runs/undo", object{"run": taken}).want(200).says("administrator")
		c.do("POST", "/runs/undo?confirm=true", object{"run": taken}).want(403).is("missing-permission").says("administrator")
		owner.do("GET", at, nil).want(200).hides(`"key":"administrator"`)
		owner.do("POST", "/runs/undo?confirm=true", object{"run": taken}).want(200)
		owner.do("GET", at, nil).want(200).says(`"key":"administrator"`)
		// Nor is it withheld from them, or given back, by a hold.
		hold := object{"subject": "role:administrator", "effect": "deny", "reason": "x"}
		c.do("POST", at+"/holds", hold).want(403)
		placed := owner.do("POST", at+"/holds", hold).want(201).text("id")
		c.do("DELETE", at+"/holds/"+placed, nil).want(403)
		c.do("DELETE", at+"/holds/nothere", nil).want(404)
		c.do("POST", at+"/holds", object{"subject": "role:agent", "effect": "deny", "reason": "x"}).want(201)
		c.do("POST", at+"/holds", object{"subject": "state", "effect": "deny", "reason": "x"}).lacks("users.deactivate")
		c.do("POST", at+"/holds", object{"subject": "attribute:title", "effect": "keep", "value": "Chief", "reason": "x"}).lacks("users.edit")
		suspended := owner.do("POST", at+"/holds", object{"subject": "state", "effect": "deny", "reason": "x"}).want(201).text("id")
		x.able("console.holds.manage", "users.view", "users.deactivate").do("DELETE", at+"/holds/"+suspended, nil).lacks("users.reactivate")
	})
}

// DECISIONS 3: nobody comes to a privileged role by an attribute that somebody edits; a rule's other rights they get.
func TestNoAttributeByHandGivesAPrivilegedRole(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		owner := x.key("administrator")
		owner.do("PUT", "/rules/draft", object{"rules": []object{
			{"name": "chiefs", "when": `title eq "Chief"`, "yields": object{"roles": []string{"administrator"}, "agent_groups": []object{{"name": "Support"}}}},
		}}).want(200)
		owner.do("POST", "/rules/draft/publish", nil).want(200)
		c := x.able("users.create", "users.edit", "users.view", "console.holds.manage")
		for _, id := range []string{c.made("ana", object{"title": "Chief"}), c.made("bo"), x.provided("zoe")} {
			if c.do("GET", "/users/"+id, nil).want(200).text("user_name") == "zoe" {
				c.do("POST", "/users/"+id+"/holds", object{"subject": "attribute:title", "effect": "keep", "value": "Chief", "reason": "x"}).want(201)
			} else {
				c.do("PATCH", "/users/"+id, object{"title": "Chief"}, merge...).want(200)
			}
			c.do("GET", "/users/"+id, nil).want(200).says("Support").hides(`"key":"administrator"`)
			owner.do("GET", "/users/"+id+"/explain", nil).want(200).says("is not given by attributes that no directory states")
		}
		r, err := x.engine.CreateUser(t.Context(), directory.Actor{Tenant: x.id, Kind: directory.ActorConnection, ID: "okta", Connection: "okta"}, directory.Account{
			ExternalID: "yve", Attributes: directory.Attributes{"userName": "yve", "title": "Chief", "active": true},
		})
		if err != nil {
			t.Fatal(err)
		}
		c.do("GET", "/users/"+r.ID, nil).want(200).says(`"key":"administrator"`)
	})
}

// Whoever says who somebody is could be anybody: that takes all that the highest role has.
func TestWhereToSignInIsForTheHighestRole(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		okta := x.okta()
		provider := func(more object) object {
			oidc := object{"issuer": "https://id.example.com", "client_id": "rollcall", "client_secret": "s3cret", "link": object{"claim": "sub", "connection": okta}}
			maps.Copy(oidc, more)
			return object{"name": "sso", "kind": "oidc", "oidc": oidc}
		}
		some, all := x.able("console.connections.read", "console.connections.write"), x.key("console_owner")
		some.do("POST", "/connections", provider(nil)).want(403).is("missing-permission").says("could come as anybody")
		made := all.do("POST", "/connections", provider(nil)).want(201)
		id := made.text("object.id")
		if r := some.do("GET", "/connections/"+id, nil).want(200).hides("s3cret"); r.text("redirect_uri") != "https://rollcall.example.com/auth/callback/"+x.name+"/"+id {
			t.Errorf("%s", r.Body)
		}
		some.do("PUT", "/connections/"+id, provider(object{"issuer": "https://evil.example.com"})).want(403)
		some.do("PUT", "/connections/"+id, provider(object{"roles": []object{{"claim": "a", "value": "b", "role": "administrator"}}})).want(403)
		all.do("PUT", "/connections/"+id, provider(object{"roles": []object{{"claim": "a", "value": "b", "role": "administrator"}}})).want(200)
		all.do("PUT", "/connections/"+id, provider(object{"domains": []string{"gmail.com"}})).want(403).says("which domains")
		for says, body := range map[string]object{
			"oidc: is for connections of kind oidc": {"name": "b", "kind": "oidc"},
			"for connections of kind scim":          {"name": "b", "kind": "oidc", "dialect": "okta"},
			"that provision people":                 {"name": "b", "kind": "oidc", "claim": true, "oidc": provider(nil)["oidc"]},
			"reached by https":                      {"name": "b", "kind": "oidc", "oidc": object{"issuer": "http://127.0.0.1:1", "client_id": "x", "jit": true}},
		} {
			if r := all.do("POST", "/connections", body); r.Status != 422 {
				t.Errorf("%v: %d %s", body, r.Status, r.Body)
			} else {
				r.says(says)
			}
		}
	})
}
