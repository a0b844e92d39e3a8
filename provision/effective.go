package provision

import (
	"cmp"
	"slices"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
)

// model compiles what a configuration's roles allow.
func model(c *store.Configuration) *access.Model {
	return access.Compile(access.Options{Roles: c.Roles, Modules: c.Modules, Profiles: c.Profiles, AgentGroups: c.AgentGroups, Statuses: c.Statuses})
}

// weight orders origins: what a person gave by hand rules over what rules give, and those over what a directory asks for.
func weight(o directory.Origin) int {
	switch o.Kind {
	case directory.FromPerson:
		return 3
	case directory.FromRule:
		return 2
	case directory.FromDirect:
		return 1
	default:
		return 0
	}
}

// ruling returns the one grant of the kind that is in force, where a person may have several and one counts: a person's
// word before a rule's, and of two people's the later one.
func ruling(x *store.Person, kind directory.EntitlementKind) (directory.Grant, bool) {
	var best directory.Grant
	found := false
	for _, g := range x.Grants {
		if g.Kind != kind {
			continue
		}
		if !found || cmp.Or(cmp.Compare(weight(g.Origin), weight(best.Origin)), g.Origin.At.Compare(best.Origin.At), cmp.Compare(best.Target, g.Target)) > 0 {
			best, found = g, true
		}
	}
	return best, found
}

// rolesInForce are the keys of somebody's roles: all of them, or where the tenant allows one, the one that rules.
func (p *policy) rolesInForce(x *store.Person) []string {
	if p.Setting("roles.cardinality") == "one" {
		if g, ok := ruling(x, directory.RoleEntitlement); ok {
			return []string{g.Target}
		}
		return nil
	}
	return targetsOf(x, directory.RoleEntitlement)
}

// targetsOf are the targets of somebody's grants of one kind, each once, in order.
func targetsOf(x *store.Person, kinds ...directory.EntitlementKind) []string {
	var out []string
	for _, g := range x.Grants {
		if slices.Contains(kinds, g.Kind) {
			out = append(out, g.Target)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// memberships are the agent groups that somebody is in, each with the sum of the kinds.
func memberships(x *store.Person) []access.Membership {
	var out []access.Membership
	for _, g := range x.Grants {
		if g.Kind != directory.AgentGroupEntitlement {
			continue
		}
		i := slices.IndexFunc(out, func(m access.Membership) bool { return m.Group == g.Target })
		if i < 0 {
			i = len(out)
			out = append(out, access.Membership{Group: g.Target})
		}
		out[i].Kind = out[i].Kind.Join(g.Membership)
	}
	slices.SortFunc(out, func(a, b access.Membership) int { return cmp.Compare(a.Group, b.Group) })
	return out
}

// holder is what a question about somebody's permissions is asked of.
func (p *policy) holder(x *store.Person) access.Holder {
	h := access.Holder{
		ID: x.ID, State: x.State, Roles: p.rolesInForce(x), Options: targetsOf(x, directory.OptionEntitlement), Memberships: memberships(x),
		Work: targetsOf(x, directory.CampaignEntitlement, directory.QueueEntitlement, directory.StrategyEntitlement),
	}
	if g, ok := ruling(x, directory.ProfileEntitlement); ok {
		h.Profile = g.Target
	}
	return h
}

// attributesOf is the document of somebody: their own, or that of their only account.
func attributesOf(x *store.Person) directory.Attributes {
	if x.Attributes == nil && len(x.Accounts) > 0 {
		return x.Accounts[0].Attributes
	}
	return x.Attributes
}
