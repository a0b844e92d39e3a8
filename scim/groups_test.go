package scim_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

func TestGroupIsCreatedReadReplacedPatchedAndDeleted(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.RFC)
		ada, bob := c.user("ada", "").text("/id"), c.user("bob", "").text("/id")
		made := c.send("POST", "/Groups", `{`+groupSchemas+`,"displayName":"Support","externalId":"g1","members":[{"value":"`+ada+`"}]}`).want(201)
		id := made.text("/id")
		at := "/Groups/" + id
		made.has("/members/0/value", ada).has("/members/0/$ref", "https://scim.example.com/scim/v2/Users/"+ada).has("/members/0/type", "User").has("/members/0/display", "ada")
		made.has("/meta/location", "https://scim.example.com/scim/v2"+at).has("/externalId", "g1").has("/meta/resourceType", "Group")
		got := c.send("GET", at, "").want(200)
		if got.header.Get("ETag") != made.header.Get("ETag") || got.text("/meta/version") != got.header.Get("ETag") {
			t.Errorf("ETag of POST %q, of GET %q, version %q", made.header.Get("ETag"), got.header.Get("ETag"), got.text("/meta/version"))
		}
		c.send("GET", at, "", "If-None-Match: "+got.header.Get("ETag")).want(304)
		c.send("GET", "/Users/"+ada, "").has("/groups", []any{map[string]any{
			"value": id, "$ref": "https://scim.example.com/scim/v2" + at, "display": "Support", "type": "direct",
		}})

		more := c.send("PATCH", at, patch(`{"op":"add","path":"members","value":[{"value":"`+bob+`"}]}`)).want(200)
		if more.text("/meta/version") == got.text("/meta/version") || len(more.at("/members").([]any)) != 2 {
			t.Errorf("after adding: %s", more.body)
		}
		c.send("PATCH", at, patch(`{"op":"add","path":"members","value":[{"value":"`+bob+`"}]}`)).want(200).has("/meta/version", more.at("/meta/version"))
		c.send("PATCH", at, patch(`{"op":"replace","path":"displayName","value":"x"}`), "If-Match: "+got.header.Get("ETag")).refused(412, "")
		c.send("PATCH", at, patch(`{"op":"remove","path":"members[display eq \"ADA\"]"}`)).want(200).has("/members/0/value", bob).has("/members/1", nil)
		c.send("PATCH", at+"?attributes=displayName", patch(`{"op":"replace","path":"displayName","value":"Care"}`)).want(200).has("/displayName", "Care").has("/members", nil)
		c.send("PATCH", at, patch(`{"op":"replace","path":"members","value":[]}`)).want(200).has("/members", nil)

		put := c.send("PUT", at, `{`+groupSchemas+`,"displayName":"Care","members":`+memberList(ada, bob, ada)+`}`).want(200)
		if put.has("/externalId", nil); len(put.at("/members").([]any)) != 2 {
			t.Errorf("after PUT: %s", put.body)
		}
		c.send("PUT", at, `{`+groupSchemas+`,"displayName":"Care"}`).want(200).has("/members", nil)

		for _, bad := range []string{
			`{"op":"add","path":"members","value":[{"value":"nobody"}]}`, `{"op":"replace","path":"displayName","value":""}`,
			`{"op":"add","path":"members","value":[{"value":5}]}`, `{"op":"add","path":"members","value":[{}]}`,
		} {
			c.send("PATCH", at, patch(`{"op":"add","path":"members","value":[{"value":"`+ada+`"}]}`, bad)).want(400)
		}
		c.send("GET", at, "").has("/members", nil)
		c.send("POST", "/Groups", `{`+groupSchemas+`,"displayName":"x","members":[{"value":"nobody"}]}`).refused(400, "invalidValue")
		c.send("POST", "/Groups", `{`+groupSchemas+`}`).refused(400, "invalidValue")
		c.send("POST", "/Groups", `{"displayName":"x"}`).refused(400, "invalidSyntax")
		c.send("PATCH", "/Groups/nobody", patch(`{"op":"replace","path":"displayName","value":"x"}`)).refused(404, "")

		c.send("DELETE", at, "").want(204)
		c.send("GET", at, "").refused(404, "")
		c.send("GET", "/Users/"+ada, "").has("/groups", nil)
		c.send("GET", "/Groups", "").has("/totalResults", 0.0)
	})
}

