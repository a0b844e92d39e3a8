package scim_test

import (
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store/storetest/migrated"
)

// TestWhoIsSuspendedIsNotEligibleOnceTheAnswerIsThere asks the engine, and another process's, the moment that the client
// has its answer: somebody who was suspended, or removed, is out, for whoever asks about them, about their agent group, or
// follows the feed. Bringing them back does not put them to work: they begin in the initial status.
func TestWhoIsSuspendedIsNotEligibleOnceTheAnswerIsThere(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		replica := provision.New(g.db, provision.Options{})
		for dialect, suspend := range map[directory.Dialect]string{
			directory.RFC:   patch(`{"op":"replace","path":"active","value":false}`),
			directory.Okta:  patch(`{"op":"replace","value":{"active":false}}`),
			directory.Entra: patch(`{"op":"Replace","path":"active","value":"False"}`),
		} {
			t.Run(string(dialect), func(t *testing.T) {
				c := g.staffed(dialect, []string{"agent", "groups"}).in(t)
				ana := c.user("ana", inSupport("")).text("/id")
				c.eligible(replica, ana, true)
				cursor := c.placed(replica)
				c.send("PATCH", "/Users/"+ana, suspend).want(200)
				c.eligible(replica, ana, false)
				c.flipped(replica, cursor, "user.suspended", ana, directory.Suspended)

				c.send("PATCH", "/Users/"+ana, patch(`{"op":"replace","path":"active","value":true}`)).want(200)
				c.eligible(replica, ana, true) // her initial status is online
				cursor = c.placed(replica)
				c.send("DELETE", "/Users/"+ana, "").want(204)
				c.eligible(replica, ana, false)
				c.flipped(replica, cursor, "user.deprovisioned", ana, directory.Deprovisioned)
			})
		}
	})
}

// eligible checks what two processes say of somebody, and of the agent group that they are in.
func (c *client) eligible(replica *provision.Engine, id string, want bool) {
	c.t.Helper()
	for _, engine := range []*provision.Engine{c.engine, replica} {
		v, err := engine.Eligibility(c.t.Context(), c.tenant, id, "")
		if err != nil || v.Eligible != want {
			c.t.Errorf("eligible: %t, %v; want %t: %+v", v.Eligible, err, want, v)
		}
		if !want && (len(v.Reasons) == 0 || v.Reasons[0].Code != "state") {
			c.t.Errorf("not because of the state: %+v", v.Reasons)
		}
		page, err := engine.EligiblePeople(c.t.Context(), c.tenant, provision.GroupQuestion{Group: "ag1"})
		if err != nil {
			c.t.Fatal(err)
		}
		is := false
		for _, m := range page.People {
			is = is || m.Person == id && m.Eligible
		}
		if is != want {
			c.t.Errorf("the agent group says %t, want %t: %+v", is, want, page.People)
		}
	}
}

// placed gives everything its place in the ledger and returns the cursor there.
func (c *client) placed(engine *provision.Engine) int64 {
	c.t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = c.db.Sequence(c.t.Context(), c.tenant); err != nil {
			c.t.Fatal(err)
		}
	}
	at, err := engine.EligibilityCursor(c.t.Context(), c.tenant)
	if err != nil {
		c.t.Fatal(err)
	}
	return at
}

// flipped checks that the feed tells one thing after the cursor: that somebody is not eligible any more.
func (c *client) flipped(engine *provision.Engine, cursor int64, action, id string, state directory.State) {
	c.t.Helper()
	c.placed(engine)
	page, err := engine.EligibilityChanges(c.t.Context(), c.tenant, cursor, 0)
	if err != nil || len(page.Changes) != 1 {
		c.t.Fatalf("the feed tells %+v, %v; want one change", page.Changes, err)
	}
	if x := page.Changes[0]; x.Action != action || x.Person == nil || x.Person.Person != id || x.Person.Eligible || x.Person.State != state {
		c.t.Errorf("the feed tells %+v of %+v", x, x.Person)
	}
}
