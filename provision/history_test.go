package provision_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// history is what two connections did to a small tenant, and what should have come of it.
type history struct {
	*site

	accounts map[string]map[string]bool   // connection → userName → active, of live accounts
	mine     map[string]map[string]string // connection → userName → the person that its account is or was of
	ever     map[string]string            // every id that was given → userName
	left     map[string]map[string]bool   // id → connections that they left
	groups   map[string]*team             // by id
	when     string                       // leaver.when
}

type team struct {
	actor directory.Actor
	name  string
	in    map[string]bool // ids of people and groups
}

// TestHistoriesOfTwoConnectionsWithNestedGroups runs random requests of two directories that know the same people, with
// groups in groups, rules and settings that change. After each step everybody has what a fresh evaluation gives them.
func TestHistoriesOfTwoConnectionsWithNestedGroups(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		w := newSite(t, dsn)
		rapid.Check(t, func(rt *rapid.T) {
			h := &history{
				site: w.tenantAnew(t), accounts: map[string]map[string]bool{"okta": {}, "entra": {}}, mine: map[string]map[string]string{"okta": {}, "entra": {}},
				ever: map[string]string{}, left: map[string]map[string]bool{}, groups: map[string]*team{}, when: "any",
			}
			h.configure(func(c *store.Configuration) {
				c.Connections[0].Link, c.Connections[1].Link = "userName", "userName"
				configureRules(supportRule, leadsRule, billingRule)(c)
			})
			for range rapid.IntRange(5, 14).Draw(rt, "steps") {
				h.step(rt)
				h.check(rt)
			}
			before := h.contents()
			h.unsettled()
			for id := range h.ever {
				h.view(id)
				if _, err := h.engine.Explain(t.Context(), h.tenant, id); err != nil {
					rt.Fatal(err)
				}
			}
			if after := h.contents(); after != before {
				rt.Errorf("planning and reading wrote something: %s became %s", before, after)
			}
			h.consistent(t)
			if t.Failed() {
				rt.Fatal("inconsistent")
			}
		})
	})
}

// contents counts every row and version of the tenant.
func (h *history) contents() string {
	out := ""
	for _, table := range []string{
		"setting", "connection", "role", "agent_group", "rule", "binding", "person", "account", "identifier", "hold", "grp", "membership", "nesting",
		"grants", "change", "ledger", "backlog", "tally", "counter", "run", "request_log",
	} {
		out += fmt.Sprintf("%s %d; ", table, h.number("SELECT COUNT(*) FROM "+table+" WHERE tenant = ?"))
	}
	return out + fmt.Sprint(h.number("SELECT COALESCE(SUM(version), 0) FROM account WHERE tenant = ?"), h.number("SELECT COALESCE(SUM(evaluated), 0) FROM person WHERE tenant = ? AND evaluated < 1000000"))
}

func (h *history) step(rt *rapid.T) {
	actor := rapid.SampledFrom([]directory.Actor{h.okta, h.entra}).Draw(rt, "actor")
	name := rapid.SampledFrom([]string{"ana", "bob", "cy"}).Draw(rt, "name")
	active, live := h.accounts[actor.Connection][name]
	id := h.mine[actor.Connection][name]
	switch verb := rapid.SampledFrom([]string{"come", "come", "active", "department", "go", "group", "group", "members", "members", "members", "members", "rename", "end", "configure"}).Draw(rt, "verb"); verb {
	case "come":
		r, err := h.engine.CreateUser(h.t.Context(), actor, account(name, actor.ID+"-"+name, email(name+"@acme.test")))
		h.came(rt, actor, name, live, r.ID, err)
	case "active", "department":
		if !live {
			return
		}
		change := map[string]any{"active": !active}
		if verb == "department" {
			change = department(rapid.SampledFrom([]string{"Billing", "Sales"}).Draw(rt, "department"))
		} else {
			h.accounts[actor.Connection][name] = !active
		}
		h.twice(rt, func() int64 { return h.mustSet(actor, id, change).Version })
	case "go":
		err := h.engine.DeleteUser(h.t.Context(), actor, id, nil)
		if live != (err == nil) || err != nil && directory.KindOf(err) != directory.NotFound {
			rt.Fatalf("%s deletes %s: %v, live %v", actor.ID, name, err, live)
		}
		if live {
			delete(h.accounts[actor.Connection], name)
			h.left[id][actor.Connection] = true
			for _, g := range h.groups {
				if g.actor == actor {
					delete(g.in, id)
				}
			}
		}
	case "configure":
		rules := rapid.Permutation([]directory.Rule{supportRule, leadsRule, billingRule}).Draw(rt, "rules")
		h.when = rapid.SampledFrom([]string{"any", "all"}).Draw(rt, "when")
		cardinality := rapid.SampledFrom([]string{"one", "many"}).Draw(rt, "cardinality")
		h.configure(func(c *store.Configuration) {
			configureRules(rules[:rapid.IntRange(1, 3).Draw(rt, "how many")]...)(c)
			c.Settings["leaver.when"], c.Settings["roles.cardinality"] = h.when, cardinality
		})
	case "group":
		h.newGroup(rt, actor)
	default:
		h.inGroup(rt, verb)
	}
}

