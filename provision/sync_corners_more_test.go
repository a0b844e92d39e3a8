package provision_test

import (
	"fmt"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// A plan that was discarded while its approval waited for its turn is not applied, and does not count as applied.
func TestADiscardedPlanIsNotApplied(t *testing.T) {
	t.Parallel()
	guarded(t, func(t *testing.T, b *bench, d *paper) {
		for i := range 12 {
			delete(d.users, fmt.Sprintf("u%02d", i))
		}
		got := b.sync(d)
		_, p := b.held()
		if err := b.engine.Discard(t.Context(), b.hq(), got.Run); err != nil {
			t.Fatal(err)
		}
		before := b.source()
		done, err := b.engine.ApplySync(t.Context(), b.hq(), p, provision.SyncOptions{Approve: true})
		if directory.KindOf(err) != directory.Conflict {
			t.Errorf("%+v, %v; want it refused", done, err)
		}
		b.is("u05", directory.Active, "agent", "Support/user")
		if after := b.source(); !after.FullAt.Equal(before.FullAt) {
			t.Errorf("the source counts as read: %+v", after)
		}
		if run, err := b.db.Reader(b.tenant).Run(t.Context(), got.Run); err != nil || run.Status != "discarded" {
			t.Errorf("%+v, %v", run, err)
		}
	})
}

// A connection that may not change groups any more is read completely all the same.
func TestGroupsThatAreSwitchedOffAreNotMissed(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.group("CC-Support", "ana")
		b.sync(d)
		b.configure(func(c *store.Configuration) { c.Connections[2].Capabilities.Groups = false })
		for range 3 {
			if got := b.sync(d); got.Status != provision.SyncNothing {
				t.Errorf("%+v", got.SyncResult)
			}
		}
		b.is("ana", directory.Active, "agent", "Support/user")
	})
}

// Who left while the connection might not suspend is suspended once it may.
func TestLeaversAreSuspendedOnceThatIsAllowed(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		b.configure(func(c *store.Configuration) { c.Connections[2].Capabilities.Suspend = false })
		d.user("ana")
		d.user("bo")
		b.sync(d)
		delete(d.users, "ana")
		for range 4 {
			b.sync(d)
		}
		if got := b.sync(d); got.Status != provision.SyncNothing {
			t.Errorf("%+v", got.SyncResult)
		}
		b.is("ana", directory.Active)
		b.configure(func(c *store.Configuration) { c.Connections[2].Capabilities.Suspend = true })
		b.sync(d)
		b.is("ana", directory.Suspended)
	})
}

// Of two groups one takes the DN of the other, whatever the order in which they are read.
func TestGroupsThatTakeTheNamesOfOthers(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(d *paper, a, b *leaf){
		"one moves": func(d *paper, old, _ *leaf) {
			old.dn = "cn=old,ou=groups"
			d.groups["z"] = &leaf{dn: "cn=In,ou=groups", attributes: directory.Attributes{"displayName": "New"}, members: []string{d.name("new")}}
		},
		"they swap": func(_ *paper, old, other *leaf) { old.dn, other.dn = other.dn, old.dn },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, around := range []string{"a-around", "h-around", "z-around"} {
				eachReading(t, func(t *testing.T, b *bench, d *paper) {
					d.user("old")
					d.user("new")
					in, other := d.group("In", "old"), d.group("Other", "new")
					d.groups[around] = &leaf{dn: "cn=around,ou=groups", attributes: directory.Attributes{"displayName": "CC-Support"}, members: []string{in.dn}}
					b.sync(d)
					b.is("old", directory.Active, "agent", "Support/user")
					take(d, in, other)
					d.groups[around].attributes["displayName"] = "CC-Support 2" // it is read again
					b.sync(d)
					b.is("old", directory.Active)
					b.is("new", directory.Active, "agent", "Support/user")
				})
			}
		})
	}
}

