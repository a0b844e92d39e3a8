package provision

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
)

// GroupEligibility says whether somebody receives what is new in one group of work over one channel.
type GroupEligibility struct {
	Group      string                   `json:"group"` // id
	Name       string                   `json:"name"`
	Kind       directory.WorkKind       `json:"kind"`
	Membership directory.MembershipKind `json:"membership,omitempty"` // in agent groups
	// Channel is one that the group lists. Of a group that lists none there are two: "" for every channel but calls, and
	// "voice".
	Channel  string          `json:"channel"`
	Eligible bool            `json:"eligible"`
	Reasons  []access.Reason `json:"reasons"` // every false term; empty for who is eligible
}

// PersonEligibility is what decides whether somebody receives what is new, and where they do.
type PersonEligibility struct {
	Person     string              `json:"person"` // id
	DisplayID  string              `json:"display_id"`
	UserName   string              `json:"user_name"`
	State      directory.State     `json:"state"`
	Seat       directory.SeatState `json:"seat"`
	Status     string              `json:"status"` // a status's key
	Absent     bool                `json:"absent"`
	Incomplete []string            `json:"incomplete"`
	Extension  bool                `json:"extension"` // they have one
	Eligible   bool                `json:"eligible"`  // somewhere
	// Turns is the next instant at which an absence, a hold or a held right makes this otherwise by itself.
	Turns   *time.Time         `json:"turns,omitempty"`
	Groups  []GroupEligibility `json:"groups"`  // that they are in, by name
	Reasons []access.Reason    `json:"reasons"` // that hold in every group
}

// MemberEligibility is one person of a group of work.
type MemberEligibility struct {
	Person     string                   `json:"person"`
	DisplayID  string                   `json:"display_id"`
	UserName   string                   `json:"user_name"`
	Membership directory.MembershipKind `json:"membership,omitempty"`
	Eligible   bool                     `json:"eligible"`
	Reasons    []access.Reason          `json:"reasons"`
}

// GroupQuestion asks who of a group of work is eligible.
type GroupQuestion struct {
	Group   string // the id of an agent group, a campaign, a queue or a strategy
	Channel string // "" for every channel but calls
	After   string // the Next of the page before; "" for the first
	Limit   int    // 0 for 500, at most 1,000
}

// GroupPage is some of the people of a group of work, in the order of their ids.
type GroupPage struct {
	Group   string              `json:"group"`
	Name    string              `json:"name"`
	Kind    directory.WorkKind  `json:"kind"`
	Channel string              `json:"channel"`
	People  []MemberEligibility `json:"people"`
	Next    string              `json:"next,omitempty"` // "" after the last page
}

// The bounds of pages.
const (
	usualGroupPage   = 500
	largestGroupPage = 1000
)

// Eligibility says where somebody receives what is new, and why not elsewhere: in each group of work that they are in, over
// each of its channels, or over those that are named. It looks at the database and the clock, so that a change counts from
// its commit on and an absence from its instant on. A person who does not exist is an error of kind NotFound; of one who is
// gone the state says so.
func (e *Engine) Eligibility(ctx context.Context, tenant, person string, channels ...string) (PersonEligibility, error) {
	p, s, err := e.standings(ctx, e.db.Reader(tenant), person)
	if err != nil {
		return PersonEligibility{}, err
	}
	if len(s.People) == 0 {
		return PersonEligibility{}, directory.Errorf(directory.NotFound, "there is no user %q", person)
	}
	return p.personEligibility(s.People[0], s.Groups, channels), nil
}

