package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/provision"
)

// bulkBody is one edit of many people.
type bulkBody struct {
	Reasoned

	People []string   `json:"people" minItems:"1" maxItems:"10000" doc:"Their ids." example:"[\"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10\"]"`
	Add    RightsBody `json:"add,omitzero" doc:"Rights that all of them get besides those that they have."`
	Remove RightsBody `json:"remove,omitzero" doc:"Rights given by hand that are taken from all of them."`
	Do     string     `json:"do,omitempty" enum:"suspend,resume,delete" doc:"What is done to all of them, instead of rights." example:"suspend"`
}

// Confirming are the parameters of what is looked at first and done when it is confirmed.
type Confirming struct {
	Confirm bool   `query:"confirm" doc:"Do it. Without it only the plan is answered, and nothing is written." example:"false"`
	Approve bool   `query:"approve" doc:"Do it although a guard holds it. Needs console.plans.approve besides." example:"false"`
	Version int64  `query:"version" minimum:"0" doc:"The version that the plan names: what is confirmed is made of that configuration, and refused where it has another version by now. Left out, it is made of whichever there is." example:"0"`
	Second  string `header:"Rollcall-Approver" maxLength:"200" doc:"With approve, where the tenant's setting approvals is second_person: the API key of somebody else, who approves." example:""`
}

// bulkAnswer is what an edit of many people does or did.
type bulkAnswer struct {
	provision.BulkResult

	Changes []bulkChange `json:"changes" doc:"Who changes and how, at most 1,000 people."`
	More    int          `json:"more_changes" doc:"How many change besides." example:"0"`
}

// bulkChange is one person's line.
type bulkChange struct {
	User     string                  `json:"user" doc:"Their id." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	UserName string                  `json:"user_name" example:"ana.prado@example.com"`
	Change   string                  `json:"change" enum:"entitled,suspended,activated,deprovisioned,updated" example:"entitled"`
	Gained   []provision.RightChange `json:"gained"`
	Lost     []provision.RightChange `json:"lost"`
	Reason   string                  `json:"reason"`
}

// toldLines is how many people's lines an answer has.
const toldLines = 1000

// bulkPermissions are what an edit of many people needs besides users.bulk_edit, or users.bulk_delete.
var bulkPermissions = map[string]string{"": "users.bulk_edit", "suspend": "users.deactivate", "resume": "users.reactivate", "delete": "users.bulk_delete"}

func registerBulk(h *Handler) {
	register(h, operation{
		id: "bulk-users", method: http.MethodPost, path: "/users/bulk", tag: "users", summary: "Edit many people",
		within: changeTime, problems: []string{"conflict", "forbidden", "held", "missing-permission", "stale", "too-many"},
		doc: "Without confirm=true it answers the plan, person by person, and nothing happens. With the version of that plan it is refused (412) where the configuration has moved since. Rights are added to those that people have. It is a run: GET /runs shows it, and it can be undone. Whoever cannot be changed is told and left as they are. What takes something from more people than the tenant's guard lets pass is held (409). " +
			"Needs users.bulk_edit, users.deactivate or users.reactivate, users.bulk_delete to delete, and the permissions of the rights that it gives.",
	}, func(ctx context.Context, c *call, in *struct {
		Confirming
		Body bulkBody
	},
	) (*struct{ Body bulkAnswer }, error) {
		r := provision.BulkRequest{
			People: in.Body.People, Add: in.Body.Add.entitlements(), Remove: in.Body.Remove.entitlements(), Do: in.Body.Do, Reason: in.Body.Reason,
		}
		if err := c.mayBulk(ctx, r); err != nil {
			return nil, err
		}
		actor, err := c.approver(ctx, in.Approve && in.Confirm, in.Second)
		if err != nil {
			return nil, err
		}
		out := bulkAnswer{Changes: []bulkChange{}}
		o := provision.BulkOptions{Plan: !in.Confirm, Approve: in.Approve, Version: in.Version, Each: func(p provision.PersonChange) {
			if len(out.Changes) == toldLines {
				out.More++
				return
			}
			out.Changes = append(out.Changes, bulkChange{p.User, p.UserName, p.Change, some(p.Gained), some(p.Lost), p.Reason})
		}}
		if o.Plan {
			out.BulkResult, err = h.engine.Bulk(ctx, actor, r, o)
		} else {
			err = jobs.Alone(ctx, h.db.Ops(), c.config.Tenant.ID, func(ctx context.Context) (err error) {
				out.BulkResult, err = h.engine.Bulk(ctx, actor, r, o)
				return err
			})
		}
		if err != nil {
			return nil, err
		}
		if out.Status == provision.SyncHeld {
			return nil, c.held(out.Guard)
		}
		return &struct{ Body bulkAnswer }{out}, nil
	})
}

// mayBulk refuses an edit of many people without its permissions, which have to reach everybody.
func (c *call) mayBulk(ctx context.Context, r provision.BulkRequest) error {
	if err := c.require(bulkPermissions[r.Do], false); err != nil {
		return err
	}
	rights := slices.Concat(r.Add, r.Remove)
	for _, x := range rights {
		if err := c.mayHandOut(x.Kind, nil); err != nil {
			return err
		}
	}
	_, err := c.within(ctx, rights...)
	return err
}

// held is the problem of what a guard holds.
func (c *call) held(guard directory.Messages) *Problem {
	return c.problem(http.StatusConflict, "held", "a guard holds this, and nothing was written: %v; look at the plan, and send it again with approve=true", directory.Join(guard, "; "))
}

// approver is who does something: the key, or the second person who approves it where the tenant asks for one. asked are those
// who asked for it; where nobody is named, the key did.
func (c *call) approver(ctx context.Context, approve bool, second string, asked ...directory.Actor) (directory.Actor, error) {
	if !approve {
		if second != "" {
			return directory.Actor{}, c.invalid("header.Rollcall-Approver", "it says who approves: it goes with approve=true")
		}
		return c.actor(), nil
	}
	if err := c.require("console.plans.approve", false); err != nil {
		return directory.Actor{}, err
	}
	if second == "" && len(asked) > 0 && c.self.Kind == "apikey" && c.config.Setting("approvals") == "second_person" {
		_, second, _ = strings.Cut(strings.TrimSpace(c.request.Header.Get("Authorization")), " ") // somebody else asked, and the key is the second person's own
	}
	actor, err := c.h.admin.Approver(ctx, c.config.Tenant.ID, second, c.actor(), asked...)
	if directory.KindOf(err) == directory.Forbidden && second == "" && (c.who.Kind != directory.ActorPerson || len(asked) == 0) {
		err = directory.Errorf(directory.Forbidden, "this tenant needs a second person's approval (approvals: second_person): give the API key of somebody who neither asked for this nor configured it, over HTTP in the header Rollcall-Approver")
	}
	actor.RequestID = c.id
	return actor, err
}
