package provision_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

func configureRules(rules ...directory.Rule) func(*store.Configuration) {
	return func(c *store.Configuration) {
		c.Rules = rules
		for _, name := range []string{"Support"} {
			if !slices.ContainsFunc(c.AgentGroups, func(g directory.WorkGroup) bool { return g.Name == name }) {
				c.AgentGroups = append(c.AgentGroups, directory.WorkGroup{ID: "ag-" + name, Kind: directory.AgentGroupWork, Name: name, ManagedBy: directory.ByManifest})
			}
		}
	}
}

func TestGroupMembershipGivesAndTakesRights(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(configureRules(supportRule, leadsRule, billingRule))
		ana := b.user(b.okta, "ana@acme.test", "1")
		bob := b.user(b.okta, "bob@acme.test", "2", department("Billing"))
		if v := b.view(bob.ID); !slices.Equal(roles(v), []string{"agent"}) || v.Roles[0].Origin.Rule != "billing" {
			t.Errorf("bob has %+v, want agent by rule billing", v.Roles)
		}
		support := b.group(b.okta, "cc-support")
		b.members(support.ID, provision.AddMembers, ana.ID)
		v := b.view(ana.ID)
		if !slices.Equal(roles(v), []string{"agent"}) || v.Roles[0].Origin.Group != "cc-support" || v.Roles[0].Origin.Connection != "okta" {
			t.Errorf("ana has %+v", v.Roles)
		}
		if diff := cmp.Diff(map[string]directory.MembershipKind{"Support": directory.AsUser}, agentGroups(v)); diff != "" {
			t.Error(diff)
		}
		leads := b.group(b.okta, "CC-Lead-Night Shift", ana.ID)
		if diff := cmp.Diff(map[string]directory.MembershipKind{"Support": directory.AsUser, "Night Shift": directory.AsSupervisor}, agentGroups(b.view(ana.ID))); diff != "" {
			t.Error(diff)
		}
		if _, err := b.engine.DeleteGroup(t.Context(), b.okta, leads.ID, nil); err != nil {
			t.Fatal(err)
		}
		b.members(support.ID, provision.RemoveMembers, ana.ID)
		if v := b.view(ana.ID); len(v.Roles)+len(v.AgentGroups) > 0 {
			t.Errorf("ana still has %+v %+v", v.Roles, v.AgentGroups)
		}
		again := b.group(b.okta, "CC-Lead-night shift", ana.ID)
		if v := b.view(ana.ID); len(v.AgentGroups) != 1 || v.AgentGroups[0].Name != "Night Shift" {
			t.Errorf("the archived agent group did not come back: %+v (group %s)", v.AgentGroups, again.ID)
		}
	})
}

func TestMembersAreChangedInTheOrderOfOperations(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		var ids []string
		for i := range 4 {
			ids = append(ids, b.user(b.okta, fmt.Sprintf("u%d@acme.test", i), fmt.Sprint(i)).ID)
		}
		g := b.group(b.okta, "team", ids[0], ids[1])
		r, err := b.engine.UpdateGroup(t.Context(), b.okta, g.ID, nil, nil, []provision.MemberOp{
			{Kind: provision.AddMembers, Members: members(ids[2])},
			{Kind: provision.RemoveMembersWhere, Where: func(m directory.Member) bool { return m.Display == "u0@acme.test" }},
			{Kind: provision.RemoveMembers, Members: members("nobody")},
			{Kind: provision.AddMembers, Members: members(ids[3], "ghost", ids[1])},
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.Unknown, []string{"ghost"}) || r.Members != 3 || r.Version <= g.Version {
			t.Errorf("answer %+v", r)
		}
		if got := b.in(g.ID); !slices.Equal(got, []string{"u1@acme.test", "u2@acme.test", "u3@acme.test"}) {
			t.Errorf("members %v", got)
		}
		stored, err := b.db.Reader(b.tenant).GroupResource(t.Context(), "okta", g.ID)
		if err != nil || stored.Version != r.Version || stored.Members != 3 {
			t.Errorf("stored %+v (%v), answered version %d", stored, err, r.Version)
		}
		same := b.members(g.ID, provision.AddMembers, ids[1])
		if same.Version != r.Version {
			t.Errorf("adding a member again raised the version from %d to %d", r.Version, same.Version)
		}
		b.members(g.ID, provision.ReplaceMembers, ids[0])
		if got := b.in(g.ID); !slices.Equal(got, []string{"u0@acme.test"}) {
			t.Errorf("after replace: %v", got)
		}
		b.members(g.ID, provision.ReplaceMembers)
		if got := b.in(g.ID); len(got) != 0 {
			t.Errorf("after clearing: %v", got)
		}
	})
}

