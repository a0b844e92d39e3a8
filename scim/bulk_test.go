package scim_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

const bulkSchemas = `"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]`

func (c *client) bulk(more string, operations ...string) *reply {
	c.t.Helper()
	return c.send("POST", "/Bulk", `{`+bulkSchemas+more+`,"Operations":[`+strings.Join(operations, ",")+`]}`)
}

func post(bulkID, path, data string) string {
	return `{"method":"POST","path":"` + path + `","bulkId":"` + bulkID + `","data":{` + data + `}}`
}

func userData(name string, more ...string) string {
	return strings.Join(append([]string{userSchemas, `"userName":"` + name + `"`}, more...), ",")
}

func groupData(name string, members ...string) string {
	return groupSchemas + `,"displayName":"` + name + `","members":` + memberList(members...)
}

// statuses lists the status of each operation in the answer.
func (r *reply) statuses() string {
	r.t.Helper()
	var out []string
	operations, _ := r.at("/Operations").([]any)
	for _, o := range operations {
		out = append(out, fmt.Sprint(o.(map[string]any)["status"]))
	}
	return strings.Join(out, " ")
}

func (r *reply) did(want string) *reply {
	r.t.Helper()
	if got := r.want(200).statuses(); got != want {
		r.t.Errorf("statuses %q, want %q: %s", got, want, r.body)
	}
	return r
}

func idOf(location string) string { return location[strings.LastIndexByte(location, '/')+1:] }

func TestBulkRunsEveryMethod(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.RFC)
		ada, bob := c.user("ada", ""), c.user("bob", "")
		r := c.bulk("",
			post("q1", "/Users", userData("carol")),
			`{"method":"PUT","path":"/Users/`+ada.text("/id")+`","version":"W/\"1\"","data":{`+userData("ada", `"title":"x"`)+`}}`,
			`{"method":"PATCH","path":"/Users/`+bob.text("/id")+`","data":`+patch(`{"op":"add","path":"title","value":"y"}`)+`}`,
			`{"method":"PATCH","path":"/Users/`+bob.text("/id")+`","version":"W/\"1\"","data":`+patch(`{"op":"add","path":"title","value":"z"}`)+`}`,
			`{"method":"delete","path":"Users/`+ada.text("/id")+`"}`,
			`{"method":"DELETE","path":"/Users/`+ada.text("/id")+`"}`,
			post("q2", "/Users", userData("CAROL")),
		).did("201 200 200 412 204 404 409")
		r.has("/schemas/0", "urn:ietf:params:scim:api:messages:2.0:BulkResponse")
		r.has("/Operations/0/bulkId", "q1").has("/Operations/0/method", "POST").has("/Operations/0/version", `W/"1"`).has("/Operations/0/response", nil)
		r.has("/Operations/1/location", ada.at("/meta/location")).has("/Operations/1/version", `W/"2"`)
		r.has("/Operations/3/response/status", "412").has("/Operations/3/location", bob.at("/meta/location"))
		r.has("/Operations/6/response/scimType", "uniqueness").has("/Operations/6/location", nil)
		c.send("GET", "/Users/"+idOf(r.text("/Operations/0/location")), "").want(200).has("/userName", "carol")
		c.send("GET", "/Users/"+bob.text("/id"), "").has("/title", "y")
		c.logged("3 of 7 operations of the Bulk request failed; the first, operation 4: 412")
	})
}

