package provision

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// rights gives back those that the target took, each kept by a hold where a rule gave it, and withholds those that it gave.
func (x *reversal) rights(ctx context.Context) error {
	lost, gained := x.lostRights(), x.gainedRights()
	x.release(func(h directory.Hold) bool { // another undo's
		denies := func(r directory.Entitlement) bool { return h.Effect == directory.Deny && holdsRight(h, r) }
		keeps := func(r directory.Entitlement) bool { return h.Effect == directory.Keep && holdsRight(h, r) }
		return h.Run != "" && h.Run != x.u.actor.Run && (slices.ContainsFunc(inOrderOfRights(lost), denies) || slices.ContainsFunc(gained, keeps))
	})
	plan := x.draft()
	if plan.After.State == directory.Deprovisioned {
		return nil
	}
	has := func(r directory.Entitlement) bool {
		return slices.ContainsFunc(plan.After.Grants, func(g directory.Grant) bool { return g.Entitlement == r })
	}
	for _, r := range inOrderOfRights(lost) {
		if has(r) {
			continue
		}
		there, err := x.exists(ctx, r)
		switch {
		case err != nil:
			return err
		case !there:
			x.leave(rightName(r), "does not exist any more")
		case held(x.after.Holds, directory.Deny, directory.Grant{Entitlement: r}):
			x.leave(rightName(r), "is withheld by an administrator")
		case r.Kind == directory.RoleEntitlement && x.p.ownersRole(r.Target):
			owners, err := x.r.Holders(ctx, r.Target, 1)
			if err != nil {
				return err
			}
			if len(owners) > 0 {
				x.leave(rightName(r), "is somebody else's by now")
				continue
			}
			x.restore(r, lost[r])
		default:
			x.restore(r, lost[r])
		}
	}
	for _, r := range append(gained, x.newRights(plan)...) {
		if has(r) {
			x.withhold(r, plan)
		}
	}
	return nil
}

// newRights are those that somebody who is restored would have and never had, by groups that the target put around
// theirs. Where rules were published since, they decide.
func (x *reversal) newRights(plan *Plan) []directory.Entitlement {
	first := slices.Min(slices.Collect(maps.Keys(x.deed.in)))
	if len(x.begun) == 0 || x.u.published > first {
		return nil
	}
	out := map[directory.Entitlement][]directory.Grant{}
	for _, g := range plan.After.Grants {
		had := slices.ContainsFunc(x.past.Grants, func(o store.PastGrant) bool {
			return o.Entitlement == g.Entitlement && o.BeganBy < first && (o.EndedBy == "" || o.EndedBy >= first)
		})
		if !had {
			out[g.Entitlement] = nil
		}
	}
	return inOrderOfRights(out)
}

func (x *reversal) restore(r directory.Entitlement, grants []directory.Grant) {
	x.restored = append(x.restored, grants...)
	if slices.ContainsFunc(grants, byRule) {
		x.hold(rightName(r), directory.Keep, nil)
	}
}

func (x *reversal) withhold(r directory.Entitlement, plan *Plan) {
	ruled := false
	for _, g := range plan.After.Grants {
		switch {
		case g.Entitlement != r:
		case byRule(g):
			ruled = true
		default:
			x.revoked = append(x.revoked, g)
		}
	}
	if ruled {
		x.hold(rightName(r), directory.Deny, nil)
	}
}

func byRule(g directory.Grant) bool {
	return g.Origin.Kind == directory.FromRule || g.Origin.Kind == directory.FromDirect
}

// rightName is the subject of holds of a right.
func rightName(r directory.Entitlement) string {
	name := string(r.Kind) + ":" + r.Target
	if r.Membership != "" {
		name += ":" + string(r.Membership)
	}
	return name
}

func inOrderOfRights(set map[directory.Entitlement][]directory.Grant) []directory.Entitlement {
	return slices.SortedFunc(maps.Keys(set), func(a, b directory.Entitlement) int { return cmp.Compare(rightName(a), rightName(b)) })
}

// lostRights are the rights that the person had before the target and not after it, with the grants that it ended. A right
// that somebody has otherwise, too, was not lost.
func (x *reversal) lostRights() map[directory.Entitlement][]directory.Grant {
	out := map[directory.Entitlement][]directory.Grant{}
	for _, g := range x.past.Grants {
		if !x.deed.in[g.EndedBy] || x.deed.in[g.BeganBy] {
			continue
		}
		otherwise := slices.ContainsFunc(x.past.Grants, func(o store.PastGrant) bool {
			return o.Entitlement == g.Entitlement && !x.deed.in[o.EndedBy] && o.BeganBy < g.EndedBy && (o.EndedBy == "" || o.EndedBy > g.EndedBy)
		})
		again := slices.ContainsFunc(out[g.Entitlement], func(o directory.Grant) bool { return same(o, g.Grant) })
		if !otherwise && !again {
			out[g.Entitlement] = append(out[g.Entitlement], g.Grant)
		}
	}
	return out
}

// gainedRights are the rights that the person has from the target and had not before it.
func (x *reversal) gainedRights() []directory.Entitlement {
	out := map[directory.Entitlement][]directory.Grant{}
	for _, g := range x.past.Grants {
		if !x.deed.in[g.BeganBy] {
			continue
		}
		before := slices.ContainsFunc(x.past.Grants, func(o store.PastGrant) bool {
			return o.Entitlement == g.Entitlement && !x.deed.in[o.BeganBy] && o.BeganBy < g.BeganBy && (o.EndedBy == "" || o.EndedBy > g.BeganBy || x.deed.in[o.EndedBy])
		})
		since := slices.ContainsFunc(x.past.Grants, func(o store.PastGrant) bool {
			return o.Entitlement == g.Entitlement && !x.deed.in[o.BeganBy] && o.EndedBy == "" && !x.restoredByUndo(o.Grant)
		})
		if !before && !since {
			out[g.Entitlement] = nil
		}
	}
	return inOrderOfRights(out)
}

// restoredByUndo reports whether a grant is there because an undo gave it back.
func (x *reversal) restoredByUndo(g directory.Grant) bool {
	return slices.ContainsFunc(x.before.Holds, func(h directory.Hold) bool {
		return h.Run != "" && h.Run == g.Origin.Run && h.Effect == directory.Keep && holdsRight(h, g.Entitlement)
	})
}

// exists reports whether there still is what a right is about. An agent group in the archive comes back.
func (x *reversal) exists(ctx context.Context, r directory.Entitlement) (bool, error) {
	switch r.Kind {
	case directory.AgentGroupEntitlement, directory.CampaignEntitlement, directory.QueueEntitlement, directory.StrategyEntitlement:
	default:
		_, err := x.p.named(r)
		return err == nil, nil
	}
	g, looked := x.found.agentGroups[r.Target]
	if !looked {
		var err error
		if g, err = x.r.AgentGroup(ctx, r.Target); err != nil && directory.KindOf(err) != directory.NotFound {
			return false, err
		}
		x.found.agentGroups[r.Target] = g
	}
	if g.Archived {
		g.Archived = false
		x.awoken = append(x.awoken, g)
	}
	return g.ID != "", nil
}
