package scim_test

import (
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

func TestPreconditions(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.RFC)
		user, group := "/Users/"+c.user("ada", "").text("/id"), "/Groups/"+c.group("g").text("/id")
		for header, holds := range map[string]bool{
			`*`: true, `W/"1"`: true, `"1"`: true, `W/"9", W/"1"`: true, `W/"9","8",  "1"`: true,
			`W/"2"`: false, `W/"10"`: false, `""`: false, `1`: false, `W/1`: false, `"1`: false, `W/"9" W/"1"`: false, `junk`: false, `W/`: false, `"1" x`: false, `*, "1"`: false,
		} {
			for _, at := range []string{user, group} {
				status := 200
				if !holds {
					status = 412
				}
				c.send("PATCH", at, patch(`{"op":"remove","path":"externalId"}`), "If-Match: "+header).want(status)
				status = 200
				if holds {
					status = 304
				}
				r := c.send("GET", at, "", "If-None-Match: "+header).want(status)
				if r.header.Get("ETag") != `W/"1"` || status == 304 && len(r.body) > 0 {
					t.Errorf("%d: %v %q", status, r.header, r.body)
				}
			}
		}
		for _, method := range []string{"PUT", "DELETE"} {
			c.send(method, user, `{`+userSchemas+`,"userName":"x"}`, `If-Match: "7"`).refused(412, "")
			c.send(method, group, `{`+groupSchemas+`,"displayName":"x"}`, `If-Match: "7"`).refused(412, "")
		}
		c.send("DELETE", "/Users/nobody", "", "If-Match: *").refused(404, "")
	})
}

func TestProjectionOnEveryAnswer(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.RFC)
		const ent = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
		body := `{` + userSchemas + `,"userName":"ada","title":"t","name":{"givenName":"A","familyName":"B"},"emails":[{"value":"a@x","type":"work"}],"` + ent + `":{"department":"D","division":"V"}}`
		made := c.send("POST", "/Users?attributes=title", body).want(201)
		made.has("/title", "t").has("/userName", nil).has("/id", made.at("/id")).has("/meta", nil)
		at := "/Users/" + made.text("/id")
		for q, want := range map[string]string{
			"attributes=userName":                        "id schemas userName",
			"attributes=USERNAME,name.givenName":         "id name schemas userName",
			"attributes=nothing":                         "id schemas",
			"attributes=" + ent:                          "id schemas " + ent,
			"attributes=" + ent + ":department":          "id schemas " + ent,
			"attributes=department":                      "id schemas " + ent,
			"attributes=password":                        "id schemas",
			"attributes=meta.version,emails.value":       "emails id meta schemas",
			"excludedAttributes=id,schemas,userName":     "active emails id meta name schemas title " + ent,
			"excludedAttributes=" + ent + ",meta,emails": "active id name schemas title userName",
			"excludedAttributes=groups":                  "active emails id meta name schemas title " + ent + " userName",
		} {
			for _, r := range []*reply{
				c.send("GET", at+"?"+q, ""), c.send("PUT", at+"?"+q, body), c.send("PATCH", at+"?"+q, patch(`{"op":"replace","path":"title","value":"t"}`)),
			} {
				if got := r.want(200).names(""); got != want {
					t.Errorf("%s: %q, want %q", q, got, want)
				}
				if r.header.Get("ETag") != `W/"1"` {
					t.Errorf("ETag %q", r.header.Get("ETag"))
				}
			}
			if got := c.send("GET", "/Users?"+q, "").want(200).names("/Resources/0"); got != want {
				t.Errorf("list, %s: %q, want %q", q, got, want)
			}
		}
		c.send("GET", at+"?attributes=name.givenName", "").has("/name", map[string]any{"givenName": "A"})
		c.send("GET", at+"?excludedAttributes=name.givenName", "").has("/name", map[string]any{"familyName": "B"})
		c.send("GET", at+"?attributes=department", "").has("/"+ent, map[string]any{"department": "D"})
		for _, method := range []string{"GET", "PUT"} {
			c.send(method, at+"?attributes=a&excludedAttributes=b", body).refused(400, "invalidValue")
		}
	})
}

// names lists the attributes of a resource in an answer, sorted.
func (r *reply) names(pointer string) string {
	r.t.Helper()
	x := r.doc()
	if pointer != "" {
		x = r.at(pointer)
	}
	var names []string
	for _, name := range []string{"active", "emails", "groups", "id", "meta", "name", "schemas", "title", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "userName"} {
		if _, ok := x.(map[string]any)[name]; ok {
			names = append(names, name)
		}
	}
	if len(names) != len(x.(map[string]any)) {
		r.t.Errorf("unexpected attributes: %s", r.body)
	}
	return strings.Join(names, " ")
}
