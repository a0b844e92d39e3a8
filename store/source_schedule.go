package store

import (
	"context"
	"fmt"
	"time"

	"rollcall/directory"
)

// SourceState is a connection of any tenant with how far its source is.
type SourceState struct {
	Tenant     string // id
	TenantKey  string
	Connection directory.Connection
	CreatedAt  time.Time // of the connection
	Source     Source    // without its cookie; active and empty before the first reading
}

// Sources returns every live connection of every tenant that is read, and those that push and are paused or quarantined:
// by the tenants' keys, then in the order of authority.
func (o Ops) Sources(ctx context.Context) ([]SourceState, error) {
	return o.sources(ctx, `(c.kind = 'ldap' OR s.status <> 'active')`)
}

// ReadableSources returns the connections of every tenant that a schedule may read now: neither paused, nor waiting for
// somebody to approve a plan that has not expired. A plan that was approved and cut off is there to be finished. Whose
// turn it is, is for their schedules to say.
func (o Ops) ReadableSources(ctx context.Context, now time.Time) ([]SourceState, error) {
	return o.sources(ctx, `c.kind = 'ldap' AND (s.status IS NULL OR s.status = 'active' OR (s.status = 'quarantined' AND (s.held_until <= ?
	    OR EXISTS (SELECT 1 FROM run r WHERE r.tenant = s.tenant AND r.id = s.held_run AND r.approved_by <> ''))))`, micros(now))
}

func (o Ops) sources(ctx context.Context, condition string, values ...any) ([]SourceState, error) {
	var out []SourceState
	err := o.db.ask(ctx, question{
		`SELECT t.id, t.key, c.created_at, c.id, c.name, c.kind, c.dialect, c.ord, c.claim, c.link, c.direct, c.capabilities, c.settings, c.managed_by,
		    c.id, COALESCE(s.status, 'active'), NULL, COALESCE(s.fingerprint, ''), COALESCE(s.server, ''), COALESCE(s.full_at, 0), COALESCE(s.checked_at, 0),
		    COALESCE(s.next_at, 0), COALESCE(s.failures, 0), COALESCE(s.error, ''), COALESCE(s.held_run, ''), COALESCE(s.held_until, 0),
		    COALESCE(s.entries, 0), COALESCE(s.absent, 0)
		  FROM tenant t JOIN connection c ON c.tenant = t.id LEFT JOIN source s ON s.tenant = c.tenant AND s.connection = c.id
		  WHERE c.ended = 0 AND ` + condition + ` ORDER BY t.key, c.ord, c.id`, values,
		func(s scanner) error {
			x, err := scanSourceState(s)
			out = append(out, x)
			return err
		},
	})
	return out, err
}

// scanSourceState reads the three parts of a row by the scanners that each has.
func scanSourceState(s scanner) (SourceState, error) {
	var x SourceState
	var created int64
	var err error
	x.Connection, err = scanConnection(scannerFunc(func(connection ...any) error {
		var err error
		x.Source, err = scanSource(scannerFunc(func(source ...any) error {
			return s.Scan(append(append([]any{&x.Tenant, &x.TenantKey, &created}, connection...), source...)...)
		}))
		return err
	}))
	x.CreatedAt = instant(created)
	return x, err
}

// scannerFunc lets a row be read in parts.
type scannerFunc func(dest ...any) error

// Scan reads a part.
func (f scannerFunc) Scan(dest ...any) error { return f(dest...) }

// PlannedPeople counts the people whom a stored plan concerns.
func (r Reader) PlannedPeople(ctx context.Context, run string) (int64, error) {
	return r.count(ctx, `SELECT COUNT(*) FROM plan_line WHERE tenant = ? AND run = ? AND subject LIKE 'person:%'`, r.tenant, run)
}

func (r Reader) count(ctx context.Context, text string, values ...any) (int64, error) {
	var n int64
	err := r.q.ask(ctx, question{text, values, func(s scanner) error { return s.Scan(&n) }})
	return n, err
}

// RunChanges returns up to limit changes that a run made, in order, whose id follows after; "" begins. Ids are in the
// order of time, so that only the run's own time is looked through, and some around it for clocks that differ.
func (r Reader) RunChanges(ctx context.Context, x Run, after string, limit int) ([]directory.Change, error) {
	until := "~" // after every id
	if !x.FinishedAt.IsZero() {
		until = idAt(x.FinishedAt.Add(clockSkew))
	}
	return r.changes(ctx, `SELECT `+loggedRow+`, COALESCE(l.seq, 0) FROM change c LEFT JOIN ledger l ON l.tenant = c.tenant AND l.change = c.id
	  WHERE c.tenant = ? AND c.id > ? AND c.id < ? AND c.run = ? ORDER BY c.id LIMIT ? + 0`,
		r.tenant, max(after, idAt(x.CreatedAt.Add(-clockSkew))), until, x.ID, limit)
}

// idAt is what the ids of [NewID] begin with that are made at the instant or later.
func idAt(at time.Time) string {
	ms := max(0, at.UnixMilli())
	return fmt.Sprintf("%08x-%04x", ms>>16, ms&0xffff)
}
