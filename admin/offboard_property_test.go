package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/admin"
	"rollcall/directory"
)

// TestAnOffboardingIsWhatItsPlanSays draws people, groups within groups and links over two connections, and takes one of
// the connections away: everybody ends with the rights that the plan told, and a fresh evaluation finds nothing to do.
func TestAnOffboardingIsWhatItsPlanSays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			d.offboardingAsPlanned(t, rt, fmt.Sprintf("acme%d", n))
		})
	})
}

func (d *desk) offboardingAsPlanned(t *testing.T, rt *rapid.T, tenant string) {
	d = &desk{t: t, dsn: d.dsn, db: d.db, engine: d.engine, admin: d.admin, tenant: tenant}
	base := twoConnections()
	base.Tenant = tenant
	base.Settings = map[string]string{"guard.percent": "100", "leaver.when": rapid.SampledFrom([]string{"any", "all", "primary"}).Draw(rt, "leaver")}
	base.Connections[1].Link = "userName"
	base.Rules = append(base.Rules,
		rule("inner", directory.Rule{Group: "CC-Inner", Roles: []string{"agent"}}),
		rule("captured", directory.Rule{Group: "X-{team}", AgentGroups: outputs("{team}")}))
	d.apply(base)
	people := map[string][]string{}
	for _, c := range []string{"okta", "workforce"} {
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"ada", "bob", "eve", "zoe"}), 1, 4, rapid.ID).Draw(rt, c) {
			people[c] = append(people[c], d.user(c, name))
		}
	}
	for _, c := range []string{"okta", "workforce"} {
		var made []string
		for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"CC-Team", "CC-Inner", "cc-team", "X-Red", "Other"}), 0, 4).Draw(rt, c+" groups") {
			members := rapid.SliceOfDistinct(rapid.SampledFrom(people[c]), rapid.ID).Draw(rt, c+" members")
			members = append(members, rapid.SliceOfDistinct(rapid.SampledFrom(append(made, "")), rapid.ID).Draw(rt, c+" nested")...)
			made = append(made, d.group(c, name, slices.DeleteFunc(members, func(id string) bool { return id == "" })...))
		}
	}
	next := going(rapid.SampledFrom([]string{directory.OffboardKeep, directory.OffboardSuspend, directory.OffboardMove}).Draw(rt, "do"), "")
	next.Tenant, next.Settings, next.Rules, next.Connections[1].Link = tenant, base.Settings, base.Rules, "userName"
	if next.Connections[0].Offboarding.Do == directory.OffboardMove {
		next.Connections[0].Offboarding.To = "workforce"
	}
	want := map[string]string{}
	for _, name := range []string{"ada", "bob", "eve", "zoe"} {
		want[name] = d.stands(name)
	}
	_, err := d.admin.Plan(t.Context(), ordered(next), admin.Options{Each: func(c admin.UserChange) error {
		has := strings.Split(want[c.UserName], " ")
		for _, x := range c.Lost { // one right may have several origins
			if i := slices.Index(has, x.Kind+":"+x.Target); i > 0 {
				has = slices.Delete(has, i, i+1)
			} else {
				rt.Errorf("%s would lose %+v, and has %v", c.UserName, x, has)
			}
		}
		for _, x := range c.Gained {
			has = append(has, x.Kind+":"+x.Target)
		}
		if state, ok := map[string]string{"suspended": "suspended", "activated": "active"}[c.Change]; ok {
			has[0] = state
		}
		slices.Sort(has[1:])
		want[c.UserName] = strings.Join(has, " ")
		return nil
	}})
	if err != nil {
		rt.Fatal(err)
	}
	r, err := d.admin.Apply(t.Context(), operator, ordered(next), admin.Options{Approve: true})
	if err != nil || r.Status != admin.Applied {
		rt.Fatalf("%+v, %v", r, err)
	}
	for name, is := range want {
		if got := d.stands(name); got != is {
			rt.Errorf("%s is %q; the plan said %q", name, got, is)
		}
	}
	d.settled()
}

// stands tells somebody's state and every right with each of its origins, "" for nobody.
func (d *desk) stands(user string) string {
	d.t.Helper()
	c := d.configuration()
	ids, err := d.db.Reader(c.Tenant.ID).PeopleNamed(d.t.Context(), user)
	if err != nil {
		d.t.Fatal(err)
	}
	if len(ids) == 0 {
		return ""
	}
	x := d.who(ids[0])
	var rights []string
	for _, g := range x.Grants {
		name := g.Target
		for _, a := range c.AgentGroups {
			if a.ID == g.Target {
				name = a.Name
			}
		}
		rights = append(rights, string(g.Kind)+":"+name)
	}
	slices.Sort(rights)
	return strings.Join(append([]string{string(x.State)}, rights...), " ")
}
