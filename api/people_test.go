package api_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// eachTenant runs a test over a tenant of the standard preset on both databases.
func eachTenant(t *testing.T, f func(t *testing.T, x *tenant)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		x.write(func(tx *store.Tx) error {
			tx.PutConnection(directory.Connection{
				ID: "okta", Name: "Okta", Kind: directory.SCIM, Dialect: directory.RFC, Claim: true, Capabilities: directory.AllCapabilities(), ManagedBy: directory.ByManifest,
			})
			for _, name := range []string{"Support", "Billing"} {
				g := directory.NewWorkGroup(directory.AgentGroupWork, name)
				g.ID, g.ManagedBy = strings.ToLower(name), directory.ByConsole
				tx.PutWorkGroup(g)
			}
			_, err := tx.RaiseConfigVersion("Acme")
			return err
		})
		f(t, x)
	})
}

// made is somebody whom the API made.
func (c *client) made(name string, more ...map[string]any) string {
	c.t.Helper()
	body := map[string]any{"user_name": name, "given_name": "Ana", "family_name": "Prado", "email": name + "@example.com"}
	for _, m := range more {
		maps.Copy(body, m)
	}
	return c.do("POST", "/users", body).want(201).text("id")
}

// provided is somebody whom the directory okta provides.
func (x *tenant) provided(name string) string {
	x.t.Helper()
	r, err := x.engine.CreateUser(x.t.Context(), directory.Actor{Tenant: x.id, Kind: directory.ActorConnection, ID: "okta", Connection: "okta"}, directory.Account{
		ExternalID: name, Attributes: directory.Attributes{"userName": name, "displayName": "Zoe " + name, "active": true},
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return r.ID
}

// Rows 001-01, 001-02, 003-14 … 003-16, 003-18: people are created, shown in the list, changed and deleted.
func TestRow001_01PeopleAreCreatedChangedAndDeleted(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.key("administrator")
		r := c.do("POST", "/users", map[string]any{
			"user_name": "ana", "given_name": "Ana", "family_name": "Prado", "email": "ana@example.com", "extension": "4021", "roles": []string{"agent"},
			"agent_groups": []any{map[string]any{"id": "Support"}}, "attributes": map[string]any{"name.honorificPrefix": "Dr.", "department": "Care"}, "reason": "new",
		}, "Idempotency-Key", "k1").want(201)
		id := r.text("id")
		if r.Header.Get("Location") != "https://rollcall.example.com/api/v1/users/"+id || r.Header.Get("ETag") == "" {
			t.Errorf("headers %v", r.Header)
		}
		if again := c.do("POST", "/users", map[string]any{
			"user_name": "ana", "given_name": "Ana", "family_name": "Prado", "email": "ana@example.com", "extension": "4021", "roles": []string{"agent"},
			"agent_groups": []any{map[string]any{"id": "Support"}}, "attributes": map[string]any{"name.honorificPrefix": "Dr.", "department": "Care"}, "reason": "new",
		}, "Idempotency-Key", "k1").want(201); again.text("id") != id {
			t.Error("a repeated request made another person")
		}
		got := c.do("GET", "/users/"+id, nil).want(200)
		var shape map[string]any
		got.into(&shape)
		for _, key := range []string{"id", "display_id", "user_name", "state", "seat", "roles", "agent_groups", "status", "absence", "eligible", "accounts", "holds", "incomplete"} {
			if _, ok := shape[key]; !ok {
				t.Errorf("%s is missing", key)
			}
		}
		if got.text("roles.0.key") != "agent" || got.text("roles.0.origin.kind") != "person" || got.text("agent_groups.0.name") != "Support" || got.text("extension") != "4021" ||
			got.text("attributes.name.honorificPrefix") != "Dr." || got.text("state") != "active" {
			t.Errorf("%s", got.Body)
		}
		tag := got.Header.Get("ETag")
		c.do("GET", "/users/ana", nil, "If-None-Match", tag).want304(t)
		patch := map[string]any{"title": "Lead", "email": "prado@example.com", "attributes": map[string]any{"name": map[string]any{"honorificPrefix": nil}}}
		changed := c.do("PATCH", "/users/"+id, patch, "If-Match", tag, "Content-Type", "application/merge-patch+json").want(200)
		if changed.text("attributes.title") != "Lead" || changed.text("attributes.emails.0.value") != "prado@example.com" || strings.Contains(string(changed.Body), "Dr.") {
			t.Errorf("%s", changed.Body)
		}
		c.do("PATCH", "/users/"+id, map[string]any{"title": nil}, "If-Match", tag).want(412).is("stale")
		c.do("POST", "/users/"+id+"/suspend", map[string]any{"reason": "away"}).want(200).says(`"state":"suspended"`)
		c.do("POST", "/users/"+id+"/resume", nil).want(200).says(`"state":"active"`)
		c.do("DELETE", "/users/"+id+"?reason=left", nil, "If-Match", tag).want(412)
		if got := c.do("DELETE", "/users/"+id, nil); got.Status != 204 {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		if list := c.do("GET", "/users", nil).want(200); len(list.at("items").([]any)) != 0 {
			t.Errorf("row 004-55: %s", list.Body)
		}
		c.do("GET", "/users?state=deprovisioned", nil).want(200).says(`"user_name":"ana"`)
	})
}

func (r reply) want304(t *testing.T) {
	t.Helper()
	if r.Status != 304 || len(r.Body) > 0 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// What a directory owns is refused with the owner's name; what no directory states is kept.
func TestWhatADirectoryOwnsIsRefused(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		id, c := x.provided("zoe"), x.key("administrator")
		c.do("PATCH", "/users/"+id, map[string]any{"display_name": "Zoey"}).want(403).says("Okta")
		c.do("PATCH", "/users/"+id, map[string]any{"title": "Lead"}).want(200).says("Lead", `"attribute:title"`)
		c.do("DELETE", "/users/"+id, nil).want(403).says("Okta")
	})
}

