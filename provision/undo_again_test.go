package provision_test

import (
	"context"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
)

// An undo that suspends somebody again suspends them for the same reason as whoever did first: whoever undoes that, too, has
// them back as they were before.
func TestUndoOfASuspensionWhoseEndWasUndone(t *testing.T) {
	t.Parallel()
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"one by one": func(t *testing.T, w *site) {
			p := w.suspendable(t)
			suspended, resumed := p.suspend(), p.resume()
			w.undo(t, provision.UndoTarget{Change: resumed})
			p.is(directory.Suspended, 1)
			w.undo(t, provision.UndoTarget{Change: suspended})
			p.is(directory.Active, 0)
		},
		"twice": func(t *testing.T, w *site) {
			p := w.suspendable(t)
			suspended, first := p.suspend(), p.resume()
			w.undo(t, provision.UndoTarget{Change: first})
			second := p.resume()
			w.undo(t, provision.UndoTarget{Change: second})
			p.is(directory.Suspended, 1)
			w.undo(t, provision.UndoTarget{Change: suspended})
			p.is(directory.Active, 0)
		},
		"and what was undone is undone": func(t *testing.T, w *site) {
			p := w.suspendable(t)
			suspended, resumed := p.suspend(), p.resume()
			w.undo(t, provision.UndoTarget{Change: resumed})
			r, _ := w.undo(t, provision.UndoTarget{Change: suspended})
			p.is(directory.Active, 0)
			w.undo(t, provision.UndoTarget{Run: r.Run})
			p.is(directory.Suspended, 1)
		},
		"by runs": func(t *testing.T, w *site) {
			p := w.suspendable(t)
			bulk := func(do string) string {
				actor := boss
				actor.Tenant = w.tenant
				r, err := w.engine.Bulk(t.Context(), actor, provision.BulkRequest{People: []string{p.id}, Do: do}, provision.BulkOptions{Approve: true})
				if err != nil {
					t.Fatal(err)
				}
				return r.Run
			}
			suspended, resumed := bulk("suspend"), bulk("resume")
			p.is(directory.Active, 0)
			w.undo(t, provision.UndoTarget{Run: resumed})
			p.is(directory.Suspended, 1)
			w.undo(t, provision.UndoTarget{Run: suspended})
			p.is(directory.Active, 0)
		},
		"of two suspensions the other one stays": func(t *testing.T, w *site) {
			p := w.suspendable(t)
			first := p.suspend()
			p.resume()
			second, resumed := p.suspend(), p.resume()
			w.undo(t, provision.UndoTarget{Change: resumed})
			w.undo(t, provision.UndoTarget{Change: first})
			p.is(directory.Suspended, 1)
			w.undo(t, provision.UndoTarget{Change: second})
			p.is(directory.Active, 0)
		},
		"a new one stays": func(t *testing.T, w *site) {
			p := w.suspendable(t)
			first := p.suspend()
			p.resume()
			p.suspend()
			w.undo(t, provision.UndoTarget{Change: first})
			p.is(directory.Suspended, 1)
		},
	})
}

// suspendable is somebody of a directory who is active.
type suspendable struct {
	t  *testing.T
	w  *site
	id string
}

func (w *site) suspendable(t *testing.T) suspendable {
	return suspendable{t, w, w.user(w.okta, "ana", "1").ID}
}

// suspend and resume return the change.
func (p suspendable) suspend() string { p.t.Helper(); return p.turn(p.w.engine.Suspend) }
func (p suspendable) resume() string  { p.t.Helper(); return p.turn(p.w.engine.Resume) }

func (p suspendable) turn(do func(context.Context, directory.Actor, string, provision.PersonOptions) (provision.View, error)) string {
	p.t.Helper()
	actor := boss
	actor.Tenant = p.w.tenant
	if _, err := do(p.t.Context(), actor, p.id, provision.PersonOptions{}); err != nil {
		p.t.Fatal(err)
	}
	return p.w.last(p.t, p.id)
}

func (p suspendable) is(state directory.State, holds int) {
	p.t.Helper()
	if v := p.w.view(p.id); v.State != state || len(v.Holds) != holds {
		p.t.Errorf("%s with %+v; want %s with %d holds", v.State, v.Holds, state, holds)
	}
	p.w.consistent(p.t)
}
