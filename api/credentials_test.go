package api_test

import (
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

func TestCredentialsAreShownOnce(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		x.okta()
		c := x.key("administrator")
		made := c.do("POST", "/tokens", object{"connection": "Okta", "expires": "36h"}).want(201)
		token := made.text("token")
		if !strings.HasPrefix(token, "rct_") || made.Header.Get("ETag") != "" {
			t.Errorf("%s", made.Body)
		}
		secret := token[strings.LastIndex(token, "_")+1:]
		c.do("GET", "/tokens", nil).want(200).says(made.text("id")).hides(secret)
		c.do("GET", "/tokens/"+made.text("id"), nil).want(200).hides(secret)
		c.do("POST", "/tokens", object{"connection": "nothere"}).want(404)
		c.do("POST", "/tokens", object{"connection": "okta", "expires": "soon"}).want(422).is("invalid")
		c.do("POST", "/tokens", object{"connection": "okta", "expires": "99999d"}).want(422)
		c.do("DELETE", "/tokens/"+made.text("id"), nil).want(204)
		if got := c.do("GET", "/tokens/"+made.text("id"), nil); got.at("live") != false || got.at("revoked_at") == nil {
			t.Errorf("%s", got.Body)
		}
	})
}

func TestAKeyMakesNoStrongerKey(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("")
		x.change(func(next *store.Configuration) {
			next.Roles = append(next.Roles, directory.Role{Key: "keys", Name: "Keys", Kind: directory.CustomRole, Permissions: []directory.RolePermission{
				{Key: "console.apikeys.manage", Scope: directory.ScopeNone, Mode: directory.Granted},
			}})
		})
		weak := x.key("keys")
		weak.do("POST", "/api-keys", object{"name": "strong", "role": "administrator"}).want(403).is("forbidden").says("may do more")
		weak.do("POST", "/api-keys", object{"name": "none", "role": "nothere"}).want(404)
		made := weak.do("POST", "/api-keys", object{"name": "same", "role": "keys"}).want(201)
		if made.text("role") != "keys" || made.text("owner") == "" {
			t.Errorf("%s", made.Body)
		}
		same := &client{x, t, made.text("id"), made.text("key")}
		same.do("GET", "/me", nil).want(200)
		same.do("GET", "/api-keys", nil).want(200).hides(made.text("key"))
		same.do("POST", "/api-keys", object{"name": "SAME", "role": "keys"}).want(409).is("conflict")
		x.key("administrator").do("POST", "/api-keys", object{"name": "supervising", "role": "supervisor"}).want(201)
		x.key("administrator").do("POST", "/api-keys", object{"name": "reading"}).want(201)
	})
}
