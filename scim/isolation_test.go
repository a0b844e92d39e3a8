package scim_test

import (
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

// Every route, with the token of another tenant and of another connection of the same tenant: nothing is seen, nothing is
// changed.
func TestNothingCrossesATenantOrAConnection(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		own := g.connect(directory.Okta)
		ada := own.user("ada", `"externalId":"e1","title":"secret title"`).text("/id")
		group := own.group("secret group", ada).text("/id")
		own.user("bob", "")
		page := own.send("GET", "/Users?cursor=&count=1", "").want(200).text("/nextCursor")
		before := own.send("GET", "/", "").want(200)

		for name, c := range map[string]*client{"another tenant": g.connect(directory.RFC), "another connection": own.beside(directory.Entra)} {
			t.Run(name, func(t *testing.T) {
				c := c.in(t)
				strangers := []*reply{}
				see := func(r *reply) *reply {
					strangers = append(strangers, r)
					return r
				}
				for _, at := range []string{"/Users/" + ada, "/Groups/" + group} {
					schemas := userSchemas + `,"userName":"taken"`
					if strings.HasPrefix(at, "/Groups") {
						schemas = groupSchemas + `,"displayName":"taken"`
					}
					see(c.send("GET", at, "")).refused(404, "")
					see(c.send("GET", at, "", `If-None-Match: W/"1"`)).refused(404, "")
					c.send("HEAD", at, "").want(404)
					see(c.send("PUT", at, `{`+schemas+`}`)).refused(404, "")
					see(c.send("PUT", at, `{`+schemas+`}`, `If-Match: W/"1"`)).refused(404, "")
					see(c.send("PATCH", at, patch(`{"op":"replace","path":"externalId","value":"x"}`))).refused(404, "")
					see(c.send("DELETE", at, "", `If-Match: *`)).refused(404, "")
					see(c.bulk("", `{"method":"DELETE","path":"`+at+`"}`, `{"method":"PATCH","path":"`+at+`","data":`+patch(`{"op":"remove","path":"externalId"}`)+`}`)).did("404 404")
				}
				for _, path := range []string{
					"/Users", "/Groups", "/", "/Users?sortBy=userName", "/?sortBy=displayName", "/Users?cursor=", "/Users" + query("filter", `externalId eq "e1"`),
					"/Users" + query("filter", `title co "secret"`), "/Groups" + query("filter", `members.value eq "`+ada+`"`), "/Users" + query("filter", `id eq "`+ada+`"`),
					"/Users" + query("filter", `not (id eq "x")`),
				} {
					r := see(c.send("GET", path, "")).want(200)
					r.has("/totalResults", 0.0).has("/Resources", []any{})
				}
				for _, path := range []string{"/.search", "/Users/.search", "/Groups/.search"} {
					r := see(c.send("POST", path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`)).want(200)
					r.has("/totalResults", 0.0)
				}
				see(c.send("GET", "/Users?count=1&cursor="+page, "")).refused(400, "invalidCursor")
				for _, path := range []string{"/ServiceProviderConfig", "/Schemas", "/ResourceTypes"} {
					see(c.send("GET", path, "")).want(200)
				}
				see(c.send("GET", "/Me", "")).refused(501, "")

				mine := c.group("mine").text("/id")
				see(c.send("PATCH", "/Groups/"+mine, patch(`{"op":"add","path":"members","value":[{"value":"`+ada+`"},{"value":"`+group+`","type":"Group"}]}`)))
				see(c.send("GET", "/Groups/"+mine, "").has("/members", nil))
				see(c.send("DELETE", "/Groups/"+mine, "").want(204))
				for _, r := range strangers {
					if strings.Contains(string(r.body), "secret") {
						t.Errorf("seen by a stranger: %s", r.body)
					}
				}
			})
		}
		if after := own.send("GET", "/", "").want(200); string(after.body) != string(before.body) {
			t.Errorf("changed by a stranger:\n%s\n%s", before.body, after.body)
		}
		g.connect(directory.RFC).user("ADA", `"externalId":"e1"`) // names are unique in a tenant's connection only
	})
}
