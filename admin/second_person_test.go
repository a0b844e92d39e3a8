package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/provision"
)

// court is a tenant with a second person's approval, and people of whom each attack is tried.
type court struct {
	*desk

	tenant   string
	ada, bob directory.Actor
	n        int
}

func newCourt(t *testing.T, d *desk) *court {
	t.Helper()
	s := acme()
	s.Settings = map[string]string{"approvals": "second_person"}
	d.apply(s)
	c := &court{desk: d, tenant: d.configuration().Tenant.ID}
	person := func(name string) directory.Actor {
		r, err := d.engine.CreateUser(t.Context(), d.okta(), directory.Account{Attributes: directory.Attributes{
			"userName": name, "active": true, "emails": []any{map[string]any{"value": name + ".work@example.com"}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return directory.Actor{Tenant: c.tenant, Kind: directory.ActorPerson, ID: r.ID, RequestID: "r1"}
	}
	c.ada, c.bob = person("ada"), person("bob")
	return c
}

// made is a key that an actor makes, and what it opens.
func (c *court) made(by directory.Actor, owner string) (directory.Actor, string) {
	c.t.Helper()
	c.n++
	k, err := c.admin.CreateAPIKey(c.t.Context(), by, admin.NewAPIKey{Tenant: "acme", Name: fmt.Sprint("key ", c.n), Role: "administrator", Owner: owner})
	if err != nil {
		c.t.Fatal(err)
	}
	return directory.Actor{Tenant: c.tenant, Kind: directory.ActorAPIKey, ID: k.ID}, k.Key
}

// refuses asserts that an approval is refused, and says why.
func (c *court) refuses(what, says, key string, operator directory.Actor, asked ...directory.Actor) {
	c.t.Helper()
	got, err := c.admin.Approver(c.t.Context(), c.tenant, key, operator, asked...)
	if directory.KindOf(err) != directory.Forbidden || !strings.Contains(err.Error(), says) || got != (directory.Actor{}) {
		c.t.Errorf("%s: %+v, %v; want %q", what, got, err, says)
	}
}

// lets asserts that an approval passes, in whose name.
func (c *court) lets(what string, want directory.Actor, key string, operator directory.Actor, asked ...directory.Actor) {
	c.t.Helper()
	got, err := c.admin.Approver(c.t.Context(), c.tenant, key, operator, asked...)
	if err != nil || got.Kind != want.Kind || got.ID != want.ID || got.Tenant != c.tenant || got.RequestID != operator.RequestID {
		c.t.Errorf("%s: %+v, %v; want %+v", what, got, err, want)
	}
}

func cli(id string) directory.Actor { return directory.Actor{Kind: directory.ActorCLI, ID: id} }

// DECISIONS 24: who is signed in approves what somebody else asked for, and by no way what they asked for themselves.
func TestWhoIsSignedInApprovesAsASecondPerson(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		c := newCourt(t, d)
		const mine = "you asked for this yourself"
		c.refuses("nobody is said to have asked, so they did", mine, "", c.ada)
		c.refuses("they asked", mine, "", c.ada, c.ada)
		c.refuses("they asked, among others", mine, "", c.ada, c.bob, c.ada)
		for _, owner := range []string{"ada", "ADA", "ada.work@example.com", "Ada.Work@Example.com", c.ada.ID, strings.ToUpper(c.ada.ID), "person:" + c.ada.ID} {
			asked, _ := c.made(operator, owner)
			c.refuses("a key of "+owner+" asked", mine, "", c.ada, asked)
			c.lets("a key of "+owner+" asked", c.bob, "", c.bob, asked)
		}
		byHer, _ := c.made(c.ada, "somebody else")
		c.refuses("a key that they made for another name asked", mine, "", c.ada, byHer)
		byHers, _ := c.made(byHer, "dora")
		twice, _ := c.made(byHers, "emil")
		c.refuses("a key of a key of a key that they made asked", mine, "", c.ada, twice)
		c.lets("which is nothing to somebody else", c.bob, "", c.bob, twice)
		hers, _ := c.made(operator, "ada")
		byHersToo, _ := c.made(hers, "frida")
		c.refuses("a key that was made with theirs asked", mine, "", c.ada, byHersToo)
		for _, id := range []string{"ada@laptop", "ADA@laptop", "ada", "ada.work@example.com"} {
			c.refuses(id+" asked on the command line", mine, "", c.ada, cli(id))
		}
		for _, id := range []string{"root@host", "adam@host", "host@ada", "@ada", ""} {
			c.lets(id+" asked on the command line", c.ada, "", c.ada, cli(id))
		}
		c.lets("a connection asked", c.ada, "", c.ada, d.okta())
		c.lets("the schedule asked", c.ada, "", c.ada, directory.Actor{Kind: directory.ActorSystem, ID: "schedule"})
		c.lets("somebody else asked", c.ada, "", c.ada, c.bob)
		lost := directory.Actor{Kind: directory.ActorAPIKey, ID: "lost"}
		c.lets("a key that is gone asked", c.ada, "", c.ada, lost)
		// Only people approve without a key.
		c.refuses("a command", `add "--as KEY"`, "", cli("root@host"), c.bob)
		c.refuses("a command", "in the console", "", cli("root@host"), c.bob)
		c.refuses("a key", `add "--as KEY"`, "", hers, c.bob)
		c.refuses("a connection", `add "--as KEY"`, "", d.okta(), c.bob)
	})
}

// The other way round: a key approves for somebody else alone, and who it is does not depend on who is signed in.
func TestAKeyDoesNotApproveWhatItsPersonAsked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		c := newCourt(t, d)
		for _, owner := range []string{"ada", "ada.work@example.com", c.ada.ID, "person:" + c.ada.ID} {
			_, key := c.made(operator, owner)
			for _, presents := range []directory.Actor{c.ada, c.bob, cli("root@host")} {
				c.refuses("a key of "+owner, "belongs to "+owner+", who asked for this", key, presents, c.ada)
			}
		}
		byHer, key := c.made(c.ada, "dora")
		c.refuses("a key that they made for another name", "made by somebody who asked for this", key, c.ada, c.ada)
		byHers, key := c.made(byHer, "emil")
		c.refuses("a key of that", "made by somebody who asked for this", key, c.bob, c.ada)
		sibling, other := c.made(byHer, "frida")
		c.refuses("two keys that one made", "made by somebody who asked for this", other, c.bob, byHers)
		c.refuses("a key that made the key that asked", "who asked for this", key, c.bob, mustMake(c, byHers))
		_, bobs := c.made(operator, "bob")
		k, err := d.db.Reader(c.tenant).APIKeys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c.lets("somebody else's", directory.Actor{Kind: directory.ActorAPIKey, ID: k[0].ID}, bobs, c.ada, c.ada)
		c.lets("somebody else's", directory.Actor{Kind: directory.ActorAPIKey, ID: k[0].ID}, bobs, c.ada, sibling)
		c.refuses("of whom the command line has the name", "belongs to bob, who asked for this", bobs, c.ada, cli("bob.work@example.com"))
		reader, err := d.admin.CreateAPIKey(t.Context(), operator, admin.NewAPIKey{Tenant: "acme", Name: "reader", Owner: "bob"})
		if err != nil {
			t.Fatal(err)
		}
		c.refuses("that only reads", "may not approve", reader.Key, c.bob, c.ada)
	})
}