// Somebody whom another connection makes between plan and apply is not made a second time.
func TestWhoIsMadeMeanwhileIsNotMadeTwice(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.user("bo")
		d.group("CC-Support", "ana", "bo")
		_, p := b.plan(d, provision.SyncOptions{Full: true})
		defer func() { _ = p.Close() }()
		b.user(b.okta, "ana", "00u1")
		done, err := b.engine.ApplySync(t.Context(), b.hq(), p, provision.SyncOptions{})
		if err != nil || done.Status != provision.SyncPartial || done.Summary.Created != 1 {
			t.Errorf("%+v, %v", done, err)
		}
		b.is("bo", directory.Active, "agent", "Support/user")
		b.configure(func(c *store.Configuration) { c.Connections[2].Link = "userName" })
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user")
	})
}

// Who takes a name that its owner gave up in the same reading of changes has it after the next one.
func TestANameIsHandedOn(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.user("bo")
		b.sync(d)
		d.users["ana"].attributes["userName"] = "bo"
		d.users["bo"].attributes["userName"] = "bo2"
		d.user("x", directory.Attributes{"userName": "ana"})
		d.delta, d.cookie = []string{"ana", "bo", "x"}, "1"
		for i, want := range []string{"c", "c", "c1"} { // the server tells them again until nobody waits for a name
			b.syncWith(d, provision.SyncOptions{})
			if got := string(b.source().Cookie); got != want {
				t.Errorf("after reading %d of changes the next begins from %s; want %s", i+1, got, want)
			}
		}
		b.is("ana", directory.Active)
		b.is("bo", directory.Active)
		b.is("bo2", directory.Active)
	})
}

// Who comes back is in the groups that still name them, and not in one that dropped them meanwhile.
func TestWhoComesBackIsWhereTheyAreNamed(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.user("bo")
		d.group("CC-Support", "ana", "bo")
		d.group("CC-Lead-Sales", "ana", "bo")
		b.sync(d)
		ana := d.users["ana"]
		delete(d.users, "ana")
		b.sync(d)
		b.sync(d)
		d.user("another", directory.Attributes{"userName": "ana"})
		b.sync(d) // who had the name until now is gone for good
		d.group("CC-Support", "bo")
		b.sync(d)
		ana.attributes["userName"] = "ana2"
		d.users["ana"] = ana
		b.sync(d)
		b.sync(d)
		b.is("ana2", directory.Active, "supervisor", "Sales/supervisor")
		if got := b.sync(d); got.Status != provision.SyncNothing {
			t.Errorf("%+v", got.SyncResult)
		}
	})
}

// Whoever takes the DN of somebody who moved is in no group by that, while groups cannot be read.
func TestADNThatIsHandedOnGivesNothingByItself(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.user("bo")
		d.group("CC-Support", "ana")
		b.sync(d)
		d.users["bo"].dn, d.users["ana"].dn = d.users["ana"].dn, "uid=ana,ou=moved"
		d.groupsAre = directory.Failed
		kept := d.groups
		d.groups = nil
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user")
		b.is("bo", directory.Active)
		d.groups, d.groupsAre = kept, directory.Complete
		d.group("CC-Support", "ana")
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user")
		b.is("bo", directory.Active)
	})
}

// An entry that is made anew under its old DN is in the groups that name it, although they look as they did.
func TestAnEntryMadeAnewIsInItsGroups(t *testing.T) {
	t.Parallel()
	for _, delta := range []bool{false, true} {
		eachReading(t, func(t *testing.T, b *bench, d *paper) {
			d.user("ana")
			d.user("bo")
			d.group("CC-Support", "ana", "bo")
			d.group("CC-Lead-Sales", "bo")
			b.sync(d)
			anew := *d.users["ana"]
			anew.attributes = directory.Attributes{"userName": "ana.new", "active": true}
			d.users["anew"] = &anew
			delete(d.users, "ana")
			if delta {
				d.delta = []string{"anew"}
			}
			b.syncWith(d, provision.SyncOptions{Full: !delta})
			b.is("ana.new", directory.Active, "agent", "Support/user")
			d.delta = nil
			b.sync(d)
			b.sync(d)
			b.is("ana.new", directory.Active, "agent", "Support/user")
			if v := b.view("ana"); v.State != directory.Suspended {
				t.Errorf("the old ana is %s", v.State)
			}
			if got := b.sync(d); got.Status != provision.SyncNothing {
				t.Errorf("%+v", got.SyncResult)
			}
		})
	}
}
