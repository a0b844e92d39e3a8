package access

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
)

// What decided comes first, and then everything else that gives it or stands in the way.
func TestChains(t *testing.T) {
	t.Parallel()
	custom := directory.Role{Key: "reader", Name: "Reader", Kind: directory.CustomRole, Permissions: []directory.RolePermission{
		{Key: "conversations.view", Scope: directory.ScopeGroup, Mode: directory.Granted},
	}}
	quiet := directory.Role{Key: "quiet", Name: "Quiet", Kind: directory.CustomRole, Permissions: []directory.RolePermission{
		{Key: "conversations.view", Mode: directory.Denied},
		{Key: "conversations.reply", Mode: directory.Denied, Scope: directory.ScopeOwn},
	}}
	basic := tenantOf(t, "conversations-basic", func(o *Options) { o.Roles = append(o.Roles, custom, quiet) })
	whatsapp, commerce := tenantOf(t, "whatsapp-team"), tenantOf(t, "commerce-chat")
	centre := tenantOf(t, contactCentre, withProfile(profileOf(t, "administrator", "module.crm")))
	for _, c := range []struct {
		m          *Model
		h          Holder
		permission string
		r          Resource
		want       []Step
	}{
		{basic, ana("agent", "reader").as(directory.AsUser, billing), "conversations.view", hersInBilling, []Step{
			{RoleStep, "reader", Grants, "group", `the role "Reader" gives it, for their agent groups`},
			{RoleStep, "agent", Grants, "own", `the role "Agent" gives it, for what is their own`},
		}},
		{basic, ana("administrator", "quiet"), "conversations.view", hers, []Step{{DenialStep, "quiet", Denies, "", `the role "Quiet" denies it`}}},
		{basic, ana("administrator", "quiet"), "conversations.reply", hers, []Step{{DenialStep, "quiet", Denies, "own", `the role "Quiet" denies it, for what is their own`}}},
		{basic, ana("agent"), "conversations.view", othersInBilling, []Step{
			{ScopeStep, "agent", Narrows, "own", `the role "Agent" gives it, for what is their own; this is beyond that`},
		}},
		{basic, ana("agent"), "settings.manage", anything, []Step{{RoleStep, "agent", Misses, "", `the role "Agent" does not have it`}}},
		{commerce, ana("supervisor"), "orders.delete", anything, []Step{
			{OptionStep, "supervisor:orders_admin", Misses, "", `the option "supervisor:orders_admin" would give it, and is off`},
			{OptionStep, "supervisor:independent_orders", Misses, "", `the option "supervisor:independent_orders" would give it, and is off`},
		}},
		{commerce, ana("supervisor").with("supervisor:orders_admin"), "orders.delete", anything, []Step{
			{OptionStep, "supervisor:orders_admin", Grants, "none", `the option "Order and Payment Administrator" of the role "Supervisor" gives it`},
		}},
		{whatsapp, ana("attendant").as(directory.AsSupervisor, billing), "conversations.reply", othersInBilling, []Step{
			{MembershipStep, billing, Grants, "group", `they belong to "Billing" as supervisor, for all that belongs to it`},
		}},
		{whatsapp, ana("restricted_attendant").as(directory.AsSupervisor, billing), "conversations.reply", hersInBilling, []Step{
			{MembershipStep, billing, Grants, "own", `they belong to "Billing" as supervisor, for what is their own in it`},
			{CeilingStep, "restricted_attendant", Narrows, "own", `the role "Restricted attendant" reaches no further than own`},
		}},
		{whatsapp, ana("administrator"), "conversations.reply", othersInBilling, []Step{
			{RoleStep, "administrator", Grants, "all", `the role "Administrator" counts as supervisor of every agent group, for all`},
		}},
		{whatsapp, ana("attendant").as(directory.AsUser, billing), "conversations.view", othersInBilling, []Step{
			{MembershipStep, billing, Grants, "group", `they belong to "Billing", and its members see the team's`},
		}},
		{centre, ana("administrator").profiled("profile"), "reports.view", anything, []Step{
			{ProfileStep, "profile", Narrows, "", `the profile "Night shift" has no module for it: it is in "module.reports"`},
		}},
		{centre, ana("administrator"), "console.seats.read", anything, []Step{
			{ModuleStep, "module.plans_billing", Narrows, "", `the module "module.plans_billing" is off for the role "Administrator"`},
		}},
		{centre, ana("administrator"), "calls.handle", anything, []Step{
			{ModuleStep, "module.workspace", Narrows, "", `the module "module.workspace" is off for the role "Administrator"`},
		}},
		{centre, ana("agent"), "workspace.access", anything, []Step{
			{RoleStep, "agent", Grants, "none", `the role "Agent" gives it, and no profile takes it away`},
		}},
		{centre, ana("owner"), "workspace.access", anything, []Step{
			{OptionStep, "owner:agent_mode", Misses, "", `the option "owner:agent_mode" would give it, and is off`},
		}},
	} {
		d := c.m.Decide(c.h, c.permission, c.r)
		if diff := cmp.Diff(c.want, d.Chain); diff != "" {
			t.Errorf("%s of %v (-want +got):\n%s", c.permission, c.h.Roles, diff)
		}
	}
	for _, e := range basic.Effective(ana("administrator", "quiet")) {
		if e.Key == "conversations.reply" && (len(e.Via) != 2 || e.Via[1].Kind != DenialStep || e.Via[1].Effect != Narrows) {
			t.Errorf("a denial of a part is told: %+v", e.Via)
		}
	}
}
