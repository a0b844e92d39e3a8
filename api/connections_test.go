package api_test

import (
	"slices"
	"testing"

	"rollcall/store/storetest/migrated"
)

// DECISIONS 21: secrets are write-only, and go where they were given for.
func TestSecretsOfConnectionsAreWriteOnly(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		c := x.key("administrator")
		body := func(url, password string) object {
			ldap := object{"urls": []string{url}, "bind_dn": "cn=reader,dc=example,dc=com", "users": object{"base": "ou=people,dc=example,dc=com"}, "schedule": "off"}
			if password != "" {
				ldap["bind_password"] = password
			}
			return object{"name": "headquarters", "kind": "ldap", "ldap": ldap}
		}
		c.do("POST", "/connections", body("ldaps://ldap.example.com", "")).want(422).says("password")
		made := c.do("POST", "/connections", body("ldaps://ldap.example.com", "hush-hush")).want(201).hides("hush-hush")
		path := "/connections/" + made.text("object.id")
		if got := c.do("GET", path, nil).want(200).hides("hush-hush"); got.text("secrets.0") != "bind_password" || got.text("ldap.schedule") != "off" {
			t.Errorf("%s", got.Body)
		}
		c.do("GET", "/connections", nil).want(200).hides("hush-hush")
		c.do("PUT", path, body("ldaps://ldap.example.com", "")).want(200)
		if got := c.do("GET", path, nil); len(got.at("secrets").([]any)) != 1 {
			t.Errorf("the password is gone although nothing changed: %s", got.Body)
		}
		c.do("PUT", path, body("ldaps://elsewhere.example.com", "")).want(422).says("given again")
		c.do("PUT", path, body("ldaps://elsewhere.example.com", "hush-2")).want(200).hides("hush-2")

		bad := body("ldap://ldap.example.com", "x")
		c.do("PUT", path, bad).want(422).is("invalid").says("in the clear").hides("hush")
		c.do("PUT", path, object{"name": "headquarters", "kind": "ldap"}).want(422).says("ldap")
		c.do("PUT", path, object{"name": "headquarters", "kind": "scim"}).want(409)
		c.do("POST", "/connections", object{"name": "okta", "kind": "oidc"}).want(422)
		withFile := body("ldaps://ldap.example.com", "x")
		withFile["ldap"].(object)["bind_password_file"] = "/etc/shadow"
		c.do("PUT", path, withFile).want(422).says("bind_password_file").hides("/etc/shadow")
		wrongTime := body("ldaps://ldap.example.com", "x")
		wrongTime["ldap"].(object)["timeout"] = "soon"
		c.do("PUT", path, wrongTime).want(422).says("ldap.timeout")
	})
}

// Of two connections that state an attribute the upper one wins, so their order can be edited.
func TestConnectionsHaveAnOrder(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		c := x.key("administrator")
		names := func() (out []string) {
			var list struct {
				Items []struct {
					Name  string
					Order int
				}
			}
			c.do("GET", "/connections", nil).want(200).into(&list)
			for i, x := range list.Items {
				if out = append(out, x.Name); x.Order != i {
					t.Errorf("%s has the order %d at place %d", x.Name, x.Order, i)
				}
			}
			return out
		}
		is := func(want ...string) {
			t.Helper()
			if got := names(); !slices.Equal(got, want) {
				t.Errorf("connections %q, want %q", got, want)
			}
		}
		body := func(name string, order any) object {
			b := object{"name": name, "kind": "scim"}
			if order != nil {
				b["order"] = order
			}
			return b
		}
		first := c.do("POST", "/connections", body("a", nil)).want(201).text("object.id")
		c.do("POST", "/connections", body("b", nil)).want(201)
		c.do("POST", "/connections", body("c", 0)).want(201)
		is("c", "a", "b")
		c.do("PUT", "/connections/"+first, body("a", 99)).want(200)
		is("c", "b", "a")
		c.do("PUT", "/connections/"+first, body("a2", nil)).want(200)
		is("c", "b", "a2")
		c.do("PUT", "/connections/"+first, body("a2", -1)).want(422).says("order")
		c.do("PUT", "/connections/"+first, body("a2", "first")).want(422).says("order")
		is("c", "b", "a2")
	})
}

func TestConnectionsArePausedAndRemoved(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		c := x.key("administrator")
		made := c.do("POST", "/connections", object{"name": "okta", "kind": "scim", "dialect": "okta", "capabilities": object{"create": true, "update": true, "suspend": true, "delete": false, "groups": true}}).want(201)
		if made.at("object.capabilities.delete") != false || made.text("object.scim_base_url") != "https://rollcall.example.com/scim/v2" {
			t.Errorf("%s", made.Body)
		}
		path := "/connections/" + made.text("object.id")
		for range 2 { // a second time changes nothing
			if got := c.do("POST", path+"/pause", nil).want(200); got.text("status") != "paused" {
				t.Errorf("%s", got.Body)
			}
		}
		if got := c.do("POST", path+"/resume", nil).want(200); got.text("status") != "active" {
			t.Errorf("%s", got.Body)
		}
		c.do("POST", "/tokens", object{"connection": "okta"}).want(201)
		c.do("DELETE", path+"?offboarding=move", nil).want(422).says("to:")
		c.do("DELETE", path+"?offboarding=burn", nil).want(422)
		c.do("DELETE", path, nil).want(200)
		if got := c.do("GET", "/tokens", nil).want(200); got.at("items.0.live") != false {
			t.Errorf("its token lives on: %s", got.Body)
		}
	})
}
