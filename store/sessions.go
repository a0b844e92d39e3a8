package store

import (
	"context"
	"time"

	"rollcall/directory"
)

const sessionRow = `s.id, s.hash, s.person, s.role, s.made_by, s.connection, s.subject, s.sid, s.user_agent, s.address, s.created_at, s.seen_at, s.expires_at,
  s.ended_at, s.ended_by`

// KnownSession is a session with what it takes to believe in it.
type KnownSession struct {
	directory.Session

	Hash  []byte          // of the secret
	State directory.State // of its person now; "" for who came by a link, and for a person who is gone
}

func (r Reader) scanSession(s scanner, x *KnownSession) error {
	var created, seen, expires, ended int64
	x.Tenant = r.tenant
	err := s.Scan(&x.ID, &x.Hash, &x.Person, &x.Role, &x.By, &x.Connection, &x.Subject, &x.SID, &x.UserAgent, &x.Address, &created, &seen, &expires,
		&ended, &x.EndedBy, (*string)(&x.State))
	x.CreatedAt, x.SeenAt, x.ExpiresAt, x.EndedAt = instant(created), instant(seen), instant(expires), instantOrNil(ended)
	return err
}

// Session returns a session, ended ones too, with the state of its person as it is now, in one question. One that does not
// exist is an error of kind NotFound.
func (r Reader) Session(ctx context.Context, id string) (KnownSession, error) {
	var out []KnownSession
	err := r.sessions(ctx, &out, `s.tenant = ? AND s.id = ?`, r.tenant, id)
	if err == nil && len(out) == 0 {
		err = directory.Errorf(directory.NotFound, "there is no session %q", id)
	}
	if err != nil {
		return KnownSession{}, err
	}
	return out[0], nil
}

func (r Reader) sessions(ctx context.Context, out *[]KnownSession, where string, values ...any) error {
	return r.q.ask(ctx, question{
		`SELECT ` + sessionRow + `, COALESCE(p.state, '') FROM session s LEFT JOIN person p ON p.tenant = s.tenant AND p.id = s.person WHERE ` + where,
		values,
		func(s scanner) error {
			var x KnownSession
			err := r.scanSession(s, &x)
			*out = append(*out, x)
			return err
		},
	})
}

// InsertSession keeps a new session by the hash of its secret.
func (tx *Tx) InsertSession(s directory.Session, hash []byte) {
	tx.exec(`INSERT INTO session (tenant, id, hash, person, role, made_by, connection, subject, sid, user_agent, address, created_at, seen_at, expires_at)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		tx.tenant, s.ID, hash, s.Person, s.Role, s.By, s.Connection, s.Subject, s.SID, s.UserAgent, s.Address, micros(s.CreatedAt), micros(s.SeenAt), micros(s.ExpiresAt))
}

// EndSession ends one session.
func (tx *Tx) EndSession(id, by string) {
	tx.exec(`UPDATE session SET ended_at = ?, ended_by = ? WHERE tenant = ? AND id = ? AND ended_at = 0`, micros(tx.at), by, tx.tenant, id)
}

// EndSessionsOf ends all sessions of somebody.
func (tx *Tx) EndSessionsOf(person, by string) {
	tx.exec(`UPDATE session SET ended_at = ?, ended_by = ? WHERE tenant = ? AND person = ? AND ended_at = 0`, micros(tx.at), by, tx.tenant, person)
}

// ProviderSessions returns the sessions that have not ended and that began at a provider: of a subject, or of one
// of the provider's own sessions, or of both where both are given.
func (r Reader) ProviderSessions(ctx context.Context, connection, subject, sid string) ([]directory.Session, error) {
	where, values := `s.tenant = ? AND s.connection = ? AND s.ended_at = 0`, []any{r.tenant, connection}
	if subject != "" {
		where, values = where+` AND s.subject = ?`, append(values, subject)
	}
	if sid != "" {
		where, values = where+` AND s.sid = ?`, append(values, sid)
	}
	var found []KnownSession
	err := r.sessions(ctx, &found, where, values...)
	out := make([]directory.Session, len(found))
	for i, x := range found {
		out[i] = x.Session
	}
	return out, err
}

// NoteSessionUse writes down when a session was last used.
func (o Ops) NoteSessionUse(ctx context.Context, tenant, id string, at time.Time) error {
	_, err := o.db.exec(ctx, `UPDATE session SET seen_at = ? WHERE tenant = ? AND id = ? AND seen_at < ?`, micros(at), tenant, id, micros(at))
	return err
}

// ForgetSessions removes sessions, links and what counted once whose time was over before an instant.
func (o Ops) ForgetSessions(ctx context.Context, before time.Time) error {
	for _, table := range []string{`session WHERE expires_at`, `login_link WHERE expires_at`, `spent WHERE until`} {
		if _, err := o.db.exec(ctx, `DELETE FROM `+table+` < ?`, micros(before)); err != nil {
			return err
		}
	}
	return nil
}
