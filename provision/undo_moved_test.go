package provision_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// window is what okta does in fn, as a target.
func (w *site) window(fn func()) provision.UndoTarget {
	since := apart()
	fn()
	return provision.UndoTarget{Connection: "okta", Since: since, Until: apart()}
}

func fieldsOf(lines []provision.SyncChange, status string) (out []string) {
	for _, l := range lines {
		if l.Status == status {
			out = append(out, l.UserName+": "+strings.Join(l.Fields, " "))
		}
	}
	return out
}

func TestUndoLeavesWhatMovedSince(t *testing.T) {
	t.Parallel()
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"an attribute": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana", "1", map[string]any{"title": "a", "nickName": "a"}).ID
			what := w.window(func() { w.mustSet(w.okta, ana, map[string]any{"title": "b", "nickName": "b"}) })
			w.mustSet(w.okta, ana, map[string]any{"title": "c"})
			r, lines := w.undo(t, what)
			v := w.view(ana)
			if r.Status != provision.SyncPartial || v.Attributes["title"] != "c" || v.Attributes["nickName"] != "a" || len(r.Problems) != 1 ||
				!slices.Equal(fieldsOf(lines, "open"), []string{"ana: nickName"}) || !slices.Equal(fieldsOf(lines, "stale"), []string{"ana: title"}) {
				t.Errorf("%+v, %+v: %v", r, lines, v.Attributes)
			}
			stored, err := w.db.Reader(w.tenant).Run(t.Context(), r.Run)
			if err != nil || stored.Status != "partial" || stored.Kind != "undo" || !strings.HasPrefix(stored.Undoes, "connection okta from ") || len(stored.Detail.Problems) != 1 || stored.Done != 1 {
				t.Errorf("%+v (%v)", stored, err)
			}
		},
		"the state": func(t *testing.T, w *site) {
			w.configure(link("userName"))
			ana := w.user(w.okta, "ana", "1").ID
			w.user(w.entra, "ana", "e1")
			what := w.window(func() { w.mustSet(w.okta, ana, map[string]any{"active": false}) })
			w.mustSet(w.entra, ana, map[string]any{"active": false})
			r, lines := w.undo(t, what)
			if v := w.view(ana); r.Status != provision.SyncNothing || v.State != directory.Suspended || len(v.Holds) != 0 || !slices.Equal(fieldsOf(lines, "stale"), []string{"ana: state"}) {
				t.Errorf("another directory suspends, too: %+v, %+v, %s with %+v", r, lines, v.State, v.Holds)
			}
		},
		"an administrator's suspension": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana", "1").ID
			what := w.window(func() { w.mustSet(w.okta, ana, map[string]any{"active": false}) })
			actor := directory.Actor{Tenant: w.tenant, Kind: directory.ActorPerson, ID: "boss"}
			if _, err := w.engine.PlaceHold(t.Context(), actor, directory.Hold{Person: ana, Subject: "state", Effect: directory.Deny, Reason: "x"}); err != nil {
				t.Fatal(err)
			}
			r, lines := w.undo(t, what)
			if v := w.view(ana); r.Status != provision.SyncNothing || v.State != directory.Suspended || len(v.Holds) != 1 || len(fieldsOf(lines, "stale")) != 1 {
				t.Errorf("%+v, %+v, %s with %+v", r, lines, v.State, v.Holds)
			}
		},
		"whose name somebody else has": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana", "1").ID
			what := w.window(func() { w.delete(w.okta, ana) })
			w.user(w.okta, "ana", "2")
			r, lines := w.undo(t, what)
			if v := w.view(ana); r.Status != provision.SyncNothing || v.State != directory.Deprovisioned || len(fieldsOf(lines, "stale")) != 1 {
				t.Errorf("%+v, %+v, %s", r, lines, v.State)
			}
			w.consistent(t)
		},
		"who came and was suspended": func(t *testing.T, w *site) {
			var ana string
			what := w.window(func() { ana = w.user(w.okta, "ana", "1").ID })
			w.mustSet(w.okta, ana, map[string]any{"active": false})
			r, _ := w.undo(t, what)
			if v := w.view(ana); r.Status != provision.SyncNothing || v.State != directory.Suspended || len(v.Accounts) != 1 {
				t.Errorf("%+v, %s", r, v.State)
			}
		},
		"a role that is gone, and one that an administrator withholds": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			ana := w.user(w.okta, "ana", "1").ID
			g := w.group(w.okta, "CC-Support", ana).ID
			what := w.window(func() { w.members(g, provision.RemoveMembers, ana) })
			actor := directory.Actor{Tenant: w.tenant, Kind: directory.ActorPerson, ID: "boss"}
			if _, err := w.engine.PlaceHold(t.Context(), actor, directory.Hold{Person: ana, Subject: "role:agent", Effect: directory.Deny, Reason: "x"}); err != nil {
				t.Fatal(err)
			}
			_, lines := w.undo(t, what)
			if v := w.view(ana); len(v.Roles) != 0 || len(v.AgentGroups) != 1 || !slices.Equal(fieldsOf(lines, "stale"), []string{"ana: roles"}) {
				t.Errorf("%+v, %v, %v", lines, v.Roles, v.AgentGroups)
			}
			w.consistent(t)
		},
		"one after the other, the newest first": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			ana := w.user(w.okta, "ana", "1", map[string]any{"title": "a"}).ID
			g := w.group(w.okta, "CC-Support").ID
			first := w.window(func() {
				w.mustSet(w.okta, ana, map[string]any{"title": "b"})
				w.members(g, provision.AddMembers, ana)
			})
			second := w.window(func() {
				w.mustSet(w.okta, ana, map[string]any{"title": "c"})
				w.members(g, provision.RemoveMembers, ana)
			})
			w.undo(t, second)
			if v := w.view(ana); v.Attributes["title"] != "b" || len(v.Roles) != 1 {
				t.Errorf("the second: %v, %v", v.Attributes, v.Roles)
			}
			r, _ := w.undo(t, first)
			if v := w.view(ana); v.Attributes["title"] != "a" || len(v.Roles) != 0 || r.Status != provision.SyncApplied || len(v.Holds) != 1 {
				t.Errorf("the first: %+v, %v, %v, %+v", r, v.Attributes, v.Roles, v.Holds)
			}
			w.consistent(t)
		},
		"somebody whose history was erased": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana", "1").ID
			what := w.window(func() { w.mustSet(w.okta, ana, map[string]any{"active": false}) })
			if err := w.db.Write(t.Context(), w.tenant, func(tx *store.Tx) error { tx.EraseChanges("person:" + ana); return nil }); err != nil {
				t.Fatal(err)
			}
			r, lines := w.undo(t, what)
			if r.Status != provision.SyncNothing || !slices.Equal(fieldsOf(lines, "stale"), []string{"ana: history"}) {
				t.Errorf("%+v, %+v", r, lines)
			}
		},
	})
}

