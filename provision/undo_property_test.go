package provision_test

import (
	"maps"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// portrait is what a directory sees of somebody, and what they may do.
type portrait struct {
	State      directory.State
	UserName   string
	Attributes directory.Attributes // without "active", which is an account's
	Rights     []string
}

// portraits are of everybody, by id.
func (w *site) portraits() map[string]portrait {
	w.t.Helper()
	ids, err := w.db.Reader(w.tenant).PeopleAfter(w.t.Context(), "", 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	people, err := w.db.Reader(w.tenant).People(w.t.Context(), ids...)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]portrait{}
	for _, x := range people {
		p := portrait{State: x.State, UserName: x.UserName, Attributes: maps.Clone(w.view(x.ID).Attributes)}
		delete(p.Attributes, "active")
		for _, g := range x.Grants {
			if right := string(g.Kind) + " " + g.Target + " " + string(g.Membership); !slices.Contains(p.Rights, right) {
				p.Rights = append(p.Rights, right)
			}
		}
		slices.Sort(p.Rights)
		out[x.ID] = p
	}
	return out
}

// newHistory is an empty tenant in the site's database, with rules and links in both directions.
func newHistory(t *testing.T, rt *rapid.T, w *site) *history {
	t.Helper()
	h := &history{
		site: w.tenantAnew(t), accounts: map[string]map[string]bool{"okta": {}, "entra": {}}, mine: map[string]map[string]string{"okta": {}, "entra": {}},
		ever: map[string]string{}, left: map[string]map[string]bool{}, groups: map[string]*team{}, when: "any",
	}
	h.configure(func(c *store.Configuration) {
		c.Connections[0].Link, c.Connections[1].Link = "userName", "userName"
		c.Connections[1].Authority = []string{"title", schemaEnterprise + ":department"}
		configureRules(supportRule, leadsRule, billingRule)(c)
		c.Settings["leaver.when"] = rapid.SampledFrom([]string{"any", "all", "primary"}).Draw(rt, "leaver.when")
		c.Settings["leaver.do"] = rapid.SampledFrom([]string{"deprovision", "suspend", "keep"}).Draw(rt, "leaver.do")
		c.Settings["roles.cardinality"] = rapid.SampledFrom([]string{"one", "many"}).Draw(rt, "roles.cardinality")
	})
	return h
}

// stepOf is one request of one connection.
func (h *history) stepOf(rt *rapid.T, actor directory.Actor) {
	name := rapid.SampledFrom([]string{"ana", "bob", "cy"}).Draw(rt, "name")
	active, live := h.accounts[actor.Connection][name]
	id := h.mine[actor.Connection][name]
	if !live {
		delete(h.mine[actor.Connection], name)
		id = ""
	}
	change := map[string]any{"active": !active}
	switch verb := rapid.SampledFrom([]string{"come", "active", "title", "name", "department", "go", "group", "members", "members", "members", "rename", "end"}).Draw(rt, "verb"); verb {
	case "come":
		r, err := h.engine.CreateUser(h.t.Context(), actor, account(name, actor.ID+"-"+name, email(name+"@acme.test")))
		if err != nil && directory.KindOf(err) != directory.Conflict {
			rt.Fatal(err)
		}
		if err == nil {
			h.mine[actor.Connection][name], h.accounts[actor.Connection][name] = r.ID, true
		}
	case "active", "title", "name", "department":
		if id == "" {
			return
		}
		switch verb {
		case "title":
			change = map[string]any{"title": rapid.SampledFrom([]any{nil, "Agent", "Lead"}).Draw(rt, "title")}
		case "name":
			change = map[string]any{"name": map[string]any{"givenName": rapid.SampledFrom([]string{"A", "B"}).Draw(rt, "given"), "familyName": "X"}}
		case "department":
			change = department(rapid.SampledFrom([]string{"Billing", "Sales"}).Draw(rt, "department"))
		default:
			h.accounts[actor.Connection][name] = !active
		}
		h.mustSet(actor, id, change)
	case "go":
		if id == "" {
			return
		}
		h.delete(actor, id)
		delete(h.accounts[actor.Connection], name)
	case "group":
		h.newGroup(rt, actor)
	default:
		all := h.groups
		h.groups = maps.Clone(all)
		maps.DeleteFunc(h.groups, func(_ string, g *team) bool { return g.actor != actor })
		h.inGroup(rt, verb)
		for id, g := range all {
			if g.actor != actor {
				h.groups[id] = g
			}
		}
	}
}

// apart waits until the clock of the database's writers has gone on, so that a window has an edge.
func apart() time.Time {
	at := time.Now().Truncate(time.Microsecond)
	for !time.Now().Truncate(time.Microsecond).After(at) {
		runtime.Gosched()
	}
	return at.Add(time.Microsecond)
}

func (w *site) changes() int64 { return w.number(`SELECT COUNT(*) FROM change WHERE tenant = ?`) }

// TestUndoRestoresWhatAConnectionChanged lets two directories do as they like, then one of them alone, and undoes that:
// everybody is as before, and who came is gone. Undoing it again changes nothing, and undoing the undo brings it all back.
func TestUndoRestoresWhatAConnectionChanged(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		w := newSite(t, dsn)
		rapid.Check(t, func(rt *rapid.T) {
			if t.Failed() {
				return // what failed for the database at large fails always: nothing smaller is to be found
			}
			h := newHistory(t, rt, w)
			for range rapid.IntRange(3, 12).Draw(rt, "steps before") {
				h.stepOf(rt, rapid.SampledFrom([]directory.Actor{h.okta, h.entra}).Draw(rt, "actor"))
			}
			h.settle()
			before, since := h.portraits(), apart()
			for range rapid.IntRange(1, 10).Draw(rt, "steps to undo") {
				h.stepOf(rt, h.okta)
			}
			h.settle()
			done := h.portraits()
			what := provision.UndoTarget{Connection: "okta", Since: since, Until: apart()}
			r, lines := h.undo(t, what)
			if len(r.Problems) > 0 {
				rt.Errorf("nobody has moved since: %+v", r.Problems)
			}
			want := maps.Clone(before)
			for id, p := range done {
				if _, there := before[id]; !there {
					want[id] = portrait{State: directory.Deprovisioned, UserName: p.UserName}
				}
			}
			if diff := cmp.Diff(want, h.portraits()); diff != "" {
				rt.Errorf("after undoing %+v: %s", lines, diff)
			}
			h.consistent(t)
			changes := h.changes()
			if again, _ := h.undo(t, what); again.Status != provision.SyncNothing || h.changes() != changes {
				rt.Errorf("undone again: %+v", again)
			}
			if r.Run != "" {
				back, _ := h.undo(t, provision.UndoTarget{Run: r.Run})
				if diff := cmp.Diff(done, h.portraits()); diff != "" || len(back.Problems) > 0 {
					rt.Errorf("the undo undone: %+v: %s", back, diff)
				}
				h.consistent(t)
			}
			if t.Failed() || rt.Failed() {
				rt.FailNow()
			}
		})
	})
}
