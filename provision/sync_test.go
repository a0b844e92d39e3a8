package provision_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// B1: a plan tells what applying it does, and writes nothing.
func TestASyncMakesThePeopleOfADirectory(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		for i := range 20 {
			d.user(fmt.Sprintf("u%02d", i))
		}
		d.user("ana", directory.Attributes{"title": "Lead", "emails": []any{map[string]any{"value": "ana@example.com", "primary": true}}})
		d.group("CC-Support", "ana", "u01")
		d.group("CC-Lead-Billing", "ana")

		planned, p := b.plan(d, provision.SyncOptions{Full: true})
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if planned.Status != provision.SyncPlanned || planned.Summary.Created != 21 || b.changes() != 0 {
			t.Errorf("planned %+v with %d changes in the log; want 21 created and none", planned.SyncResult, b.changes())
		}
		if ana := planned.line("ana"); ana.Change != "created" || len(ana.Gained) != 4 {
			t.Errorf("ana's line is %+v; want four rights", ana)
		}
		done := b.sync(d)
		if done.Status != provision.SyncApplied || done.Summary != planned.Summary || done.Run == "" || done.Completeness != directory.Complete {
			t.Errorf("applied %+v; want what was planned: %+v", done.SyncResult, planned.Summary)
		}
		b.is("ana", directory.Active, "agent", "supervisor", "Support/user", "Billing/supervisor")
		b.is("ana@example.com", directory.Active, "agent", "supervisor", "Support/user", "Billing/supervisor")
		b.is("u01", directory.Active, "agent", "Support/user")
		b.is("u02", directory.Active)

		before := b.changes()
		again := b.sync(d)
		if again.Status != provision.SyncNothing || again.Run != "" || b.changes() != before || len(again.lines) != 0 {
			t.Errorf("a sync with nothing new: %+v, %d changes more", again, b.changes()-before)
		}
	})
}

// B1, B4: each line says which fields, which rights, and why.
func TestASyncTellsWhatChangesFieldByField(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana", directory.Attributes{"title": "Agent"})
		d.user("bo")
		d.group("CC-Support", "ana")
		b.sync(d)
		d.user("ana", directory.Attributes{"title": "Lead"})
		d.group("CC-Support", "bo")
		got := b.sync(d)
		ana, bo := got.line("ana"), got.line("bo")
		if ana.Change != "updated" || !strings.Contains(fmt.Sprint(ana.Values), "{title Agent Lead}") || len(ana.Lost) != 2 || ana.Lost[0].Group != "CC-Support" {
			t.Errorf("ana's line is %+v", ana)
		}
		if bo.Change != "updated" || len(bo.Gained) != 2 || !strings.Contains(bo.Reason, "support agents") {
			t.Errorf("bo's line is %+v", bo)
		}
		b.is("ana", directory.Active)
		b.is("bo", directory.Active, "agent", "Support/user")
	})
}

// B6: who comes back is who they were.
func TestWhoIsGoneIsSuspendedAfterTheGraceAndComesBackWithEverything(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		for i := range 5 {
			d.user(fmt.Sprint("u", i))
		}
		d.group("CC-Support", "ana")
		b.sync(d)
		id := b.view("ana").ID
		leaves := d.users["ana"]
		delete(d.users, "ana")
		if got := b.sync(d); got.Status != provision.SyncNothing {
			t.Errorf("after one complete reading: %+v", got)
		}
		b.is("ana", directory.Active, "agent", "Support/user")
		got := b.sync(d)
		if got.Summary.Suspended != 1 || !strings.Contains(got.line("ana").Reason, "2 complete readings") {
			t.Errorf("after two complete readings: %+v", got)
		}
		if v := b.view("ana"); v.State != directory.Suspended {
			t.Errorf("ana is %s", v.State)
		}
		if got := b.sync(d); got.Status != provision.SyncNothing {
			t.Errorf("who is gone is gone once: %+v", got)
		}
		d.users["ana"] = leaves
		if got := b.sync(d); got.Summary.Reactivated != 1 {
			t.Errorf("who comes back: %+v", got)
		}
		b.is("ana", directory.Active, "agent", "Support/user")
		if b.view("ana").ID != id {
			t.Error("ana has another id than before")
		}
	})
}

