package provision

import (
	"cmp"
	"context"
	"slices"
	"time"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
)

// standing is somebody as the formula of eligibility looks at them, as of the instant at which they were read: what is
// stored with them, their rights but for those that the guard kept and whose time is over, and the clock's word on
// absences.
func (p *policy) standing(x *store.Person) access.Standing {
	at := readAt(x)
	_, absent := p.absent(x, at)
	if slices.ContainsFunc(x.Grants, func(g directory.Grant) bool { return overAt(g, at) }) {
		kept := *x
		kept.Grants = slices.DeleteFunc(slices.Clone(x.Grants), func(g directory.Grant) bool { return overAt(g, at) })
		x = &kept
	}
	s := access.Standing{
		Holder: p.holder(x), Seat: cmp.Or(x.Seat, directory.SeatExempt), Absent: absent, Incomplete: x.Incomplete, Extension: x.HasExtension,
	}
	s.Status, s.StatusKnown = p.status(p.statusOf(x))
	return s
}

// overAt reports whether the guard kept a right until the instant, or until before.
func overAt(g directory.Grant, at time.Time) bool {
	return g.HeldUntil != nil && !g.HeldUntil.After(at)
}

// eligible reports whether somebody may get new work of any of the agent groups, campaigns, queues and strategies that they
// are in, by any channel.
func (p *policy) eligible(x *store.Person) bool {
	s := p.standing(x)
	return slices.ContainsFunc(p.groupsOf(s), func(g directory.WorkGroup) bool { return len(p.access.Eligible(s, g, "")) == 0 })
}

// groupsOf are the groups of work that somebody is in, as the configuration has them.
func (p *policy) groupsOf(s access.Standing) []directory.WorkGroup {
	var out []directory.WorkGroup
	for _, g := range p.AgentGroups {
		if slices.ContainsFunc(s.Memberships, func(m access.Membership) bool { return m.Group == g.ID }) {
			out = append(out, g)
		}
	}
	for _, g := range p.Work {
		if slices.Contains(s.Work, g.ID) {
			out = append(out, g)
		}
	}
	return out
}

// turns is the next instant, after the one at which somebody was read, at which the clock alone makes them stand otherwise,
// as far as is known; nil for none.
func turns(x *store.Person) *time.Time {
	var next *time.Time
	at := func(t *time.Time) {
		if t != nil && t.After(readAt(x)) && (next == nil || t.Before(*next)) {
			next = t
		}
	}
	for i := range x.Absences {
		at(&x.Absences[i].From)
		at(x.Absences[i].Until)
	}
	for _, h := range x.Holds {
		at(h.Until)
	}
	for _, g := range x.Grants {
		at(g.HeldUntil)
	}
	return next
}

// standings reads people as far as it decides whether they are eligible, with the configuration that is in force and the
// groups of work that they are in. For whom an instant has come that no write has looked at yet, it works out what that
// write will make of them.
func (e *Engine) standings(ctx context.Context, r store.Reader, ids ...string) (*policy, store.Standings, error) {
	s, err := r.Standings(ctx, ids...)
	if err != nil {
		return nil, s, err
	}
	p, err := e.policy(ctx, r, s.Version, true)
	if err != nil {
		return nil, s, err
	}
	if !p.knows(s.Groups) {
		if p, err = e.reread(ctx, r); err != nil {
			return nil, s, err
		}
	}
	var late []string
	for _, x := range s.People {
		if len(x.Expired) > 0 {
			late = append(late, x.ID)
		}
	}
	if len(late) == 0 {
		return p, s, nil
	}
	whole, err := r.People(ctx, late...)
	for _, x := range whole {
		i := slices.IndexFunc(s.People, func(o *store.Person) bool { return o.ID == x.ID })
		s.People[i] = p.draft(x, clone(x), false).After
	}
	return p, s, err
}

// knows reports whether the configuration has these groups of work as they are: rules make and archive groups between two
// publications.
func (p *policy) knows(groups map[string]directory.WorkGroup) bool {
	for id, g := range groups {
		list := p.Work
		if g.Kind == directory.AgentGroupWork {
			list = p.AgentGroups
		}
		i := slices.IndexFunc(list, func(o directory.WorkGroup) bool { return o.ID == id })
		if i < 0 || list[i].Archived != g.Archived {
			return false
		}
	}
	return true
}

// abreast returns the policy that knows the agent groups of these people: rules make them, and bring them back, between two
// publications.
func (e *Engine) abreast(ctx context.Context, r store.Reader, p *policy, people ...*store.Person) (*policy, error) {
	for _, x := range people {
		for _, g := range x.Grants {
			known := g.Kind != directory.AgentGroupEntitlement || slices.ContainsFunc(p.AgentGroups, func(o directory.WorkGroup) bool {
				return o.ID == g.Target && !o.Archived
			})
			if !known {
				return e.reread(ctx, r)
			}
		}
	}
	return p, nil
}

// reread reads the configuration anew, whatever is remembered.
func (e *Engine) reread(ctx context.Context, r store.Reader) (*policy, error) {
	c, err := r.Configuration(ctx)
	if err != nil {
		return nil, err
	}
	p, err := compile(c)
	if err != nil {
		return nil, err
	}
	e.keep(p)
	return p, nil
}
