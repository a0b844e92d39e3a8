package scim_test

import (
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

func TestRequestLogTellsWhatTheGuardHolds(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		for name, request := range map[string]func(c *client, at string){
			"PATCH": func(c *client, at string) {
				c.send("PATCH", at, patch(`{"op":"remove","path":"members"}`)).want(200)
				c.send("GET", at, "").want(200).has("/members", nil) // what the client stated
			},
			"PUT": func(c *client, at string) {
				c.send("PUT", at, `{`+groupSchemas+`,"displayName":"CC-Support"}`).want(200)
			},
			"DELETE": func(c *client, at string) { c.send("DELETE", at, "").want(204) },
		} {
			c := g.connect(directory.RFC)
			err := g.db.Write(t.Context(), c.tenant, func(tx *store.Tx) error {
				tx.PutRule(directory.Rule{ID: "r1", Name: "support", Group: "CC-Support", Roles: []string{"agent"}, ManagedBy: directory.ByManifest})
				_, err := tx.RaiseConfigVersion("Acme")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			g.engine = provision.New(g.db, provision.Options{})
			var ids []string
			for name := range strings.SplitSeq("ana bob cy di eva fay gus", " ") {
				ids = append(ids, c.user(name, `"active":true`).text("/id"))
			}
			group := c.send("POST", "/Groups", `{`+groupSchemas+`,"displayName":"CC-Support","members":`+memberList(ids...)+`}`).want(201)
			request(c, "/Groups/"+group.text("/id"))
			want := `rights of 7 people are held: more people than the guard lets pass would lose or gain something within an hour; look with "rollcall sync rfc --tenant acme-` + c.tenant + ` --plan"`
			if e := c.logged("are held"); !strings.Contains(e.Hint, want) || e.Status/100 != 2 || e.Method != name {
				t.Errorf("%s: %+v", name, e)
			}
		}
	})
}