// TestUndoLeavesOthersAlone lets both directories act at once and undoes what one did: whom it never touched stays as they
// are, what the other states stays, and undoing again changes nothing.
func TestUndoLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		w := newSite(t, dsn)
		rapid.Check(t, func(rt *rapid.T) {
			if t.Failed() {
				return
			}
			h := newHistory(t, rt, w)
			since := apart()
			for range rapid.IntRange(3, 16).Draw(rt, "steps") {
				h.stepOf(rt, rapid.SampledFrom([]directory.Actor{h.okta, h.entra}).Draw(rt, "actor"))
			}
			h.settle()
			before, stated := h.portraits(), h.stated("entra")
			what := provision.UndoTarget{Connection: "okta", Since: since, Until: apart()}
			touched, err := h.db.Reader(h.tenant).PeopleChanged(t.Context(), store.Selection{Connection: "okta", Since: what.Since, Until: what.Until})
			if err != nil {
				rt.Fatal(err)
			}
			h.undo(t, what)
			after := h.portraits()
			for id, p := range before {
				if !slices.Contains(touched, id) && fmt.Sprint(p) != fmt.Sprint(after[id]) {
					rt.Errorf("whom okta never touched: %+v became %+v", p, after[id])
				}
			}
			if now := h.stated("entra"); now != stated {
				rt.Errorf("what entra states: %s became %s", stated, now)
			}
			h.consistent(t)
			changes := h.changes()
			if again, lines := h.undo(t, what); h.changes() != changes {
				rt.Errorf("undone again: %+v, %+v", again, lines)
			}
			if t.Failed() || rt.Failed() {
				rt.FailNow()
			}
		})
	})
}

