package provision

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// View is one person as the command line and the API show them.
type View struct {
	ID          string               `json:"id"`
	DisplayID   string               `json:"display_id"`
	UserName    string               `json:"user_name"`
	State       directory.State      `json:"state"`
	Seat        string               `json:"seat"`
	Roles       []RoleView           `json:"roles"`
	AgentGroups []AgentGroupView     `json:"agent_groups"`
	Status      *string              `json:"status"`
	Absence     *string              `json:"absence"`
	Eligible    bool                 `json:"eligible"`
	Accounts    []AccountView        `json:"accounts"`
	Holds       []HoldView           `json:"holds"`
	Incomplete  []string             `json:"incomplete"`
	Pending     bool                 `json:"pending"` // rights are due for evaluation
	Attributes  directory.Attributes `json:"attributes"`
	// Sources tells for each attribute of somebody with several accounts which connection it is from, by its name, or
	// "hold" where a hold keeps it.
	Sources map[string]string `json:"sources,omitempty"`
}

// RoleView is a role that somebody has, with every origin that gives it.
type RoleView struct {
	Key     string       `json:"key"`
	Origin  OriginView   `json:"origin"`
	Origins []OriginView `json:"origins"`
}

// AgentGroupView is an agent group that somebody belongs to, with every origin that puts them there.
type AgentGroupView struct {
	Name    string                   `json:"name"`
	Kind    directory.MembershipKind `json:"kind"`
	Origin  OriginView               `json:"origin"`
	Origins []OriginView             `json:"origins"`
}

// OriginView says why a right is there, in names.
type OriginView struct {
	Kind       directory.OriginKind `json:"kind"`
	Rule       string               `json:"rule,omitempty"`
	Group      string               `json:"group,omitempty"`
	Connection string               `json:"connection,omitempty"`
	Run        string               `json:"run,omitempty"`
	Actor      string               `json:"actor,omitempty"`
	At         time.Time            `json:"at"`
	// HeldUntil is set while the directory does not give the right any more and the guard on pushes keeps it.
	HeldUntil *time.Time `json:"held_until,omitempty"`
}

// AccountView is what one connection states about somebody.
type AccountView struct {
	Connection string    `json:"connection"` // "" for a person whom no connection owns
	ExternalID string    `json:"external_id"`
	UserName   string    `json:"user_name"`
	Active     bool      `json:"active"`
	ModifiedAt time.Time `json:"modified_at"`
}

// HoldView is a hold that is in force.
type HoldView struct {
	ID      string           `json:"id"`
	Subject string           `json:"subject"`
	Effect  directory.Effect `json:"effect"`
	Actor   string           `json:"actor"`
	Value   any              `json:"value,omitempty"` // of an attribute that is kept
	Run     string           `json:"run,omitempty"`   // the undo that placed it
	Reason  string           `json:"reason"`
	Until   *time.Time       `json:"until,omitempty"`
}

// View returns one person. user is an id, a display id, a userName or an e-mail address; more than one match is an error
// of kind Conflict that names how to tell them apart.
func (e *Engine) View(ctx context.Context, tenant, user string) (View, error) {
	x, n, err := e.find(ctx, tenant, user)
	if err != nil {
		return View{}, err
	}
	return n.view(x), nil
}

// Views calls each with everybody in the tenant, in the order of ids, deprovisioned people too.
func (e *Engine) Views(ctx context.Context, tenant string, each func(View) error) error {
	reader := e.db.Reader(tenant)
	c, err := reader.Configuration(ctx)
	if err != nil {
		return err
	}
	n, err := e.names(ctx, reader, c)
	if err != nil {
		return err
	}
	after := ""
	for {
		ids, err := reader.PeopleAfter(ctx, after, 500)
		if err != nil {
			return err
		}
		people, err := reader.People(ctx, ids...)
		if err != nil {
			return err
		}
		for _, x := range people {
			if err := each(n.view(x)); err != nil {
				return err
			}
		}
		if len(ids) < 500 {
			return nil
		}
		after = ids[len(ids)-1]
	}
}

// find returns the one person that a text names.
func (e *Engine) find(ctx context.Context, tenant, user string) (*store.Person, *names, error) {
	reader := e.db.Reader(tenant)
	c, err := reader.Configuration(ctx)
	if err != nil {
		return nil, nil, err
	}
	ids, err := reader.PeopleNamed(ctx, user)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case len(ids) == 0:
		return nil, nil, directory.Errorf(directory.NotFound, "nobody in tenant %s has the id, display id, userName or e-mail %q", c.Tenant.Key, user)
	case len(ids) > 1:
		return nil, nil, directory.Errorf(directory.Conflict, "more than one person fits %q: name one of the ids %s", user, strings.Join(ids, ", "))
	}
	people, err := reader.People(ctx, ids[0])
	if err != nil {
		return nil, nil, err
	}
	n, err := e.names(ctx, reader, c)
	return people[0], n, err
}

