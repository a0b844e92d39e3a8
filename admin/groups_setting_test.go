package admin_test

import (
	"strings"
	"testing"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// saysOf asks that a refusal says something.
func saysOf(t *testing.T, what, text, want string) {
	t.Helper()
	if !strings.Contains(text, want) {
		t.Errorf("%s: %q, want %q", what, text, want)
	}
}

// Where the tenant's people belong to agent groups as user only, no rule makes anybody a supervisor of one; and the setting
// is not switched off while somebody is (C-10).
func TestKindsOfMembershipAreThoseOfTheTenant(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		leads := func(kind directory.MembershipKind) directory.Rule {
			return directory.Rule{Name: "leads", Group: "CC-{team}", AgentGroups: []directory.RuleOutput{{Name: "Team {team}", Kind: kind}}}
		}
		d.apply(of("commerce-chat"))
		const says = "groups.membership_kinds is off"
		saysOf(t, "an edit", d.unchanged(func(c *store.Configuration) { c.Rules = append(c.Rules, leads(directory.AsBoth)) }).Error(), says)
		spec := of("commerce-chat")
		spec.Rules = []directory.RuleSpec{rule("leads", leads(directory.AsSupervisor))}
		saysOf(t, "a manifest", d.refused(spec), says)
		if _, err := d.admin.SaveRuleDraft(t.Context(), d.editor(), []directory.Rule{leads(directory.AsSupervisor)}, nil, "", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := d.admin.TestRuleDraft(t.Context(), d.editor().Tenant); err == nil {
			t.Error("a draft with such a rule has nothing wrong")
		} else {
			saysOf(t, "a draft", err.Error(), says)
		}

		spec.Settings["groups.membership_kinds"] = "on"
		d.apply(spec)
		spec.Settings["groups.membership_kinds"] = "off"
		saysOf(t, "off again", d.refused(spec), says)

		spec.Settings["groups.membership_kinds"] = "on"
		spec.Rules, spec.Work, spec.Connections = nil, []directory.WorkGroupSpec{team("Support", "")}, []directory.ConnectionSpec{connection("okta")}
		d.apply(spec)
		ana := d.person("ana")
		as := func(kind directory.MembershipKind) directory.Entitlement {
			return directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: "Support", Membership: kind}
		}
		give := func(a provision.Assignment) {
			t.Helper()
			if _, err := d.engine.Assign(t.Context(), d.editor(), ana, a, provision.PersonOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		give(provision.Assignment{Add: []directory.Entitlement{as(directory.AsSupervisor)}})
		spec.Settings["groups.membership_kinds"] = "off"
		saysOf(t, "with a supervisor by hand", d.refused(spec), "cannot be off: 1 people were made supervisors of agent groups by hand")
		give(provision.Assignment{Add: []directory.Entitlement{as(directory.AsUser)}, Remove: []directory.Entitlement{as(directory.AsSupervisor)}})
		if r := d.apply(spec); r.Status != admin.Applied {
			t.Errorf("without one: %+v", r)
		}
	})
}

// A tenant whose groups are no agent groups has none, whoever would make them; the other groups of work are no matter of
// that setting (C-11).
func TestGroupsAreOfTheTenantsTypes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *desk) {
		d.apply(of("call-centre"))
		const says = "groups.type is permission_group; add agent_group to it"
		saysOf(t, "an edit", d.unchanged(func(c *store.Configuration) {
			c.AgentGroups = append(c.AgentGroups, directory.NewWorkGroup(directory.AgentGroupWork, "Support"))
		}).Error(), says)
		spec := of("call-centre")
		spec.Work = []directory.WorkGroupSpec{team("Support", "")}
		saysOf(t, "a manifest", d.refused(spec), says)
		spec.Work = nil
		spec.Rules = []directory.RuleSpec{rule("r", directory.Rule{When: "title pr", AgentGroups: outputs("Support")})}
		saysOf(t, "a rule", d.refused(spec), says)
		spec.Rules[0].When, spec.Rules[0].Group, spec.Rules[0].AgentGroups = "", "CC-{team}", outputs("{team}")
		saysOf(t, "a rule that captures", d.refused(spec), "this tenant has no agent groups; add agent_group to its setting groups.type")

		spec.Settings["groups.type"] = "permission_group,agent_group"
		spec.Work = []directory.WorkGroupSpec{team("Support", ""), {WorkGroup: directory.WorkGroup{Kind: directory.QueueWork, Name: "Calls", ManagedBy: directory.ByManifest}}}
		d.apply(spec)
		delete(spec.Settings, "groups.type")
		saysOf(t, "back again", d.refused(spec), `and ["Support"] would be some`)
		spec.Work, spec.Rules = spec.Work[1:], nil
		if r := d.apply(spec); r.Status != admin.Applied {
			t.Errorf("without agent groups: %+v", r)
		}
	})
}
