package api

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/provision"
)

// newHold is what a client says of a hold.
type newHold struct {
	Subject string     `json:"subject" minLength:"1" maxLength:"500" doc:"What is held: state; role:KEY, option:ROLE:OPTION, profile:ID, agent_group:ID, agent_group:ID:KIND and so on for the other rights; or attribute:PATH." example:"role:supervisor"`
	Effect  string     `json:"effect" enum:"deny,keep" doc:"deny withholds it although a directory or a rule gives it; keep keeps it until the directory says something new." example:"deny"`
	Value   any        `json:"value,omitempty" doc:"Of an attribute that is kept: its value."`
	Reason  string     `json:"reason" minLength:"1" maxLength:"500" doc:"For whoever finds it later." example:"under review"`
	Until   *time.Time `json:"until,omitempty" doc:"When it ends by itself; it is released by hand unless said."`
}

// OneHold names a hold in a path.
type OneHold struct {
	OnePerson

	Hold string `path:"hold" maxLength:"300" doc:"The hold's id." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
}

// createdHold is the answer of who placed a hold.
type createdHold struct {
	Location string `header:"Location" doc:"Where the hold is."`
	Body     provision.HoldView
}

func registerHolds(h *Handler) {
	h.group("holds", "How a person overrides directories and rules for somebody: a suspension, a right withheld, an attribute kept.")
	register(h, operation{
		id: "list-holds", method: http.MethodGet, path: "/users/{id}/holds", tag: "holds", summary: "List somebody's holds", permission: "console.users.read",
	}, func(ctx context.Context, c *call, in *OnePerson) (*tagged[page[provision.HoldView]], error) {
		v, err := h.engine.View(ctx, c.config.Tenant.ID, in.ID)
		if err != nil {
			return nil, err
		}
		return answered(page[provision.HoldView]{Items: some(v.Holds)})
	})
	register(h, operation{
		id: "place-hold", method: http.MethodPost, path: "/users/{id}/holds", tag: "holds", summary: "Place a hold", permission: "console.holds.manage",
		status: http.StatusCreated, problems: personProblems, doc: "Needs besides what doing it without a hold needs: users.deactivate or users.reactivate for the state, users.edit for an attribute, and for a right the permission to give it.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Body newHold
	},
	) (*createdHold, error) {
		was, err := h.engine.View(ctx, c.config.Tenant.ID, in.ID)
		if err != nil {
			return nil, err
		}
		id := was.ID
		if err := c.mayHold(ctx, in.Body.Subject, directory.Effect(in.Body.Effect) == directory.Keep, was); err != nil {
			return nil, err
		}
		if in.Body.Until != nil && !in.Body.Until.After(h.now()) {
			return nil, c.invalid("body.until", "a hold ends in the future")
		}
		made, err := h.engine.PlaceHold(ctx, c.actor(), directory.Hold{
			Person: id, Subject: in.Body.Subject, Effect: directory.Effect(in.Body.Effect), Value: in.Body.Value, Reason: in.Body.Reason, Until: in.Body.Until,
		})
		if err != nil {
			return nil, err
		}
		v, err := h.engine.View(ctx, c.config.Tenant.ID, id)
		if err != nil {
			return nil, err
		}
		out := &createdHold{Location: h.base + Root + "/users/" + url.PathEscape(id) + "/holds/" + made}
		if i := slices.IndexFunc(v.Holds, func(x provision.HoldView) bool { return x.ID == made }); i >= 0 {
			out.Body = v.Holds[i]
		}
		return out, nil
	})
	register(h, operation{
		id: "release-hold", method: http.MethodDelete, path: "/users/{id}/holds/{hold}", tag: "holds", summary: "Release a hold", permission: "console.holds.manage",
		problems: personProblems, doc: "What directories and rules say counts again. Needs besides what placing it needed, or users.reactivate for a suspension.",
	}, func(ctx context.Context, c *call, in *struct {
		OneHold
		Reason string `query:"reason" maxLength:"500" doc:"Why; for the log." example:"the review is over"`
	},
	) (*struct{}, error) {
		was, err := h.engine.View(ctx, c.config.Tenant.ID, in.ID)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(was.Holds, func(x provision.HoldView) bool { return x.ID == in.Hold }); i >= 0 { // or the verb says that there is none
			x := was.Holds[i]
			if err := c.mayHold(ctx, x.Subject, x.Effect == directory.Deny, was); err != nil {
				return nil, err
			}
		}
		return nil, h.engine.ReleaseHold(ctx, c.actor(), was.ID, in.Hold, cmp.Or(in.Reason, "released"))
	})
}

// mayHold refuses a hold, or the end of one, to whoever may not do the same by itself: who manages holds acts on people by
// what they may do to people (DECISIONS 9). gives says that the person has more by it: that they are kept active, or no
// longer suspended.
func (c *call) mayHold(ctx context.Context, subject string, gives bool, to provision.View) error {
	kind, target, _ := strings.Cut(subject, ":")
	switch {
	case subject == "state" && gives:
		return c.over("users.reactivate", to)
	case subject == "state":
		return c.over("users.deactivate", to)
	case kind == "attribute":
		return c.over("users.edit", to)
	case permissionsFor[directory.EntitlementKind(kind)] == nil:
		return nil // the verb says what is wrong
	}
	r := directory.Entitlement{Kind: directory.EntitlementKind(kind), Target: target}
	if err := c.mayHandOut(r.Kind, &to); err != nil {
		return err
	}
	_, err := c.within(ctx, r)
	return err
}
