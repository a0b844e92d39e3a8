package provision

import (
	"slices"

	"rollcall/directory"
)

// missing reports whether a person was given by hand what the tenant has no more: a role, an option, a profile, a company,
// a seat pool or a status that was removed although somebody had it, or a group of work that was archived so. Of one that was
// archived by itself, because no directory group stands for it any more, nobody said so: whoever was put into it by hand is
// in it again when it comes back (the grant is only its giver's to end).
func (p *policy) missing(g directory.Grant) bool {
	if p == nil || g.Origin.Kind == directory.FromRule || g.Origin.Kind == directory.FromDirect {
		return false // it ends with its rule
	}
	switch g.Kind {
	case directory.RoleEntitlement:
		return !slices.ContainsFunc(p.Roles, func(r directory.Role) bool { return r.Key == g.Target })
	case directory.OptionEntitlement:
		return !slices.ContainsFunc(p.Roles, func(r directory.Role) bool {
			return slices.ContainsFunc(r.Options, func(o directory.RoleOption) bool { return directory.OptionTarget(r.Key, o.Key) == g.Target })
		})
	case directory.ProfileEntitlement:
		return !slices.ContainsFunc(p.Profiles, func(x directory.Profile) bool { return x.ID == g.Target })
	case directory.CompanyEntitlement:
		return !slices.ContainsFunc(p.Companies, func(x directory.Company) bool { return x.ID == g.Target })
	case directory.SeatPoolEntitlement:
		return !slices.ContainsFunc(p.SeatPools, func(x directory.SeatPool) bool { return x.Key == g.Target })
	case directory.StatusEntitlement:
		return !slices.ContainsFunc(p.Statuses, func(x directory.Status) bool { return x.Key == g.Target })
	default:
		return p.putAway(g)
	}
}

// putAway reports whether somebody archived the group of work that a person was put into by hand: then it is of no rule. What
// was given after the configuration was read counts: rules and undos bring groups back between two publications.
func (p *policy) putAway(g directory.Grant) bool {
	is := func(w directory.WorkGroup) bool { return w.ID == g.Target && w.Archived && w.Rule == "" }
	return (slices.ContainsFunc(p.AgentGroups, is) || slices.ContainsFunc(p.Work, is)) && g.Origin.At.Before(p.read)
}