// mustMake is a key that another one makes.
func mustMake(c *court, by directory.Actor) directory.Actor {
	c.t.Helper()
	x, _ := c.made(by, "greta")
	return x
}

// Who configured the tenant last does not approve what comes of it, be it signed in, by a key or by a command of theirs.
func TestWhoConfiguredDoesNotApproveSignedIn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		c := newCourt(t, d)
		schedule := directory.Actor{Kind: directory.ActorSystem, ID: "schedule"}
		n := 0
		configures := func(who directory.Actor) {
			t.Helper()
			n++
			s := acme()
			s.Settings = map[string]string{"approvals": "second_person", "guard.count": fmt.Sprint(50 - n)}
			if r, err := d.admin.Apply(t.Context(), who, ordered(s), admin.Options{}); err != nil || r.Status != admin.Applied {
				t.Fatalf("%+v, %v", r, err)
			}
		}
		const mine = "you configured the tenant last"
		adas, key := c.made(operator, "ada")
		for _, who := range []directory.Actor{c.ada, adas, cli("ada@host"), mustMake(c, adas)} {
			configures(who)
			c.refuses(string(who.Kind), mine, "", c.ada, schedule)
			c.refuses(string(who.Kind), "who configured the tenant last", key, c.bob, schedule)
			c.lets(string(who.Kind), c.bob, "", c.bob, schedule)
		}
		configures(c.bob)
		c.lets("who configured it before", c.ada, "", c.ada, schedule)
		c.refuses("who does now", mine, "", c.bob, schedule)
		// Where the configuration itself is to be approved, who signs in asks for it.
		s := acme()
		s.Settings = map[string]string{"approvals": "none"}
		if r, err := d.admin.Apply(t.Context(), c.ada, ordered(s), admin.Options{Approve: true}); directory.KindOf(err) != directory.Forbidden || !strings.Contains(err.Error(), "you asked for this yourself") {
			t.Errorf("%+v, %v", r, err)
		}
		if _, err := d.admin.Apply(t.Context(), c.ada, ordered(s), admin.Options{Approve: true, As: key}); directory.KindOf(err) != directory.Forbidden {
			t.Errorf("by their own key: %v", err)
		}
		_, bobs := c.made(operator, "bob")
		if r, err := d.admin.Apply(t.Context(), c.ada, ordered(s), admin.Options{Approve: true, As: bobs}); err != nil || r.Status != admin.Applied {
			t.Errorf("%+v, %v", r, err)
		}
		c.lets("who needs nobody else then", c.ada, "", c.ada, c.ada)
	})
}

// Somebody who comes by a login link is whoever made the link.
func TestALoginLinkIsNoSecondPerson(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		c := newCourt(t, d)
		for _, by := range []directory.Actor{c.ada, cli("ada@host")} {
			by.Tenant = c.tenant
			link, _, err := d.engine.NewLoginLink(t.Context(), by, "administrator", provision.LinkFor)
			if err != nil {
				t.Fatal(err)
			}
			b, err := d.engine.UseLoginLink(t.Context(), link, directory.Session{})
			if err != nil {
				t.Fatal(err)
			}
			s, err := d.db.Reader(c.tenant).Session(t.Context(), b.ID)
			if err != nil {
				t.Fatal(err)
			}
			comes := directory.ActorNamed(c.tenant, s.By)
			c.refuses("what they asked for themselves", "", "", comes, c.ada)
			c.refuses("what came by the link", "you asked for this yourself", "", c.ada, comes)
		}
	})
}