func TestBulkReferences(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.RFC)
		const ent = `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:%s"}}`
		t.Run("forward, in data and in path", func(t *testing.T) {
			c := c.in(t)
			r := c.bulk("",
				`{"method":"PATCH","path":"/Groups/bulkId:g","data":`+patch(`{"op":"remove","path":"members[value eq \"bulkId:u1\"]"}`)+`}`,
				post("g", "/Groups", groupData("g", "bulkId:u1", "bulkId:u2")),
				post("u1", "/Users", userData("u1", fmt.Sprintf(ent, "u2"))),
				post("u2", "/Users", userData("u2")),
			).did("200 201 201 201")
			u1, u2 := idOf(r.text("/Operations/2/location")), idOf(r.text("/Operations/3/location"))
			c.send("GET", "/Groups/"+idOf(r.text("/Operations/1/location")), "").has("/members/0/value", u2).has("/members/1", nil)
			c.send("GET", "/Users/"+u1, "").has("/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager/value", u2)
		})
		t.Run("a cycle of groups", func(t *testing.T) {
			c := c.in(t)
			r := c.bulk("", post("a", "/Groups", groupData("A", "bulkId:b")), post("b", "/Groups", groupData("B", "bulkId:a"))).did("201 201")
			a, b := idOf(r.text("/Operations/0/location")), idOf(r.text("/Operations/1/location"))
			c.send("GET", "/Groups/"+a, "").has("/members/0/value", b).has("/meta/version", r.at("/Operations/0/version"))
			c.send("GET", "/Groups/"+b, "").has("/members/0/value", a).has("/meta/version", r.at("/Operations/1/version"))
		})
		t.Run("managers of one another and of themselves", func(t *testing.T) {
			c := c.in(t)
			r := c.bulk("",
				post("m1", "/Users", userData("m1", fmt.Sprintf(ent, "m2"))), post("m2", "/Users", userData("m2", fmt.Sprintf(ent, "m3"))),
				post("m3", "/Users", userData("m3", fmt.Sprintf(ent, "m1"))), post("m4", "/Users", userData("m4", `"active":false`, fmt.Sprintf(ent, "m4"))),
			).did("201 201 201 201")
			for i, manager := range []int{1, 2, 0, 3} {
				x := c.send("GET", "/Users/"+idOf(r.text(fmt.Sprintf("/Operations/%d/location", i))), "").want(200)
				x.has("/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager/value", idOf(r.text(fmt.Sprintf("/Operations/%d/location", manager))))
				x.has("/active", i != 3)
			}
		})
		t.Run("nobody, and somebody who failed", func(t *testing.T) {
			c := c.in(t)
			r := c.bulk("",
				post("x", "/Groups", groupData("X", "bulkId:nobody")), post("y", "/Groups", groupData("Y", "bulkId:u9")), post("u9", "/Users", userData("u1")),
			).did("400 409 409")
			r.has("/Operations/0/response/scimType", "invalidValue")
		})
		t.Run("words that only look like references", func(t *testing.T) {
			c := c.in(t)
			r := c.bulk("", post("w", "/Users", userData("w", `"title":"bulkId:nobody"`))).did("201")
			c.send("GET", "/Users/"+idOf(r.text("/Operations/0/location")), "").has("/title", "bulkId:nobody")
		})
	})
}

func TestBulkStopsAfterErrors(t *testing.T) {
	t.Parallel()
	c := open(t, migrated.SQLite(t)).connect(directory.RFC)
	bad, good := `{"method":"DELETE","path":"/Users/nobody"}`, post("u", "/Users", userData("u"))
	c.bulk(`,"failOnErrors":1`, bad, good).did("404")
	c.bulk(`,"failOnErrors":2`, bad, good, bad, bad).did("404 201 404")
	c.bulk("", bad, bad, post("v", "/Users", userData("v"))).did("404 404 201")
}

func TestBulkRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	c := open(t, migrated.SQLite(t)).connect(directory.RFC)
	c.bulk("",
		`{"method":"GET","path":"/Users"}`, `{"method":"POST","path":"/Users","data":{`+userData("a")+`}}`, `{"method":"PUT","path":"/Users/x"}`,
		`{"method":"POST","path":"/Nope","bulkId":"1","data":{}}`, `{"method":"POST","path":"/Bulk","bulkId":"2","data":{}}`,
		`{"method":"POST","path":"/Users/.search","bulkId":"3","data":{}}`, `{"method":"DELETE","path":"/Users"}`, `{"method":5}`,
		`{"method":"POST","path":"/Users","bulkId":"4","data":[]}`, `{"method":"POST","path":"/Users","bulkId":"5","data":{`+userData("")+`}}`,
		`{"method":"DELETE","path":"%zz"}`, `{}`,
	).did("400 400 400 404 404 404 405 400 400 400 400 400")
	one := post("a", "/Users", userData("a"))
	c.bulk("", one, one).refused(400, "invalidValue")
	c.bulk(`,"failOnErrors":0`, one).refused(400, "invalidValue")
	c.bulk(`,"failOnErrors":"x"`, one).refused(400, "invalidValue")
	c.bulk("").refused(400, "invalidSyntax")
	c.bulk("", "5").refused(400, "invalidSyntax")
	c.send("POST", "/Bulk", `{"Operations":[`+one+`]}`).refused(400, "invalidSyntax")
	tooMany := strings.Repeat(`{"method":"DELETE","path":"/Users/x"},`, 1000) + `{"method":"DELETE","path":"/Users/x"}`
	if r := c.bulk("", tooMany); !strings.Contains(r.text("/detail"), "maxOperations is 1000") {
		t.Errorf("detail %q", r.text("/detail"))
	} else {
		r.refused(413, "")
	}
	c.bulk("", strings.Repeat(`{"method":"DELETE","path":"/Users/x"},`, 100_000)+one).refused(413, "")
	c.bulk("", strings.Repeat(`{"method":"DELETE","path":"/Users/x"},`, 300_000)+one).refused(413, "")
	c.send("GET", "/Users", "").has("/totalResults", 0.0)
}

func TestBulkLongChainOfReferences(t *testing.T) {
	t.Parallel()
	c := open(t, migrated.SQLite(t)).connect(directory.RFC)
	const ent = `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:u%d"}}`
	var ops, want []string
	for i := range 300 {
		ops, want = append(ops, post(fmt.Sprint("u", i), "/Users", userData(fmt.Sprint("u", i), fmt.Sprintf(ent, (i+1)%300)))), append(want, "201")
	}
	c.bulk("", ops...).did(strings.Join(want, " "))
}
