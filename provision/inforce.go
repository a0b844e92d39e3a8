package provision

import (
	"cmp"
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// InForce is what somebody has at the moment.
type InForce struct {
	State directory.State
	// Rights are each right once, whatever gives it, with the first of its origins that is a person's, or else the first.
	// Of roles, where the tenant allows one, and of what there is one of a kind, it is the one that rules. Memberships of an
	// agent group are added up.
	Rights   []directory.Grant
	Seat     directory.SeatState
	Status   string // a status's key
	Eligible bool   // for new work of any agent group, campaign, queue or strategy
}

// InForce returns what up to 500 people have at the moment, by their ids. Whether they may use it depends on their state.
func (e *Engine) InForce(ctx context.Context, tenant string, ids ...string) (map[string]InForce, error) {
	reader := e.db.Reader(tenant)
	p, err := e.policy(ctx, reader, 0, false)
	if err != nil {
		return nil, err
	}
	people, err := reader.People(ctx, ids...)
	if err != nil {
		return nil, err
	}
	if p, err = e.abreast(ctx, reader, p, people...); err != nil {
		return nil, err
	}
	out := make(map[string]InForce, len(people))
	for _, x := range people {
		out[x.ID] = InForce{
			State: x.State, Rights: p.rightsInForce(x), Seat: cmp.Or(x.Seat, directory.SeatExempt), Status: p.statusOf(x), Eligible: p.eligible(x),
		}
	}
	return out, nil
}

func (p *policy) rightsInForce(x *store.Person) []directory.Grant {
	kept, at := *x, readAt(x)
	kept.Grants = slices.DeleteFunc(slices.Clone(x.Grants), func(g directory.Grant) bool { return overAt(g, at) })
	x = &kept
	roles, ruled := p.rolesInForce(x), map[directory.EntitlementKind]string{}
	for _, kind := range directory.EntitlementKinds() {
		if g, ok := ruling(x, kind); ok && kind.Single() {
			ruled[kind] = g.Target
		}
	}
	var out []directory.Grant
	for _, g := range x.Grants {
		if g.Kind == directory.RoleEntitlement && !slices.Contains(roles, g.Target) || g.Kind.Single() && ruled[g.Kind] != g.Target {
			continue
		}
		i := slices.IndexFunc(out, func(o directory.Grant) bool { return o.Kind == g.Kind && o.Target == g.Target })
		if i < 0 {
			out = append(out, g)
			continue
		}
		out[i].Membership = out[i].Membership.Join(g.Membership)
		if g.Origin.Kind == directory.FromPerson && out[i].Origin.Kind != directory.FromPerson {
			out[i].Origin = g.Origin
		}
	}
	slices.SortFunc(out, func(a, b directory.Grant) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Target, b.Target))
	})
	return out
}
