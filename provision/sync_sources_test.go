package provision_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
)

func TestAReadingOfChangesMissesNobodyItDoesNotMention(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		for i := range 5 {
			d.user(fmt.Sprint("u", i))
		}
		d.group("CC-Support", "u0", "u1")
		b.sync(d)
		d.user("u1", directory.Attributes{"title": "Lead"})
		d.user("new")
		d.users["u2"].gone = true
		d.delta = []string{"u1", "new", "u2"}
		got := b.syncWith(d, provision.SyncOptions{})
		if !got.Reading.Delta || got.Summary.Updated != 1 || got.Summary.Created != 1 || got.Summary.Suspended != 0 {
			t.Errorf("%+v", got.SyncResult)
		}
		b.is("u2", directory.Active) // within the grace
		d.delta = []string{}
		if got := b.syncWith(d, provision.SyncOptions{}); got.Summary.Suspended != 1 {
			t.Errorf("the second complete reading: %+v", got.SyncResult)
		}
		b.is("u2", directory.Suspended)
		b.is("u3", directory.Active)
		d.fingerprint = "2" // the cookie was for another question
		delete(d.users, "u2")
		if got := b.syncWith(d, provision.SyncOptions{}); got.Reading.Delta {
			t.Errorf("%+v", got.SyncResult)
		}
	})
}

// B32: groups in groups, cycles too.
func TestNestedGroupsGiveWhatIsAroundThem(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.user("bo")
		d.group("Inner", "ana")
		d.group("Middle", "Inner")
		d.group("CC-Support", "Middle", "bo")
		d.groups["g-Inner"].members = append(d.groups["g-Inner"].members, d.name("CC-Support")) // a cycle
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user")
		if got := b.sync(d); got.Status != provision.SyncNothing {
			t.Errorf("%+v", got)
		}
		d.group("Middle") // Inner is out
		got := b.sync(d)
		if got.line("ana").Change != "entitled" || got.line("Inner").Change != "group_nested" {
			t.Errorf("%+v", got)
		}
		b.is("ana", directory.Active)
		b.is("bo", directory.Active, "agent", "Support/user")
		d.group("Middle", "Inner")
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user")
	})
}

func TestGroupsThatEntriesNameThemselves(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana").parents = []string{"sid:1"}
		d.user("bo")
		d.group("CC-Support", "bo").alias = "sid:1"
		d.group("CC-Lead-Sales").alias = "sid:2"
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user")
		d.group("CC-Support").alias = "sid:1" // the list changes, and ana was never on it
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user")
		b.is("bo", directory.Active)
		// Another primary group; the server puts ana on the list of the old one in the same breath.
		d.users["ana"].parents = []string{"sid:2"}
		d.group("CC-Support", "ana").alias = "sid:1"
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user", "supervisor", "Sales/supervisor")
		d.users["ana"].parents = nil
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user")
	})
}

func TestMembershipsStatedByPeople(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		d := b.reads(func(c *directory.Connection) { c.LDAP.Membership = "memberOf" })
		b.supports()
		d.group("CC-Support")
		d.group("CC-Lead-Sales").parents = []string{d.name("CC-Support")}
		d.user("ana").parents = []string{d.name("CC-Support")}
		d.user("bo").parents = []string{d.name("CC-Lead-Sales")}
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user")
		b.is("bo", directory.Active, "agent", "Support/user", "supervisor", "Sales/supervisor")
		d.groups["g-CC-Support"].attributes = directory.Attributes{"displayName": "CC-Support", "x": "y"} // its hash changes; nobody leaves
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user")
		d.users["ana"].parents = nil
		b.sync(d)
		b.is("ana", directory.Active)
	})
}

