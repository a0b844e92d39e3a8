package store

import (
	"context"
	"time"

	"rollcall/directory"
)

// PutPresence records that somebody is in a status from the transaction's instant on, and ends the stretch before. Of
// several within one instant the last one counts.
func (tx *Tx) PutPresence(person, status, previous, setBy, change string) {
	at := micros(tx.at)
	if previous != "" {
		tx.exec(`UPDATE presence SET until = CASE WHEN since > ? THEN since ELSE ? END WHERE tenant = ? AND person = ? AND until = 0`,
			at, at, tx.tenant, person)
	}
	tx.exec(`INSERT INTO presence (tenant, person, since, status, previous, set_by, began_by) VALUES (?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, person, since) DO UPDATE SET until = 0, status = excluded.status, set_by = excluded.set_by, began_by = excluded.began_by`,
		tx.tenant, person, at, status, previous, setBy, change)
}

func scanPresence(s scanner) (x directory.Presence, err error) {
	var since, until int64
	err = s.Scan(&x.Status, &x.Previous, &since, &until, &x.SetBy)
	x.Since, x.Until = instant(since), instantOrNil(until)
	return x, err
}

// Presences returns up to limit stretches of somebody's presence, the newest first: the current one and those before it.
func (r Reader) Presences(ctx context.Context, person string, limit int) ([]directory.Presence, error) {
	var out []directory.Presence
	err := r.q.ask(ctx, into(&out, scanPresence,
		`SELECT status, previous, since, until, set_by FROM presence WHERE tenant = ? AND person = ? ORDER BY since DESC LIMIT ? + 0`, r.tenant, person, limit))
	return out, err
}

// StatusInUse reports whether anybody is in the status whom a directory or an administrator has not removed.
func (r Reader) StatusInUse(ctx context.Context, key string) (bool, error) {
	return r.exists(ctx, `SELECT 1 FROM person WHERE tenant = ? AND status = ? AND state <> ? LIMIT 1`, r.tenant, key, string(directory.Deprovisioned))
}

// PutAbsence records an absence; EndAbsence ends one before its time, or cancels one that has not begun.
func (tx *Tx) PutAbsence(a directory.Absence, change string) {
	var until int64
	if a.Until != nil {
		until = micros(*a.Until)
	}
	tx.exec(`INSERT INTO absence (tenant, person, id, kind, begins, ends, note, actor, connection, began_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		tx.tenant, a.Person, a.ID, string(a.Kind), micros(a.From), until, a.Note, a.Actor, a.Connection, change)
}

// EndAbsence ends an absence as of the transaction's instant.
func (tx *Tx) EndAbsence(person, id, change string) {
	tx.exec(`UPDATE absence SET ended = ?, ended_by = ? WHERE tenant = ? AND person = ? AND id = ? AND ended = 0`,
		micros(tx.at), change, tx.tenant, person, id)
}

const absenceRow = `a.person, a.id, a.kind, a.begins, a.ends, a.note, a.actor, a.connection, a.ended`

func scanAbsence(s scanner) (directory.Absence, error) {
	var a directory.Absence
	var kind string
	var begins, ends, ended int64
	err := s.Scan(&a.Person, &a.ID, &kind, &begins, &ends, &a.Note, &a.Actor, &a.Connection, &ended)
	a.Kind, a.From, a.Until, a.EndedAt = directory.AbsenceKind(kind), instant(begins), instantOrNil(ends), instantOrNil(ended)
	return a, err
}

// Absences returns up to limit absences of somebody, planned, current and past, that which begins last first.
func (r Reader) Absences(ctx context.Context, person string, limit int) ([]directory.Absence, error) {
	var out []directory.Absence
	err := r.q.ask(ctx, into(&out, scanAbsence,
		`SELECT `+absenceRow+` FROM absence a WHERE a.tenant = ? AND a.person = ? ORDER BY a.begins DESC, a.id DESC LIMIT ? + 0`, r.tenant, person, limit))
	return out, err
}

// Absence returns one absence of somebody. One that does not exist is an error of kind NotFound.
func (r Reader) Absence(ctx context.Context, person, id string) (directory.Absence, error) {
	var out []directory.Absence
	err := r.q.ask(ctx, into(&out, scanAbsence,
		`SELECT `+absenceRow+` FROM absence a WHERE a.tenant = ? AND a.person = ? AND a.id = ?`, r.tenant, person, id))
	if err == nil && len(out) == 0 {
		err = directory.Errorf(directory.NotFound, "this person has no absence %q", id)
	}
	if err != nil {
		return directory.Absence{}, err
	}
	return out[0], nil
}

// PutDue notes instants at which somebody has to be evaluated again. Those that are over are due at once.
func (tx *Tx) PutDue(person string, at ...time.Time) {
	for _, t := range at {
		tx.exec(`INSERT INTO due (tenant, at, person) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, tx.tenant, micros(t), person)
	}
}

// TakeDue marks up to limit people as due for evaluation whose instant has come by the transaction's, forgets those
// instants and returns how many there were.
func (tx *Tx) TakeDue(limit int) (int, error) {
	type row struct {
		at     int64
		person string
	}
	var rows []row
	err := tx.ask(tx.ctx, question{
		`SELECT at, person FROM due WHERE tenant = ? AND at <= ? ORDER BY at, person LIMIT ? + 0`,
		[]any{tx.tenant, micros(tx.at), limit},
		func(s scanner) error {
			var x row
			err := s.Scan(&x.at, &x.person)
			rows = append(rows, x)
			return err
		},
	})
	if err != nil {
		return 0, err
	}
	people := make([]string, len(rows))
	for i, x := range rows {
		people[i] = x.person
		tx.exec(`DELETE FROM due WHERE tenant = ? AND at = ? AND person = ?`, tx.tenant, x.at, x.person)
	}
	if len(people) > 0 {
		tx.MarkDue(0, people)
	}
	return len(rows), nil
}

// FirstDue returns, of each tenant in which anybody has to be evaluated again at an instant, the first of these instants.
func (o Ops) FirstDue(ctx context.Context) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	return out, o.db.ask(ctx, question{
		`SELECT t.id, COALESCE((SELECT d.at FROM due d WHERE d.tenant = t.id ORDER BY d.at LIMIT 1), 0) FROM tenant t`,
		nil,
		func(s scanner) error {
			var tenant string
			var at int64
			err := s.Scan(&tenant, &at)
			if at > 0 {
				out[tenant] = instant(at)
			}
			return err
		},
	})
}

// Clock is the database handle's clock, by which rows begin and end.
func (db *DB) Clock() time.Time { return db.now() }
