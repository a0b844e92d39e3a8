package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim/schema"
)

// newStatus is the status that somebody shall be in.
type newStatus struct {
	Reasoned

	Status string `json:"status" minLength:"1" maxLength:"200" doc:"The key of a status of GET /statuses." example:"online"`
}

// presence is a stretch of time in a status.
type presence struct {
	Status   string     `json:"status" example:"online"`
	Previous string     `json:"previous" doc:"The one before." example:"offline"`
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until" doc:"Null for the current one."`
	SetBy    string     `json:"set_by" doc:"Who: the kind of actor, a colon, and its id." example:"apikey:h2k4m6p8q3r5s"`
}

// newAbsence is what a client says of an absence.
type newAbsence struct {
	Reasoned

	Kind  string     `json:"kind,omitempty" enum:"holiday,sick,other" doc:"Why they are away; other unless said." example:"holiday"`
	From  *time.Time `json:"from,omitempty" doc:"Now unless said."`
	Until *time.Time `json:"until,omitempty" doc:"Until somebody ends it, unless said."`
	Note  string     `json:"note,omitempty" maxLength:"500" example:"summer"`
}

// absence is an absence as clients read it.
type absence struct {
	ID         string     `json:"id" example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	Kind       string     `json:"kind" enum:"holiday,sick,other" example:"holiday"`
	From       time.Time  `json:"from"`
	Until      *time.Time `json:"until"`
	Note       string     `json:"note" example:"summer"`
	Actor      string     `json:"actor" doc:"Who entered it." example:"apikey:h2k4m6p8q3r5s"`
	Connection string     `json:"connection" doc:"The id of the connection that states it; empty for a person's word." example:""`
	EndedAt    *time.Time `json:"ended_at" doc:"When it was cancelled or ended early."`
	Current    bool       `json:"current"`
}

func (h *Handler) absenceOf(a directory.Absence) absence {
	return absence{a.ID, string(a.Kind), a.From, a.Until, a.Note, a.Actor, a.Connection, a.EndedAt, a.Current(h.now())}
}

// createdAbsence is the answer of who entered an absence.
type createdAbsence struct {
	Location string `header:"Location" doc:"Where absences of the person are."`
	Body     absence
}

// shownPresences is how many stretches of a person's presence are shown.
const shownPresences = 1000

func registerPresence(h *Handler) {
	h.group("presence", "Statuses, absences, and who receives what is new.")
	register(h, operation{
		id: "set-status", method: http.MethodPut, path: "/users/{id}/status", tag: "presence", summary: "Put somebody into a status", permission: "status.set_other",
		partly: true, conditional: true, problems: personProblems, doc: "Being suspended masks a status and leaves it as it is.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Body newStatus
	},
	) (*tagged[provision.View], error) {
		id, err := c.idOf(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		v, err := h.engine.SetStatus(ctx, c.actor(), id, schema.Fold(in.Body.Status), c.doing(in.Body.Reason, "status.set_other"))
		if err != nil {
			return nil, err
		}
		return answered(v)
	})
	register(h, operation{
		id: "list-presences", method: http.MethodGet, path: "/users/{id}/status", tag: "presence", summary: "List in which statuses somebody was", permission: "users.view",
		partly: true, doc: "The newest first: the current one, and the 999 before it.",
	}, func(ctx context.Context, c *call, in *OnePerson) (*tagged[page[presence]], error) {
		v, err := c.person(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		list, err := c.reader.Presences(ctx, v.ID, shownPresences)
		if err != nil {
			return nil, err
		}
		return answered(page[presence]{Items: all(list, func(x directory.Presence) presence {
			return presence{x.Status, x.Previous, x.Since, x.Until, x.SetBy}
		})})
	})
	registerAbsences(h)
	registerEligibility(h)
}

func registerAbsences(h *Handler) {
	register(h, operation{
		id: "list-absences", method: http.MethodGet, path: "/users/{id}/absences", tag: "presence", summary: "List somebody's absences", permission: "users.view", partly: true,
		doc: "Those that begin last first: planned, current and past ones, at most 1,000.",
	}, func(ctx context.Context, c *call, in *OnePerson) (*tagged[page[absence]], error) {
		v, err := c.person(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		list, err := c.reader.Absences(ctx, v.ID, shownPresences)
		if err != nil {
			return nil, err
		}
		return answered(page[absence]{Items: all(list, h.absenceOf)})
	})
	register(h, operation{
		id: "add-absence", method: http.MethodPost, path: "/users/{id}/absences", tag: "presence", summary: "Enter an absence", permission: "users.availability.set",
		partly: true, status: http.StatusCreated, problems: append([]string{"too-many"}, personProblems...),
		doc: "It takes them out of distribution while it lasts, and leaves their status alone.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Body newAbsence
	},
	) (*createdAbsence, error) {
		id, err := c.idOf(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		a := directory.Absence{Person: id, Kind: directory.AbsenceKind(in.Body.Kind), Until: in.Body.Until, Note: in.Body.Note}
		if a.Kind == "" {
			a.Kind = directory.Other
		}
		if in.Body.From != nil {
			a.From = *in.Body.From
		}
		made, err := h.engine.AddAbsence(ctx, c.actor(), a, c.doing(in.Body.Reason, "users.availability.set"))
		if err != nil {
			return nil, err
		}
		return &createdAbsence{h.base + Root + "/users/" + id + "/absences", h.absenceOf(made)}, nil
	})
	register(h, operation{
		id: "end-absence", method: http.MethodDelete, path: "/users/{id}/absences/{absence}", tag: "presence", summary: "End an absence", permission: "users.availability.set",
		partly: true, problems: personProblems, doc: "A current one ends now, a planned one is cancelled.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Absence string `path:"absence" maxLength:"300" doc:"The absence's id." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
		Reason  string `query:"reason" maxLength:"500" doc:"Why; for the log." example:"back early"`
	},
	) (*struct{}, error) {
		id, err := c.idOf(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return nil, h.engine.EndAbsence(ctx, c.actor(), id, in.Absence, c.doing(in.Reason, "users.availability.set"))
	})
}

