package admin_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"pgregory.net/rapid"

	"rollcall/admin"
	"rollcall/directory"
)

// Each check writes to a real database, so a few of them say as much as the usual hundred.
func TestMain(m *testing.M) {
	flag.Parse()
	usual := flag.Lookup("rapid.checks")
	if usual.Value.String() == usual.DefValue {
		_ = usual.Value.Set("8") // a number
	}
	os.Exit(m.Run())
}

// drawn is a manifest of few names, so that one manifest after another creates, changes, renames and removes.
func drawn(t *rapid.T, title string) directory.Spec {
	name := rapid.SampledFrom([]string{"a", "b", "c", "d"})
	s := directory.Spec{Tenant: "acme", Name: rapid.SampledFrom([]string{"Acme", "ACME"}).Draw(t, title+" name"), Settings: map[string]string{}}
	if rapid.Bool().Draw(t, title+" setting") {
		s.Settings["roles.cardinality"] = rapid.SampledFrom([]string{"one", "many"}).Draw(t, title+" cardinality")
	}
	s.Connections = []directory.ConnectionSpec{connection("okta")}
	for _, n := range rapid.SliceOfNDistinct(name, 0, 2, rapid.ID).Draw(t, title+" connections") {
		c := connection(n)
		c.Claim = rapid.Bool().Draw(t, title+" claim")
		s.Connections = append(s.Connections, c)
	}
	for _, n := range rapid.SliceOfNDistinct(name, 0, 3, rapid.ID).Draw(t, title+" groups") {
		s.Work = append(s.Work, team(n, ""))
	}
	roles := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"agent", "supervisor"}), 0, 2, rapid.ID)
	for _, n := range rapid.SliceOfNDistinct(name, 0, 4, rapid.ID).Draw(t, title+" rules") {
		r := directory.Rule{Roles: roles.Draw(t, title+" roles"), AgentGroups: outputs(rapid.SliceOfNDistinct(name, 1, 2, rapid.ID).Draw(t, title+" outputs")...)}
		if rapid.Bool().Draw(t, title+" by group") {
			r.Group = rapid.SampledFrom([]string{"CC-One", "CC-Two", "CC-{team}"}).Draw(t, title+" group")
			if r.Group == "CC-{team}" {
				r.AgentGroups = append(r.AgentGroups, outputs("{team}")...)
			}
		} else {
			r.When = fmt.Sprintf("title eq %q", name.Draw(t, title+" when"))
		}
		s.Rules = append(s.Rules, rule(n, r))
	}
	return ordered(s)
}

func TestPlanningWritesNothingAndApplyingTwiceIsApplyingOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(directory.Spec{Tenant: "acme", Name: "Acme", Connections: []directory.ConnectionSpec{connection("okta")}})
		for i, title := range []string{"a", "b", "c", "d"} {
			id := d.person(title, "title", title)
			name := []string{"CC-One", "CC-Two", "CC-a", "CC-Three"}[i]
			if _, err := d.engine.CreateGroup(t.Context(), d.okta(), directory.Group{DisplayName: name}, []directory.Member{{ID: id, Kind: directory.UserMember}}); err != nil {
				t.Fatal(err)
			}
		}
		rapid.Check(t, func(rt *rapid.T) {
			s := drawn(rt, "manifest")
			before := d.dump()
			told := map[string]string{}
			planned, err := d.admin.Plan(t.Context(), s, admin.Options{Each: func(c admin.UserChange) error {
				told[c.User] = c.UserName
				return nil
			}})
			if err != nil {
				rt.Fatal(err)
			}
			if d.dump() != before {
				rt.Fatal("planning wrote something")
			}
			had := map[string]string{}
			for _, u := range []string{"a", "b", "c", "d"} {
				had[u] = d.rights(u)
			}
			applied, err := d.admin.Apply(t.Context(), operator, s, admin.Options{})
			if err != nil {
				rt.Fatal(err)
			}
			if (planned.Status == admin.Nothing) != (applied.Status == admin.Nothing) || planned.Summary != applied.Summary {
				rt.Fatalf("planned %s %+v, applied %s %+v", planned.Status, planned.Summary, applied.Status, applied.Summary)
			}
			for _, u := range []string{"a", "b", "c", "d"} {
				touched := false
				for _, name := range told {
					touched = touched || name == u
				}
				if !touched && had[u] != d.rights(u) {
					rt.Fatalf("%s went from %q to %q, and the plan did not tell", u, had[u], d.rights(u))
				}
			}
			after := d.dump()
			again, err := d.admin.Apply(t.Context(), operator, s, admin.Options{})
			if err != nil || again.Status != admin.Nothing || d.dump() != after {
				rt.Fatalf("applying again: %+v, %v; want nothing, and nothing written", again, err)
			}
		})
	})
}
