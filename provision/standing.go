package provision

import (
	"cmp"
	"slices"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
)

// standing is somebody as the formula of eligibility looks at them.
func (p *policy) standing(x *store.Person) access.Standing {
	s := access.Standing{
		Holder: p.holder(x), Seat: cmp.Or(x.Seat, directory.SeatExempt), Absent: x.Absent, Incomplete: p.incomplete(x),
		Extension: extensionOf(attributesOf(x)) != "",
	}
	key := p.statusOf(x)
	if i := slices.IndexFunc(p.Statuses, func(s directory.Status) bool { return s.Key == key }); i >= 0 {
		s.Status, s.StatusKnown = p.Statuses[i], true
	}
	return s
}

// eligible reports whether somebody may get new work of any of their agent groups, by any channel.
func (p *policy) eligible(x *store.Person) bool {
	s := p.standing(x)
	return slices.ContainsFunc(p.AgentGroups, func(g directory.WorkGroup) bool {
		return slices.ContainsFunc(s.Memberships, func(m access.Membership) bool { return m.Group == g.ID }) && len(p.access.Eligible(s, g, "")) == 0
	})
}