func TestPeopleThatAreWrong(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c, reader, nobody := x.key("administrator"), x.key(""), x.key("nobody")
		id := c.made("ana")
		for _, w := range []struct {
			method, path string
			body         any
			status       int
		}{
			{"POST", "/users", map[string]any{}, 422},
			{"POST", "/users", map[string]any{"user_name": "x"}, 422},
			{"POST", "/users", map[string]any{"user_name": 5}, 422},
			{"POST", "/users", map[string]any{"user_name": "ana", "given_name": "A", "family_name": "B", "email": "q@example.com"}, 409},
			{"POST", "/users", map[string]any{"user_name": "y", "unknown": 1}, 422},
			{"POST", "/users", map[string]any{"user_name": "y", "given_name": "A", "family_name": "B", "roles": []string{"agnet"}}, 404},
			{"POST", "/users", map[string]any{"user_name": "y", "given_name": "A", "family_name": "B", "attributes": map[string]any{"shoe": 5}}, 422},
			{"POST", "/users", "[]", 422},
			{"POST", "/users", "{", 400},
			{"GET", "/users/nobody", nil, 404},
			{"GET", "/users?limit=0", nil, 422},
			{"GET", "/users?limit=501", nil, 422},
			{"GET", "/users?sort=shoe", nil, 422},
			{"GET", "/users?order=up", nil, 422},
			{"GET", "/users?state=asleep", nil, 422},
			{"GET", "/users?cursor=x", nil, 422},
			{"GET", "/users?role=agnet", nil, 404},
			{"GET", "/users?seat=sofa", nil, 422},
			{"GET", "/users.csv?status=asleep", nil, 404},
			{"GET", "/users.csv?limit=5", nil, 422},
			{"PATCH", "/users/" + id, map[string]any{"user_name": nil}, 422},
			{"PATCH", "/users/nobody", map[string]any{"title": "x"}, 404},
			{"PATCH", "/users/" + id, map[string]any{"attributes": map[string]any{"emails.value": "x"}}, 422},
			{"PATCH", "/users/" + id, map[string]any{"attributes": map[string]any{"title": 5}}, 422},
			{"DELETE", "/users/nobody", nil, 404},
			{"POST", "/users/nobody/suspend", nil, 404},
			{"POST", "/users/nobody/resume", nil, 404},
			{"POST", "/users/" + id + "/suspend", map[string]any{"reason": 5}, 422},
			{"POST", "/users/" + id + "/rights", map[string]any{}, 422},
			{"POST", "/users/nobody/rights", map[string]any{"add": map[string]any{"roles": []string{"agent"}}}, 404},
			{"PUT", "/users/" + id + "/rights/crown/x", nil, 422},
			{"PUT", "/users/" + id + "/rights/role/agnet", nil, 404},
			{"PUT", "/users/" + id + "/rights/agent_group/support", map[string]any{"as": "boss"}, 422},
			{"DELETE", "/users/nobody/rights/role/agent", nil, 404},
			{"GET", "/users/nobody/holds", nil, 404},
			{"POST", "/users/" + id + "/holds", map[string]any{"subject": "shoe", "effect": "deny", "reason": "x"}, 422},
			{"POST", "/users/" + id + "/holds", map[string]any{"subject": "state", "effect": "deny"}, 422},
			{"DELETE", "/users/" + id + "/holds/none", nil, 404},
			{"POST", "/users/" + id + "/holds", map[string]any{"subject": "state", "effect": "deny", "reason": "x", "until": "2001-01-01T00:00:00Z"}, 422},
			{"GET", "/users/nobody/explain", nil, 404},
			{"GET", "/users/" + id + "/explain?permission=fly", nil, 422},
			{"GET", "/users/nobody/permissions", nil, 404},
		} {
			if got := c.do(w.method, w.path, w.body); got.Status != w.status {
				t.Errorf("%s %s %v: %d, want %d: %s", w.method, w.path, w.body, got.Status, w.status, got.Body)
			} else {
				got.want(w.status)
			}
		}
		for _, w := range []struct{ method, path string }{
			{"POST", "/users"},
			{"PATCH", "/users/" + id},
			{"DELETE", "/users/" + id},
			{"POST", "/users/" + id + "/suspend"},
			{"POST", "/users/" + id + "/resume"},
			{"PUT", "/users/" + id + "/rights/role/agent"},
			{"POST", "/users/" + id + "/holds"},
			{"GET", "/users.csv"},
			{"POST", "/users/" + id + "/make-owner"},
		} {
			var body any
			if w.method == "POST" || w.method == "PATCH" {
				body = map[string]any{}
			}
			for _, k := range []*client{reader, nobody} {
				if got := k.do(w.method, w.path, body); got.Status != 403 && got.Status != 422 {
					t.Errorf("%s %s: %d %s", w.method, w.path, got.Status, got.Body)
				}
			}
		}
		reader.do("GET", "/users/"+id, nil).want(200)
		nobody.do("GET", "/users/"+id, nil).want(403).is("missing-permission")
		x.gateway.tenant("").key("administrator").do("GET", "/users/"+id, nil).want(404)
	})
}

