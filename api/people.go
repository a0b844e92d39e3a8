package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim/schema"
	"rollcall/store"
)

// OnePerson names somebody in a path.
type OnePerson struct {
	ID string `path:"id" maxLength:"300" doc:"The person's id; a display id, userName or e-mail address that only one person has is understood too." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
}

// PeopleFilters are the questions that a list of people answers.
type PeopleFilters struct {
	Search     string `query:"search" maxLength:"200" doc:"Words, each of which stands somewhere in somebody's names, e-mail addresses, userName, telephone numbers or display id." example:"ana prado"`
	State      string `query:"state" maxLength:"100" doc:"States, with commas between: pending, active, suspended, deprovisioned. Without it those are shown that the setting list.hidden_states does not hide." example:"active,pending"`
	Role       string `query:"role" maxLength:"200" doc:"The key of a role." example:"agent"`
	Profile    string `query:"profile" maxLength:"200" doc:"The id or name of a profile." example:"Night desk"`
	AgentGroup string `query:"agent_group" maxLength:"200" doc:"The id or name of an agent group." example:"Support"`
	Campaign   string `query:"campaign" maxLength:"200" doc:"The id or name of a campaign." example:"Spring"`
	Queue      string `query:"queue" maxLength:"200" doc:"The id or name of a queue." example:"Billing"`
	Strategy   string `query:"strategy" maxLength:"200" doc:"The id or name of a strategy." example:"Winback"`
	Company    string `query:"company" maxLength:"200" doc:"The id or name of a company." example:"Acme Brazil"`
	Connection string `query:"connection" maxLength:"200" doc:"The name of the connection that provides the person; local for people whom no connection owns." example:"okta"`
	Status     string `query:"status" maxLength:"200" doc:"The key of a presence status." example:"online"`
	Seat       string `query:"seat" enum:",exempt,none,held,blocked_no_seat" doc:"Whether they have the seat that they need." example:"held"`
	Sort       string `query:"sort" enum:"name,user_name,created,modified,state,display_id" default:"name" doc:"What the list is sorted by." example:"name"`
	Order      string `query:"order" enum:"asc,desc" default:"asc" example:"asc"`
}

func (f PeopleFilters) query() provision.PeopleQuery {
	q := provision.PeopleQuery{
		Search: f.Search, Role: f.Role, Profile: f.Profile, AgentGroup: f.AgentGroup, Campaign: f.Campaign, Queue: f.Queue, Strategy: f.Strategy,
		Company: f.Company, Connection: f.Connection, Status: f.Status, Seat: f.Seat, Sort: store.PeopleSort(f.Sort), Descending: f.Order == "desc",
	}
	for s := range strings.SplitSeq(f.State, ",") {
		if s = strings.TrimSpace(s); s != "" {
			q.States = append(q.States, directory.State(s))
		}
	}
	return q
}

// PeoplePaging are the parameters of pages of people.
type PeoplePaging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many people at most." example:"50"`
	Cursor string `query:"cursor" maxLength:"2000" doc:"Where to go on: next of the page before, with the same filters and order." example:""`
}

// peoplePage is one page of people.
type peoplePage struct {
	Items []provision.View `json:"items" doc:"The people, in the list's order."`
	Next  string           `json:"next" doc:"The cursor of the next page; empty on the last one." example:""`
	Total *int64           `json:"total" doc:"How many people the list has, counted when its first page was read; null for a key that may see a part of the people." example:"1"`
}

const peopleDoc = "People: who they are, what they may do, and where each of their rights came from."

