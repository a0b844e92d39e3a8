package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// auditEntry is one change as clients read it.
type auditEntry struct {
	Sequence     int64                   `json:"seq" doc:"Its place in the ledger." example:"4711"`
	ID           string                  `json:"id" example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	At           time.Time               `json:"at"`
	Action       string                  `json:"action" example:"user.suspended"`
	Subject      string                  `json:"subject" doc:"What it was done to: person:ID, group:ID or config." example:"person:019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	Actor        auditActor              `json:"actor"`
	Connection   string                  `json:"connection" doc:"The id of the connection through which it came; empty for none." example:""`
	Run          string                  `json:"run" doc:"The run in which it happened; empty for a single change." example:""`
	RequestID    string                  `json:"request_id" example:"K4Q2ZC6RMW5T"`
	Reason       string                  `json:"reason" example:"under review"`
	Before       json.RawMessage         `json:"before" doc:"What changed, before; null where there was nothing."`
	After        json.RawMessage         `json:"after"`
	Rights       []directory.GrantChange `json:"rights" doc:"Rights gained and lost."`
	Verification string                  `json:"verification" enum:"sealed,erased,altered" doc:"sealed: as it was when the ledger took it; erased: the particulars were erased, and the ledger still proves that there were some; altered: they are not what the ledger sealed." example:"sealed"`
}

// auditActor is who did something.
type auditActor struct {
	Kind string `json:"kind" enum:"person,apikey,connection,cli,system" example:"apikey"`
	ID   string `json:"id" example:"h2k4m6p8q3r5s"`
}

func auditEntryOf(x store.AuditEntry) auditEntry {
	out := auditEntry{
		Sequence: x.Sequence, ID: x.ID, At: x.At, Action: x.Action, Subject: x.Subject, Actor: auditActor{string(x.Actor.Kind), x.Actor.ID},
		Connection: x.Actor.Connection, Run: x.Actor.Run, RequestID: x.Actor.RequestID, Reason: x.Reason, Before: x.Before, After: x.After,
		Rights: some(x.Grants), Verification: "sealed",
	}
	switch {
	case x.Erased:
		out.Verification = "erased"
	case x.Altered:
		out.Verification = "altered"
	}
	return out
}

