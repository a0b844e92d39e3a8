package store

import (
	"context"
	"time"

	"rollcall/directory"
)

// Run is a change of many people that is applied in batches and can be resumed: a published rule set, a large push.
type Run struct {
	ID         string
	Kind       string // push | apply
	Status     string // applying | applied
	Actor      directory.Actor
	Version    int64 // the configuration version that it brings everybody to
	Summary    Summary
	CreatedAt  time.Time
	FinishedAt time.Time
}

// Summary counts what a run or a plan does.
type Summary struct {
	Created       int `json:"created"`
	Updated       int `json:"updated"`
	Suspended     int `json:"suspended"`
	Reactivated   int `json:"reactivated"`
	Deprovisioned int `json:"deprovisioned"`
	Granted       int `json:"granted"`
	Revoked       int `json:"revoked"`
}

// Add adds another summary.
func (s *Summary) Add(o Summary) {
	s.Created += o.Created
	s.Updated += o.Updated
	s.Suspended += o.Suspended
	s.Reactivated += o.Reactivated
	s.Deprovisioned += o.Deprovisioned
	s.Granted += o.Granted
	s.Revoked += o.Revoked
}

// PutRun writes a run, and makes it if it is not there.
func (tx *Tx) PutRun(x Run) {
	tx.exec(`INSERT INTO run (tenant, id, kind, status, actor_kind, actor, request_id, version, summary, created_at, finished_at)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET status = excluded.status, summary = excluded.summary, finished_at = excluded.finished_at`,
		tx.tenant, x.ID, x.Kind, x.Status, string(x.Actor.Kind), x.Actor.ID, x.Actor.RequestID, x.Version, encoded(x.Summary), micros(x.CreatedAt), micros(x.FinishedAt))
}

// OpenRuns returns the tenant's unfinished runs, the oldest first.
func (r Reader) OpenRuns(ctx context.Context) ([]Run, error) {
	return r.runs(ctx, `SELECT id, kind, status, actor_kind, actor, request_id, version, summary, created_at, finished_at FROM run
	  WHERE tenant = ? AND finished_at = 0 ORDER BY id`, r.tenant)
}

// Run returns one run. One that does not exist is an error of kind NotFound.
func (r Reader) Run(ctx context.Context, id string) (Run, error) {
	found, err := r.runs(ctx, `SELECT id, kind, status, actor_kind, actor, request_id, version, summary, created_at, finished_at FROM run
	  WHERE tenant = ? AND id = ?`, r.tenant, id)
	if err == nil && len(found) == 0 {
		err = directory.Errorf(directory.NotFound, "there is no run %q", id)
	}
	if err != nil {
		return Run{}, err
	}
	return found[0], nil
}

func (r Reader) runs(ctx context.Context, text string, values ...any) ([]Run, error) {
	var out []Run
	err := r.q.ask(ctx, question{text, values, func(s scanner) error {
		x := Run{Actor: directory.Actor{Tenant: r.tenant}}
		var kind, summary string
		var created, finished int64
		if err := s.Scan(&x.ID, &x.Kind, &x.Status, &kind, &x.Actor.ID, &x.Actor.RequestID, &x.Version, &summary, &created, &finished); err != nil {
			return err
		}
		x.Actor.Kind, x.CreatedAt, x.FinishedAt = directory.ActorKind(kind), instant(created), instant(finished)
		var err error
		x.Summary, err = decoded[Summary](summary)
		out = append(out, x)
		return err
	}})
	return out, err
}
