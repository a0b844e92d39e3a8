package provision_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// TestAnyHistoryUnderTheGuardEndsAsAFreshEvaluation runs random pushes of a client, with time that passes and approvals.
// After each step planning finds nothing to change and whatever is held is found; after the last approval, or once its
// time is over, everybody has what a fresh evaluation gives them.
func TestAnyHistoryUnderTheGuardEndsAsAFreshEvaluation(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		w := newWatched(t, dsn)
		rapid.Check(t, func(rt *rapid.T) {
			h := &pushes{watched: w.anew(t), gone: map[string]bool{}, groups: map[string]string{}}
			h.ids = h.people(h.okta, 9)
			for range rapid.IntRange(5, 20).Draw(rt, "steps") {
				h.step(rt)
				h.check(rt)
			}
			if rapid.Bool().Draw(rt, "approved") {
				h.release(true)
			} else {
				h.later(25 * time.Hour)
				h.expire()
				for _, x := range h.waiting("okta") {
					if len(x.Lost) > 0 {
						rt.Fatalf("held beyond its time: %+v", x)
					}
				}
				h.release(true) // what is withheld has no time
			}
			h.check(rt)
			h.noneHeld("okta")
			if t.Failed() {
				rt.FailNow()
			}
		})
	})
}

// anew is another tenant of the same form.
func (g *watched) anew(t testing.TB) *watched {
	t.Helper()
	b := g.newTenant()
	b.t, b.engine = t, provision.New(g.db, provision.Options{})
	w := &watched{site: &site{bench: b, dsn: g.dsn}, clock: g.clock, told: g.told}
	w.configure(func(c *store.Configuration) {
		configureRules(supportRule, leadsRule, adminsRule)(c)
		for i := range c.Connections {
			c.Connections[i].Guard = directory.GuardLimits{}
		}
	})
	return w
}

// pushes is a history of one client.
type pushes struct {
	*watched

	ids    []string
	gone   map[string]bool
	groups map[string]string // name → id
}

func (h *pushes) step(rt *rapid.T) {
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(h.ids), 1, len(h.ids), rapid.ID[string]).Draw(rt, "people")
	some = slices.DeleteFunc(some, func(id string) bool { return h.gone[id] })
	name := rapid.SampledFrom([]string{"CC-Support", "CC-Support", "CC-Lead-Day", "CC-Admins"}).Draw(rt, "group")
	verb := rapid.SampledFrom([]string{"add", "add", "remove", "replace", "end", "nest", "person", "time", "approve", "expire"}).Draw(rt, "verb")
	group, there := h.groups[name]
	if !there && !slices.Contains([]string{"person", "time", "approve", "expire"}, verb) {
		h.groups[name] = h.group(h.okta, name, some...).ID
		h.configure(func(*store.Configuration) {}) // somebody confirms what gives a privileged role
		return
	}
	switch verb {
	case "add":
		h.members(group, provision.AddMembers, some...)
	case "remove":
		h.members(group, provision.RemoveMembers, some...)
	case "replace":
		h.members(group, provision.ReplaceMembers, some...)
	case "nest":
		if inner := h.groups["CC-Lead-Day"]; inner != "" && name == "CC-Support" {
			h.members(group, rapid.SampledFrom([]provision.OpKind{provision.AddMembers, provision.RemoveMembers}).Draw(rt, "nest"), inner)
		}
	case "end":
		if _, err := h.engine.DeleteGroup(h.t.Context(), h.okta, group, nil); err != nil {
			rt.Fatal(err)
		}
		delete(h.groups, name)
	case "person":
		h.person(rt)
	case "time":
		h.later(time.Duration(rapid.IntRange(10, 50).Draw(rt, "minutes")) * time.Minute)
	case "approve":
		h.release(true)
		h.noneHeld("okta")
	case "expire":
		h.later(time.Duration(rapid.IntRange(0, 30).Draw(rt, "hours")) * time.Hour)
		h.expire()
	}
}

// person changes somebody alone.
func (h *pushes) person(rt *rapid.T) {
	i := rapid.IntRange(0, len(h.ids)-1).Draw(rt, "who")
	id := h.ids[i]
	switch {
	case h.gone[id]:
		h.user(h.okta, fmt.Sprintf("u%d@acme.test", i), fmt.Sprint(i))
		delete(h.gone, id)
	case rapid.Bool().Draw(rt, "delete"):
		h.delete(h.okta, id)
		h.gone[id] = true
	default:
		h.mustSet(h.okta, id, map[string]any{"active": rapid.Bool().Draw(rt, "active")})
	}
}

func (h *pushes) check(rt *rapid.T) {
	if sum := h.settle(); sum != (store.Summary{}) {
		rt.Errorf("somebody was due: %+v", sum)
	}
	if who := h.unsettled(); len(who) > 0 {
		rt.Errorf("not what a fresh evaluation gives: %v", who)
	}
	held := map[string]bool{} // as each of them is shown
	for _, id := range h.ids {
		v := h.view(id)
		for _, r := range v.Roles {
			held[id] = held[id] || slices.ContainsFunc(r.Origins, func(o provision.OriginView) bool { return o.HeldUntil != nil })
		}
		for _, g := range v.AgentGroups {
			held[id] = held[id] || slices.ContainsFunc(g.Origins, func(o provision.OriginView) bool { return o.HeldUntil != nil })
		}
	}
	for _, x := range h.waiting("okta") { // as those are found who wait
		delete(held, x.User)
		if len(x.Lost)+len(x.Gained) == 0 {
			rt.Errorf("approving changes nothing for %+v", x)
		}
	}
	for id, h := range held {
		if h {
			rt.Errorf("%s has held rights, and is not found among those who wait", id)
		}
	}
	s, err := h.db.Reader(h.tenant).Source(h.t.Context(), "okta")
	if err != nil || len(h.waiting("okta")) > 0 && s.Status != store.SourceQuarantined {
		rt.Errorf("rights are held, and the connection is %s (%v)", s.Status, err)
	}
	for id := range h.gone {
		if v := h.view(id); len(v.Roles)+len(v.AgentGroups)+len(v.Holds) > 0 {
			rt.Errorf("%s is gone and has %v %v %v", v.UserName, v.Roles, v.AgentGroups, v.Holds)
		}
	}
	if rt.Failed() {
		rt.FailNow()
	}
}
