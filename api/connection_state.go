package api

import (
	"context"
	"time"

	"rollcall/store"
)

// connectionState is how a connection is at the moment.
type connectionState struct {
	ID        string     `json:"id" example:"n2k4m6p8q3r5s"`
	Name      string     `json:"name" example:"okta"`
	Status    string     `json:"status" enum:"active,paused,quarantined" doc:"Paused by a person, or quarantined by a guard, which holds a plan." example:"active"`
	HeldRun   string     `json:"held_run" doc:"The run that waits for approval; empty for none." example:""`
	HeldUntil *time.Time `json:"held_until" doc:"Until when it waits."`
	Server    string     `json:"server" doc:"The kind of LDAP server, as detected." example:""`
	FullAt    *time.Time `json:"full_at" doc:"The last complete reading of everything that was applied."`
	CheckedAt *time.Time `json:"checked_at" doc:"The last complete reading."`
	NextAt    *time.Time `json:"next_at" doc:"When the schedule reads again."`
	Failures  int64      `json:"failures" doc:"Readings in a row that were not complete." example:"0"`
	Error     string     `json:"error" doc:"Why the last one was not." example:""`
	UsedAt    *time.Time `json:"used_at" doc:"When a token of it was last used; of kind scim."`
	UserAgent string     `json:"user_agent" doc:"What its client calls itself." example:"Okta SCIM Client 1.0.0"`
}

func (c *call) connectionState(ctx context.Context, ref string) (*tagged[connectionState], error) {
	conn, err := c.connectionNamed(ctx, ref)
	if err != nil {
		return nil, err
	}
	x, err := c.reader.Source(ctx, conn.ID)
	if err != nil {
		return nil, err
	}
	tokens, err := c.reader.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	out := connectionState{
		ID: conn.ID, Name: conn.Name, Status: x.Status, HeldRun: x.HeldRun, HeldUntil: when(x.HeldUntil), Server: x.Server, FullAt: when(x.FullAt),
		CheckedAt: when(x.CheckedAt), NextAt: when(x.NextAt), Failures: x.Failures, Error: x.Error,
	}
	for _, t := range tokens {
		if t.Connection == conn.ID && t.LastUsedAt != nil && (out.UsedAt == nil || t.LastUsedAt.After(*out.UsedAt)) {
			out.UsedAt, out.UserAgent = t.LastUsedAt, t.UserAgent
		}
	}
	return answered(out)
}

// when is an instant, or nil for none.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// requestsShown is how many requests of a connection can be read.
const requestsShown = 1000

type requestsOf struct {
	ByID
	Paging
}

// request is one request of a connection's client.
type request struct {
	ID        string    `json:"id" doc:"The request's id, as the client got it in X-Request-Id." example:"K4Q2ZC6RMW5T"`
	At        time.Time `json:"at"`
	Method    string    `json:"method" example:"POST"`
	Path      string    `json:"path" example:"/scim/v2/Users"`
	Status    int       `json:"status" example:"409"`
	ScimType  string    `json:"scim_type" example:"uniqueness"`
	Detail    string    `json:"detail" doc:"What the client was told." example:"a user with this userName exists already"`
	Hint      string    `json:"hint" doc:"What to do about it." example:""`
	UserAgent string    `json:"user_agent" example:"Okta SCIM Client 1.0.0"`
	TookMS    float64   `json:"took_ms" example:"3.2"`
}

func requestOf(q store.Request) request {
	return request{q.ID, q.At, q.Method, q.Path, q.Status, q.ScimType, q.Detail, q.Hint, q.UserAgent, float64(q.Took.Microseconds()) / 1000}
}