func registerEligibility(h *Handler) {
	register(h, operation{
		id: "get-user-eligibility", method: http.MethodGet, path: "/users/{id}/eligibility", tag: "presence", summary: "Where somebody receives what is new, and why not elsewhere",
		permission: "users.view", partly: true, doc: "In each group of work that they are in, over each of its channels.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Channel string `query:"channel" maxLength:"200" doc:"Only over these channels, with commas between." example:"chat"`
	},
	) (*tagged[provision.PersonEligibility], error) {
		v, err := c.person(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		var channels []string
		if in.Channel != "" {
			channels = strings.Split(in.Channel, ",")
		}
		out, err := h.engine.Eligibility(ctx, c.config.Tenant.ID, v.ID, channels...)
		if err != nil {
			return nil, err
		}
		return answered(out)
	})
	register(h, operation{
		id: "list-group-eligibility", method: http.MethodGet, path: "/agent-groups/{id}/eligibility", tag: "presence", summary: "Who of a group of work receives what is new",
		permission: "users.view", partly: true, doc: "Its people, each with whether they do over the channel, and every reason why not. Campaigns, queues and strategies are understood by their ids.",
	}, func(ctx context.Context, c *call, in *struct {
		ByID
		Paging
		Channel string `query:"channel" maxLength:"200" doc:"Every channel but calls unless said; voice is calls." example:"chat"`
	},
	) (*tagged[provision.GroupPage], error) {
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		id := in.ID
		if g, err := agentGroupResource.find(now, in.ID); err == nil {
			id = g.ID
		}
		if d := c.may("users.view", access.Resource{AgentGroup: id}); !d.Allowed {
			return nil, c.missing("users.view", directory.Say("%v has the permission users.view for a part of the people, and this group is not of it", c.name))
		}
		out, err := h.engine.EligiblePeople(ctx, c.config.Tenant.ID, provision.GroupQuestion{Group: id, Channel: in.Channel, After: in.Cursor, Limit: in.Limit})
		if err != nil {
			return nil, err
		}
		return answered(out)
	})
	register(h, operation{
		id: "get-eligibility-cursor", method: http.MethodGet, path: "/eligibility/cursor", tag: "presence", summary: "Get a cursor of the changes of eligibility", permission: "users.view",
		doc: "Take it before reading a snapshot of the groups: the changes after it tell all that the snapshot lacks.",
	}, func(ctx context.Context, c *call, _ *nothing) (*tagged[feedCursor], error) {
		at, err := h.engine.EligibilityCursor(ctx, c.config.Tenant.ID)
		if err != nil {
			return nil, err
		}
		return answered(feedCursor{at})
	})
	register(h, operation{
		id: "list-eligibility-changes", method: http.MethodGet, path: "/eligibility/changes", tag: "presence", summary: "List changes of eligibility", permission: "users.view",
		doc: "What may have made somebody eligible, or not, since a cursor, at most a second after its commit. Each tells how they stand now, so it can be taken twice. A page may be empty although more follow: go on from its cursor.",
	}, func(ctx context.Context, c *call, in *struct {
		Cursor int64 `query:"cursor" minimum:"0" required:"true" doc:"cursor of the page before, or of GET /eligibility/cursor." example:"0"`
		Limit  int   `query:"limit" minimum:"1" maximum:"1000" default:"1000" doc:"How many changes of the ledger are looked at, at most." example:"1000"`
	},
	) (*tagged[provision.EligibilityChanges], error) {
		out, err := h.engine.EligibilityChanges(ctx, c.config.Tenant.ID, in.Cursor, in.Limit)
		if err != nil {
			return nil, err
		}
		return answered(out)
	})
}

type feedCursor struct {
	Cursor int64 `json:"cursor" example:"4711"`
}