// came checks what a POST answered: a conflict for who is there, the id they had for who was there once, that of the person
// of the other connection where the name links them, and else a new one.
func (h *history) came(rt *rapid.T, actor directory.Actor, name string, live bool, id string, err error) {
	if live {
		if directory.KindOf(err) != directory.Conflict {
			rt.Fatalf("%s creates %s again: %v", actor.ID, name, err)
		}
		return
	}
	if err != nil {
		rt.Fatalf("%s creates %s: %v", actor.ID, name, err)
	}
	want := h.mine[actor.Connection][name]
	for connection, accounts := range h.accounts {
		if _, there := accounts[name]; there && want == "" {
			want = h.mine[connection][name]
		}
	}
	if known := h.ever[id]; want != "" && id != want || want == "" && known != "" {
		rt.Fatalf("%s is %s, who is or was %q; want %q", name, id, known, want)
	}
	if h.ever[id] == "" {
		h.ever[id], h.left[id] = name, map[string]bool{}
	}
	h.mine[actor.Connection][name] = id
	h.accounts[actor.Connection][name] = true
	delete(h.left[id], actor.Connection)
	h.lookAgain(id)
}

// lookAgain takes over which groups somebody came back to.
func (h *history) lookAgain(id string) {
	for g, x := range h.groups {
		found, err := h.db.Reader(h.tenant).Members(h.t.Context(), g, directory.Member{}, 100)
		if err != nil {
			h.t.Fatal(err)
		}
		if slices.ContainsFunc(found, func(m directory.Member) bool { return m.ID == id }) {
			x.in[id] = true
		}
	}
}

// twice makes a request two times: the second changes nothing.
func (h *history) twice(rt *rapid.T, request func() int64) {
	first := request()
	changes := h.number(`SELECT COUNT(*) FROM change WHERE tenant = ?`)
	if second := request(); second != first || h.number(`SELECT COUNT(*) FROM change WHERE tenant = ?`) != changes {
		rt.Fatalf("the same request again: version %d became %d", first, second)
	}
}

func (h *history) newGroup(rt *rapid.T, actor directory.Actor) {
	var free []string
	for _, name := range []string{"CC-Support", "CC-Lead-Day", "CC-Lead-Night", "choir"} {
		taken := func(g *team) bool { return g.actor == actor && g.name == name }
		if !slices.ContainsFunc(slices.Collect(maps.Values(h.groups)), taken) {
			free = append(free, name)
		}
	}
	if len(free) == 0 {
		return
	}
	name := rapid.SampledFrom(free).Draw(rt, "group")
	some := h.some(rt, actor, "")
	g := h.group(actor, name, some...)
	h.groups[g.ID] = &team{actor, name, map[string]bool{}}
	for _, id := range some {
		h.groups[g.ID].in[id] = true
	}
}