// EligiblePeople returns a page of the people of a group of work, each with whether they receive what is new in it over the
// channel, and with every reason why not. Supervisors are among them. A group that does not exist is an error of kind
// NotFound, and a limit below 0 or above 1,000 one of kind Invalid.
func (e *Engine) EligiblePeople(ctx context.Context, tenant string, q GroupQuestion) (GroupPage, error) {
	if q.Limit < 0 || q.Limit > largestGroupPage {
		return GroupPage{}, directory.Errorf(directory.Invalid, "a page has at most %d people", largestGroupPage)
	}
	limit, reader := cmp.Or(q.Limit, usualGroupPage), e.db.Reader(tenant)
	g, err := reader.AgentGroup(ctx, q.Group)
	if err != nil {
		return GroupPage{}, err
	}
	out := GroupPage{Group: g.ID, Name: g.Name, Kind: g.Kind, Channel: q.Channel, People: []MemberEligibility{}}
	ids, err := reader.GroupPeopleAfter(ctx, g.ID, q.After, limit)
	if err != nil || len(ids) == 0 {
		return out, err
	}
	p, s, err := e.standings(ctx, reader, ids...)
	if err != nil {
		return out, err
	}
	for _, x := range s.People {
		standing := p.standing(x)
		reasons := p.reasons(standing, g, q.Channel)
		out.People = append(out.People, MemberEligibility{
			Person: x.ID, DisplayID: strconv.FormatInt(x.DisplayID, 10), UserName: x.UserName, Membership: membershipIn(standing, g.ID),
			Eligible: len(reasons) == 0, Reasons: reasons,
		})
	}
	if len(ids) == limit {
		out.Next = ids[len(ids)-1]
	}
	return out, nil
}

// reasons are never nil.
func (p *policy) reasons(s access.Standing, g directory.WorkGroup, channel string) []access.Reason {
	return append([]access.Reason{}, p.access.Eligible(s, g, channel)...)
}

func membershipIn(s access.Standing, group string) directory.MembershipKind {
	i := slices.IndexFunc(s.Memberships, func(m access.Membership) bool { return m.Group == group })
	if i < 0 {
		return ""
	}
	return s.Memberships[i].Kind
}

// anywhere are the codes of reasons that do not depend on the group.
var anywhere = []string{
	access.ReasonState, access.ReasonSeat, access.ReasonStatus, access.ReasonStatusInactive, access.ReasonAbsence, access.ReasonIncomplete,
}

// personEligibility works out somebody's eligibility in the groups that they are in, as those are now.
func (p *policy) personEligibility(x *store.Person, groups map[string]directory.WorkGroup, channels []string) PersonEligibility {
	s := p.standing(x)
	out := PersonEligibility{
		Person: x.ID, DisplayID: strconv.FormatInt(x.DisplayID, 10), UserName: x.UserName, State: x.State, Seat: s.Seat, Status: p.statusOf(x),
		Absent: s.Absent, Incomplete: append([]string{}, s.Incomplete...), Extension: s.Extension, Turns: turns(x), Groups: []GroupEligibility{},
		Reasons: []access.Reason{},
	}
	for _, r := range p.access.Eligible(s, directory.WorkGroup{Kind: directory.AgentGroupWork}, "") {
		if slices.Contains(anywhere, r.Code) {
			out.Reasons = append(out.Reasons, r)
		}
	}
	var ids []string
	for _, m := range s.Memberships {
		ids = append(ids, m.Group)
	}
	for _, id := range append(ids, s.Work...) {
		g, ok := groups[id]
		if !ok {
			continue
		}
		asked := channels
		switch {
		case len(asked) > 0:
		case len(g.Channels) > 0:
			asked = g.Channels
		default:
			asked = []string{"", access.VoiceChannel}
		}
		for _, channel := range asked {
			reasons := p.reasons(s, g, channel)
			out.Eligible = out.Eligible || len(reasons) == 0
			out.Groups = append(out.Groups, GroupEligibility{
				Group: g.ID, Name: g.Name, Kind: g.Kind, Membership: membershipIn(s, g.ID), Channel: channel, Eligible: len(reasons) == 0, Reasons: reasons,
			})
		}
	}
	if len(out.Groups) == 0 {
		out.Reasons = append(out.Reasons, access.Reason{Code: access.ReasonMembership, Text: "they are in no agent group, campaign, queue or strategy"})
	}
	slices.SortStableFunc(out.Groups, func(a, b GroupEligibility) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Group, b.Group))
	})
	return out
}
