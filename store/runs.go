package store

import (
	"context"
	"time"

	"rollcall/directory"
)

// Run is a change of many people that is applied in batches and can be resumed: a published rule set, a large push, a
// sync, an undo; or the plan of one that waits for approval.
type Run struct {
	ID           string
	Kind         string // push | apply | sync | undo | offboard | release | bulk
	Status       string // reading | held | applying | nothing | applied | partial | failed | discarded | expired
	Actor        directory.Actor
	Connection   string // whose sync it is; "" for none
	Version      int64  // the configuration version that it brings everybody to, or was planned under
	Completeness directory.Completeness
	Summary      Summary
	Detail       RunDetail
	Done, Total  int64 // progress: lines applied, of how many
	CreatedAt    time.Time
	FinishedAt   time.Time
	ExpiresAt    time.Time // of a held plan
	ApprovedBy   string    // kind:id of the actor
	Undoes       string    // what it reverts
}

// RunDetail is what a run tells beyond its counts.
type RunDetail struct {
	Reading  *directory.Reading  `json:"reading,omitempty"`
	Guard    directory.Messages  `json:"guard,omitempty"` // why it is held
	Problems []directory.Problem `json:"problems,omitempty"`
	More     int                 `json:"more,omitempty"` // problems beyond those
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
	SeatsGained   int `json:"seats_gained"`
	SeatsFreed    int `json:"seats_freed"` // now, or with the next invoice
	SeatsWaiting  int `json:"seats_waiting"`
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
	s.SeatsGained += o.SeatsGained
	s.SeatsFreed += o.SeatsFreed
	s.SeatsWaiting += o.SeatsWaiting
}

// PutRun writes a run, and makes it if it is not there.
func (tx *Tx) PutRun(x Run) {
	if x.Completeness == "" {
		x.Completeness = directory.Complete
	}
	tx.exec(`INSERT INTO run (tenant, id, kind, status, actor_kind, actor, request_id, connection, version, completeness, summary, detail, done, total,
	    created_at, finished_at, expires_at, approved_by, undoes)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET status = excluded.status, completeness = excluded.completeness, summary = excluded.summary,
	    detail = excluded.detail, done = excluded.done, total = excluded.total, finished_at = excluded.finished_at, expires_at = excluded.expires_at,
	    approved_by = excluded.approved_by`,
		tx.tenant, x.ID, x.Kind, x.Status, string(x.Actor.Kind), x.Actor.ID, x.Actor.RequestID, x.Connection, x.Version, string(x.Completeness),
		encoded(x.Summary), encoded(x.Detail), x.Done, x.Total, micros(x.CreatedAt), micros(x.FinishedAt), micros(x.ExpiresAt), x.ApprovedBy, x.Undoes)
}

// ProgressRun notes how far a run is.
func (tx *Tx) ProgressRun(id string, done int64) {
	tx.exec(`UPDATE run SET done = ? WHERE tenant = ? AND id = ?`, done, tx.tenant, id)
}

const runRow = `id, kind, status, actor_kind, actor, request_id, connection, version, completeness, summary, detail, done, total,
  created_at, finished_at, expires_at, approved_by, undoes`

// OpenRuns returns the tenant's unfinished runs that evaluation finishes (a published rule set, a large push), the oldest
// first.
func (r Reader) OpenRuns(ctx context.Context) ([]Run, error) {
	return r.runs(ctx, `SELECT `+runRow+` FROM run WHERE tenant = ? AND finished_at = 0 AND kind IN ('push', 'apply') ORDER BY id`, r.tenant)
}

// WorkedAt returns the runs, of every tenant, that one process works at, or worked at when it died: syncs, undos, bulk edits
// and decisions about what a guard holds. What evaluation finishes, offboarding that is gone on with, and plans that wait
// for approval or were approved, are none of them.
func (o Ops) WorkedAt(ctx context.Context) ([]Run, error) {
	var out []Run
	err := o.db.ask(ctx, question{
		`SELECT r.tenant, r.id, r.kind, r.connection FROM tenant t JOIN run r ON r.tenant = t.id AND r.finished_at = 0
		  WHERE r.kind IN ('sync', 'undo', 'bulk', 'release') AND r.status IN ('reading', 'applying')
		    AND NOT EXISTS (SELECT 1 FROM source s WHERE s.tenant = r.tenant AND s.connection = r.connection AND s.held_run = r.id) ORDER BY r.id`,
		nil,
		func(s scanner) error {
			var x Run
			err := s.Scan(&x.Actor.Tenant, &x.ID, &x.Kind, &x.Connection)
			out = append(out, x)
			return err
		},
	})
	return out, err
}

// Run returns one run. One that does not exist is an error of kind NotFound.
func (r Reader) Run(ctx context.Context, id string) (Run, error) {
	found, err := r.runs(ctx, `SELECT `+runRow+` FROM run WHERE tenant = ? AND id = ?`, r.tenant, id)
	if err == nil && len(found) == 0 {
		err = directory.Errorf(directory.NotFound, "there is no run %q", id)
	}
	if err != nil {
		return Run{}, err
	}
	return found[0], nil
}

// RunFilter says which runs are meant: those of a connection, by its id, of a kind, in a state. What is empty counts for all.
type RunFilter struct {
	Connection, Kind, Status string
}

// Runs returns up to limit runs that a filter means, the newest first, that came before an id; "" begins with the newest.
func (r Reader) Runs(ctx context.Context, f RunFilter, before string, limit int) ([]Run, error) {
	if before == "" {
		before = "~" // after every id
	}
	return r.runs(ctx, `SELECT `+runRow+` FROM run WHERE tenant = ? AND id < ? AND (connection = ? OR ? = '') AND (kind = ? OR ? = '') AND (status = ? OR ? = '') ORDER BY id DESC LIMIT ? + 0`,
		r.tenant, before, f.Connection, f.Connection, f.Kind, f.Kind, f.Status, f.Status, limit)
}

func (r Reader) runs(ctx context.Context, text string, values ...any) ([]Run, error) {
	var out []Run
	err := r.q.ask(ctx, question{text, values, func(s scanner) error {
		x := Run{Actor: directory.Actor{Tenant: r.tenant}}
		var kind, completeness, summary, detail string
		var created, finished, expires int64
		if err := s.Scan(&x.ID, &x.Kind, &x.Status, &kind, &x.Actor.ID, &x.Actor.RequestID, &x.Connection, &x.Version, &completeness, &summary, &detail,
			&x.Done, &x.Total, &created, &finished, &expires, &x.ApprovedBy, &x.Undoes); err != nil {
			return err
		}
		x.Actor.Kind, x.Completeness = directory.ActorKind(kind), directory.Completeness(completeness)
		x.CreatedAt, x.FinishedAt, x.ExpiresAt = instant(created), instant(finished), instant(expires)
		var err error
		if x.Summary, err = decoded[Summary](summary); err != nil {
			return err
		}
		x.Detail, err = decoded[RunDetail](detail)
		out = append(out, x)
		return err
	}})
	return out, err
}