// in returns the userNames of a group's members.
func (b *bench) in(group string) []string {
	b.t.Helper()
	found, err := b.db.Reader(b.tenant).Members(b.t.Context(), group, directory.Member{}, 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	var names []string
	for _, m := range found {
		names = append(names, m.Display)
	}
	slices.Sort(names)
	return names
}

func TestUnknownMemberIsRefusedUnderRFC(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(func(c *store.Configuration) { c.Connections[0].Dialect = directory.RFC })
		_, err := b.engine.CreateGroup(t.Context(), b.okta, directory.Group{DisplayName: "x", Attributes: directory.Attributes{"displayName": "x"}}, members("ghost"))
		b.wantKind(err, directory.Invalid)
		page, err := b.db.Reader(b.tenant).Groups(t.Context(), store.Query{Connection: "okta", Limit: 10, Total: true})
		if err != nil || page.Total != 0 || len(page.Resources) != 0 {
			t.Errorf("a refused POST left %+v (%v)", page, err)
		}
	})
}

func TestRenamedGroupKeepsItsBindingAndASecondOfTheNameNeverBinds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(configureRules(supportRule))
		ana, bob := b.user(b.okta, "ana@acme.test", "1"), b.user(b.okta, "bob@acme.test", "2")
		first := b.group(b.okta, "CC-Support", ana.ID)
		rename(b, first.ID, "Customer Care")
		if v := b.view(ana.ID); len(v.Roles) != 1 {
			t.Errorf("a rename took ana's role: %+v", v.Roles)
		}
		b.group(b.okta, "CC-Support", bob.ID)
		if v := b.view(bob.ID); len(v.Roles) != 0 {
			t.Errorf("a second group of the name bound by itself: %+v", v.Roles)
		}
	})
}

func rename(b *bench, group, name string) {
	b.t.Helper()
	_, err := b.engine.UpdateGroup(b.t.Context(), b.okta, group, nil, func(g directory.Group) (directory.Group, error) {
		g.DisplayName, g.Attributes = name, directory.Attributes{"displayName": name}
		return g, nil
	}, nil)
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestRenamedGroupRenamesTheAgentGroupThatItAloneMade(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(configureRules(leadsRule))
		ana := b.user(b.okta, "ana@acme.test", "1")
		g := b.group(b.okta, "CC-Lead-Day", ana.ID)
		rename(b, g.ID, "CC-Lead-Night")
		b.settle()
		if diff := cmp.Diff(map[string]directory.MembershipKind{"Night": directory.AsSupervisor}, agentGroups(b.view(ana.ID))); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPrivilegedRuleWaitsForConfirmation(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		admins := directory.Rule{ID: "r", Name: "admins", Group: "CC-Admins", Roles: []string{"administrator"}, ManagedBy: directory.ByManifest}
		b.configure(configureRules(admins))
		ana := b.user(b.okta, "ana@acme.test", "1")
		b.group(b.okta, "CC-Admins", ana.ID)
		if v := b.view(ana.ID); len(v.Roles) != 0 {
			t.Fatalf("a group that a directory made gave %+v unconfirmed", v.Roles)
		}
		x, err := b.engine.Explain(t.Context(), b.tenant, ana.ID)
		if err != nil || len(x.Rules) != 1 || x.Rules[0].Missed.Text == "" {
			t.Errorf("explain does not say that the rule waits: %+v (%v)", x.Rules, err)
		}
		b.configure(func(*store.Configuration) {})
		if v := b.view(ana.ID); !slices.Equal(roles(v), []string{"administrator"}) {
			t.Errorf("after an administrator's apply: %+v", v.Roles)
		}
	})
}