// AuditFilters are the questions that the audit trail answers.
type AuditFilters struct {
	Subject    string    `query:"subject" maxLength:"300" doc:"person:ID, group:ID or config." example:"config"`
	Action     string    `query:"action" maxLength:"100" doc:"As in user.suspended; user. stands for all that begin with it." example:"user."`
	ActorKind  string    `query:"actor_kind" enum:",person,apikey,connection,cli,system" example:"apikey"`
	Actor      string    `query:"actor" maxLength:"300" doc:"The id of who did it." example:"h2k4m6p8q3r5s"`
	Connection string    `query:"connection" maxLength:"300" doc:"The id or name of the connection through which it came." example:"okta"`
	Run        string    `query:"run" maxLength:"300" doc:"The id of a run." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	Since      time.Time `query:"since" doc:"From this time on."`
	Until      time.Time `query:"until" doc:"Before this time."`
	Order      string    `query:"order" enum:"newest,oldest" default:"newest" example:"newest"`
}

func (c *call) auditQuery(ctx context.Context, in AuditFilters, cursor string, limit int) (store.AuditQuery, error) {
	q := store.AuditQuery{
		Subject: in.Subject, Action: in.Action, ActorKind: directory.ActorKind(in.ActorKind), Actor: in.Actor, Run: in.Run, NewestFirst: in.Order == "newest", Limit: limit,
		Since: in.Since, Until: in.Until,
	}
	if kind, id, _ := strings.Cut(in.Subject, ":"); in.Subject != "" && in.Subject != "config" && (kind != "person" && kind != "group" || id == "") {
		return q, c.invalid("query.subject", "a subject is person:ID, group:ID or config")
	}
	if !in.Since.IsZero() && !in.Until.IsZero() && !in.Since.Before(in.Until) {
		return q, c.invalid("query.until", "the window ends before it begins")
	}
	var err error
	if cursor != "" {
		if q.After, err = strconv.ParseInt(cursor, 10, 64); err != nil || q.After < 1 {
			return q, c.invalid("query.cursor", "a cursor is a place in the ledger: next of the page before, or seq of a change")
		}
	}
	if in.Connection != "" {
		x, err := c.connectionNamed(ctx, in.Connection)
		if err != nil {
			return q, err
		}
		q.Connection = x.ID
	}
	return q, nil
}

func registerAudit(h *Handler) {
	h.group("audit", "What was done, by whom and why; and who had what at a time. The ledger chains every change: what it took cannot be altered unseen.")
	register(h, operation{
		id: "list-audit", method: http.MethodGet, path: "/audit", tag: "audit", summary: "List changes", permission: "console.audit.read",
		doc: "In the order of the ledger. The cursor is a place in it: the seq of any change serves as one. A page can have fewer items than asked for, or none, and a next one. A change that was made a Moment ago may not have its place yet.",
	}, func(ctx context.Context, c *call, in *struct {
		AuditFilters
		Paging
	},
	) (*tagged[page[auditEntry]], error) {
		q, err := c.auditQuery(ctx, in.AuditFilters, in.Cursor, in.Limit)
		if err != nil {
			return nil, err
		}
		found, err := c.reader.AuditChanges(ctx, q)
		if err != nil {
			return nil, err
		}
		out := page[auditEntry]{Items: all(found.Entries, auditEntryOf)}
		if found.Next > 0 {
			out.Next = strconv.FormatInt(found.Next, 10)
		}
		return answered(out)
	})
	register(h, operation{
		id: "export-audit", method: http.MethodGet, path: "/audit/export", tag: "audit", summary: "Download changes", permission: "console.audit.export",
		within: exportTime, stream: true, doc: "All that the filters find, as JSON Lines: one change a line, as GET /audit has it. Where it breaks off, the connection does, too.",
	}, func(ctx context.Context, c *call, in *struct{ AuditFilters }) (*huma.StreamResponse, error) {
		q, err := c.auditQuery(ctx, in.AuditFilters, "", maxExportPage)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			hc.SetHeader("Content-Type", "application/jsonl; charset=utf-8")
			hc.SetHeader("Content-Disposition", `attachment; filename="audit.jsonl"`)
			hc.SetStatus(http.StatusOK)
			for {
				found, err := c.reader.AuditChanges(ctx, q)
				c.broken(ctx, err)
				for _, x := range found.Entries {
					_, err := hc.BodyWriter().Write(encode(auditEntryOf(x)))
					c.broken(ctx, err)
				}
				if q.After = found.Next; found.Next == 0 {
					return
				}
			}
		}}, nil
	})
	register(h, operation{
		id: "get-ledger-head", method: http.MethodGet, path: "/audit/head", tag: "audit", summary: "Get the ledger's head", permission: "console.audit.read",
		doc: "Whoever keeps it can prove later, with \"rollcall doctor --head\", that nothing before it was altered. It is empty while nothing has its place.",
	}, func(ctx context.Context, c *call, _ *nothing) (*tagged[ledgerHead], error) {
		head, err := h.db.Head(ctx, c.config.Tenant.ID)
		if err != nil {
			return nil, err
		}
		return answered(ledgerHead{head})
	})
	registerTimeTravel(h)
}

// maxExportPage is how many changes a download reads at once.
const maxExportPage = 500

type ledgerHead struct {
	Head string `json:"head" doc:"rch_TENANT_NUMBER_HASH_MAC." example:"rch_h2k4m6p8q3r5s_4711_3f5e_9d5e"`
}

// Moment is an instant: a time or a place in the ledger.
type Moment struct {
	At       time.Time `query:"at" doc:"The time; now unless said."`
	Sequence int64     `query:"seq" minimum:"0" doc:"Or a place in the ledger, which is exact." example:"0"`
}

func (m Moment) instant(c *call) (store.Instant, error) {
	switch {
	case !m.At.IsZero() && m.Sequence > 0:
		return store.Instant{}, c.invalid("query.seq", "say a time or a place, not both")
	case m.Sequence > 0:
		return store.Instant{Place: m.Sequence}, nil
	case !m.At.IsZero():
		return store.Instant{Time: m.At}, nil
	}
	return store.Instant{Time: c.h.now()}, nil
}

func registerTimeTravel(h *Handler) {
	register(h, operation{
		id: "get-user-at", method: http.MethodGet, path: "/audit/users/{id}", tag: "audit", summary: "What somebody had at a time", permission: "console.audit.read",
		doc: "Their state, accounts, directory groups and holds at that time, and each right with its reason. Names are today's.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Moment
	},
	) (*tagged[provision.PastView], error) {
		when, err := in.instant(c)
		if err != nil {
			return nil, err
		}
		v, err := h.engine.ViewAt(ctx, c.config.Tenant.ID, in.ID, when)
		if err != nil {
			return nil, err
		}
		return answered(v)
	})
	register(h, operation{
		id: "list-holders-at", method: http.MethodGet, path: "/audit/rights/{kind}/{right}", tag: "audit", summary: "Who had a right at a time", permission: "console.audit.read",
		doc: "Each with everything that gave it. Whether somebody was suspended then, so that the right slept, GET /audit/users/{id} tells.",
	}, func(ctx context.Context, c *call, in *struct {
		Paging
		Moment
		Kind  string `path:"kind" enum:"role,option,profile,agent_group,campaign,queue,strategy,company,seat_pool,initial_status" doc:"What it is." example:"role"`
		Right string `path:"right" maxLength:"300" doc:"Its id, key or name; of what is there no longer, its id or key." example:"agent"`
	},
	) (*tagged[page[provision.PastHolderView]], error) {
		when, err := in.instant(c)
		if err != nil {
			return nil, err
		}
		x := directory.Entitlement{Kind: directory.EntitlementKind(in.Kind), Target: in.Right}
		found, err := h.engine.HoldersAt(ctx, c.config.Tenant.ID, x, when, in.Cursor, min(in.Limit, maxExportPage))
		if err != nil {
			return nil, err
		}
		return answered(page[provision.PastHolderView]{Items: some(found.People), Next: found.Next})
	})
}
