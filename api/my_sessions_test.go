package api_test

import (
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

// stored is a session as the database has it.
func (x *tenant) stored(id string) directory.Session {
	x.t.Helper()
	s, err := x.db.Reader(x.id).Session(x.t.Context(), id)
	if err != nil {
		x.t.Fatal(err)
	}
	return s.Session
}

// Whoever is signed in sees their own sessions and ends them, without a permission, and nobody else's.
func TestMySessions(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		x.t = t
		key := x.key("administrator")
		key.t = t
		ana, bo := key.made("ana", object{"roles": []string{"agent"}}), key.made("bo")
		first, second, bos := x.session(ana), x.session(ana), x.session(bo)
		link, another := x.session(""), x.session("")
		c := x.as(x.stored(first))
		for _, limit := range []int{1, 100} {
			if got := listed(c, "/me/sessions", limit); !slices.Equal(got, []string{second, first}) {
				t.Errorf("ana's %q", got)
			}
		}
		c.do("GET", "/me", nil).want(200).says(`"roles":[{"id":"agent","name":"Agent"}]`, `"agent_groups":[]`)
		for _, not := range []string{bos, link, "nothere"} {
			c.do("DELETE", "/me/sessions/"+not, nil).want(404).is("not-found")
		}
		for range 2 { // the second time there is nothing to do
			c.do("DELETE", "/me/sessions/"+second, nil).want(204)
		}
		c.do("GET", "/me/sessions", nil).want(200).says(`"ended_by":"signed_out"`, `"connection":"login"`)
		c.do("GET", "/me/sessions?cursor=x", nil).want(422).is("invalid")
		// Who came by a link has that one session.
		c = x.as(x.stored(link))
		if got := listed(c, "/me/sessions", 100); !slices.Equal(got, []string{link}) {
			t.Errorf("the link's %q", got)
		}
		c.do("GET", "/me/sessions", nil).want(200).says(`"live":true`, `"by":"cli:ann@example.com"`)
		for _, not := range []string{first, another} {
			c.do("DELETE", "/me/sessions/"+not, nil).want(404)
		}
		c.do("DELETE", "/me/sessions/"+link, nil).want(204)
		// A key has none.
		if got := listed(key, "/me/sessions", 100); len(got) != 0 {
			t.Errorf("a key's %q", got)
		}
		key.do("DELETE", "/me/sessions/"+first, nil).want(404)
		if got := listed(key, "/sessions", 100); !slices.Equal(got, []string{another, bos, first}) {
			t.Errorf("live %q", got)
		}
	})
}
