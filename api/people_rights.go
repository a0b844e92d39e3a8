package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/provision"
)

// RightsBody are rights as clients name them, by id, key or name.
type RightsBody struct {
	Roles       []string          `json:"roles,omitempty" maxItems:"100" doc:"Keys of roles." example:"[\"agent\"]"`
	Options     []string          `json:"options,omitempty" maxItems:"100" doc:"Options of roles, each as ROLE:OPTION." example:"[]"`
	Profile     string            `json:"profile,omitempty" maxLength:"200" doc:"A profile; its role comes with it." example:""`
	AgentGroups []agentGroupRight `json:"agent_groups,omitempty" maxItems:"500"`
	Campaigns   []string          `json:"campaigns,omitempty" maxItems:"500" example:"[]"`
	Queues      []string          `json:"queues,omitempty" maxItems:"500" example:"[]"`
	Strategies  []string          `json:"strategies,omitempty" maxItems:"500" example:"[]"`
	Company     string            `json:"company,omitempty" maxLength:"200" example:""`
	SeatPool    string            `json:"seat_pool,omitempty" maxLength:"200" doc:"The pool in which they sit." example:""`
}

// agentGroupRight is a membership of an agent group.
type agentGroupRight struct {
	ID   string `json:"id" minLength:"1" maxLength:"200" doc:"The id or name of an agent group." example:"Support"`
	Kind string `json:"kind,omitempty" enum:"user,supervisor,both" doc:"As what they belong to it; user unless said." example:"user"`
}

func (b RightsBody) entitlements() (out []directory.Entitlement) {
	add := func(kind directory.EntitlementKind, targets ...string) {
		for _, t := range targets {
			if t != "" {
				out = append(out, directory.Entitlement{Kind: kind, Target: t})
			}
		}
	}
	add(directory.RoleEntitlement, b.Roles...)
	add(directory.OptionEntitlement, b.Options...)
	add(directory.ProfileEntitlement, b.Profile)
	for _, g := range b.AgentGroups {
		out = append(out, directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: g.ID, Membership: directory.MembershipKind(g.Kind)})
	}
	add(directory.CampaignEntitlement, b.Campaigns...)
	add(directory.QueueEntitlement, b.Queues...)
	add(directory.StrategyEntitlement, b.Strategies...)
	add(directory.CompanyEntitlement, b.Company)
	add(directory.SeatPoolEntitlement, b.SeatPool)
	return out
}

// permissionsFor are what giving or taking a right of a kind needs, any of them. Who may change people puts them to work, too;
// where personal data is the person's own (004-31), who manages the work does.
var permissionsFor = map[directory.EntitlementKind][]string{
	directory.RoleEntitlement:       {"users.role.assign"},
	directory.OptionEntitlement:     {"users.options.assign"},
	directory.ProfileEntitlement:    {"users.profile.assign"},
	directory.AgentGroupEntitlement: {"groups.members.manage"},
	directory.CampaignEntitlement:   {"users.edit", "campaigns.manage"},
	directory.QueueEntitlement:      {"users.edit", "queues.manage"},
	directory.StrategyEntitlement:   {"users.edit", "strategies.manage"},
	directory.CompanyEntitlement:    {"users.edit", "users.profile.assign"},
	directory.SeatPoolEntitlement:   {"console.seats.manage"},
	directory.StatusEntitlement:     {"users.edit", "status.set_other"},
}

// mayHandOut refuses to give or take rights of a kind without one of their permissions.
func (c *call) mayHandOut(kind directory.EntitlementKind, to *provision.View) error {
	list := permissionsFor[kind]
	for _, permission := range list {
		if d := c.may(permission, access.Resource{}); d.Unbounded() || to != nil && d.Allowed && c.over(permission, *to) == nil {
			return nil
		}
	}
	whom := directory.Say("these people")
	if to == nil {
		whom = directory.Say("the whole tenant")
	}
	return c.missing(list[0], directory.Say("giving or taking rights of the kind %s needs the permission %s for %v", kind, strings.Join(list, " or "), whom))
}

// mayGive refuses to give rights to somebody, as they are or would be, without their permissions. roles are those that come
// with the rights: where the permission reaches a part of the people only, such as agents, nobody is led out of that part.
func (c *call) mayGive(rights []directory.Entitlement, roles []string, to provision.View) error {
	for _, r := range rights {
		if err := c.mayHandOut(r.Kind, &to); err != nil {
			return err
		}
	}
	for _, key := range roles {
		then := to
		then.Roles = []provision.RoleView{{Key: key}}
		if slices.ContainsFunc(to.Roles, func(r provision.RoleView) bool { return r.Key == key }) {
			continue
		}
		if err := c.mayHandOut(directory.RoleEntitlement, &then); err != nil {
			return err
		}
	}
	return nil
}

