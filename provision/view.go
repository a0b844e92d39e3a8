package provision

import (
	"context"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// View is one person as the command line and the API show them.
type View struct {
	ID          string               `json:"id"`
	DisplayID   string               `json:"display_id"`
	UserName    string               `json:"user_name"`
	DisplayName string               `json:"display_name"` // of use inside the company
	Nickname    string               `json:"nickname"`     // what customers see, where the tenant shows nicknames; "" shows no name
	State       directory.State      `json:"state"`
	Seat        directory.SeatState  `json:"seat"`
	SeatPool    string               `json:"seat_pool,omitempty"`
	SeatHint    string               `json:"seat_hint,omitempty"` // what to do about a seat that is missing
	Roles       []RoleView           `json:"roles"`
	Options     []RightView          `json:"options"`
	Profile     *ProfileView         `json:"profile"`
	AgentGroups []AgentGroupView     `json:"agent_groups"`
	Campaigns   []RightView          `json:"campaigns"`
	Queues      []RightView          `json:"queues"`
	Strategies  []RightView          `json:"strategies"`
	Company     *RightView           `json:"company"`
	Extension   string               `json:"extension"` // of the telephone; "" for none, and then no calls
	Status      *string              `json:"status"`    // the key of the presence status
	Absence     *AbsenceView         `json:"absence"`   // the current one
	Eligible    bool                 `json:"eligible"`  // for new work of any agent group
	Accounts    []AccountView        `json:"accounts"`
	Holds       []HoldView           `json:"holds"`
	Incomplete  []string             `json:"incomplete"`
	Pending     bool                 `json:"pending"` // rights are due for evaluation
	CreatedAt   time.Time            `json:"created_at"`
	ModifiedAt  time.Time            `json:"modified_at"`
	Attributes  directory.Attributes `json:"attributes"`
	// Sources tells for each attribute of somebody with several accounts which connection it is from, by its name, or
	// "hold" where a hold keeps it.
	Sources map[string]string `json:"sources,omitempty"`
}

// RoleView is a role that somebody has, with every origin that gives it.
type RoleView struct {
	Key     string       `json:"key"`
	Name    string       `json:"name"`
	Origin  OriginView   `json:"origin"`
	Origins []OriginView `json:"origins"`
}

// RightView is another right that somebody has, with every origin that gives it.
type RightView struct {
	ID      string       `json:"id"` // or its key; of an option role:option
	Name    string       `json:"name"`
	Origin  OriginView   `json:"origin"`
	Origins []OriginView `json:"origins"`
}

// ProfileView is the profile that somebody has.
type ProfileView struct {
	RightView

	Role   string `json:"role"`
	Icon   string `json:"icon"`
	Colour string `json:"colour"`
}

// AgentGroupView is an agent group that somebody belongs to, with every origin that puts them there.
type AgentGroupView struct {
	ID      string                   `json:"id"`
	Name    string                   `json:"name"`
	Kind    directory.MembershipKind `json:"kind"`
	Origin  OriginView               `json:"origin"`
	Origins []OriginView             `json:"origins"`
}

// AbsenceView is a stretch of days in which somebody is away.
type AbsenceView struct {
	ID         string                `json:"id"`
	Kind       directory.AbsenceKind `json:"kind"`
	From       time.Time             `json:"from"`
	Until      *time.Time            `json:"until"`
	Note       string                `json:"note,omitempty"`
	Connection string                `json:"connection,omitempty"` // that states it, by its name
}

// OriginView says why a right is there, in names.
type OriginView struct {
	Kind       directory.OriginKind `json:"kind"`
	Rule       string               `json:"rule,omitempty"`
	Group      string               `json:"group,omitempty"`
	Connection string               `json:"connection,omitempty"`
	Run        string               `json:"run,omitempty"`
	Actor      string               `json:"actor,omitempty"`
	Change     string               `json:"change,omitempty"` // the change that began it: its request, its run
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
	n, after := wordingOf(c), ""
	for {
		ids, err := reader.PeopleAfter(ctx, after, 500)
		if err != nil {
			return err
		}
		people, err := reader.People(ctx, ids...)
		if err != nil {
			return err
		}
		if err := n.groupsOf(ctx, reader, people...); err != nil {
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
	n := wordingOf(c)
	return people[0], n, n.groupsOf(ctx, reader, people[0])
}
