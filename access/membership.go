package access

import (
	"slices"

	"rollcall/directory"
)

// byMembership appends what the holder's memberships give of an entry that leaves it to them: in each of their agent groups
// what the kind of the membership says, cut by the role's ceiling; and, where the role counts as a member of every group,
// what that kind gives, everywhere. What the entry itself reaches is theirs without any membership.
func (q *question) byMembership(out []right, r *role, e *entry) []right {
	if e.Scope != "" {
		out = append(out, right{scope: e.Scope, step: e.step})
	}
	if r.Everywhere != "" {
		if scope, ok := q.kindGives(r.Everywhere); ok {
			if scope == directory.ScopeGroup {
				scope = directory.ScopeAll // in every group
			}
			scope = cut(scope, r.Ceiling)
			out = append(out, right{scope: scope, step: Step{
				Kind: MembershipStep, Subject: r.Key, Effect: Grants, Scope: scope,
				Text: "the role " + quote(r.Name) + " counts as " + string(r.Everywhere) + " of every agent group" + reachText(scope),
			}})
		}
	}
	for _, membership := range q.h.Memberships {
		g := q.m.groups[membership.Group]
		if g == nil {
			continue
		}
		given, ok := q.kindGives(membership.Kind)
		if !ok {
			continue
		}
		scope := cut(given, r.Ceiling)
		step := Step{
			Kind: MembershipStep, Subject: membership.Group, Effect: Grants, Scope: scope,
			Text: "they belong to " + quote(g.name) + " as " + string(membership.Kind) + inGroupText(scope),
		}
		if scope != given {
			step.Kind = CeilingStep
			step.Text += ", as the role " + quote(r.Name) + " reaches no further"
		}
		out = append(out, right{scope: scope, group: membership.Group, step: step})
	}
	return out
}

// kindGives is how far a kind of membership gives the permission inside one agent group; both kinds add up.
func (q *question) kindGives(kind directory.MembershipKind) (directory.Scope, bool) {
	var best directory.Scope
	for _, x := range [2]*role{q.m.user, q.m.over} {
		if x == nil || kind != directory.AsBoth && membershipKind(x.Key) != kind {
			continue
		}
		for i := range x.entries[q.permission.Key] {
			if e := &x.entries[q.permission.Key][i]; e.Mode == directory.Granted && wider(e.Scope, best) {
				best = e.Scope
			}
		}
	}
	return best, best != ""
}

// cut is a scope, cut by a ceiling. What has no reach, such as taking a conversation for oneself, is not cut.
func cut(s, ceiling directory.Scope) directory.Scope {
	if ceiling == "" || s == directory.ScopeNone || !wider(s, ceiling) {
		return s
	}
	return ceiling
}

// visible appends how far the holder sees into their agent groups, by each group's visibility: a supervisor the whole group
// at least. Their own they see always.
func (q *question) visible(out []right, r *role, e *entry) []right {
	own := e.step
	own.Scope, own.Text = directory.ScopeOwn, "the role "+quote(r.Name)+" gives it"+reachText(directory.ScopeOwn)
	out = append(out, right{scope: directory.ScopeOwn, step: own})
	for _, membership := range q.h.Memberships {
		g := q.m.groups[membership.Group]
		if g == nil {
			continue
		}
		x := right{scope: directory.ScopeGroup, group: membership.Group}
		why := "its visibility is " + string(directory.VisibleTeam)
		switch {
		case g.visibility == directory.VisibleAll:
			x = right{scope: directory.ScopeAll}
			why = "its visibility is " + string(g.visibility)
		case g.visibility == directory.VisibleAttendant && membership.Kind == directory.AsUser:
			continue // their own, which they have
		case membership.Kind != directory.AsUser:
			why = "they are its supervisor"
		}
		x.step = Step{
			Kind: MembershipStep, Subject: membership.Group, Effect: Grants, Scope: x.scope,
			Text: "they belong to " + quote(g.name) + ", and " + why + inGroupText(x.scope),
		}
		out = append(out, x)
	}
	return out
}

// inGroupText is how the reach of a membership is read.
func inGroupText(s directory.Scope) string {
	switch s {
	case directory.ScopeGroup:
		return ", for all that belongs to it"
	case directory.ScopeOwn:
		return ", for what is their own in it"
	default:
		return reachText(s)
	}
}

// covers reports whether a right reaches the resource.
func (q *question) covers(x *right) bool {
	if q.any {
		return true
	}
	if x.group == "" {
		return q.reaches(x.scope)
	}
	inside := q.res.AgentGroup == x.group
	switch {
	case q.res.AgentGroup != "" && !inside:
		return false
	case x.scope == directory.ScopeNone:
		return true
	case q.mine():
		return true
	case x.scope == directory.ScopeGroup || x.scope == directory.ScopeAll:
		return inside || q.res.AgentGroup == "" && q.res.Person != nil && q.res.Person.in(x.group)
	default:
		return false
	}
}

// reaches reports whether a scope that no agent group bounds reaches the resource. A wider scope holds the narrower ones:
// one's own is part of one's groups and campaigns.
func (q *question) reaches(s directory.Scope) bool {
	switch s {
	case directory.ScopeAll, directory.ScopeNone, directory.ScopePart:
		return true
	case directory.ScopeOwn:
		return q.mine()
	case directory.ScopeGroup:
		return q.mine() || q.inMyGroups()
	case directory.ScopeCampaign:
		return q.mine() || q.inMyWork()
	case directory.ScopeAgents:
		return q.res.Person != nil && q.res.Person.agent()
	default:
		return false
	}
}

// mine reports whether the resource is the holder's own: they own it, they are the person; or it is a campaign, a queue or
// a strategy itself, and they are assigned to it.
func (q *question) mine() bool {
	switch {
	case q.h.ID == "":
		return false
	case q.res.Owner != "":
		return q.res.Owner == q.h.ID
	case q.res.Person != nil:
		return q.res.Person.ID == q.h.ID
	default:
		return q.permission.Module == workModule && q.res.Campaign != "" && slices.Contains(q.h.Work, q.res.Campaign)
	}
}

func (q *question) inMyGroups() bool {
	for _, membership := range q.h.Memberships {
		switch {
		case q.m.groups[membership.Group] == nil:
		case q.res.AgentGroup == membership.Group:
			return true
		case q.res.AgentGroup == "" && q.res.Person != nil && q.res.Person.in(membership.Group):
			return true
		}
	}
	return false
}

func (q *question) inMyWork() bool {
	if q.res.Campaign != "" {
		return slices.Contains(q.h.Work, q.res.Campaign)
	}
	return q.res.Person != nil && slices.ContainsFunc(q.h.Work, func(id string) bool { return slices.Contains(q.res.Person.Work, id) })
}

// in reports whether they belong to the agent group.
func (h *Holder) in(group string) bool {
	return slices.ContainsFunc(h.Memberships, func(m Membership) bool { return m.Group == group })
}

// agentRole is the key of the role that the scope agents speaks of.
const agentRole = "agent"

// agent reports whether they have the role agent, and no other.
func (h *Holder) agent() bool {
	return len(h.Roles) > 0 && !slices.ContainsFunc(h.Roles, func(role string) bool { return role != agentRole })
}
