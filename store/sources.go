package store

import (
	"context"
	"time"
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
		`SELECT ` + sourceRow + ` FROM source WHERE tenant = ? AND connection = ?`,
		[]any{r.tenant, connection},
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
		`SELECT ` + sourceRow + ` FROM source s WHERE s.tenant = ? AND s.connection = ?` + tx.db.dialect.lock("s"),
		[]any{tx.tenant, connection},
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