// some draws people and groups that the actor may name as members.
func (h *history) some(rt *rapid.T, actor directory.Actor, not string) []string {
	var ids []string
	for name := range h.accounts[actor.Connection] {
		ids = append(ids, h.mine[actor.Connection][name])
	}
	for id, g := range h.groups {
		if g.actor == actor && id != not {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	return rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 0, min(3, len(ids)), rapid.ID[string]).Draw(rt, "members")
}

func (h *history) inGroup(rt *rapid.T, verb string) {
	if len(h.groups) == 0 {
		return
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(h.groups))).Draw(rt, "which")
	g := h.groups[id]
	switch verb {
	case "end":
		if _, err := h.engine.DeleteGroup(h.t.Context(), g.actor, id, nil); err != nil {
			rt.Fatal(err)
		}
		delete(h.groups, id)
		for _, x := range h.groups {
			delete(x.in, id)
		}
	case "rename":
		if g.name == "CC-Lead-Day" || g.name == "CC-Lead-Night" || g.name == "CC-Lead-Late" {
			for _, x := range h.groups {
				if x.actor == g.actor && x.name == "CC-Lead-Late" {
					return
				}
			}
			g.name = "CC-Lead-Late"
			h.rename(rt, id, g)
			h.settle()
		}
	default:
		kind := rapid.SampledFrom([]provision.OpKind{provision.AddMembers, provision.AddMembers, provision.RemoveMembers, provision.ReplaceMembers}).Draw(rt, "kind")
		some := h.some(rt, g.actor, id)
		if kind == provision.ReplaceMembers {
			clear(g.in)
		}
		for _, x := range some {
			if g.in[x] = kind != provision.RemoveMembers; !g.in[x] {
				delete(g.in, x)
			}
		}
		h.twice(rt, func() int64 {
			r, err := h.engine.UpdateGroup(h.t.Context(), g.actor, id, nil, nil, []provision.MemberOp{{Kind: kind, Members: members(some...)}})
			if err != nil {
				rt.Fatal(err)
			}
			return r.Version
		})
	}
}

func (h *history) rename(rt *rapid.T, id string, g *team) {
	h.twice(rt, func() int64 {
		r, err := h.engine.UpdateGroup(h.t.Context(), g.actor, id, nil, func(x directory.Group) (directory.Group, error) {
			x.DisplayName, x.Attributes = g.name, directory.Attributes{"displayName": g.name}
			return x, nil
		}, nil)
		if err != nil {
			rt.Fatal(err)
		}
		return r.Version
	})
}

func (h *history) check(rt *rapid.T) {
	if sum := h.settle(); sum != (store.Summary{}) {
		rt.Errorf("somebody was due: %+v", sum)
	}
	if who := h.unsettled(); len(who) > 0 {
		rt.Errorf("not what a fresh evaluation gives: %v", who)
	}
	for id, name := range h.ever {
		v := h.view(id)
		if want := h.state(id); v.State != want || want == directory.Deprovisioned && len(v.Roles)+len(v.AgentGroups) > 0 {
			rt.Errorf("%s is %s with %v and %v, want %s", name, v.State, v.Roles, v.AgentGroups, want)
		}
	}
	for id, g := range h.groups {
		found, err := h.db.Reader(h.tenant).Members(h.t.Context(), id, directory.Member{}, 100)
		stored, err2 := h.db.Reader(h.tenant).GroupResource(h.t.Context(), g.actor.Connection, id)
		if err != nil || err2 != nil || len(found) != len(g.in) || stored.Members != int64(len(g.in)) || slices.ContainsFunc(found, func(m directory.Member) bool { return !g.in[m.ID] }) {
			rt.Errorf("group %s of %s has %v and counts %d, want %v (%v, %v)", g.name, g.actor.ID, found, stored.Members, g.in, err, err2)
		}
	}
	if rt.Failed() {
		rt.FailNow()
	}
}

// state is what the leaver rules make of somebody.
func (h *history) state(id string) directory.State {
	live, inactive, name := 0, 0, h.ever[id]
	for connection, accounts := range h.accounts {
		if active, ok := accounts[name]; ok && h.mine[connection][name] == id {
			live++
			if !active {
				inactive++
			}
		}
	}
	switch {
	case live == 0:
		return directory.Deprovisioned
	case h.when == "all" && inactive == live, h.when == "any" && (inactive > 0 || len(h.left[id]) > 0):
		return directory.Suspended
	}
	return directory.Active
}