// stated is all that a connection's client would read.
func (w *site) stated(connection string) string {
	w.t.Helper()
	page, err := w.db.Reader(w.tenant).Users(w.t.Context(), store.Query{Connection: connection, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	out := ""
	for _, r := range page.Resources {
		out += fmt.Sprintf("%s %d %s %v\n", r.ID, r.Version, r.Document, r.Groups)
	}
	return out
}

func TestUndoOfManyIsGuardedAndGoesOnWhereItBrokeOff(t *testing.T) {
	t.Parallel()
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"held, then approved": func(t *testing.T, w *site) {
			w.configure(func(c *store.Configuration) {
				configureRules(supportRule)(c)
				c.Connections[0].Guard = directory.GuardLimits{Percent: 10, Count: 50}
			})
			var ids []string
			what := w.window(func() {
				for i := range 8 {
					ids = append(ids, w.user(w.okta, fmt.Sprint("u", i), fmt.Sprint(i)).ID)
				}
				w.group(w.okta, "CC-Support", ids...)
			})
			actor := boss
			actor.Tenant = w.tenant
			before := w.changes()
			plan, err := w.engine.PlanUndo(t.Context(), actor, what, provision.SyncOptions{})
			if err != nil || plan.Status != provision.SyncPlanned || plan.Run != "" || len(plan.Guard) != 1 || plan.Summary.Deprovisioned != 8 {
				t.Errorf("%+v (%v)", plan, err)
			}
			held, err := w.engine.ApplyUndo(t.Context(), actor, what, provision.SyncOptions{})
			if runs := w.number(`SELECT COUNT(*) FROM run WHERE tenant = ? AND kind = 'undo'`); err != nil || held.Status != provision.SyncHeld || w.changes() != before || runs != 0 {
				t.Errorf("%+v (%v), %d runs", held, err, runs)
			}
			r, _ := w.undo(t, what)
			stored, err := w.db.Reader(w.tenant).Run(t.Context(), r.Run)
			if err != nil || r.Status != provision.SyncApplied || stored.ApprovedBy != "cli:root@host" || len(stored.Detail.Guard) != 1 || stored.Summary.Deprovisioned != 8 {
				t.Errorf("%+v, %+v (%v)", r, stored, err)
			}
			w.consistent(t)
		},
		"broken off": func(t *testing.T, w *site) {
			var ids []string
			for i := range 270 {
				ids = append(ids, w.user(w.okta, fmt.Sprint("u", i), fmt.Sprint(i)).ID)
			}
			before := w.portraits()
			what := w.window(func() {
				for _, id := range ids {
					w.mustSet(w.okta, id, map[string]any{"active": false, "title": "Leaver"})
				}
			})
			ctx, cancel := context.WithCancel(t.Context())
			actor := boss
			actor.Tenant = w.tenant
			r, err := w.engine.ApplyUndo(ctx, actor, what, provision.SyncOptions{Approve: true, Progress: func(p provision.Progress) {
				if p.Phase == "applying" {
					cancel()
				}
			}})
			if err == nil || r.Status != provision.SyncPartial {
				t.Errorf("%+v (%v)", r, err)
			}
			if stored, err := w.db.Reader(w.tenant).Run(t.Context(), r.Run); err != nil || stored.Status != "partial" || stored.Done != 250 || stored.FinishedAt.IsZero() {
				t.Errorf("%+v (%v)", stored, err)
			}
			again, lines := w.undo(t, what)
			if again.Status != provision.SyncApplied || len(lines) != 20 {
				t.Errorf("%+v with %d lines", again, len(lines))
			}
			for id, p := range w.portraits() {
				if fmt.Sprint(p) != fmt.Sprint(before[id]) {
					t.Fatalf("%+v became %+v", before[id], p)
				}
			}
			w.consistent(t)
		},
		"never the last administrator": func(t *testing.T, w *site) {
			admins := directory.Rule{ID: "r", Name: "admins", When: `title eq "Boss"`, Roles: []string{"administrator"}, ManagedBy: directory.ByManifest}
			w.configure(configureRules(admins))
			ana, bob := w.user(w.okta, "ana", "1").ID, w.user(w.okta, "bob", "2").ID
			what := w.window(func() { w.mustSet(w.okta, ana, map[string]any{"title": "Boss"}) })
			actor := boss
			actor.Tenant = w.tenant
			_, err := w.engine.PlanUndo(t.Context(), actor, what, provision.SyncOptions{})
			w.wantKind(err, directory.Conflict)
			_, err = w.engine.ApplyUndo(t.Context(), actor, what, provision.SyncOptions{Approve: true})
			w.wantKind(err, directory.Conflict)
			w.mustSet(w.okta, bob, map[string]any{"title": "Boss"})
			if r, _ := w.undo(t, what); r.Status != provision.SyncApplied || len(w.view(ana).Roles) != 0 || len(w.view(bob).Roles) != 1 {
				t.Errorf("%+v", r)
			}
		},
		"of a published rule set": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			ana := w.user(w.okta, "ana", "1").ID
			w.group(w.okta, "CC-Support", ana)
			run := store.Run{ID: store.NewID(), Kind: "apply", Status: "applying", Actor: w.okta, CreatedAt: time.Now()}
			if err := w.db.Write(t.Context(), w.tenant, func(tx *store.Tx) error { tx.PutRun(run); return nil }); err != nil {
				t.Fatal(err)
			}
			w.configure(configureRules(billingRule))
			if v := w.view(ana); len(v.Roles) != 0 {
				t.Fatalf("%+v", v.Roles)
			}
			w.undo(t, provision.UndoTarget{Run: run.ID})
			if v := w.view(ana); len(v.Roles) != 1 || v.Roles[0].Origin.Kind != directory.FromRule || len(v.Holds) != 2 {
				t.Errorf("%+v with %+v", v.Roles, v.Holds)
			}
			w.consistent(t)
		},
		"what cannot be undone": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana", "1").ID
			g := w.group(w.okta, "choir", ana).ID
			list, err := w.db.Reader(w.tenant).Changes(t.Context(), "group:"+g, 1)
			if err != nil {
				t.Fatal(err)
			}
			now := time.Now()
			for what, kind := range map[provision.UndoTarget]directory.Kind{
				{}:                      directory.Invalid,
				{Run: "x", Change: "y"}: directory.Invalid,
				{Run: "x"}:              directory.NotFound,
				{Change: "x"}:           directory.NotFound,
				{Change: list[0].ID}:    directory.Invalid,
				{Connection: "x", Since: now.Add(-time.Hour)}:                              directory.NotFound,
				{Connection: "okta"}:                                                       directory.Invalid,
				{Connection: "okta", Since: now, Until: now}:                               directory.Invalid,
				{Connection: "okta", Since: now.Add(-2 * time.Hour), Until: now.Add(-1e9)}: "",
			} {
				actor := boss
				actor.Tenant = w.tenant
				r, err := w.engine.ApplyUndo(t.Context(), actor, what, provision.SyncOptions{})
				if directory.KindOf(err) != kind && (kind != "" || err != nil) {
					t.Errorf("%+v: %+v, %v", what, r, err)
				}
			}
		},
	})
}
