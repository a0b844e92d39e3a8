package provision_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// world is what a random history should have come to.
type world struct {
	*bench

	people map[string]string          // userName of those who are there → id
	ids    map[string]string          // every id that was given → userName
	groups map[string]map[string]bool // id → userNames of its members
}

// TestAnyHistoryLeavesRightsThatAFreshEvaluationGives runs random histories of requests and rule changes. After each step
// nobody is due, planning finds nothing to change and writes nothing, and the same request again changes nothing.
func TestAnyHistoryLeavesRightsThatAFreshEvaluationGives(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		b := open(t, dsn)
		rapid.Check(t, func(rt *rapid.T) { // one database: each history gets a tenant of its own
			w := &world{bench: b.newTenant(), people: map[string]string{}, ids: map[string]string{}, groups: map[string]map[string]bool{}}
			w.configure(configureRules(supportRule, leadsRule, billingRule))
			for range rapid.IntRange(8, 30).Draw(rt, "steps") {
				w.step(rt)
			}
			w.check(rt)
		})
	})
}

// newTenant is the same bench for another tenant.
func (b *bench) newTenant() *bench {
	c := *b
	c.tenant = store.NewShortID()
	c.okta.Tenant, c.entra.Tenant = c.tenant, c.tenant
	c.makeTenant()
	return &c
}

func (w *world) step(rt *rapid.T) {
	name := rapid.SampledFrom([]string{"ana@x", "bob@x", "cy@x", "di@x"}).Draw(rt, "name")
	id := w.people[name]
	switch verb := rapid.SampledFrom([]string{"come", "active", "department", "go", "group", "add", "remove", "replace", "rename", "delete", "rules"}).Draw(rt, "verb"); verb {
	case "come":
		if id == "" {
			r := w.user(w.okta, name, "ext-"+name)
			if was, known := w.ids[r.ID]; known && was != name {
				rt.Fatalf("%s got the id of %s", name, was)
			}
			w.people[name], w.ids[r.ID] = r.ID, name
			w.lookAgain()
		}
	case "active", "department":
		if id == "" {
			return
		}
		change := map[string]any{"active": rapid.Bool().Draw(rt, "active")}
		if verb == "department" {
			change = department(rapid.SampledFrom([]string{"Billing", "billing", "Sales"}).Draw(rt, "department"))
		}
		first := w.mustSet(w.okta, id, change)
		if again := w.mustSet(w.okta, id, change); again.Version != first.Version {
			rt.Fatalf("the same request again raised the version from %d to %d", first.Version, again.Version)
		}
	case "go":
		if id != "" {
			if err := w.engine.DeleteUser(w.t.Context(), w.okta, id, nil); err != nil {
				rt.Fatal(err)
			}
			delete(w.people, name)
			for _, in := range w.groups {
				delete(in, name)
			}
		}
	case "group":
		g := w.group(w.okta, rapid.SampledFrom([]string{"CC-Support", "CC-Lead-Day", "CC-Lead-Night", "Choir"}).Draw(rt, "group"))
		w.groups[g.ID] = map[string]bool{}
	case "rules":
		rules := rapid.Permutation([]directory.Rule{supportRule, leadsRule, billingRule}).Draw(rt, "rules")
		w.configure(configureRules(rules[:rapid.IntRange(1, 3).Draw(rt, "how many")]...))
	default:
		w.inGroup(rt, verb, name, id)
	}
}

// lookAgain takes over who is in which group: who comes back finds the groups that still live.
func (w *world) lookAgain() {
	for g := range w.groups {
		now := map[string]bool{}
		for _, name := range w.in(g) {
			now[name] = true
		}
		w.groups[g] = now
	}
}

func (w *world) inGroup(rt *rapid.T, verb, name, id string) {
	if len(w.groups) == 0 {
		return
	}
	var all []string
	for g := range w.groups {
		all = append(all, g)
	}
	slices.Sort(all)
	g := rapid.SampledFrom(all).Draw(rt, "which")
	in := w.groups[g]
	var kind provision.OpKind
	switch {
	case verb == "rename":
		rename(w.bench, g, fmt.Sprintf("CC-Lead-%d", rapid.IntRange(1, 3).Draw(rt, "team")))
		w.settle()
		return
	case verb == "delete":
		if _, err := w.engine.DeleteGroup(w.t.Context(), w.okta, g, nil); err != nil {
			rt.Fatal(err)
		}
		delete(w.groups, g)
		return
	case id == "":
		return
	case verb == "add":
		kind, in[name] = provision.AddMembers, true
	case verb == "remove":
		kind = provision.RemoveMembers
		delete(in, name)
	case verb == "replace":
		kind = provision.ReplaceMembers
		clear(in)
		in[name] = true
	}
	first := w.members(g, kind, id)
	if again := w.members(g, kind, id); again.Version != first.Version {
		rt.Fatalf("%s again raised the group's version from %d to %d", verb, first.Version, again.Version)
	}
}

func (w *world) check(rt *rapid.T) {
	ctx := w.t.Context()
	if sum := w.settle(); sum != (store.Summary{}) {
		rt.Errorf("somebody was due after every request was answered: %+v", sum)
	}
	c, err := w.db.Reader(w.tenant).Configuration(ctx)
	if err != nil {
		rt.Fatal(err)
	}
	changes := func() (n int) {
		for id := range w.ids {
			list, err := w.db.Reader(w.tenant).Changes(ctx, "person:"+id, 1000)
			if err != nil {
				rt.Fatal(err)
			}
			n += len(list)
		}
		return n
	}
	before := changes()
	sum, _, err := w.engine.PreviewGuarded(ctx, c, nil, directory.DefaultGuard(), func(p provision.PersonChange) error {
		if len(p.Gained)+len(p.Lost) > 0 {
			rt.Errorf("the configuration in force would change %s: gains %v, loses %v", p.UserName, p.Gained, p.Lost)
		}
		return nil
	})
	if err != nil || sum != (store.Summary{}) || changes() != before {
		rt.Errorf("planning what is there: %+v, %v", sum, err)
	}
	for id, name := range w.ids {
		v := w.view(id)
		if gone := w.people[name] != id; gone && (v.State != directory.Deprovisioned || len(v.Roles)+len(v.AgentGroups) > 0) {
			rt.Errorf("%s is gone and still %s with %v %v", name, v.State, v.Roles, v.AgentGroups)
		}
	}
	for g, want := range w.groups {
		got := w.in(g)
		if len(got) != len(want) || slices.ContainsFunc(got, func(n string) bool { return !want[n] }) {
			rt.Errorf("group %s has %v, want %v", g, got, want)
		}
	}
	page, err := w.db.Reader(w.tenant).Users(ctx, store.Query{Connection: "okta", Limit: 100, Total: true})
	if err != nil || page.Total != int64(len(w.people)) || len(page.Resources) != len(w.people) {
		rt.Errorf("the list has %d of %d people (%v)", len(page.Resources), page.Total, err)
	}
	for placed := 1; placed > 0; {
		if placed, err = w.db.Sequence(ctx, w.tenant); err != nil {
			rt.Fatal(err)
		}
	}
	if a, err := w.db.VerifyLedger(ctx, w.tenant, store.Head{}, nil); err != nil || len(a.Faults) > 0 || a.Changes == 0 && len(w.ids) > 0 {
		rt.Errorf("ledger: %+v (%v)", a, err)
	}
}