// B3: what is unknown is not empty, and who is skipped is not missing.
func TestUnknownIsNotEmpty(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(d *paper){
		"nobody":  func(d *paper) { clear(d.users) },
		"partial": func(d *paper) { delete(d.users, "ana"); d.usersAre = directory.Partial },
		"failed": func(d *paper) {
			clear(d.users)
			clear(d.groups)
			d.usersAre, d.groupsAre = directory.Failed, directory.Failed
		},
		"no groups":           func(d *paper) { clear(d.groups) },
		"groups failed":       func(d *paper) { clear(d.groups); d.groupsAre = directory.Failed },
		"members unknown":     func(d *paper) { d.groups["g-CC-Support"].members = nil; d.groups["g-CC-Support"].partial = true },
		"skipped":             func(d *paper) { d.users["ana"].broken = "no mail" },
		"without its id":      func(d *paper) { d.users[""] = d.users["ana"]; delete(d.users, "ana") },
		"group broken":        func(d *paper) { d.groups["g-CC-Support"].broken = "no name" },
		"group without an id": func(d *paper) { d.groups[""] = d.groups["g-CC-Support"]; delete(d.groups, "g-CC-Support") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachReading(t, func(t *testing.T, b *bench, d *paper) {
				for i := range 5 {
					d.user(fmt.Sprint("u", i))
				}
				d.user("ana")
				d.group("CC-Support", "ana")
				b.sync(d)
				before := b.changes()
				harm(d)
				for range 4 { // more often than the grace
					got := b.sync(d)
					if got.Status == provision.SyncApplied || len(got.Problems) == 0 || got.Problems[0].Text == "" {
						t.Errorf("%+v; want a problem that is told", got.SyncResult)
					}
				}
				b.is("ana", directory.Active, "agent", "Support/user")
				if n := b.changes(); n != before {
					t.Errorf("%d changes were written", n-before)
				}
			})
		})
	}
}

// B19: names change, ids do not.
func TestRenamesAndMovesAreTheSameThing(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.user("bo")
		d.group("CC-Support", "ana")
		d.group("CC-Lead-Sales", "bo")
		b.sync(d)
		id := b.view("ana").ID
		d.users["ana"].dn = "uid=ana,ou=others" // moved, and the server followed in the group
		d.groups["g-CC-Support"].members = []string{"uid=ana,ou=others"}
		d.groups["g-CC-Support"].attributes = directory.Attributes{"displayName": "Contact Centre"}
		d.groups["g-CC-Lead-Sales"].attributes = directory.Attributes{"displayName": "CC-Lead-Renewals"}
		got := b.sync(d)
		if got.Summary.Created+got.Summary.Suspended+got.Summary.Revoked != 0 {
			t.Errorf("%+v", got)
		}
		b.is("ana", directory.Active, "agent", "Support/user")
		b.is("bo", directory.Active, "supervisor", "Renewals/supervisor") // the agent group followed
		if b.view("ana").ID != id {
			t.Error("ana is somebody else now")
		}
	})
}

func TestAGroupThatIsGoneTakesWhatItGave(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.group("CC-Support", "ana")
		d.group("Others", "ana")
		b.sync(d)
		delete(d.groups, "g-CC-Support")
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user")
		got := b.sync(d)
		if got.line("CC-Support").Change != "group_deleted" || got.line("ana").Change != "updated" || got.Summary.Revoked != 2 {
			t.Errorf("%+v", got)
		}
		b.is("ana", directory.Active)
		d.group("CC-Support", "ana") // a new one of the old name
		d.groups["g-new"], d.groups["g-CC-Support"] = d.groups["g-CC-Support"], nil
		delete(d.groups, "g-CC-Support")
		b.sync(d)
		b.is("ana", directory.Active, "agent", "Support/user")
	})
}

// B20: members whom nobody is known by are kept, and attached when they arrive.
func TestMembersBeforePeopleAreAwaited(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.group("CC-Support", "ana", "later")
		b.sync(d)
		d.user("later")
		got := b.sync(d)
		if got.Summary.Created != 1 {
			t.Errorf("%+v", got)
		}
		b.is("later", directory.Active, "agent", "Support/user")
		if got := b.sync(d); got.Status != provision.SyncNothing {
			t.Errorf("%+v", got)
		}
	})
}

func TestAnInactiveAccountSuspends(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.group("CC-Support", "ana")
		b.sync(d)
		d.user("ana", directory.Attributes{"active": false})
		if got := b.sync(d); got.Summary.Suspended != 1 {
			t.Errorf("%+v", got)
		}
		b.is("ana", directory.Suspended, "agent", "Support/user")
	})
}

// B26: what a connection may not do, it does not do, and that is told.
func TestCapabilitiesBoundWhatASourceDoes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		d := b.reads(func(c *directory.Connection) { c.Capabilities = directory.Capabilities{Create: true} })
		b.supports()
		d.user("ana")
		d.group("CC-Support", "ana")
		b.sync(d)
		b.is("ana", directory.Active) // groups are switched off
		d.user("ana", directory.Attributes{"title": "Lead"})
		if got := b.sync(d); got.Status != provision.SyncPartial || len(got.Problems) != 1 || got.Problems[0].Kind != "forbidden" {
			t.Errorf("update: %+v", got)
		}
		delete(d.users, "ana")
		d.user("bo")
		for range 3 {
			b.sync(d)
		}
		b.is("ana", directory.Active)
		b.is("bo", directory.Active)
		b.configure(func(c *store.Configuration) {
			c.Connections[2].Capabilities = directory.Capabilities{Update: true, Suspend: true}
		})
		d.user("cy")
		if got := b.sync(d); len(got.Problems) != 1 || got.Problems[0].Kind != "forbidden" {
			t.Errorf("create: %+v", got)
		}
	})
}