func TestNestedGroups(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.RFC)
		inner := c.group("inner", c.user("ada", "").text("/id")).text("/id")
		outer := c.group("outer", inner)
		outer.has("/members/0/value", inner).has("/members/0/type", "Group").has("/members/0/$ref", "https://scim.example.com/scim/v2/Groups/"+inner)
		c.send("GET", "/Groups?sortBy=displayName&excludedAttributes=members", "").want(200).has("/totalResults", 2.0).has("/Resources/1/members", nil)
		c.send("GET", "/Groups?sortBy=displayName", "").has("/Resources/1/members/0/display", "inner")
	})
}

func TestGroupPatchAnswersByDialectAndSize(t *testing.T) {
	t.Parallel()
	g := open(t, migrated.SQLite(t))
	rename := patch(`{"op":"replace","path":"displayName","value":"new"}`)
	for dialect, status := range map[directory.Dialect]int{directory.RFC: 200, directory.Okta: 200, directory.Entra: 204} {
		c := g.connect(dialect)
		group := c.group("old")
		r := c.send("PATCH", "/Groups/"+group.text("/id"), rename).want(status)
		if r.header.Get("ETag") != `W/"2"` || r.header.Get("Location") != group.text("/meta/location") {
			t.Errorf("%s: %v", dialect, r.header)
		}
		c.send("PATCH", "/Groups/"+group.text("/id")+"?attributes=displayName", rename).want(200)
		c.send("PATCH", "/Groups/"+group.text("/id")+"?excludedAttributes=members", rename).want(status)
	}
	c := g.connect(directory.Okta)
	var ids []string
	for i := range 101 {
		ids = append(ids, c.user(fmt.Sprint("u", i), "").text("/id"))
	}
	at := "/Groups/" + c.group("large", ids...).text("/id")
	c.send("PATCH", at, rename).want(204)
	c.send("PATCH", at, patch(`{"op":"remove","path":"members[value eq \"`+ids[0]+`\"]"}`)).want(200)
}

func TestUnknownMembersAreLeftOutAndTold(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		for _, dialect := range []directory.Dialect{directory.Okta, directory.Entra} {
			c := g.connect(dialect)
			ada := c.user("ada", "").text("/id")
			group := c.group("g").text("/id")
			c.send("PATCH", "/Groups/"+group, patch(`{"op":"add","path":"members","value":`+memberList("nobody", ada)+`}`))
			c.send("GET", "/Groups/"+group, "").has("/members/0/value", ada).has("/members/1", nil)
			if e := c.logged("nobody"); e.Status >= 300 || e.Method != "PATCH" || e.Path != "/scim/v2/Groups/"+group {
				t.Errorf("request log: %+v", e)
			}
		}
	})
}

