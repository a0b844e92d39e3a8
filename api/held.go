package api

import (
	"context"
	"net/http"

	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/provision"
)

func registerHeld(h *Handler) {
	register(h, operation{
		id: "list-held", method: http.MethodGet, path: "/connections/{id}/held", tag: "connections", summary: "See what the guard holds of a client's pushes",
		permission: "console.runs.read", within: changeTime, problems: []string{"conflict"},
		doc: "Whom approving it would change, and how. Of a directory that is read the guard holds a plan, which is among the held plans (409).",
	}, func(ctx context.Context, c *call, in *ByID) (*struct{ Body undone }, error) {
		conn, err := c.pushing(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		lines := told{lines: []provision.SyncChange{}}
		var out undone
		out.Connection, out.Status, out.Completeness = conn.Name, provision.SyncPlanned, directory.Complete
		held, sum, err := h.engine.Held(ctx, c.config.Tenant.ID, conn.ID, func(x provision.PersonChange) error { return lines.each(x.Line()) })
		if err != nil {
			return nil, err
		}
		if held == 0 {
			out.Status = provision.SyncNothing
		}
		out.Summary, out.Problems = sum, []directory.Problem{}
		out.Changes, out.More = lines.lines, lines.more
		return &struct{ Body undone }{out}, nil
	})
	for _, verb := range []struct {
		id, path, summary, doc string
		approve                bool
	}{
		{"approve-held", "approve", "Approve what the guard holds", "What groups took ends, and what they gave of privileged roles is granted, as the client's statements are by now. Where the tenant's setting approvals is second_person, the key, or that of the header Rollcall-Approver, is somebody's who did not configure the connection.", true},
		{"discard-held", "discard", "Refuse what the guard holds", "Who lost something keeps it until the client states something else of them, and privileged roles stay withheld until somebody releases them.", false},
	} {
		register(h, operation{
			id: verb.id, method: http.MethodPost, path: "/connections/{id}/held/" + verb.path, tag: "connections", summary: verb.summary, doc: verb.doc,
			permission: "console.plans.approve", within: changeTime, problems: []string{"conflict", "forbidden"},
		}, func(ctx context.Context, c *call, in *struct {
			ByID
			Second string `header:"Rollcall-Approver" maxLength:"200" doc:"Where the tenant's setting approvals is second_person: the API key of somebody else, who approves; left out, the key of the request approves." example:""`
		},
		) (*struct{ Body provision.SyncResult }, error) {
			conn, err := c.pushing(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			actor, err := c.approver(ctx, verb.approve, in.Second, directory.Actor{Kind: directory.ActorConnection, ID: conn.ID})
			if err != nil {
				return nil, err
			}
			actor.Tenant = c.config.Tenant.ID
			var out provision.SyncResult
			err = jobs.Alone(ctx, h.db.Ops(), actor.Tenant, func(ctx context.Context) error {
				out, err = h.engine.ReleaseHeld(ctx, actor, conn.ID, verb.approve)
				return err
			})
			out.Connection = conn.Name
			return &struct{ Body provision.SyncResult }{out}, err
		})
	}
}

// pushing finds a connection whose client pushes.
func (c *call) pushing(ctx context.Context, ref string) (directory.Connection, error) {
	conn, err := c.connectionNamed(ctx, ref)
	if err == nil && conn.Kind != directory.SCIM {
		err = directory.Errorf(directory.Conflict, "connection %s is of the kind %s: of what is read the guard holds a plan, which GET /held-plans lists", conn.Name, conn.Kind)
	}
	return conn, err
}
