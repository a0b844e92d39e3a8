package store

import (
	"context"
	"time"

	"rollcall/directory"
)

// Instant is a point in the history of a tenant: a place in the ledger or, without one, a time. A place is exact; of a time
// the changes count that were made by then.
type Instant struct {
	Time  time.Time
	Place int64
}

// Before reports whether a change came after the instant.
func (at Instant) Before(c directory.Change) bool {
	if at.Place > 0 {
		return c.Sequence == 0 || c.Sequence > at.Place
	}
	return c.At.After(at.Time)
}

// lived writes that a row, under an alias, had begun by then and had not ended.
func (at Instant) lived(alias string) (text string, values []any) {
	if at.Place > 0 {
		place := func(change string) string {
			return `(SELECT l.seq FROM ledger l WHERE l.tenant = ` + alias + `.tenant AND l.change = ` + alias + `.` + change + `)`
		}
		return ` AND ` + place("began_by") + ` <= ? AND (` + alias + `.ended = 0 OR COALESCE(` + place("ended_by") + `, ?) > ?)`,
			[]any{at.Place, int64(1) << 62, at.Place}
	}
	us := micros(at.Time)
	return ` AND (SELECT c.at FROM change c WHERE c.tenant = ` + alias + `.tenant AND c.id = ` + alias + `.began_by) <= ? AND (` + alias + `.ended = 0 OR ` +
		alias + `.ended > ?)`, []any{us, us}
}

// InstantOf returns the instant of a place in the ledger. One that has not been given is an error of kind NotFound.
func (r Reader) InstantOf(ctx context.Context, place int64) (Instant, error) {
	at := Instant{Place: place}
	err := r.q.ask(ctx, question{
		`SELECT c.at FROM ledger l JOIN change c ON c.tenant = l.tenant AND c.id = l.change WHERE l.tenant = ? AND l.seq = ?`,
		[]any{r.tenant, place},
		func(s scanner) error {
			var us int64
			err := s.Scan(&us)
			at.Time = instant(us)
			return err
		},
	})
	if err == nil && at.Time.IsZero() {
		err = directory.Errorf(directory.NotFound, "the ledger has no place %d", place)
	}
	return at, err
}

// Then is what somebody had at an instant.
type Then struct {
	Accounts []directory.Account // with what their rows say: no attributes, and the userName that they had last
	Groups   []string            // ids of directory groups that they were direct members of
	Grants   []directory.Grant
	Holds    []directory.Hold
	Status   string // of presence; "" where none was recorded
}

// PersonAt returns what somebody had at an instant. Its Time must be filled in, also where the place counts.
func (r Reader) PersonAt(ctx context.Context, person string, at Instant) (Then, error) {
	var out Then
	ask := func(text, alias string, row func(scanner) error) question {
		lived, values := at.lived(alias)
		return question{text + lived, args(r.tenant, person, values), row}
	}
	us := micros(at.Time)
	err := r.q.ask(ctx,
		ask(`SELECT a.connection, a.external_id, a.user_name, a.created_at FROM account a WHERE a.tenant = ? AND a.person = ?`, "a", func(s scanner) error {
			a := directory.Account{Person: person}
			var created int64
			err := s.Scan(&a.Connection, &a.ExternalID, &a.UserName, &created)
			a.CreatedAt = instant(created)
			out.Accounts = append(out.Accounts, a)
			return err
		}),
		ask(`SELECT m.grp FROM membership m WHERE m.tenant = ? AND m.person = ?`, "m", func(s scanner) error {
			var id string
			err := s.Scan(&id)
			out.Groups = append(out.Groups, id)
			return err
		}),
		ask(`SELECT `+pastGrantRow+` FROM grants g WHERE g.tenant = ? AND g.person = ?`, "g", func(s scanner) error {
			_, g, err := scanPastGrant(s)
			out.Grants = append(out.Grants, g)
			return err
		}),
		ask(`SELECT h.id, h.subject, h.effect, h.actor, h.reason, h.until FROM hold h WHERE h.tenant = ? AND h.person = ?`, "h", func(s scanner) error {
			h := directory.Hold{Person: person}
			var effect string
			var until int64
			err := s.Scan(&h.ID, &h.Subject, &effect, &h.Actor, &h.Reason, &until)
			h.Effect, h.Until = directory.Effect(effect), instantOrNil(until)
			if until == 0 || until > us {
				out.Holds = append(out.Holds, h)
			}
			return err
		}),
		question{
			`SELECT status FROM presence WHERE tenant = ? AND person = ? AND since <= ? AND (until = 0 OR until > ?)`,
			[]any{r.tenant, person, us, us},
			func(s scanner) error { return s.Scan(&out.Status) },
		},
	)
	return out, err
}

const pastGrantRow = `g.person, g.kind, g.target, g.membership, g.origin, g.rule, g.grp, g.connection, g.actor, g.run, g.began_by, g.began_at`

func scanPastGrant(s scanner) (person string, g directory.Grant, err error) {
	var kind, as, origin string
	var at int64
	o := &g.Origin
	err = s.Scan(&person, &kind, &g.Target, &as, &origin, &o.Rule, &o.Group, &o.Connection, &o.Actor, &o.Run, &o.Change, &at)
	g.Kind, g.Membership, o.Kind, o.At = directory.EntitlementKind(kind), directory.MembershipKind(as), directory.OriginKind(origin), instant(at)
	return person, g, err
}

// HolderThen is somebody who had a right, by one of its origins.
type HolderThen struct {
	Person string
	directory.Grant
}

// HoldersAt returns who had a right at an instant: the grants of up to limit people whose ids follow after, in that order.
func (r Reader) HoldersAt(ctx context.Context, x directory.Entitlement, at Instant, after string, limit int) ([]HolderThen, error) {
	lived, values := at.lived("g")
	some, same := at.lived("s")
	var out []HolderThen
	err := r.q.ask(ctx, question{
		`SELECT ` + pastGrantRow + ` FROM (SELECT DISTINCT s.person FROM grants s WHERE s.tenant = ? AND s.target = ? AND s.kind = ? AND s.person > ?` + some + `
		   ORDER BY s.person LIMIT ? + 0) one JOIN grants g ON g.tenant = ? AND g.person = one.person AND g.target = ? AND g.kind = ?` + lived + ` ORDER BY g.person, g.began_by`,
		args(r.tenant, x.Target, string(x.Kind), after, same, limit, r.tenant, x.Target, string(x.Kind), values),
		func(s scanner) error {
			person, g, err := scanPastGrant(s)
			out = append(out, HolderThen{person, g})
			return err
		},
	})
	return out, err
}

// ChangesBefore returns up to limit changes of a subject, the newest first, whose ids come before one; "" begins.
func (r Reader) ChangesBefore(ctx context.Context, subject, id string, limit int) ([]directory.Change, error) {
	if id == "" {
		id = "~" // after every id
	}
	return r.changes(ctx, `SELECT `+loggedRow+`, COALESCE(l.seq, 0) FROM change c LEFT JOIN ledger l ON l.tenant = c.tenant AND l.change = c.id
	  WHERE c.tenant = ? AND c.subject = ? AND c.id < ? ORDER BY c.id DESC LIMIT ? + 0`, r.tenant, subject, id, limit)
}
