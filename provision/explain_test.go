package provision_test

import (
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
)

// explained returns what became of a rule for somebody.
func (b *bench) explained(person, rule string) provision.RuleExplanation {
	b.t.Helper()
	x, err := b.engine.Explain(b.t.Context(), b.tenant, person)
	if err != nil {
		b.t.Fatal(err)
	}
	i := slices.IndexFunc(x.Rules, func(r provision.RuleExplanation) bool { return r.Rule == rule })
	if i < 0 {
		b.t.Fatalf("nothing is said of rule %s", rule)
	}
	return x.Rules[i]
}

func TestExplainTellsTheWayThroughNestedGroups(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(configureRules(supportRule))
		ana, bob := b.user(b.okta, "ana@acme.test", "1").ID, b.user(b.okta, "bob@acme.test", "2").ID
		team := b.group(b.okta, "Team", ana)
		floor := b.group(b.okta, "Floor", team.ID)
		site := b.group(b.okta, "Site", floor.ID)
		support := b.group(b.okta, "CC-Support", site.ID, bob)
		b.members(team.ID, provision.AddMembers, support.ID) // and round again
		b.members(floor.ID, provision.AddMembers, floor.ID, site.ID)
		path := func(want ...string) {
			t.Helper()
			r := b.explained(ana, supportRule.Name)
			if !r.Hit || !r.Nested || !slices.Equal(r.Path, want) {
				t.Errorf("hit %t, nested %t, path %q; want %q", r.Hit, r.Nested, r.Path, want)
			}
		}
		path("Team", "Floor", "Site", "CC-Support")
		b.members(site.ID, provision.AddMembers, team.ID)
		path("Team", "Site", "CC-Support")
		b.members(support.ID, provision.AddMembers, team.ID)
		path("Team", "CC-Support")
		if r := b.explained(bob, supportRule.Name); !r.Hit || r.Nested || r.Path != nil {
			t.Errorf("bob is a member directly: %+v", r)
		}
		b.members(support.ID, provision.AddMembers, ana)
		if r := b.explained(ana, supportRule.Name); r.Nested || r.Path != nil {
			t.Errorf("so is ana by now: %+v", r)
		}
	})
}

func TestExplainEndsAtAWayThatIsTooLong(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(configureRules(supportRule))
		ana := b.user(b.okta, "ana@acme.test", "1").ID
		in := b.group(b.okta, "g0", ana).ID
		for range 40 {
			in = b.group(b.okta, "further", in).ID
		}
		b.group(b.okta, "CC-Support", in)
		if r := b.explained(ana, supportRule.Name); !r.Hit || !r.Nested || r.Path != nil {
			t.Errorf("%+v, want a hit without a path", r)
		}
		if v := b.view(ana); len(v.Roles) != 1 || v.Roles[0].Origin.Kind != directory.FromRule {
			t.Errorf("ana has %+v", v.Roles)
		}
	})
}
