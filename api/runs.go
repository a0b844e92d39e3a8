package api

import (
	"context"
	"net/http"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// run is a run as clients read it.
type run struct {
	ID           string              `json:"id" example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	Kind         string              `json:"kind" doc:"push, apply, sync, undo, offboard, release, bulk and so on." example:"sync"`
	Status       string              `json:"status" doc:"applying, held, applied, partial, failed, discarded, expired." example:"applied"`
	Connection   string              `json:"connection" doc:"The name of the connection that it is about; empty for none." example:"headquarters"`
	By           string              `json:"by" doc:"Who asked: the kind of actor, a colon, and who." example:"apikey:h2k4m6p8q3r5s"`
	ApprovedBy   string              `json:"approved_by" example:""`
	Undoes       string              `json:"undoes" doc:"What it reverts; empty for nothing." example:""`
	Completeness string              `json:"completeness" doc:"Whether a directory was read whole." enum:"complete,partial,failed" example:"complete"`
	Summary      store.Summary       `json:"summary"`
	Done         int64               `json:"done" doc:"How far it is." example:"120"`
	Total        int64               `json:"total" doc:"Of how much; 0 while that is not known." example:"120"`
	CreatedAt    time.Time           `json:"created_at"`
	FinishedAt   *time.Time          `json:"finished_at"`
	ExpiresAt    *time.Time          `json:"expires_at" doc:"Of a held plan: until when it can be approved."`
	Guard        directory.Messages  `json:"guard" doc:"Why it is or was held."`
	Problems     []directory.Problem `json:"problems"`
	MoreProblems int                 `json:"more_problems" example:"0"`
	Reading      *directory.Reading  `json:"reading" doc:"Of a sync: how the directory was read."`
}

func (c *call) runOf(config *store.Configuration, x store.Run) run {
	out := run{
		ID: x.ID, Kind: x.Kind, Status: x.Status, Connection: connectionName(config, x.Connection), By: string(x.Actor.Kind) + ":" + x.Actor.ID, ApprovedBy: x.ApprovedBy,
		Undoes: x.Undoes, Completeness: string(x.Completeness), Summary: x.Summary, Done: x.Done, Total: x.Total, CreatedAt: x.CreatedAt,
		Guard: some(x.Detail.Guard), Problems: some(x.Detail.Problems), MoreProblems: x.Detail.More, Reading: x.Detail.Reading,
	}
	if name := connectionName(config, x.Actor.ID); x.Actor.Kind == directory.ActorConnection && name != "" {
		out.By = string(x.Actor.Kind) + ":" + name
	}
	if !x.FinishedAt.IsZero() {
		out.FinishedAt = &x.FinishedAt
	}
	if !x.ExpiresAt.IsZero() {
		out.ExpiresAt = &x.ExpiresAt
	}
	return out
}

// connectionName is the name of a connection; "" where there is none of the id.
func connectionName(config *store.Configuration, id string) string {
	for _, x := range config.Connections {
		if x.ID == id {
			return x.Name
		}
	}
	return ""
}

// OneRun names a run in a path.
type OneRun struct {
	ID string `path:"id" maxLength:"300" doc:"The run's id." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
}

// runLines are one run's lines.
type runLines struct {
	Items []provision.SyncChange `json:"items" doc:"Who changed, before and after; of a held plan who would."`
	Next  string                 `json:"next" doc:"The cursor of the next page; empty on the last one." example:""`
}

// undone is what an undo does or did.
type undone struct {
	provision.SyncResult

	Changes []provision.SyncChange `json:"changes" doc:"Who changes and how, at most 1,000 lines; a line with the status stale is left as it is, and its reason says why."`
	More    int                    `json:"more_changes" example:"0"`
}

// undoing is what is undone.
type undoing struct {
	Run        string     `json:"run,omitempty" maxLength:"300" doc:"The id of a run." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	Change     string     `json:"change,omitempty" maxLength:"300" doc:"Or the id of one change of somebody." example:""`
	Connection string     `json:"connection,omitempty" maxLength:"300" doc:"Or a connection, with since: everything that it did in that time." example:""`
	Since      *time.Time `json:"since,omitempty"`
	Until      *time.Time `json:"until,omitempty" doc:"Now unless said."`
}

func registerRuns(h *Handler) {
	h.group("runs", "What changed many people at once, or waits to: syncs, changes of the configuration, large pushes, bulk edits, undos.")
	register(h, operation{
		id: "list-runs", method: http.MethodGet, path: "/runs", tag: "runs", summary: "List runs", permission: "console.runs.read", doc: "The newest first.",
	}, func(ctx context.Context, c *call, in *struct {
		Paging
		Connection string `query:"connection" maxLength:"300" doc:"Only of this connection." example:"headquarters"`
		Kind       string `query:"kind" maxLength:"50" doc:"Only of this kind, as runs have it." example:"sync"`
		Status     string `query:"status" maxLength:"50" doc:"Only in this state, as runs have it." example:"applied"`
	},
	) (*tagged[page[run]], error) {
		f := store.RunFilter{Kind: in.Kind, Status: in.Status}
		if in.Connection != "" {
			x, err := c.connectionNamed(ctx, in.Connection)
			if err != nil {
				return nil, err
			}
			f.Connection = x.ID
		}
		config, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		list, err := c.reader.Runs(ctx, f, in.Cursor, in.Limit+1)
		if err != nil {
			return nil, err
		}
		out := page[run]{Items: []run{}}
		for _, x := range list {
			if len(out.Items) == in.Limit {
				out.Next = out.Items[in.Limit-1].ID
				break
			}
			out.Items = append(out.Items, c.runOf(config, x))
		}
		return answered(out)
	})
	register(h, operation{
		id: "get-run", method: http.MethodGet, path: "/runs/{id}", tag: "runs", summary: "Get a run", permission: "console.runs.read",
		doc: "With how far it is: ask again while finished_at is null.",
	}, func(ctx context.Context, c *call, in *OneRun) (*tagged[run], error) {
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
	register(h, operation{
		id: "list-run-changes", method: http.MethodGet, path: "/runs/{id}/changes", tag: "runs", summary: "List what a run changed", permission: "console.runs.read",
		doc: "Everybody whom it changed, before and after; of a held plan whom it would change.",
	}, func(ctx context.Context, c *call, in *struct {
		OneRun
		Paging
	},
	) (*tagged[runLines], error) {
		x, err := c.reader.Run(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		skip, err := numberCursor(in.Cursor)
		if err != nil {
			return nil, err
		}
		out := runLines{Items: []provision.SyncChange{}}
		seen := 0
		err = h.engine.RunLines(ctx, c.config.Tenant.ID, x, func(line provision.SyncChange) error {
			switch seen++; {
			case seen <= skip:
			case len(out.Items) < in.Limit:
				out.Items = append(out.Items, line)
			default:
				out.Next = textCursor(skip + in.Limit)
				return errEnough
			}
			return nil
		})
		if err != nil && err != errEnough { //nolint:errorlint // our own, not wrapped
			return nil, err
		}
		return answered(out)
	})
	registerUndo(h)
}
