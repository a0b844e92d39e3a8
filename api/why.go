package api

import (
	"context"
	"net/http"
	"strconv"

	"rollcall/directory"
	"rollcall/provision"
)

// explanation is why somebody has what they have.
type explanation struct {
	provision.Explanation

	Permission *provision.Answer `json:"permission,omitempty" doc:"Why they have the permission that was asked for, or why not."`
}

// authorizing is a question, or several.
type authorizing struct {
	Question

	Requests []Question `json:"requests,omitempty" maxItems:"500" doc:"Several questions at once, instead of one; the answers come in the same order."`
}

// Question is whether somebody may do something.
type Question struct {
	Person     string `json:"person,omitempty" maxLength:"300" doc:"The id of who wants to." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	Permission string `json:"permission,omitempty" maxLength:"200" doc:"A key of GET /permissions." example:"conversations.reply"`
	Owner      string `json:"owner,omitempty" maxLength:"300" doc:"Upon what: the id of the person whose conversation, contact or order it is." example:""`
	AgentGroup string `json:"agent_group,omitempty" maxLength:"300" doc:"Upon what: the id of its agent group." example:""`
	Campaign   string `json:"campaign,omitempty" maxLength:"300" doc:"Upon what: the id of its campaign, queue or strategy." example:""`
	Upon       string `json:"upon,omitempty" maxLength:"300" doc:"Upon whom: a person's id." example:""`
}

func (q Question) ask() provision.Ask {
	return provision.Ask{Person: q.Person, Permission: q.Permission, Owner: q.Owner, AgentGroup: q.AgentGroup, Campaign: q.Campaign, Upon: q.Upon}
}

// authorized is the answer to a question, or to several.
type authorized struct {
	*provision.Answer

	Results []provision.Answer `json:"results,omitempty" doc:"Of several questions: the answers, in their order."`
}

func registerWhy(h *Handler) {
	h.group("authorize", "May this person do this?")
	register(h, operation{
		id: "explain-user", method: http.MethodGet, path: "/users/{id}/explain", tag: "users", summary: "Why somebody has what they have, and why not more",
		permission: "console.users.explain",
		doc:        "Which rules hit and which missed, at which condition. With permission: why they have it, with everything that gives it, or why not.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Permission string `query:"permission" maxLength:"200" doc:"The key of a permission." example:"conversations.reply"`
		AgentGroup string `query:"agent_group" maxLength:"300" doc:"With permission: upon what belongs to this agent group." example:""`
		Campaign   string `query:"campaign" maxLength:"300" doc:"With permission: upon what belongs to this campaign, queue or strategy." example:""`
		Owner      string `query:"owner" maxLength:"300" doc:"With permission: upon what is this person's." example:""`
	},
	) (*tagged[explanation], error) {
		var out explanation
		var err error
		if out.Explanation, err = h.engine.Explain(ctx, c.config.Tenant.ID, in.ID); err != nil {
			return nil, err
		}
		if in.Permission != "" {
			ask := provision.Ask{Person: out.ID, Permission: in.Permission, Owner: in.Owner, AgentGroup: in.AgentGroup, Campaign: in.Campaign}
			answer, err := h.engine.ExplainPermission(ctx, c.config.Tenant.ID, ask)
			if err != nil {
				return nil, err
			}
			out.Permission = &answer
		}
		return answered(out)
	})
	register(h, operation{
		id: "list-user-permissions", method: http.MethodGet, path: "/users/{id}/permissions", tag: "users", summary: "Every permission that somebody has",
		permission: "console.users.explain", doc: "With its scope and everything that gives it. Somebody who is not active has none.",
	}, func(ctx context.Context, c *call, in *OnePerson) (*tagged[page[provision.HeldPermission]], error) {
		held, err := h.engine.Permissions(ctx, c.config.Tenant.ID, in.ID)
		if err != nil {
			return nil, err
		}
		return answered(page[provision.HeldPermission]{Items: some(held)})
	})
	register(h, operation{
		id: "authorize", method: http.MethodPost, path: "/authorize", tag: "authorize", summary: "May this person do this?", permission: "console.users.read",
		problems: []string{"too-many"},
		doc: "Allow or deny, with the chain of reasons down to who gave each right. One question, or up to 500 in requests. What is known of people is at most a second old. " +
			"Somebody who does not exist, and an unknown permission, are answered with no.",
	}, func(ctx context.Context, c *call, in *struct{ Body authorizing }) (*struct{ Body authorized }, error) {
		one := in.Body.Question
		several := in.Body.Requests != nil
		asks := all(in.Body.Requests, Question.ask)
		switch {
		case several && one != Question{}:
			return nil, c.invalid("body", "ask one question, or several in requests, not both")
		case !several:
			asks = []provision.Ask{one.ask()}
		}
		for i, a := range asks {
			if a.Person == "" || a.Permission == "" {
				return nil, c.invalid(at("body.requests", i, several), "a question needs person and permission")
			}
		}
		answers, err := h.engine.Authorize(ctx, c.config.Tenant.ID, asks)
		switch {
		case err != nil:
			return nil, err
		case several:
			return &struct{ Body authorized }{authorized{Results: answers}}, nil
		}
		return &struct{ Body authorized }{authorized{Answer: &answers[0]}}, nil
	})
}

// invalid is a problem with one part of a request.
func (c *call) invalid(location, sentence string) *Problem {
	why := directory.Say(sentence)
	p := c.problem(http.StatusUnprocessableEntity, "invalid", "%v", directory.Quote(location).And(": ", why))
	p.Errors = []Fault{{Location: location, Message: why.Text, Template: why.Template, Values: why.Values}}
	return p
}

// at names a place in a request: the list's element, where there is a list.
func at(list string, i int, listed bool) string {
	if !listed {
		return "body"
	}
	return list + "[" + strconv.Itoa(i) + "]"
}
