package store

import (
	"context"
	"time"

	"rollcall/directory"
)

// The statuses of a source.
const (
	SourceActive      = "active"
	SourcePaused      = "paused"      // by a person: nothing is read, and pushes are refused, until a person resumes
	SourceQuarantined = "quarantined" // by a guard: a plan, or rights, wait for approval
)

// Source is how far the reading of a connection is.
type Source struct {
	Connection  string
	Status      string
	Cookie      []byte // for the next reading of changes
	Fingerprint string // of the last reading that was applied
	Server      string
	FullAt      time.Time // the last complete full reading that was applied
	CheckedAt   time.Time // the last complete reading
	NextAt      time.Time // when the schedule reads again
	Failures    int64     // readings in a row that were not complete
	Error       string    // why the last one was not
	HeldRun     string    // the plan that waits for approval
	HeldUntil   time.Time
	Entries     int64 // the next ordinal
	Absent      int64 // entries that the last complete reading did not find
}

const sourceRow = `connection, status, cookie, fingerprint, server, full_at, checked_at, next_at, failures, error, held_run, held_until, entries, absent`

func scanSource(s scanner) (Source, error) {
	var x Source
	var full, checked, next, held int64
	err := s.Scan(&x.Connection, &x.Status, &x.Cookie, &x.Fingerprint, &x.Server, &full, &checked, &next, &x.Failures, &x.Error, &x.HeldRun, &held, &x.Entries, &x.Absent)
	x.FullAt, x.CheckedAt, x.NextAt, x.HeldUntil = instant(full), instant(checked), instant(next), instant(held)
	return x, err
}

// Source returns how far the reading of a connection is; one that was never read is active and empty.
func (r Reader) Source(ctx context.Context, connection string) (Source, error) {
	x := Source{Connection: connection, Status: SourceActive}
	err := r.q.ask(ctx, question{
		`SELECT ` + sourceRow + ` FROM source WHERE tenant = ? AND connection = ?`, []any{r.tenant, connection},
		func(s scanner) (err error) {
			x, err = scanSource(s)
			return err
		},
	})
	return x, err
}