// names tells ids in words.
type names struct {
	policy      *policy // without its rules
	version     int64
	rules       map[string]string
	connections map[string]string
	agentGroups map[string]string
	groups      map[string]string
}

func (e *Engine) names(ctx context.Context, reader store.Reader, c *store.Configuration) (*names, error) {
	n := &names{policy: &policy{Configuration: c, decisions: decisions(c.Connections)}, version: c.Tenant.ConfigVersion, rules: map[string]string{}, connections: map[string]string{}, agentGroups: map[string]string{}, groups: map[string]string{}}
	for _, r := range c.Rules {
		n.rules[r.ID] = r.Name
	}
	for _, x := range c.Connections {
		n.connections[x.ID] = x.Name
	}
	for _, g := range c.AgentGroups {
		n.agentGroups[g.ID] = g.Name
	}
	return n, reader.GroupNames(ctx, func(g store.GroupName) error {
		n.groups[g.ID] = g.Name
		return nil
	})
}

func (n *names) target(g directory.Grant) string {
	if g.Kind != directory.AgentGroupEntitlement {
		return g.Target
	}
	if name, ok := n.agentGroups[g.Target]; ok {
		return name
	}
	return strings.TrimPrefix(g.Target, newAgentGroupID)
}

func (n *names) origin(o directory.Origin) OriginView {
	group := n.groups[o.Group]
	if group == "" {
		group = o.Group
	}
	rule := n.rules[o.Rule]
	if rule == "" {
		rule = o.Rule
	}
	return OriginView{Kind: o.Kind, Rule: rule, Group: group, Connection: n.connections[o.Connection], Run: o.Run, Actor: o.Actor, At: o.At}
}

func (n *names) view(x *store.Person) View {
	v := View{
		ID: x.ID, DisplayID: strconv.FormatInt(x.DisplayID, 10), UserName: x.UserName, State: x.State, Seat: "exempt",
		Roles: []RoleView{}, AgentGroups: []AgentGroupView{}, Accounts: []AccountView{}, Holds: []HoldView{}, Incomplete: []string{},
		Pending: x.EvaluatedAt < n.version, Attributes: x.Attributes,
	}
	if v.Attributes == nil && len(x.Accounts) > 0 {
		v.Attributes = x.Accounts[0].Attributes
	}
	v.Sources = n.policy.sources(x, func(id string) string { return n.connections[id] })
	for _, a := range x.Accounts {
		v.Accounts = append(v.Accounts, AccountView{n.connections[a.Connection], a.ExternalID, a.UserName, a.Active, a.ModifiedAt})
	}
	for _, h := range x.Holds {
		v.Holds = append(v.Holds, HoldView{h.ID, h.Subject, h.Effect, n.actorName(h.Actor), h.Value, h.Run, h.Reason, h.Until})
	}
	receives := false
	for _, g := range x.Grants {
		origin := n.origin(g.Origin)
		if waits(g, x) {
			origin.HeldUntil = g.HeldUntil
		}
		if g.Kind == directory.RoleEntitlement {
			i := slices.IndexFunc(v.Roles, func(r RoleView) bool { return r.Key == g.Target })
			if i < 0 {
				v.Roles = append(v.Roles, RoleView{Key: g.Target, Origin: origin, Origins: []OriginView{origin}})
			} else {
				v.Roles[i].Origins = append(v.Roles[i].Origins, origin)
			}
			continue
		}
		name := n.target(g)
		i := slices.IndexFunc(v.AgentGroups, func(a AgentGroupView) bool { return a.Name == name })
		if i < 0 {
			i = len(v.AgentGroups)
			v.AgentGroups = append(v.AgentGroups, AgentGroupView{Name: name, Origin: origin})
		}
		v.AgentGroups[i].Kind = v.AgentGroups[i].Kind.Join(g.Membership)
		v.AgentGroups[i].Origins = append(v.AgentGroups[i].Origins, origin)
		receives = receives || g.Membership != directory.AsSupervisor
	}
	slices.SortFunc(v.Roles, func(a, b RoleView) int { return strings.Compare(a.Key, b.Key) })
	slices.SortFunc(v.AgentGroups, func(a, b AgentGroupView) int { return strings.Compare(schema.Fold(a.Name), schema.Fold(b.Name)) })
	if len(v.Roles) == 0 && x.State != directory.Deprovisioned {
		v.Incomplete = append(v.Incomplete, "role")
	}
	v.Eligible = x.State == directory.Active && receives && len(v.Incomplete) == 0
	return v
}