func registerPeople(h *Handler) {
	h.group("users", peopleDoc)
	register(h, operation{
		id: "list-users", method: http.MethodGet, path: "/users", tag: "users", summary: "List people", permission: "users.view", partly: true,
		doc: "Pages stay right while people are added, and take as long deep in the list as at its front. Two people of one name have different display ids. A key whose permission reaches a part of the people gets the others left out of its pages.",
	}, func(ctx context.Context, c *call, in *struct {
		PeopleFilters
		PeoplePaging
	},
	) (*tagged[peoplePage], error) {
		q := in.query()
		q.Limit, q.Cursor = in.Limit, in.Cursor
		found, err := h.engine.List(ctx, c.config.Tenant.ID, q)
		if err != nil {
			return nil, err
		}
		out := peoplePage{Items: c.visible("users.view", found.People), Next: found.Next}
		if c.may("users.view", access.Resource{}).Unbounded() {
			out.Total = &found.Total
		}
		return answered(out)
	})
	register(h, operation{
		id: "get-user", method: http.MethodGet, path: "/users/{id}", tag: "users", summary: "Get somebody", permission: "users.view", partly: true,
		doc: "Their state, seat, roles, profile, groups of work, status, absence, accounts and holds; each right with every origin that gives it.",
	}, func(ctx context.Context, c *call, in *OnePerson) (*tagged[provision.View], error) {
		v, err := c.person(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return answered(v)
	})
	registerPeopleCSV(h)
	registerPeopleChanges(h)
}

// holderOfView is somebody as a question about permissions needs them.
func holderOfView(v provision.View) *access.Holder {
	out := &access.Holder{ID: v.ID, State: v.State}
	for _, r := range v.Roles {
		out.Roles = append(out.Roles, r.Key)
	}
	for _, o := range v.Options {
		out.Options = append(out.Options, o.ID)
	}
	if v.Profile != nil {
		out.Profile = v.Profile.ID
	}
	for _, g := range v.AgentGroups {
		out.Memberships = append(out.Memberships, access.Membership{Group: g.ID, Kind: g.Kind})
	}
	for _, list := range [][]provision.RightView{v.Campaigns, v.Queues, v.Strategies} {
		for _, w := range list {
			out.Work = append(out.Work, w.ID)
		}
	}
	return out
}

// over refuses who may not do something to this person.
func (c *call) over(permission string, v provision.View) error {
	if c.may(permission, access.Resource{}).Unbounded() || c.may(permission, access.Resource{Person: holderOfView(v)}).Allowed {
		return nil
	}
	return c.missing(permission, directory.Say("%v has the permission %s for a part of the people, and this person is not among them", c.name, permission))
}

// visible leaves out whom the permission does not reach.
func (c *call) visible(permission string, people []provision.View) []provision.View {
	if c.may(permission, access.Resource{}).Unbounded() {
		return some(people)
	}
	out := []provision.View{}
	for _, v := range people {
		if c.over(permission, v) == nil {
			out = append(out, v)
		}
	}
	return out
}

// person reads somebody whom the caller may see.
func (c *call) person(ctx context.Context, ref string) (provision.View, error) {
	if !c.may("users.view", access.Resource{}).Unbounded() {
		v, err := c.among(ctx, ref, "users.view")
		if err != nil {
			return provision.View{}, err
		}
		return *v, nil
	}
	return c.h.engine.View(ctx, c.config.Tenant.ID, ref)
}

// among finds whom a path names among those whom one of the permissions reaches. Whom none reaches is not there: a caller who
// sees a part of the people does not learn who else there is.
func (c *call) among(ctx context.Context, ref string, permissions ...string) (*provision.View, error) {
	ids, err := c.reader.PeopleNamed(ctx, ref)
	if err != nil {
		return nil, err
	}
	var found []provision.View
	for _, id := range ids {
		v, err := c.h.engine.View(ctx, c.config.Tenant.ID, id)
		if directory.KindOf(err) == directory.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(permissions, func(p string) bool { return c.over(p, v) == nil }) {
			found = append(found, v)
		}
	}
	if _, err := onlyOne(ref, all(found, func(v provision.View) string { return v.ID })); err != nil {
		return nil, err
	}
	return &found[0], nil
}

// reaching are the permissions by which somebody is reached who is acted on: those of the operation, and that of seeing them.
func (c *call) reaching() []string {
	if c.op.permission != "" {
		return []string{"users.view", c.op.permission}
	}
	out := []string{"users.view"}
	for _, kind := range directory.EntitlementKinds() { // then it is about rights
		out = append(out, permissionsFor[kind]...)
	}
	return out
}

// doing says under which conditions something is done to somebody: If-Match holds, and each permission reaches them. It is
// looked at in the transaction that does it.
func (c *call) doing(reason string, permissions ...string) provision.PersonOptions {
	return provision.PersonOptions{Reason: reason, If: func(now provision.View) error {
		for _, p := range permissions {
			if err := c.over(p, now); err != nil {
				return err
			}
		}
		return c.match(now)
	}}
}

// idOf finds the id of whom a path names.
func (c *call) idOf(ctx context.Context, ref string) (string, error) {
	permissions := c.reaching()
	if !slices.ContainsFunc(permissions, func(p string) bool { return c.may(p, access.Resource{}).Unbounded() }) {
		v, err := c.among(ctx, ref, permissions...)
		if err != nil {
			return "", err
		}
		return v.ID, nil
	}
	ids, err := c.reader.PeopleNamed(ctx, ref)
	if err != nil {
		return "", err
	}
	return onlyOne(ref, ids)
}

// onlyOne is the one whom a reference means.
func onlyOne(ref string, ids []string) (string, error) {
	switch {
	case len(ids) == 0:
		return "", directory.Errorf(directory.NotFound, "there is nobody with the id, display id, userName or e-mail address %q", ref)
	case len(ids) > 1:
		return "", directory.Errorf(directory.Conflict, "more than one person fits %q: name one of the ids %s", ref, strings.Join(ids, ", "))
	}
	return ids[0], nil
}

// createdPerson is the answer of who made somebody.
type createdPerson struct {
	ETag     string `header:"ETag" doc:"For If-Match and If-None-Match."`
	Location string `header:"Location" doc:"Where the new person is."`
	Body     provision.View
}

func (c *call) created(v provision.View) *createdPerson {
	return &createdPerson{ETag: tagOf(v), Location: c.h.base + Root + "/users/" + url.PathEscape(v.ID), Body: v}
}

// ours is the schema extension's URN under which people's extension number stands.
const ours = schema.RollcallURN

// broken ends an answer that is under way and cannot be finished: the connection breaks, so that nobody takes it for whole.
func (c *call) broken(ctx context.Context, errs ...error) {
	if err := errors.Join(errs...); err != nil {
		if c.request.Context().Err() == nil {
			c.h.log.ErrorContext(ctx, "an answer broke off", "request", c.id, "route", c.route, "error", err)
		}
		panic(http.ErrAbortHandler)
	}
}
