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

func (r Reader) scanSession(s scanner, x *KnownSession, more ...any) error {
	var created, seen, expires, ended int64
	x.Tenant = r.tenant
	err := s.Scan(append([]any{
		&x.ID, &x.Hash, &x.Person, &x.Role, &x.By, &x.Connection, &x.Subject, &x.SID, &x.UserAgent, &x.Address, &created, &seen, &expires, &ended, &x.EndedBy,
	}, more...)...)
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
			err := r.scanSession(s, &x, (*string)(&x.State))
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
	return sessionsOf(found), err
}

// SessionQuery asks for a page of sessions, those that open something first, and of these the newest.
type SessionQuery struct {
	Person string        // id; "" for everybody's, those by login links too
	Live   bool          // only those that open something
	Now    time.Time     // what is live is judged by
	Idle   time.Duration // how long a session may rest
	After  SessionMark   // the last session of the page before; the zero value for the first page
	Limit  int           // sessions at most
}

// SessionMark is a session's place in lists.
type SessionMark struct {
	Live    bool
	Created int64 // microseconds since 1970
	ID      string
}

// ListedSession is a session as lists show it: without the hash of its secret.
type ListedSession struct {
	directory.Session

	UserName string // of its person; "" for who came by a link
	Live     bool   // it opens something
}

// Mark is the session's place in lists.
func (s ListedSession) Mark() SessionMark { return SessionMark{s.Live, micros(s.CreatedAt), s.ID} }

const liveSession = `s.ended_at = 0 AND s.expires_at > ? AND s.seen_at > ? AND (s.person = '' OR p.state = 'active')`

// Sessions returns a page of sessions. They are kept for a month after their time was over.
func (r Reader) Sessions(ctx context.Context, q SessionQuery) ([]ListedSession, error) {
	now, rested := micros(q.Now), micros(q.Now.Add(-q.Idle))
	live := 0
	text := `SELECT l.* FROM (SELECT ` + sessionRow + `, COALESCE(p.user_name, ''), CASE WHEN ` + liveSession + ` THEN 1 ELSE 0 END AS live
	  FROM session s LEFT JOIN person p ON p.tenant = s.tenant AND p.id = s.person WHERE s.tenant = ?`
	values := []any{now, rested, r.tenant}
	if q.Person != "" {
		text, values = text+` AND s.person = ?`, append(values, q.Person)
	}
	if q.Live {
		text, values = text+` AND `+liveSession, append(values, now, rested)
	}
	text += `) l`
	if q.After.ID != "" {
		if q.After.Live {
			live = 1
		}
		text += ` WHERE l.live < ? OR l.live = ? AND (l.created_at < ? OR l.created_at = ? AND l.id < ?)`
		values = append(values, live, live, q.After.Created, q.After.Created, q.After.ID)
	}
	var out []ListedSession
	err := r.q.ask(ctx, into(&out, r.scanListed, text+` ORDER BY l.live DESC, l.created_at DESC, l.id DESC LIMIT ? + 0`, append(values, q.Limit)...))
	return out, err
}

func (r Reader) scanListed(s scanner) (ListedSession, error) {
	var x KnownSession
	var name string
	var live int
	err := r.scanSession(s, &x, &name, &live)
	return ListedSession{x.Session, name, live == 1}, err
}

// OpenSessions returns the sessions of somebody that have not been ended: those that began at a connection, or all with "".
func (r Reader) OpenSessions(ctx context.Context, person, connection string) ([]directory.Session, error) {
	var found []KnownSession
	err := r.sessions(ctx, &found, `s.tenant = ? AND s.person = ? AND s.ended_at = 0 AND (s.connection = ? OR ? = '') ORDER BY s.id`, r.tenant, person, connection, connection)
	return sessionsOf(found), err
}

func sessionsOf(found []KnownSession) []directory.Session {
	out := make([]directory.Session, len(found))
	for i, x := range found {
		out[i] = x.Session
	}
	return out
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
