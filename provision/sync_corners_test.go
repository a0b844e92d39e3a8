package provision_test

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// Somebody whose new name is taken keeps their account, and loses what they lost all the same.
func TestAConflictKeepsNobodyInAGroup(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.user("bo")
		d.group("CC-Support", "ana", "bo")
		b.sync(d)
		d.users["ana"].attributes["userName"] = "bo"
		d.users["bo"].attributes["userName"] = "ana" // the two swap their names
		d.group("CC-Support", "bo")
		got := b.sync(d)
		if got.Status != provision.SyncPartial || len(got.Problems) != 2 {
			t.Errorf("%+v", got.SyncResult)
		}
		b.is("ana", directory.Active)
		b.is("bo", directory.Active, "agent", "Support/user")
		d.users["ana"].attributes["userName"] = "ana2"
		b.sync(d)
		b.sync(d)
		b.is("ana2", directory.Active)
		b.is("ana", directory.Active, "agent", "Support/user") // who was bo
	})
}

// Who could not be made joins their groups once they can be.
func TestAConflictIsRememberedByTheGroups(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(b *bench, d *paper) (allow func()){
		"name taken": func(b *bench, d *paper) func() {
			d.user("ana2", directory.Attributes{"userName": "bo"})
			return func() { d.users["ana2"].attributes["userName"] = "ana2" }
		},
		"forbidden": func(b *bench, d *paper) func() {
			b.configure(func(c *store.Configuration) { c.Connections[2].Capabilities.Create = false })
			d.user("ana2")
			return func() {
				b.configure(func(c *store.Configuration) { c.Connections[2].Capabilities.Create = true })
			}
		},
		"nameless": func(b *bench, d *paper) func() {
			d.user("ana2", directory.Attributes{"userName": ""})
			return func() { d.users["ana2"].attributes["userName"] = "ana2" }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachReading(t, func(t *testing.T, b *bench, d *paper) {
				d.user("bo")
				d.group("CC-Support", "bo")
				b.sync(d)
				allow := refuse(b, d)
				d.group("CC-Support", "bo", "ana2")
				if got := b.sync(d); len(got.Problems) == 0 {
					t.Errorf("%+v", got.SyncResult)
				}
				b.sync(d)
				allow()
				b.sync(d)
				b.is("ana2", directory.Active, "agent", "Support/user")
			})
		})
	}
}

// Whoever approves a plan and leaves somebody out leaves them what the plan's end of a group would take.
func TestWhoIsLeftOutKeepsAGroupThatIsGone(t *testing.T) {
	t.Parallel()
	guarded(t, func(t *testing.T, b *bench, d *paper) {
		delete(d.groups, "g-CC-Support")
		d.group("other", "u30")
		got := b.sync(d)
		if got.Status != provision.SyncHeld {
			t.Fatalf("%+v", got.SyncResult)
		}
		_, p := b.held()
		done, err := b.engine.ApplySync(t.Context(), b.hq(), p, provision.SyncOptions{Approve: true}, "u03")
		if err != nil {
			t.Fatalf("%+v, %v", done, err)
		}
		b.is("u03", directory.Active, "agent", "Support/user")
		b.is("u05", directory.Active)
		b.sync(d) // they are asked about again
		b.is("u03", directory.Active)
		if got := b.sync(d); got.Status != provision.SyncNothing {
			t.Errorf("%+v", got.SyncResult)
		}
	})
}