// B21: two directories, one person.
func TestTwoConnectionsOnePerson(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		d := b.reads(func(c *directory.Connection) { c.Link = "userName" })
		b.supports()
		id := b.user(b.okta, "ana", "00u1").ID
		okta := b.group(b.okta, "CC-Support", id)
		d.user("ana", directory.Attributes{"title": "Lead"})
		d.group("CC-Lead-Sales", "ana")
		got := b.sync(d)
		if got.Summary.Created != 0 || got.line("ana").User != id {
			t.Errorf("%+v; want ana linked", got)
		}
		b.is("ana", directory.Active, "agent", "Support/user", "supervisor", "Sales/supervisor")
		d.user("ana", directory.Attributes{"active": false})
		b.sync(d)
		if v := b.view("ana"); v.State != directory.Suspended || len(v.Accounts) != 2 {
			t.Errorf("any account that leaves suspends: %+v", v)
		}
		d.user("ana")
		b.sync(d)
		b.members(okta.ID, provision.RemoveMembers, id)
		b.is("ana", directory.Active, "supervisor", "Sales/supervisor")
	})
}

// B11: a conflict never touches the state of an account.
func TestAConflictIsToldAndTouchesNobody(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		id := b.user(b.okta, "ana", "00u1").ID
		b.group(b.okta, "CC-Support", id)
		d.user("ana")
		d.user("bo")
		d.user("bo2", directory.Attributes{"userName": "BO"})
		before := b.changes()
		got := b.sync(d)
		if got.Status != provision.SyncPartial || len(got.Problems) != 2 || got.Problems[0].Kind != "conflict" || got.Problems[0].Fix == "" || got.Summary.Created != 1 {
			t.Errorf("%+v", got)
		}
		b.is("ana", directory.Active, "agent", "Support/user")
		if n := b.changes() - before; n != 1 {
			t.Errorf("%d changes, want one: bo", n)
		}
		if got := b.sync(d); got.Status != provision.SyncPartial || len(got.Problems) != 2 {
			t.Errorf("it is told each time: %+v", got)
		}
	})
}

func TestAnEntryMadeAnewIsAnotherPersonOnceTheOldOneIsGone(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.user("bo")
		d.group("CC-Support", "ana")
		b.sync(d)
		old := b.view("ana").ID
		delete(d.users, "ana")
		d.user("ana2", directory.Attributes{"userName": "ana"})
		d.group("CC-Support")
		if got := b.sync(d); len(got.Problems) != 1 || got.Problems[0].Kind != "conflict" {
			t.Errorf("within the grace: %+v", got)
		}
		b.sync(d)
		got := b.sync(d)
		if got.Summary.Created != 1 || got.Summary.Deprovisioned != 1 {
			t.Errorf("%+v", got)
		}
		if v := b.view("ana"); v.ID == old || v.State != directory.Active || len(v.Roles) != 0 {
			t.Errorf("ana is %+v", v)
		}
		b.is(old, directory.Deprovisioned)
		if got := b.sync(d); got.Status != provision.SyncNothing {
			t.Errorf("%+v", got)
		}
	})
}

func TestARunThatIsCutOffIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		for i := range 1200 {
			d.user(fmt.Sprintf("u%04d", i))
		}
		d.group("CC-Support", "u0000", "u0700", "u1199")
		_, p := b.plan(d, provision.SyncOptions{Full: true})
		ctx, cut := context.WithCancel(t.Context())
		_, err := b.engine.ApplySync(ctx, b.hq(), p, provision.SyncOptions{Progress: func(x provision.Progress) {
			if x.Done > 500 {
				cut()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("%v, want that it was cut off", err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		got := b.sync(d)
		if got.Status != provision.SyncApplied || got.Summary.Created == 0 || got.Summary.Created >= 1200 {
			t.Errorf("%+v", got.SyncResult)
		}
		for _, id := range []string{"u0000", "u0700", "u1199"} {
			b.is(id, directory.Active, "agent", "Support/user")
		}
		if got := b.sync(d); got.Status != provision.SyncNothing {
			t.Errorf("%+v", got.SyncResult)
		}
		b.settle()
	})
}

func TestASourceErrorOfOursEndsTheSync(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := b.engine.PlanSync(ctx, b.hq(), "hq", d, provision.SyncOptions{}); err == nil {
			t.Error("a cancelled sync made a plan")
		}
		if _, err := b.engine.PlanSync(t.Context(), b.hq(), "nobody", d, provision.SyncOptions{}); directory.KindOf(err) != directory.Forbidden {
			t.Errorf("a connection that is not there: %v", err)
		}
	})
}
