package scim_test

import (
	"testing"

	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

func TestUserIsCreatedReadReplacedPatchedAndDeleted(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.RFC)
		made := c.user("Ada@Example.com", `"externalId":"e1","password":"secret","name":{"givenName":"Ada"},"emails":[{"value":"a@example.com","type":"work","primary":true}],"nickName":null,"roles":[]`)
		id := made.text("/id")
		at := "/Users/" + id
		made.has("/meta/location", "https://scim.example.com/scim/v2"+at).has("/active", true).has("/meta/version", `W/"1"`).has("/password", nil).has("/roles", nil)
		if got := made.header.Get("Location"); got != made.text("/meta/location") {
			t.Errorf("Location %q", got)
		}
		if got := made.header.Get("ETag"); got != `W/"1"` {
			t.Errorf("ETag %q", got)
		}
		got := c.send("GET", at, "").want(200)
		if string(got.body) != string(made.body) {
			t.Errorf("GET differs from POST:\n%s\n%s", got.body, made.body)
		}
		head := c.send("HEAD", at, "").want(200)
		if len(head.body) != 0 || head.header.Get("ETag") != `W/"1"` {
			t.Errorf("HEAD: %q %v", head.body, head.header)
		}
		c.send("GET", at, "", `If-None-Match: W/"7", W/"1"`).want(304)

		put := c.send("PUT", at, `{`+userSchemas+`,"id":"other","userName":"ada@example.com","groups":[{"value":"x"}],"title":"Lead","meta":{"version":"9"}}`).want(200)
		put.has("/id", id).has("/title", "Lead").has("/name", nil).has("/emails", nil).has("/externalId", nil).has("/active", true).has("/meta/version", `W/"2"`)
		same := c.send("PUT", at, `{`+userSchemas+`,"userName":"ada@example.com","title":"Lead"}`).want(200)
		same.has("/meta/version", `W/"2"`).has("/meta/lastModified", put.at("/meta/lastModified"))

		c.send("PATCH", at, patch(`{"op":"replace","path":"active","value":false}`)).want(200).has("/active", false)
		c.send("PUT", at, `{`+userSchemas+`,"userName":"ada@example.com"}`).want(200).has("/active", false)

		c.send("DELETE", at, "", `If-Match: W/"1"`).want(412)
		c.send("DELETE", at, "", `If-Match: *`).want(204)
		c.send("GET", at, "").refused(404, "")
		c.send("DELETE", at, "").refused(404, "")
		c.send("GET", "/Users", "").want(200).has("/totalResults", 0.0).has("/Resources", []any{})

		back := c.user("ada@example.com", `"externalId":"e1"`)
		back.has("/id", id)
	})
}