// A filter that finds an object among people and among groups does not make a person's entry a group's.
func TestAnEntryIsAPersonOrAGroup(t *testing.T) {
	t.Parallel()
	for _, known := range []string{"as a person", "as a group", "not at all"} {
		t.Run(known, func(t *testing.T) {
			t.Parallel()
			eachReading(t, func(t *testing.T, b *bench, d *paper) {
				d.user("bo")
				d.group("CC-Support", "bo")
				asUser := func() { d.user("x") }
				asGroup := func() {
					d.group("CC-Lead-X", "bo")
					d.groups["x"] = d.groups["g-CC-Lead-X"]
					delete(d.groups, "g-CC-Lead-X")
				}
				switch known {
				case "as a person":
					asUser()
				case "as a group":
					asGroup()
				}
				b.sync(d)
				asUser()
				asGroup()
				for range 3 {
					if got := b.sync(d); len(got.Problems) == 0 || !strings.Contains(fmt.Sprint(got.Problems), "group") {
						t.Errorf("%+v", got.SyncResult)
					}
				}
				if known == "as a group" {
					b.is("bo", directory.Active, "agent", "supervisor", "Support/user", "X/supervisor")
					return
				}
				b.is("bo", directory.Active, "agent", "Support/user")
				delete(d.users, "x")
				delete(d.groups, "x")
				b.sync(d)
				b.sync(d)
				b.is("x", directory.Suspended)
			})
		})
	}
}

// A held plan keeps its places from those whom a reading finds meanwhile.
func TestAHeldPlanKeepsItsPlaces(t *testing.T) {
	t.Parallel()
	guarded(t, func(t *testing.T, b *bench, d *paper) {
		for i := range 12 {
			delete(d.users, fmt.Sprintf("u%02d", i))
		}
		d.user("x1")
		d.user("x2")
		if got := b.sync(d); got.Status != provision.SyncHeld {
			t.Fatalf("%+v", got.SyncResult)
		}
		delete(d.users, "x1")
		delete(d.users, "x2")
		d.user("a1")
		d.user("a2")
		d.usersAre = directory.Partial
		if got := b.sync(d); got.Summary.Created != 2 {
			t.Fatalf("%+v", got.SyncResult)
		}
		_, p := b.held()
		if p == nil {
			t.Fatal("the plan is gone")
		}
		done, err := b.engine.ApplySync(t.Context(), b.hq(), p, provision.SyncOptions{Approve: true})
		if err != nil || done.Status != provision.SyncApplied || done.Summary.Created != 2 {
			t.Fatalf("%+v, %v", done, err)
		}
		b.is("x1", directory.Active)
		b.is("a1", directory.Active)
	})
}

// A held plan about groups that another reading ended meanwhile leaves those out, and is done with.
func TestAHeldPlanOutlivesItsGroups(t *testing.T) {
	t.Parallel()
	guarded(t, func(t *testing.T, b *bench, d *paper) {
		d.group("A", "u30")
		d.group("B", "u31")
		b.sync(d)
		for i := range 12 {
			delete(d.users, fmt.Sprintf("u%02d", i))
		}
		d.groups["g-A"].attributes = directory.Attributes{"displayName": "A2"}
		d.group("B", "u31", "u32")
		if got := b.sync(d); got.Status != provision.SyncHeld {
			t.Fatalf("%+v", got.SyncResult)
		}
		delete(d.groups, "g-A")
		delete(d.groups, "g-B")
		d.usersAre = directory.Partial
		if got := b.sync(d); got.line("A").Change != "group_deleted" || got.line("B").Change != "group_deleted" {
			t.Fatalf("%+v, %+v", got.SyncResult, got.lines)
		}
		_, p := b.held()
		if p == nil {
			t.Fatal("the plan is gone")
		}
		done, err := b.engine.ApplySync(t.Context(), b.hq(), p, provision.SyncOptions{Approve: true})
		if err != nil || done.Status != provision.SyncPartial || done.Summary.Suspended != 12 || len(done.Problems) != 2 {
			t.Fatalf("%+v, %v", done, err)
		}
		if x := b.source(); x.Status != store.SourceActive || x.HeldRun != "" {
			t.Errorf("%+v", x)
		}
		d.usersAre = directory.Complete
		b.sync(d)
		if got := b.sync(d); got.Status != provision.SyncNothing {
			t.Errorf("%+v", got.SyncResult)
		}
	})
}