func TestLargeGroupIsStreamedWhole(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.Okta)
		const n = 1100 // more than are read at a time
		ids := make([]string, n)
		makers, ctx := errgroup.WithContext(t.Context())
		makers.SetLimit(16)
		for i := range ids {
			makers.Go(func() error {
				x, err := c.engine.CreateUser(ctx, c.actor(), directory.Account{Attributes: map[string]any{"userName": fmt.Sprintf("u%04d", i), "active": true}})
				ids[i] = x.ID
				return err
			})
		}
		if err := makers.Wait(); err != nil {
			t.Fatal(err)
		}
		made := c.group("large", ids...)
		at := "/Groups/" + made.text("/id")
		r := c.send("GET", at, "").want(200)
		members, _ := r.at("/members").([]any)
		if len(members) != n || len(made.at("/members").([]any)) != n {
			t.Fatalf("%d members, want %d", len(members), n)
		}
		if r.header.Get("Content-Length") != "" {
			t.Error("a long answer was held back until it was whole")
		}
		if head := c.send("HEAD", at, "").want(200); head.header.Get("ETag") == "" || len(head.body) > 0 {
			t.Errorf("HEAD %v", head.header)
		}
		short := c.send("GET", at+"?attributes=members.value", "").want(200)
		if first, _ := short.at("/members/0").(map[string]any); len(first) != 1 || first["value"] == nil {
			t.Errorf("member %v", first)
		}
		c.send("GET", at+"?excludedAttributes=members", "").want(200).has("/members", nil).has("/displayName", "large")
		c.send("GET", at+"?excludedAttributes=members.display", "").want(200).has("/members/0/display", nil).has("/members/0/type", "User")
		c.send("GET", "/Groups?attributes=displayName", "").want(200).has("/Resources/0/members", nil).has("/Resources/0/displayName", "large")
		if again := c.send("PUT", at, `{"displayName":"large","members":`+memberList(ids[:10]...)+`}`).want(200); len(again.at("/members").([]any)) != 10 {
			t.Error("PUT did not leave ten members")
		}
	})
}

func (c *client) actor() directory.Actor {
	return directory.Actor{Tenant: c.tenant, Kind: directory.ActorConnection, ID: c.connection, Connection: c.connection}
}

func TestEffectiveRightsAreAnsweredOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		c := g.connect(directory.RFC)
		err := g.db.Write(t.Context(), c.tenant, func(tx *store.Tx) error {
			tx.PutWorkGroup(directory.WorkGroup{ID: "ag1", Kind: directory.AgentGroupWork, Name: "Support", ManagedBy: directory.ByManifest})
			tx.PutRule(directory.Rule{
				ID: "r1", Name: "leads", When: `title eq "Lead"`, Roles: []string{"supervisor"},
				AgentGroups: []directory.RuleOutput{{Name: "Support", Kind: directory.AsSupervisor}}, ManagedBy: directory.ByManifest,
			})
			_, err := tx.RaiseConfigVersion("Acme")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		g.engine = provision.New(g.db, provision.Options{})
		const ours = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User"
		ada := c.user("ada", `"title":"Lead","`+ours+`":{"extension":"77","state":"active","effectiveRoles":[{"value":"administrator"}]}`)
		ada.has("/"+ours, map[string]any{"extension": "77"})
		at := "/Users/" + ada.text("/id")
		names := strings.Join([]string{ours + ":state", ours + ":effectiveRoles", ours + ":effectiveAgentGroups"}, ",")
		want := map[string]any{
			"state":                "active",
			"effectiveRoles":       []any{map[string]any{"value": "supervisor", "display": "Supervisor", "origin": "rule"}},
			"effectiveAgentGroups": []any{map[string]any{"value": "ag1", "display": "Support", "kind": "supervisor"}},
		}
		c.send("GET", at+"?attributes="+names, "").want(200).has("/"+ours, want).has("/id", ada.at("/id")).has("/userName", nil)
		c.send("GET", "/Users?attributes="+names, "").want(200).has("/Resources/0/"+ours, want)
		c.send("GET", at+"?attributes=state", "").want(200).has("/"+ours, map[string]any{"state": "active"})
		c.send("GET", at+"?excludedAttributes=title", "").want(200).has("/"+ours, map[string]any{"extension": "77"})
		c.send("GET", "/Users"+query("filter", ours+`:state eq "active"`), "").want(200).has("/totalResults", 1.0)
		off := c.send("PATCH", at+"?attributes="+names, patch(`{"op":"replace","value":{"active":false}}`)).want(200)
		off.has("/"+ours, map[string]any{"state": "suspended"})
		c.send("PATCH", at, patch(`{"op":"replace","path":"`+ours+`:state","value":"active"}`)).refused(400, "mutability")
	})
}
