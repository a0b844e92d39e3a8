package api

import (
	"context"
	"net/http"
	"net/url"

	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/provision"
	"rollcall/store"
)

// syncing is how a directory is read.
type syncing struct {
	Changes bool `json:"changes,omitempty" doc:"Let the server tell what changed since the last reading, where it can; everything is read unless said." example:"false"`
}

// full reports whether everything is read; so it is without a body.
func (s *syncing) full() bool { return s == nil || !s.Changes }

// accepted is the answer of what goes on after it.
type accepted struct {
	Location string `header:"Location" doc:"The run: ask there how far it is."`
	Body     struct {
		Run string `json:"run" doc:"The run's id." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	}
}

func (c *call) accept(run string) *accepted {
	out := &accepted{Location: c.h.base + Root + "/runs/" + url.PathEscape(run)}
	out.Body.Run = run
	return out
}

// approvedPlan is how a held plan is approved.
type approvedPlan struct {
	Except []string `json:"except,omitempty" maxItems:"10000" doc:"Ids or userNames of people who are left as they are." example:"[]"`
}

func registerSyncs(h *Handler) {
	register(h, operation{
		id: "sync-connection", method: http.MethodPost, path: "/connections/{id}/sync", tag: "connections", summary: "Sync now", permission: "console.runs.apply",
		status: http.StatusAccepted, problems: []string{"conflict"},
		doc: "Reads an LDAP directory and applies what changed, after this answer; the run tells how far it is and how it ended. A connection whose client pushes has nothing to read (409), and one sync of a connection runs at a time (503).",
	}, func(ctx context.Context, c *call, in *struct {
		ByID
		Body *syncing
	},
	) (*accepted, error) {
		conn, err := c.readable(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		r := jobs.SyncRequest{Tenant: c.config.Tenant.ID, Connection: conn.ID, Actor: c.actor(), SyncOptions: provision.SyncOptions{Full: in.Body.full()}}
		run, err := jobs.Begin(h.background, h.db, h.engine, h.open, r, h.log) //nolint:contextcheck // it goes on after the request
		if err != nil {
			return nil, err
		}
		return c.accept(run), nil
	})
	register(h, operation{
		id: "plan-sync", method: http.MethodPost, path: "/connections/{id}/sync/plan", tag: "connections", summary: "See what a sync would change",
		permission: "console.runs.plan", within: changeTime, problems: []string{"conflict"},
		doc: "Reads an LDAP directory and answers what would change; nothing is written.",
	}, func(ctx context.Context, c *call, in *struct {
		ByID
		Body *syncing
	},
	) (*struct{ Body undone }, error) {
		conn, err := c.readable(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		lines := told{lines: []provision.SyncChange{}}
		r := jobs.SyncRequest{
			Tenant: c.config.Tenant.ID, Connection: conn.ID, Actor: c.actor(), Plan: true, SyncOptions: provision.SyncOptions{Full: in.Body.full(), Each: lines.each},
		}
		var out undone
		if out.SyncResult, err = jobs.Sync(ctx, h.db, h.engine, h.open, r); err != nil {
			return nil, err
		}
		out.Changes, out.More = lines.lines, lines.more
		return &struct{ Body undone }{out}, nil
	})
	registerExamine(h)
	registerHeldPlans(h)
	registerHeld(h)
}

// readable finds a connection whose directory can be read here.
func (c *call) readable(ctx context.Context, ref string) (directory.Connection, error) {
	conn, err := c.connectionNamed(ctx, ref)
	switch {
	case err != nil:
	case conn.Kind != directory.LDAP:
		err = directory.Errorf(directory.Conflict, "connection %s is of the kind %s: its client pushes, and there is nothing to read", conn.Name, conn.Kind)
	case c.h.open == nil:
		err = directory.Errorf(directory.Conflict, "this server reads no directories")
	}
	return conn, err
}

func registerHeldPlans(h *Handler) {
	register(h, operation{
		id: "list-held-runs", method: http.MethodGet, path: "/held-plans", tag: "runs", summary: "List the plans that wait for approval", permission: "console.runs.read",
		doc: "Of syncs. GET /runs/{id}/changes tells whom each would change.",
	}, func(ctx context.Context, c *call, _ *nothing) (*tagged[page[run]], error) {
		config, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		out := page[run]{Items: []run{}}
		for _, conn := range config.Connections {
			source, err := c.reader.Source(ctx, conn.ID)
			if err != nil {
				return nil, err
			}
			if source.HeldRun == "" {
				continue
			}
			x, err := c.reader.Run(ctx, source.HeldRun)
			if err != nil {
				return nil, err
			}
			out.Items = append(out.Items, c.runOf(config, x))
		}
		return answered(out)
	})
	register(h, operation{
		id: "approve-run", method: http.MethodPost, path: "/runs/{id}/approve", tag: "runs", summary: "Approve a held plan", permission: "console.plans.approve",
		status: http.StatusAccepted, problems: []string{"conflict", "forbidden"},
		doc: "Exactly what was planned is applied, after this answer. Where the tenant's setting approvals is second_person, the key, or that of the header Rollcall-Approver, is somebody's who neither asked for it nor configured it.",
	}, func(ctx context.Context, c *call, in *struct {
		OneRun
		Second string `header:"Rollcall-Approver" maxLength:"200" doc:"Where the tenant's setting approvals is second_person: the API key of somebody else, who approves; left out, the key of the request approves." example:""`
		Body   *approvedPlan
	},
	) (*accepted, error) {
		x, err := c.heldRun(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		actor, err := c.approver(ctx, true, in.Second, x.Actor)
		if err != nil {
			return nil, err
		}
		r := jobs.SyncRequest{Tenant: c.config.Tenant.ID, Connection: x.Connection, Actor: actor, Run: x.ID}
		if r.Full, r.Approve = true, true; in.Body != nil {
			r.Except = in.Body.Except
		}
		run, err := jobs.Begin(h.background, h.db, h.engine, h.open, r, h.log) //nolint:contextcheck // it goes on after the request
		if err != nil {
			return nil, err
		}
		return c.accept(run), nil
	})
	register(h, operation{
		id: "discard-run", method: http.MethodPost, path: "/runs/{id}/discard", tag: "runs", summary: "Discard a held plan", permission: "console.plans.approve",
		problems: []string{"conflict"}, doc: "Nothing of it is applied; the next sync plans anew.",
	}, func(ctx context.Context, c *call, in *OneRun) (*tagged[run], error) {
		if _, err := c.heldRun(ctx, in.ID); err != nil {
			return nil, err
		}
		if err := h.engine.Discard(ctx, c.actor(), in.ID); err != nil {
			return nil, err
		}
		x, err := c.reader.Run(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		config, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		return answered(c.runOf(config, x))
	})
}

// heldRun finds a plan that waits for approval.
func (c *call) heldRun(ctx context.Context, id string) (store.Run, error) {
	x, err := c.reader.Run(ctx, id)
	if err == nil && x.Status != string(provision.SyncHeld) {
		err = directory.Errorf(directory.Conflict, "the run %s is %s: it does not wait for approval", id, x.Status)
	}
	return x, err
}