// rightsChange gives and takes rights.
type rightsChange struct {
	Reasoned

	Add    RightsBody `json:"add,omitzero" doc:"What is given by hand."`
	Remove RightsBody `json:"remove,omitzero" doc:"What was given by hand and is taken away."`
}

// givenRight says how a right is given.
type givenRight struct {
	Reasoned

	As string `json:"as,omitempty" enum:"user,supervisor,both" doc:"Of an agent group: as what they belong to it." example:"user"`
}

// OneRight names one right of somebody in a path.
type OneRight struct {
	OnePerson

	Kind  string `path:"kind" enum:"role,option,profile,agent_group,campaign,queue,strategy,company,seat_pool,initial_status" doc:"What it is." example:"role"`
	Right string `path:"right" maxLength:"300" doc:"Its id, key or name; of an option ROLE:OPTION." example:"agent"`
}

func (r OneRight) entitlement(as string) directory.Entitlement {
	return directory.Entitlement{Kind: directory.EntitlementKind(r.Kind), Target: r.Right, Membership: directory.MembershipKind(as)}
}

func registerPeopleRights(h *Handler) {
	register(h, operation{
		id: "change-rights", method: http.MethodPost, path: "/users/{id}/rights", tag: "users", summary: "Give and take rights", problems: personProblems,
		doc: "Several at once, in one commit. What is given by hand lives beside what rules give, and no sync takes it away; a right that a rule gives is withheld by a hold. Each kind needs the permission that its change needs: users.role.assign, users.options.assign, users.profile.assign, groups.members.manage, console.seats.manage, and for the rest users.edit, or else campaigns.manage, queues.manage or strategies.manage for such work, users.profile.assign for the company and status.set_other for the initial status.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Body rightsChange
	},
	) (*tagged[provision.View], error) {
		return c.assign(ctx, in.ID, provision.Assignment{Add: in.Body.Add.entitlements(), Remove: in.Body.Remove.entitlements()}, in.Body.Reason)
	})
	register(h, operation{
		id: "give-right", method: http.MethodPut, path: "/users/{id}/rights/{kind}/{right}", tag: "users", summary: "Give a right", problems: personProblems, conditional: true,
		doc: "Giving what somebody has by hand already changes nothing. Where somebody has one right of a kind, it takes the place of the one that was given by hand before.",
	}, func(ctx context.Context, c *call, in *struct {
		OneRight
		Body *givenRight
	},
	) (*tagged[provision.View], error) {
		var b givenRight
		if in.Body != nil {
			b = *in.Body
		}
		return c.assign(ctx, in.ID, provision.Assignment{Add: []directory.Entitlement{in.entitlement(b.As)}}, b.Reason)
	})
	register(h, operation{
		id: "take-right", method: http.MethodDelete, path: "/users/{id}/rights/{kind}/{right}", tag: "users", summary: "Take a right away",
		problems: personProblems, conditional: true, status: http.StatusOK,
		doc: "One that was given by hand. One that a rule gives is refused with what to do.",
	}, func(ctx context.Context, c *call, in *struct {
		OneRight
		Reason string `query:"reason" maxLength:"500" doc:"Why; for the log." example:"changed teams"`
	},
	) (*tagged[provision.View], error) {
		return c.assign(ctx, in.ID, provision.Assignment{Remove: []directory.Entitlement{in.entitlement("")}}, in.Reason)
	})
}

// assign gives and takes rights.
func (c *call) assign(ctx context.Context, ref string, a provision.Assignment, reason string) (*tagged[provision.View], error) {
	if len(a.Add)+len(a.Remove) == 0 {
		return nil, directory.Errorf(directory.Invalid, "say what to add or to remove")
	}
	for _, r := range slices.Concat(a.Add, a.Remove) {
		if list := permissionsFor[r.Kind]; !slices.ContainsFunc(list, func(p string) bool { return c.may(p, access.Resource{}).Allowed }) {
			return nil, c.mayHandOut(r.Kind, nil) // for nobody, whoever it is
		}
	}
	id, err := c.idOf(ctx, ref)
	if err != nil {
		return nil, err
	}
	roles, err := c.within(ctx, a.Add...)
	if err == nil {
		_, err = c.within(ctx, a.Remove...)
	}
	if err != nil {
		return nil, err
	}
	o := provision.PersonOptions{Reason: reason, If: func(now provision.View) error {
		return cmp.Or(c.mayGive(a.Add, roles, now), c.mayGive(a.Remove, nil, now), c.match(now))
	}}
	v, err := c.h.engine.Assign(ctx, c.actor(), id, a, o)
	if err != nil {
		return nil, err
	}
	return answered(v)
}