func TestRightsByHand(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.key("administrator")
		id := c.made("ana")
		at := "/users/" + id + "/rights"
		c.do("PUT", at+"/role/agent", nil).want(200).says(`"key":"agent"`)
		c.do("PUT", at+"/agent_group/Support", map[string]any{"as": "supervisor"}).want(200).says(`"kind":"supervisor"`)
		c.do("POST", at, map[string]any{"add": map[string]any{"agent_groups": []any{map[string]any{"id": "billing"}}}, "remove": map[string]any{"agent_groups": []any{map[string]any{"id": "support"}}}}).
			want(200).says("Billing").hides("Support")
		c.do("DELETE", at+"/role/agent", nil).want(200).hides(`"key":"agent"`)
		agent := x.key("agent")
		agent.do("PUT", at+"/role/administrator", nil).want(403).is("missing-permission")
	})
}

// Rows 004-47 … 004-49, 004-61: searched, filtered, sorted, paged, and downloaded with each one's ID.
func TestRow004_61TheListIsPagedAndDownloaded(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.key("administrator")
		var want []string
		for i := range 7 {
			want = append(want, c.made(fmt.Sprintf("u%d", i), map[string]any{"roles": []string{"agent"}, "display_name": "Same, \"Name\""}))
		}
		slices.Sort(want)
		var got []string
		next := ""
		for {
			page := c.do("GET", "/users?limit=3&role=agent&search=same&cursor="+url.QueryEscape(next), nil).want(200)
			for _, item := range page.at("items").([]any) {
				got = append(got, item.(map[string]any)["id"].(string))
			}
			if page.at("total").(float64) != 7 {
				t.Errorf("total %v", page.at("total"))
			}
			if next = page.text("next"); next == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		r := c.do("GET", "/users.csv?role=agent", nil)
		if r.Status != 200 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/csv") {
			t.Fatalf("%d %v %s", r.Status, r.Header, r.Body)
		}
		rows, err := csv.NewReader(strings.NewReader(string(r.Body))).ReadAll()
		if err != nil || len(rows) != 8 || rows[0][0] != "id" || rows[1][0] != want[0] || rows[1][3] != "Same, \"Name\"" || rows[1][7] != "agent" {
			t.Errorf("%v %q", err, rows)
		}
	})
}

func TestHoldsOverHTTP(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.key("administrator")
		id := c.made("ana", map[string]any{"roles": []string{"agent"}})
		placed := c.do("POST", "/users/"+id+"/holds", map[string]any{"subject": "state", "effect": "deny", "reason": "review"}).want(201)
		c.do("GET", "/users/"+id+"/holds", nil).want(200).says("review")
		c.do("GET", "/users/"+id, nil).want(200).says(`"state":"suspended"`)
		if got := c.do("DELETE", "/users/"+id+"/holds/"+placed.text("id"), nil); got.Status != 204 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		c.do("GET", "/users/"+id, nil).want(200).says(`"state":"active"`)
	})
}
