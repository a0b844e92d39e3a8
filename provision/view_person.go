package provision

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// view tells a person in names.
func (n *names) view(x *store.Person) View {
	doc := attributesOf(x)
	v := View{
		ID: x.ID, DisplayID: strconv.FormatInt(x.DisplayID, 10), UserName: x.UserName, DisplayName: displayName(doc, x.UserName), State: x.State,
		Seat: cmp.Or(x.Seat, directory.SeatExempt), SeatPool: x.SeatPool, SeatHint: n.policy.seatHint(x), Roles: []RoleView{}, AgentGroups: []AgentGroupView{},
		Options: n.rights(x, directory.OptionEntitlement), Campaigns: n.rights(x, directory.CampaignEntitlement),
		Queues: n.rights(x, directory.QueueEntitlement), Strategies: n.rights(x, directory.StrategyEntitlement), Profile: n.profile(x),
		Extension: extensionOf(doc), Accounts: []AccountView{}, Holds: []HoldView{}, Incomplete: n.policy.incomplete(x),
		Pending: x.EvaluatedAt < n.version, CreatedAt: x.CreatedAt, ModifiedAt: x.ModifiedAt, Attributes: doc,
	}
	if n.policy.Setting("nickname.shown") == "on" {
		v.Nickname, _ = doc["nickName"].(string)
	}
	if status := n.policy.statusOf(x); status != "" {
		v.Status = &status
	}
	if a, away := n.policy.absent(x, readAt(x)); away {
		v.Absence = &AbsenceView{a.ID, a.Kind, a.From, a.Until, a.Note, n.connections[a.Connection]}
	}
	if g, ok := ruling(x, directory.CompanyEntitlement); ok {
		company := n.right(x, g)
		v.Company = &company
	}
	v.Sources = n.policy.sources(x, func(id string) string { return n.connections[id] })
	for _, a := range x.Accounts {
		v.Accounts = append(v.Accounts, AccountView{n.connections[a.Connection], a.ExternalID, a.UserName, a.Active, a.ModifiedAt})
	}
	for _, h := range x.Holds {
		v.Holds = append(v.Holds, HoldView{h.ID, h.Subject, h.Effect, n.actorName(h.Actor), h.Value, h.Run, h.Reason, h.Until})
	}
	n.rolesAndGroups(x, &v)
	v.Eligible = n.policy.eligible(x)
	return v
}

func (n *names) rolesAndGroups(x *store.Person, v *View) {
	inForce := n.policy.rolesInForce(x)
	for _, g := range x.Grants {
		origin := n.held(x, g)
		switch g.Kind {
		case directory.RoleEntitlement:
			i := slices.IndexFunc(v.Roles, func(r RoleView) bool { return r.Key == g.Target })
			switch {
			case i >= 0:
				v.Roles[i].Origins = append(v.Roles[i].Origins, origin)
			case slices.Contains(inForce, g.Target):
				r, _ := n.policy.role(g.Target)
				v.Roles = append(v.Roles, RoleView{Key: g.Target, Name: cmp.Or(r.Name, g.Target), Origin: origin, Origins: []OriginView{origin}})
			}
		case directory.AgentGroupEntitlement:
			i := slices.IndexFunc(v.AgentGroups, func(a AgentGroupView) bool { return a.ID == g.Target })
			if i < 0 {
				i = len(v.AgentGroups)
				v.AgentGroups = append(v.AgentGroups, AgentGroupView{ID: g.Target, Name: n.target(g), Origin: origin})
			}
			v.AgentGroups[i].Kind = v.AgentGroups[i].Kind.Join(g.Membership)
			v.AgentGroups[i].Origins = append(v.AgentGroups[i].Origins, origin)
		default:
		}
	}
	slices.SortFunc(v.Roles, func(a, b RoleView) int { return strings.Compare(a.Key, b.Key) })
	slices.SortFunc(v.AgentGroups, func(a, b AgentGroupView) int { return strings.Compare(schema.Fold(a.Name), schema.Fold(b.Name)) })
}

// held is a grant's origin, with how long a guard keeps it.
func (n *names) held(x *store.Person, g directory.Grant) OriginView {
	origin := n.origin(g.Origin)
	if waits(g, x) {
		origin.HeldUntil = g.HeldUntil
	}
	return origin
}

// rights tells somebody's rights of one kind, by name.
func (n *names) rights(x *store.Person, kind directory.EntitlementKind) []RightView {
	out := []RightView{}
	for _, target := range targetsOf(x, kind) {
		i := slices.IndexFunc(x.Grants, func(g directory.Grant) bool { return g.Kind == kind && g.Target == target })
		out = append(out, n.right(x, x.Grants[i]))
	}
	slices.SortFunc(out, func(a, b RightView) int { return strings.Compare(schema.Fold(a.Name), schema.Fold(b.Name)) })
	return out
}

// right tells one right with every origin that gives it.
func (n *names) right(x *store.Person, of directory.Grant) RightView {
	v := RightView{ID: of.Target, Name: n.target(of), Origin: n.held(x, of)}
	if of.Kind == directory.OptionEntitlement {
		v.Name = n.option(of.Target)
	}
	for _, g := range x.Grants {
		if g.Entitlement == of.Entitlement {
			v.Origins = append(v.Origins, n.held(x, g))
		}
	}
	return v
}

// option is the name of an option of a role.
func (n *names) option(target string) string {
	key, option, _ := strings.Cut(target, ":")
	r, _ := n.policy.role(key)
	i := slices.IndexFunc(r.Options, func(o directory.RoleOption) bool { return o.Key == option })
	if i < 0 {
		return target
	}
	return r.Options[i].Name
}

func (n *names) profile(x *store.Person) *ProfileView {
	g, ok := ruling(x, directory.ProfileEntitlement)
	if !ok {
		return nil
	}
	v := &ProfileView{RightView: n.right(x, g)}
	if i := slices.IndexFunc(n.policy.Profiles, func(p directory.Profile) bool { return p.ID == g.Target }); i >= 0 {
		r, _ := n.policy.role(n.policy.Profiles[i].Role)
		v.Role, v.Icon, v.Colour = r.Key, n.policy.Profiles[i].Icon, r.Colour
	}
	return v
}

// statusOf is the key of somebody's presence status; of those who never had one, the one in which they begin.
func (p *policy) statusOf(x *store.Person) string {
	return cmp.Or(x.Status, p.Setting("presence.initial_status"))
}