func TestLargePushCommitsFactsAndSettlesRightsInARun(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(configureRules(supportRule))
		var ids []string
		for i := range provision.InOneCommit + 1 {
			ids = append(ids, b.user(b.okta, fmt.Sprintf("u%d@acme.test", i), fmt.Sprint(i)).ID)
		}
		g := b.group(b.okta, "CC-Support", ids...)
		if !g.Pending || g.Members != int64(len(ids)) {
			t.Fatalf("answer %+v", g)
		}
		if v := b.view(ids[7]); !v.Pending || len(v.Roles) != 0 {
			t.Errorf("before the run: %+v", v)
		}
		if sum := b.settle(); sum.Granted != 2*len(ids) {
			t.Errorf("the run granted %d rights, want %d", sum.Granted, 2*len(ids))
		}
		if v := b.view(ids[7]); v.Pending || !slices.Equal(roles(v), []string{"agent"}) {
			t.Errorf("after the run: %+v", v)
		}
		if sum := b.settle(); sum != (store.Summary{}) {
			t.Errorf("settling again did %+v", sum)
		}
		if _, err := b.engine.DeleteGroup(t.Context(), b.okta, g.ID, nil); err != nil {
			t.Fatal(err)
		}
		if sum := b.settle(); sum.Revoked != 2*len(ids) {
			t.Errorf("deletion revoked %d rights, want %d", sum.Revoked, 2*len(ids))
		}
	})
}

func TestNestedGroupsGiveRightsAndSurviveCycles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(configureRules(supportRule))
		ana := b.user(b.okta, "ana@acme.test", "1")
		inner := b.group(b.okta, "inner", ana.ID)
		outer := b.group(b.okta, "CC-Support", inner.ID)
		if v := b.view(ana.ID); len(v.Roles) != 1 {
			t.Fatalf("a nested group gave nothing: %+v", v)
		}
		b.members(inner.ID, provision.AddMembers, outer.ID)
		b.members(outer.ID, provision.RemoveMembers, inner.ID)
		if v := b.view(ana.ID); len(v.Roles) != 0 {
			t.Errorf("rights stayed after the nesting ended: %+v", v.Roles)
		}
	})
}

func TestManyMembersChangedAtOnceAddUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(configureRules(supportRule))
		var ids []string
		for i := range 24 {
			ids = append(ids, b.user(b.okta, fmt.Sprintf("u%d@acme.test", i), fmt.Sprint(i)).ID)
		}
		g := b.group(b.okta, "CC-Support")
		var wg sync.WaitGroup
		for _, id := range ids {
			wg.Go(func() {
				if _, err := b.engine.UpdateGroup(context.Background(), b.okta, g.ID, nil, nil, []provision.MemberOp{{Kind: provision.AddMembers, Members: members(id)}}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := b.in(g.ID); len(got) != len(ids) {
			t.Errorf("%d members, want %d", len(got), len(ids))
		}
		stored, err := b.db.Reader(b.tenant).GroupResource(t.Context(), "okta", g.ID)
		if err != nil || stored.Members != int64(len(ids)) || stored.Version != 1+int64(len(ids)) {
			t.Errorf("members %d version %d (%v), want %d and %d", stored.Members, stored.Version, err, len(ids), 1+len(ids))
		}
	})
}

func TestDeprovisionedPersonLeavesGroupsAndComesBackToThem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(configureRules(supportRule))
		ana := b.user(b.okta, "ana@acme.test", "1")
		g := b.group(b.okta, "CC-Support", ana.ID)
		if err := b.engine.DeleteUser(t.Context(), b.okta, ana.ID, nil); err != nil {
			t.Fatal(err)
		}
		if got := b.in(g.ID); len(got) != 0 {
			t.Errorf("the group still lists %v", got)
		}
		b.user(b.okta, "ana@acme.test", "1")
		if v := b.view(ana.ID); !slices.Equal(roles(v), []string{"agent"}) || !slices.Equal(b.in(g.ID), []string{"ana@acme.test"}) {
			t.Errorf("came back to %+v, members %v", v.Roles, b.in(g.ID))
		}
	})
}
