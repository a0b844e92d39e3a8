package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"rollcall/store/storetest/migrated"
)

// A cursor is of one tenant and one question: in another it is refused, or it is a place there, and tells nothing.
func TestCursorsAreOfTheirTenantAndTheirQuestion(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		fill := func(name string) (*client, string) {
			x := g.tenant("")
			x.t = t
			c := x.key("administrator")
			var ids []string
			group := c.do("POST", "/agent-groups", object{"name": "Support"}).want(201).text("object.id")
			for i := range 3 {
				ids = append(ids, c.made(fmt.Sprint(name, i), object{"roles": []string{"agent"}, "agent_groups": []object{{"id": "Support"}}}))
			}
			for range 2 {
				c.do("POST", "/users/bulk?confirm=true", object{"people": ids, "do": "suspend"}).want(200)
				c.do("POST", "/users/bulk?confirm=true", object{"people": ids, "do": "resume"}).want(200)
			}
			x.sequenced()
			return c, group
		}
		ours, group := fill("ours")
		theirs, other := fill("theirs")
		at := func(path, cursor string) string {
			join := "?"
			if strings.Contains(path, "?") {
				join = "&"
			}
			return path + join + "limit=1&cursor=" + url.QueryEscape(cursor)
		}
		for _, path := range []string{"/users", "/runs", "/audit", "/audit/rights/role/agent", "/roles", "/agent-groups/GROUP/eligibility", "/settings", "/permissions"} {
			mine, foreign := strings.Replace(path, "GROUP", group, 1), strings.Replace(path, "GROUP", other, 1)
			next := ours.do("GET", at(mine, "")[:len(at(mine, ""))-len("&cursor=")], nil).want(200)
			cursor, _ := next.at("next").(string)
			if cursor == "" {
				t.Fatalf("%s has no next page: %s", path, next.Body)
			}
			ours.do("GET", at(mine, cursor), nil).want(200)
			r := theirs.do("GET", at(foreign, cursor), nil)
			if path == "/users" {
				r.want(422).is("invalid")
			}
			if r.Status != 200 && r.Status != 422 || strings.Contains(string(r.Body), "ours") {
				t.Errorf("%s with another tenant's cursor: %d %s", path, r.Status, r.Body)
			}
			theirs.do("GET", at(mine, cursor), nil).hides("ours")
		}
		first := ours.do("GET", "/users?limit=1&sort=name", nil).want(200).text("next")
		for _, question := range []string{"sort=created", "sort=name&order=desc", "sort=name&role=agent", "sort=name&search=o", "sort=name&state=active"} {
			ours.do("GET", "/users?limit=1&"+question+"&cursor="+first, nil).want(422).is("invalid")
		}
		ours.do("GET", "/users?limit=2&sort=name&cursor="+first, nil).want(200)
		for i := range len(first) - 1 { // none that somebody made of it; the last letter has bits to spare
			forged := []byte(first)
			if forged[i]++; string(forged) != first {
				ours.do("GET", "/users?limit=1&sort=name&cursor="+url.QueryEscape(string(forged)), nil).want(422)
			}
		}
	})
}

// An idempotency key is a principal's own, for one request.
func TestIdempotencyKeysAreTheirPrincipalsForOneRequest(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x, elsewhere := g.tenant(""), g.tenant("")
		x.t, elsewhere.t = t, t
		c := x.key("administrator")
		key := []string{"Idempotency-Key", "one"}
		made := c.do("POST", "/api-keys", object{"name": "reads"}, key...).want(201)
		if again := c.do("POST", "/api-keys", object{"name": "reads"}, key...).want(201); again.text("key") != made.text("key") {
			t.Errorf("%s", again.Body)
		}
		for path, body := range map[string]object{"/companies": {"name": "reads"}, "/api-keys?": {"name": "other"}, "/users/bulk": {"people": []string{"x"}, "do": "suspend"}} {
			c.do("POST", path, body, key...).want(422).is("idempotency-mismatch").hides(made.text("key"))
		}
		for who, k := range map[string]*client{"another key": x.key("administrator"), "a key that reads": x.key(""), "another tenant": elsewhere.key("administrator")} {
			r := k.do("POST", "/api-keys", object{"name": "reads"}, key...)
			if r.Header.Get("Idempotency-Replayed") != "" || strings.Contains(string(r.Body), made.text("key")) {
				t.Errorf("%s is answered what another was: %d %s", who, r.Status, r.Body)
			}
		}
		c.do("DELETE", "/api-keys/"+c.id, nil)
		g.ahead.Store(int64(10_000_000_000)) // the key is believed for some seconds
		c.do("POST", "/api-keys", object{"name": "reads"}, key...).want(401).hides(made.text("key"))
	})
}
