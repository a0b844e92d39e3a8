package scim_test

import (
	"testing"

	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

// The table of docs/scim.md, "Dialects".
func TestDialectsDifferWhereTheyContradictEachOther(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		for _, dialect := range []directory.Dialect{directory.RFC, directory.Okta, directory.Entra} {
			t.Run(string(dialect), func(t *testing.T) {
				c := g.connect(dialect).in(t)
				strict := dialect == directory.RFC
				at := "/Users/" + c.user("ada", "").text("/id")
				does := func(r *reply, scimType string) {
					t.Helper()
					if strict {
						r.refused(400, scimType)
						return
					}
					if r.status >= 300 {
						t.Errorf("status %d: %s", r.status, r.body)
					}
				}
				does(c.send("POST", "/Users", `{"userName":"bob"}`), "invalidSyntax")
				does(c.send("PATCH", at, `{"Operations":[{"op":"replace","path":"title","value":"x"}]}`), "invalidSyntax")
				does(c.send("POST", "/.search", `{}`), "invalidSyntax")
				does(c.send("PATCH", at, patch(`{"op":"replace","path":"nothing","value":"x"}`)), "invalidPath")
				does(c.send("PATCH", at, patch(`{"op":"replace","path":"emails[type eq \"work\"].value","value":"x@x"}`)), "noTarget")
				does(c.send("PUT", at, `{`+userSchemas+`,"userName":"ada","emails":[{"value":"1","primary":true},{"value":"2","primary":true}]}`), "invalidValue")
				does(c.send("POST", "/Groups", `{`+groupSchemas+`,"displayName":"g","members":[{"value":"nobody"}]}`), "invalidValue")
				if !strict {
					c.send("GET", at, "").has("/emails/1/primary", true).has("/emails/0/primary", false)
				}

				c.group("twins")
				status := 201
				if dialect == directory.Entra {
					status = 409
				}
				c.send("POST", "/Groups", `{`+groupSchemas+`,"displayName":"Twins"}`).want(status)
			})
		}
	})
}