// LockSource makes sure that the source has a row, holds it until the transaction ends, and returns it.
func (tx *Tx) LockSource(connection string) (Source, error) {
	tx.exec(`INSERT INTO source (tenant, connection, status) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, tx.tenant, connection, SourceActive)
	var x Source
	err := tx.ask(tx.ctx, question{
		`SELECT ` + sourceRow + ` FROM source s WHERE s.tenant = ? AND s.connection = ?` + tx.db.dialect.lock("s"), []any{tx.tenant, connection},
		func(s scanner) (err error) {
			x, err = scanSource(s)
			return err
		},
	})
	return x, err
}

// PutSource writes how far a source is, and makes its row if it is not there. Whoever changes a part of it locks it first.
func (tx *Tx) PutSource(x Source) {
	if x.Status == "" {
		x.Status = SourceActive
	}
	tx.exec(`INSERT INTO source (tenant, connection, status, cookie, fingerprint, server, full_at, checked_at, next_at, failures, error, held_run, held_until, entries, absent)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, connection) DO UPDATE SET status = excluded.status, cookie = excluded.cookie, fingerprint = excluded.fingerprint,
	    server = excluded.server, full_at = excluded.full_at, checked_at = excluded.checked_at, next_at = excluded.next_at, failures = excluded.failures,
	    error = excluded.error, held_run = excluded.held_run, held_until = excluded.held_until, entries = excluded.entries, absent = excluded.absent`,
		tx.tenant, x.Connection, x.Status, x.Cookie, x.Fingerprint, x.Server, micros(x.FullAt), micros(x.CheckedAt), micros(x.NextAt), x.Failures, x.Error,
		x.HeldRun, micros(x.HeldUntil), x.Entries, x.Absent)
}

// PlanLine is one line of a stored plan.
type PlanLine struct {
	Ordinal int64
	Subject string // person:ID or group:ID
	Status  string // open | done | stale | excepted
	Line    []byte // JSON
}

// InsertPlanLines stores lines of a run's plan.
func (tx *Tx) InsertPlanLines(run string, lines []PlanLine) error {
	for _, x := range lines {
		tx.exec(`INSERT INTO plan_line (tenant, run, ord, subject, status, line) VALUES (?, ?, ?, ?, ?, ?)`, tx.tenant, run, x.Ordinal, x.Subject, x.Status, x.Line)
		if err := tx.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// PlanLines returns up to limit lines of a run's plan that follow a place, in order.
func (r Reader) PlanLines(ctx context.Context, run string, after int64, limit int) ([]PlanLine, error) {
	var out []PlanLine
	err := r.q.ask(ctx, question{
		`SELECT ord, subject, status, line FROM plan_line WHERE tenant = ? AND run = ? AND ord > ? ORDER BY ord LIMIT ? + 0`,
		[]any{r.tenant, run, after, limit},
		func(s scanner) error {
			var x PlanLine
			err := s.Scan(&x.Ordinal, &x.Subject, &x.Status, &x.Line)
			out = append(out, x)
			return err
		},
	})
	return out, err
}

// MarkPlanLines notes what became of lines.
func (tx *Tx) MarkPlanLines(run, status string, ordinals []int64) {
	for _, o := range ordinals {
		tx.exec(`UPDATE plan_line SET status = ? WHERE tenant = ? AND run = ? AND ord = ?`, status, tx.tenant, run, o)
	}
}

// DeletePlan removes the lines of a plan that nobody will apply any more.
func (tx *Tx) DeletePlan(run string) {
	tx.exec(`DELETE FROM plan_line WHERE tenant = ? AND run = ?`, tx.tenant, run)
}

// SourceEntry is what a source said last about one object.
type SourceEntry struct {
	ID      string // immutable
	Ordinal int64  // dense within the connection
	Kind    directory.EntryKind
	Ref     string
	Alias   string
	Hash    []byte
	Object  string   // the person's or the group's id
	Parents []string // ids of groups
	Pending int64    // of a group: members that nobody is known by
	Missing int64    // complete readings in a row that did not find it
}

const entryRow = `e.id, e.ord, e.kind, e.ref, COALESCE(e.alias, ''), e.hash, e.object, e.parents, e.pending, e.missing`

func scanEntry(s scanner) (SourceEntry, error) {
	var x SourceEntry
	var kind, parents string
	err := s.Scan(&x.ID, &x.Ordinal, &kind, &x.Ref, &x.Alias, &x.Hash, &x.Object, &parents, &x.Pending, &x.Missing)
	x.Kind, x.Parents = directory.EntryKind(kind), splitList(parents)
	return x, err
}

func (r Reader) entries(ctx context.Context, text string, values ...any) ([]SourceEntry, error) {
	var out []SourceEntry
	err := r.q.ask(ctx, question{text, values, func(s scanner) error {
		x, err := scanEntry(s)
		out = append(out, x)
		return err
	}})
	return out, err
}

// Entries returns those with the ids that the connection's source is known to have. At most 1,000 ids.
func (r Reader) Entries(ctx context.Context, connection string, ids []string) ([]SourceEntry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	in := padded(ids)
	return r.entries(ctx, `SELECT `+entryRow+` FROM entry e WHERE e.tenant = ? AND e.id IN (`+list(len(in))+`) AND e.connection = ?`, args(r.tenant, in, connection)...)
}

// EntriesNamed returns the entries that have one of the names as their ref or alias. At most 1,000 names.
func (r Reader) EntriesNamed(ctx context.Context, connection string, names []string) ([]SourceEntry, error) {
	if len(names) == 0 {
		return nil, nil
	}
	in := padded(names)
	return r.entries(ctx, `SELECT `+entryRow+` FROM entry e WHERE e.tenant = ? AND e.ref IN (`+list(len(in))+`) AND e.connection = ?
	  UNION SELECT `+entryRow+` FROM entry e WHERE e.tenant = ? AND e.alias IN (`+list(len(in))+`) AND e.connection = ?`,
		args(r.tenant, in, connection, r.tenant, in, connection)...)
}

// EntriesOf returns the entries of people or groups by their ids. At most 1,000.
func (r Reader) EntriesOf(ctx context.Context, connection string, objects []string) ([]SourceEntry, error) {
	if len(objects) == 0 {
		return nil, nil
	}
	in := padded(objects)
	return r.entries(ctx, `SELECT `+entryRow+` FROM entry e WHERE e.tenant = ? AND e.object IN (`+list(len(in))+`) AND e.connection = ?`, args(r.tenant, in, connection)...)
}

// EntriesFrom returns up to limit entries of the connection whose ordinal is at least from, in order.
func (r Reader) EntriesFrom(ctx context.Context, connection string, from int64, limit int) ([]SourceEntry, error) {
	return r.entries(ctx, `SELECT `+entryRow+` FROM entry e WHERE e.tenant = ? AND e.shelf = ? AND e.ord >= ? ORDER BY e.ord LIMIT ? + 0`,
		r.tenant, connection, from, limit)
}

// AbsentEntries returns the entries that the last complete reading did not find.
func (r Reader) AbsentEntries(ctx context.Context, connection string) ([]SourceEntry, error) {
	return r.entries(ctx, `SELECT `+entryRow+` FROM entry e WHERE e.tenant = ? AND e.shelf = ? AND e.missing > 0 ORDER BY e.ord`, r.tenant, connection)
}

// GroupEntries returns all groups that the connection's source is known to have.
func (r Reader) GroupEntries(ctx context.Context, connection string) ([]SourceEntry, error) {
	return r.entries(ctx, `SELECT `+entryRow+` FROM grp g JOIN entry e ON e.tenant = g.tenant AND e.object = g.id AND e.connection = g.connection
	  WHERE g.tenant = ? AND g.shelf = ? ORDER BY g.ord`, r.tenant, connection)
}

// PutEntry writes what a source says about an object, and makes the row if it is not there.
func (tx *Tx) PutEntry(connection string, x SourceEntry) {
	tx.exec(`INSERT INTO entry (tenant, id, connection, shelf, ord, kind, ref, alias, hash, object, parents, pending, missing)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id, connection) DO UPDATE SET ref = excluded.ref, alias = excluded.alias, hash = excluded.hash, object = excluded.object,
	    parents = excluded.parents, pending = excluded.pending, missing = excluded.missing`,
		tx.tenant, x.ID, connection, connection, x.Ordinal, string(x.Kind), x.Ref, orNull(x.Alias), x.Hash, x.Object, joined(x.Parents), x.Pending, x.Missing)
}

// MissEntry notes how many complete readings in a row did not find an object.
func (tx *Tx) MissEntry(connection, id string, missing int64) {
	tx.exec(`UPDATE entry SET missing = ? WHERE tenant = ? AND id = ? AND connection = ?`, missing, tx.tenant, id, connection)
}

// DeleteEntry forgets an object, so that a source that names it again names somebody new or somebody who comes back.
func (tx *Tx) DeleteEntry(connection, id string) {
	tx.exec(`DELETE FROM entry WHERE tenant = ? AND id = ? AND connection = ?`, tx.tenant, id, connection)
}
