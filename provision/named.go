package provision

import (
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// named finds what somebody names by hand, and returns it as grants have it: by id or key, an agent group with its kind of
// membership. What can be named by an id can be named by its name, too. What is not there, or cannot be given to people,
// is an error of kind NotFound or Invalid.
func (p *policy) named(r directory.Entitlement) (directory.Entitlement, error) {
	if r.Kind != directory.AgentGroupEntitlement && r.Membership != "" {
		return r, directory.Errorf(directory.Invalid, "only a membership of an agent group has a kind")
	}
	missing := func(what string) (directory.Entitlement, error) {
		return r, directory.Errorf(directory.NotFound, "the tenant has no %s %q", what, r.Target)
	}
	switch r.Kind {
	case directory.RoleEntitlement:
		role, ok := p.role(r.Target)
		if !ok || role.Kind == directory.MembershipRole {
			return missing("role")
		}
	case directory.OptionEntitlement:
		key, option, ok := strings.Cut(r.Target, ":")
		role, has := p.role(key)
		if !ok || !has || !slices.ContainsFunc(role.Options, func(o directory.RoleOption) bool { return o.Key == option }) {
			return r, directory.Errorf(directory.NotFound, "there is no option %q: options are named ROLE:OPTION, and each role has its own", r.Target)
		}
	case directory.ProfileEntitlement:
		profile, ok := p.profile(r.Target)
		if !ok {
			return missing("profile")
		}
		r.Target = profile.ID
	case directory.AgentGroupEntitlement:
		return p.namedGroup(r)
	case directory.CampaignEntitlement, directory.QueueEntitlement, directory.StrategyEntitlement:
		i := slices.IndexFunc(p.Work, func(g directory.WorkGroup) bool {
			return string(g.Kind) == string(r.Kind) && !g.Archived && (g.ID == r.Target || schema.Fold(g.Name) == schema.Fold(r.Target))
		})
		if i < 0 {
			return missing(string(r.Kind))
		}
		r.Target = p.Work[i].ID
	case directory.CompanyEntitlement:
		i := slices.IndexFunc(p.Companies, func(c directory.Company) bool {
			return c.ID == r.Target || schema.Fold(c.Name) == schema.Fold(r.Target)
		})
		if i < 0 {
			return missing("company")
		}
		r.Target = p.Companies[i].ID
	case directory.SeatPoolEntitlement:
		if !slices.ContainsFunc(p.SeatPools, func(s directory.SeatPool) bool { return s.Key == r.Target }) {
			return missing("seat pool")
		}
	case directory.StatusEntitlement:
		if !slices.ContainsFunc(p.Statuses, func(s directory.Status) bool { return s.Key == r.Target && s.Active }) {
			return missing("active status")
		}
	default:
		return r, directory.Errorf(directory.Invalid, "%q is no kind of right; there are %q", r.Kind, directory.EntitlementKinds())
	}
	return r, nil
}

func (p *policy) namedGroup(r directory.Entitlement) (directory.Entitlement, error) {
	i := slices.IndexFunc(p.AgentGroups, func(g directory.WorkGroup) bool {
		return !g.Archived && (g.ID == r.Target || schema.Fold(g.Name) == schema.Fold(r.Target))
	})
	if i < 0 {
		return r, directory.Errorf(directory.NotFound, "the tenant has no agent group %q", r.Target)
	}
	r.Target = p.AgentGroups[i].ID
	switch r.Membership {
	case "":
		r.Membership = directory.AsUser
	case directory.AsUser:
	case directory.AsSupervisor, directory.AsBoth:
		if p.Setting("groups.membership_kinds") == "off" {
			return r, directory.Errorf(directory.Invalid, "this tenant has no kinds of membership (groups.membership_kinds): people belong to agent groups as user")
		}
	default:
		return r, directory.Errorf(directory.Invalid, "%q is no kind of membership; there are user, supervisor and both", r.Membership)
	}
	return r, nil
}

// profile finds a profile that is not archived, by its id or name.
func (p *policy) profile(text string) (directory.Profile, bool) {
	i := slices.IndexFunc(p.Profiles, func(x directory.Profile) bool {
		return !x.Archived && (x.ID == text || schema.Fold(x.Name) == schema.Fold(text))
	})
	if i < 0 {
		return directory.Profile{}, false
	}
	return p.Profiles[i], true
}
