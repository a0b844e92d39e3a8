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
		out = append(out, right{scope: e.Scope, entry: e})
	}
	if r.Everywhere != "" {
		if scope, ok := q.kindGives(r.Everywhere); ok {
			if scope == directory.ScopeGroup {
				scope = directory.ScopeAll // in every group
			}
			out = append(out, right{scope: cut(scope, r.Ceiling), form: byEverywhere, role: r})
		}
	}
	for i := range q.h.Memberships {
		membership := &q.h.Memberships[i]
		if q.res.AgentGroup != "" && q.res.AgentGroup != membership.Group || q.m.groups[membership.Group] == nil {
			continue // it would not reach the resource, or is not there
		}
		if given, ok := q.kindGives(membership.Kind); ok {
			out = append(out, right{
				scope: cut(given, r.Ceiling), group: membership.Group, form: byMember, role: r, via: membership, given: given,
			})
		}
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
func (q *question) visible(out []right, r *role) []right {
	out = append(out, right{scope: directory.ScopeOwn, form: byOwn, role: r})
	for i := range q.h.Memberships {
		membership := &q.h.Memberships[i]
		g := q.m.groups[membership.Group]
		switch {
		case g == nil:
		case g.visibility == directory.VisibleAll:
			out = append(out, right{scope: directory.ScopeAll, form: bySight, role: r, via: membership})
		case g.visibility == directory.VisibleAttendant && membership.Kind == directory.AsUser: // their own, which they have
		default:
			out = append(out, right{scope: directory.ScopeGroup, group: membership.Group, form: bySight, role: r, via: membership})
		}
	}
	return out
}

// step puts a right in words.
func (q *question) step(x *right) Step {
	switch x.form {
	case byMember:
		return q.memberStep(x)
	case byEverywhere:
		text := "the role " + quote(x.role.Name) + " counts as " + string(x.role.Everywhere) + " of every agent group"
		return Step{Kind: RoleStep, Subject: x.role.Key, Effect: Grants, Scope: x.scope, Text: text + reachText(x.scope)}
	case byOwn:
		text := "the role " + quote(x.role.Name) + " gives it"
		return Step{Kind: RoleStep, Subject: x.role.Key, Effect: Grants, Scope: x.scope, Text: text + reachText(x.scope)}
	case bySight:
		g := q.m.groups[x.via.Group]
		why := "its members see the team's"
		switch {
		case g.visibility == directory.VisibleAll:
			why = "its members see every team's"
		case x.via.Kind != directory.AsUser:
			why = "they are its supervisor"
		}
		text := "they belong to " + quote(g.name) + ", and " + why
		return Step{Kind: MembershipStep, Subject: x.via.Group, Effect: Grants, Scope: x.scope, Text: text}
	default:
		return x.entry.step
	}
}

func (q *question) memberStep(x *right) Step {
	text := "they belong to " + quote(q.m.groups[x.via.Group].name) + " as " + string(x.via.Kind)
	switch x.scope {
	case directory.ScopeGroup:
		text += ", for all that belongs to it"
	case directory.ScopeOwn:
		text += ", for what is their own in it"
	default:
	}
	return Step{Kind: MembershipStep, Subject: x.via.Group, Effect: Grants, Scope: x.scope, Text: text}
}

// ceilings appends, for each right that a ceiling cut, the step that says so; of those that cover the question, or all.
func (q *question) ceilings(chain []Step, rights []right, all bool) []Step {
	for i := range rights {
		x := &rights[i]
		if x.form != byMember || x.scope == x.given || !all && !q.covers(x) {
			continue
		}
		s := Step{Kind: CeilingStep, Subject: x.role.Key, Effect: Narrows, Scope: x.scope, Text: "the role " + quote(x.role.Name) + " reaches no further than " + string(x.scope)}
		if !slices.Contains(chain, s) {
			chain = append(chain, s)
		}
	}
	return chain
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
