package provision_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
)

func TestNestedGroupsGiveTheSameRightsInWhateverOrderTheyGrow(t *testing.T) {
	t.Parallel()
	agent := func(t *testing.T, w *site, id string, want bool) {
		t.Helper()
		if got := slices.Contains(roles(w.view(id)), "agent"); got != want {
			t.Errorf("agent: %v, want %v", got, want)
		}
		if who := w.unsettled(); len(who) > 0 {
			t.Errorf("not what a fresh evaluation gives: %v", who)
		}
	}
	begin := func(w *site) (ana, bob, inner, outer string) {
		w.configure(configureRules(supportRule))
		ana, bob = w.user(w.okta, "ana@acme.test", "1").ID, w.user(w.okta, "bob@acme.test", "2").ID
		inner = w.group(w.okta, "inner").ID
		outer = w.group(w.okta, "CC-Support", inner).ID
		return ana, bob, inner, outer
	}
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"joining a nested group": func(t *testing.T, w *site) {
			ana, _, inner, _ := begin(w)
			w.members(inner, provision.AddMembers, ana)
			agent(t, w, ana, true)
		},
		"joining by replacement": func(t *testing.T, w *site) {
			ana, bob, inner, _ := begin(w)
			w.members(inner, provision.ReplaceMembers, ana, bob)
			agent(t, w, bob, true)
			w.members(inner, provision.ReplaceMembers, ana)
			agent(t, w, ana, true)
			agent(t, w, bob, false)
		},
		"leaving a nested group": func(t *testing.T, w *site) {
			ana, _, inner, outer := begin(w)
			w.members(outer, provision.RemoveMembers, inner)
			w.members(inner, provision.AddMembers, ana)
			w.members(outer, provision.AddMembers, inner)
			agent(t, w, ana, true)
			w.members(inner, provision.RemoveMembers, ana)
			agent(t, w, ana, false)
		},
		"leaving the outer group only": func(t *testing.T, w *site) {
			ana, _, inner, outer := begin(w)
			w.members(outer, provision.AddMembers, ana)
			w.members(inner, provision.AddMembers, ana)
			w.members(outer, provision.RemoveMembers, ana)
			agent(t, w, ana, true)
		},
		"deleting the nested group": func(t *testing.T, w *site) {
			ana, _, inner, outer := begin(w)
			w.members(outer, provision.RemoveMembers, inner)
			w.members(inner, provision.AddMembers, ana)
			w.members(outer, provision.AddMembers, inner)
			before, err := w.db.Reader(w.tenant).GroupResource(t.Context(), "okta", outer)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.engine.DeleteGroup(t.Context(), w.okta, inner, nil); err != nil {
				t.Fatal(err)
			}
			agent(t, w, ana, false)
			after, err := w.db.Reader(w.tenant).GroupResource(t.Context(), "okta", outer)
			if err != nil || after.Members != 0 || after.Version <= before.Version {
				t.Errorf("the outer group counts %d members at version %d after %d (%v), want none and a later one", after.Members, after.Version, before.Version, err)
			}
		},
		"coming back to a nested group": func(t *testing.T, w *site) {
			ana, _, inner, outer := begin(w)
			w.members(outer, provision.RemoveMembers, inner)
			w.members(inner, provision.AddMembers, ana)
			w.members(outer, provision.AddMembers, inner)
			w.delete(w.okta, ana)
			w.user(w.okta, "ana@acme.test", "1")
			agent(t, w, ana, true)
		},
		"a group with new members inside one": func(t *testing.T, w *site) {
			ana, _, _, outer := begin(w)
			deep := w.group(w.okta, "deep", ana).ID
			middle := w.group(w.okta, "middle", deep).ID
			agent(t, w, ana, false)
			w.members(outer, provision.AddMembers, middle)
			agent(t, w, ana, true)
			w.members(middle, provision.RemoveMembers, deep)
			agent(t, w, ana, false)
		},
		"saying goodbye to one of two connections": func(t *testing.T, w *site) {
			w.configure(link("userName"))
			ana, _, inner, _ := begin(w)
			w.members(inner, provision.AddMembers, ana)
			w.user(w.entra, "ana@acme.test", "e1")
			w.setting("leaver.when", "all")
			agent(t, w, ana, true)
			w.delete(w.okta, ana)
			if v := w.view(ana); v.State != directory.Active {
				t.Errorf("state %s", v.State)
			}
			agent(t, w, ana, false)
		},
	})
}

// TestGroupsThatNestWhileSomebodyJoinsThem holds a join before its commit until the other request ended or waits for it.
func TestGroupsThatNestWhileSomebodyJoinsThem(t *testing.T) {
	t.Parallel()
	type groups struct{ deep, inner, outer string }
	change := func(w *site, group string, kind provision.OpKind, member string) error {
		_, err := w.engine.UpdateGroup(context.Background(), w.okta, group, nil, nil, []provision.MemberOp{{Kind: kind, Members: members(member)}})
		return err
	}
	cases := map[string]func(*testing.T, *site){}
	for what, c := range map[string]struct {
		nested bool // in the outer group beforehand
		other  func(*site, groups) error
		agent  bool
	}{
		"nest": {false, func(w *site, g groups) error { return change(w, g.outer, provision.AddMembers, g.inner) }, true},
		"part": {true, func(w *site, g groups) error { return change(w, g.outer, provision.RemoveMembers, g.inner) }, false},
		"delete": {true, func(w *site, g groups) error {
			_, err := w.engine.DeleteGroup(context.Background(), w.okta, g.inner, nil)
			return err
		}, false},
	} {
		for _, deep := range []bool{false, true} {
			cases[fmt.Sprint(what, " while somebody joins, deep: ", deep)] = func(t *testing.T, w *site) {
				if !w.postgres() {
					t.Skip("SQLite runs one write after the other")
				}
				w.configure(configureRules(supportRule))
				ana := w.user(w.okta, "ana@acme.test", "1").ID
				g := groups{deep: w.group(w.okta, "deep").ID}
				g.inner, g.outer = w.group(w.okta, "inner", g.deep).ID, w.group(w.okta, "CC-Support").ID
				if c.nested {
					w.members(g.outer, provision.AddMembers, g.inner)
				}
				joined := map[bool]string{true: g.deep, false: g.inner}[deep]
				w.whileHeld(t, func(w *site) error { return change(w, joined, provision.AddMembers, ana) }, func() error { return c.other(w, g) })
				if got := slices.Contains(roles(w.view(ana)), "agent"); got != c.agent {
					t.Errorf("agent: %v, want %v", got, c.agent)
				}
				w.settle()
				if who := w.unsettled(); len(who) > 0 {
					t.Errorf("not what a fresh evaluation gives: %v", who)
				}
			}
		}
	}
	inOneDatabase(t, cases)
}

// whileHeld begins a request in another process and stops it at its guard, until the other request ended or waits for it.
func (w *site) whileHeld(t *testing.T, request func(*site) error, other func() error) {
	t.Helper()
	there, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var once sync.Once
	slow := w.elsewhere(t, provision.Options{Guard: func(context.Context, directory.Actor, *provision.Plan) error {
		once.Do(func() { close(there); <-goOn })
		return nil
	}})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := request(slow); err != nil {
			t.Error(err)
		}
	})
	<-there
	wg.Go(func() {
		defer close(ended)
		if err := other(); err != nil {
			t.Error(err)
		}
	})
	w.await("the other request to end or to wait", func() bool {
		select {
		case <-ended:
			return true
		default:
			return w.blocked()
		}
	})
	close(goOn)
	wg.Wait()
}
