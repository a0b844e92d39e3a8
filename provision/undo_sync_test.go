package provision_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/provision"
)

// Undo(apply(plan)) restores every field, state and right; a directory that says nothing new changes nothing of it; and
// undoing the undo brings back what the sync had done. Row names: B9.
func TestUndoOfASync(t *testing.T) {
	t.Parallel()
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"histories": func(t *testing.T, w *site) {
			rapid.Check(t, func(r *rapid.T) {
				if t.Failed() {
					return
				}
				b := w.tenantAnew(t)
				d := b.reads(func(c *directory.Connection) { c.LDAP.GraceRuns = 1 })
				b.supports()
				h := upheaval{r: r, d: d}
				h.begin()
				b.sync(d)
				b.settle()
				before := b.portraits()
				for range rapid.IntRange(1, 8).Draw(r, "steps") {
					h.step()
				}
				for id, x := range d.users {
					if title := rapid.SampledFrom([]string{"", "Agent", "Lead"}).Draw(r, "title of "+id); title != "" {
						x.attributes["title"] = title
					}
				}
				did := b.sync(d)
				b.settle()
				done := b.portraits()
				if did.Run == "" {
					return
				}
				undone, lines := b.undo(t, provision.UndoTarget{Run: did.Run})
				want := maps.Clone(before)
				for id, p := range done {
					if _, there := before[id]; !there {
						want[id] = portrait{State: directory.Deprovisioned, UserName: p.UserName}
					}
				}
				if diff := cmp.Diff(want, b.portraits()); diff != "" || len(undone.Problems) > 0 {
					r.Errorf("after undoing %+v with %+v: %s", did.lines, lines, diff)
				}
				if again := b.sync(d); len(again.lines) > 0 {
					r.Errorf("the directory said nothing new: %+v %+v", again.SyncResult, again.lines)
				}
				if diff := cmp.Diff(want, b.portraits()); diff != "" {
					r.Errorf("after the next sync: %s", diff)
				}
				b.consistent(t)
				if again, _ := b.undo(t, provision.UndoTarget{Run: did.Run}); again.Status != provision.SyncNothing {
					r.Errorf("undone again: %+v", again)
				}
				if undone.Run != "" {
					b.undo(t, provision.UndoTarget{Run: undone.Run})
					if diff := cmp.Diff(done, b.portraits()); diff != "" {
						r.Errorf("the undo undone: %s", diff)
					}
					b.consistent(t)
				}
				if r.Failed() || t.Failed() {
					r.FailNow()
				}
			})
		},
		"of everybody, until the directory says something new": func(t *testing.T, w *site) {
			d := w.reads(func(c *directory.Connection) { c.LDAP.GraceRuns = 1 })
			w.supports()
			var all []string
			for i := range 12 {
				d.user(fmt.Sprint("u", i))
				all = append(all, fmt.Sprint("u", i))
			}
			d.group("CC-Support", all...)
			w.sync(d)
			d.groups["g-CC-Support"].members = nil
			for _, id := range all[:6] {
				d.users[id].attributes["active"] = false
			}
			did := w.sync(d)
			w.is("u1", directory.Suspended)
			w.is("u7", directory.Active)
			w.undo(t, provision.UndoTarget{Run: did.Run})
			for range 2 {
				for _, id := range all {
					w.is(id, directory.Active, "agent", "Support/user")
				}
				if got := w.sync(d); got.Status != provision.SyncNothing {
					t.Errorf("%+v", got)
				}
			}
			d.users["u1"].attributes["active"] = true
			d.groups["g-CC-Support"].members = []string{d.name("u7")}
			w.sync(d)
			d.users["u1"].attributes["active"] = false
			d.groups["g-CC-Support"].members = nil
			w.sync(d)
			w.is("u1", directory.Suspended, "agent", "Support/user")
			w.is("u7", directory.Active)
			w.is("u2", directory.Active, "agent", "Support/user")
		},
	})
}
