package scim_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/store/storetest/migrated"
)

// pause pauses the client's connection, or resumes it, and lets what the gateway remembers grow old.
func (c *client) pause(paused bool) {
	c.t.Helper()
	turn := jobs.Resume
	if paused {
		turn = jobs.Pause
	}
	actor := directory.Actor{Tenant: c.tenant, Kind: directory.ActorCLI, ID: "ada@example.com"}
	changed, err := turn(c.t.Context(), c.db, actor, directory.Connection{ID: c.connection, Name: "okta"})
	if err != nil || !changed {
		c.t.Fatalf("changed %t, %v", changed, err)
	}
	c.ahead.Add(int64(5 * time.Second))
}

func TestPausedConnectionIsReadAndNotWritten(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		c, other := g.connect(directory.Okta), g.connect(directory.Okta)
		ada := c.send("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}`).want(201).text("/id")
		team := c.send("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Team"}`).want(201).text("/id")
		c.pause(true)

		user := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bob"}`
		for _, x := range [][3]string{
			{"POST", "/Users", user},
			{"PUT", "/Users/" + ada, user},
			{"PATCH", "/Users/" + ada, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`},
			{"DELETE", "/Users/" + ada, ""},
			{"POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Other"}`},
			{"PATCH", "/Groups/" + team, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"` + ada + `"}]}]}`},
			{"DELETE", "/Groups/" + team, ""},
			{"POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"DELETE","path":"/Users/` + ada + `"}]}`},
		} {
			r := c.send(x[0], x[1], x[2])
			r.want(503)
			if after, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || after < 60 {
				t.Errorf("%s %s: Retry-After %q", x[0], x[1], r.header.Get("Retry-After"))
			}
			if !strings.Contains(r.text("/detail"), "paused") {
				t.Errorf("%s %s: %s", x[0], x[1], r.body)
			}
		}
		if strings.Contains(g.log.String(), "request failed") {
			t.Errorf("the log calls it a failure:\n%s", g.log)
		}

		if r := c.send("GET", "/Users/"+ada, "").want(200); r.at("/active") != true {
			t.Errorf("a refused write was done: %s", r.body)
		}
		c.send("GET", "/Users", "").want(200)
		c.send("GET", "/Groups/"+team, "").want(200)
		c.send("HEAD", "/Users/"+ada, "").want(200)
		for _, path := range []string{"/.search", "/Users/.search", "/Groups/.search"} {
			c.send("POST", path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`).want(200)
		}
		other.send("POST", "/Users", user).want(201)

		c.pause(false)
		c.send("POST", "/Users", user).want(201)
		c.send("DELETE", "/Users/"+ada, "").want(204)
	})
}
