package provision

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// SessionIdle is how long sessions of a tenant may rest between two requests, and SessionLifetime how long they last whatever
// their holders do.
func SessionIdle(c *store.Configuration) time.Duration {
	return orUsual(c.Setting("session.idle"), time.Hour)
}

// SessionLifetime is described at [SessionIdle].
func SessionLifetime(c *store.Configuration) time.Duration {
	return orUsual(c.Setting("session.lifetime"), 12*time.Hour)
}

func orUsual(text string, usual time.Duration) time.Duration {
	d, err := directory.ParseDuration(text)
	if err != nil || d <= 0 { // settings are checked when they are set
		return usual
	}
	return d
}

// EndSession ends a session before its time; by says why, as [directory.EndedBySignOut] and the others do. It reports whether
// the session was live; one that does not exist is an error of kind NotFound.
func (e *Engine) EndSession(ctx context.Context, actor directory.Actor, id, by string) (ended bool, err error) {
	err = e.db.Write(ctx, actor.Tenant, func(tx *store.Tx) error {
		s, err := tx.Session(ctx, id)
		if err != nil {
			return err
		}
		if ended = s.EndedAt == nil; !ended {
			return nil
		}
		tx.EndSession(id, by)
		return recordSession(tx, actor, "session.ended", "", s.Session)
	})
	return ended, err
}

// RevokeSessions ends sessions of somebody before their time: those that are named, or all of them. It returns how many
// there were to end; what ended before stays as it is. Who is not there, and a session that is not theirs, are errors of kind
// NotFound, and then none is ended. Those by login links are nobody's: the person is "" then, and o.If is not asked.
func (e *Engine) RevokeSessions(ctx context.Context, actor directory.Actor, person string, o PersonOptions, ids ...string) (ended int, err error) {
	actor.Connection = ""
	err = e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		if person != "" {
			if _, _, err := e.lockPerson(ctx, tx, p, person, o); err != nil { // nobody signs in as them in between
				return err
			}
		}
		for _, id := range ids {
			if s, err := tx.Session(ctx, id); err != nil || s.Person != person {
				return cmp.Or(err, directory.Errorf(directory.NotFound, "there is no such session %q of theirs", id))
			}
		}
		open, err := tx.OpenSessions(ctx, person, "")
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			open = slices.DeleteFunc(open, func(s directory.Session) bool { return !slices.Contains(ids, s.ID) })
		}
		ended = len(open)
		return endSessions(tx, actor, o.Reason, open)
	})
	return ended, err
}

func endSessions(tx *store.Tx, actor directory.Actor, reason string, list []directory.Session) error {
	for _, s := range list {
		tx.EndSession(s.ID, directory.EndedByRevoking)
		if err := recordSession(tx, actor, "session.ended", reason, s); err != nil {
			return err
		}
	}
	return nil
}

// ForgetIdentity forgets who somebody is at the provider of a connection, so that their next sign-in finds them anew, as the
// first one did. What the provider stated of them goes with it, and so do the sessions that began there. Who is not there, and
// who has no identity at this provider, is an error of kind NotFound; taking the tenant's last privileged role with the
// provider's statements one of kind Conflict.
func (e *Engine) ForgetIdentity(ctx context.Context, actor directory.Actor, person, connection string, o PersonOptions) error {
	actor.Connection = ""
	return e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		before, p, err := e.lockPerson(ctx, tx, p, person, o)
		if err != nil {
			return err
		}
		known, err := tx.Identities(ctx, before.ID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(known, func(k directory.Identity) bool { return k.Connection == connection }) {
			return directory.Errorf(directory.NotFound, "this person has no identity at the connection %q", connection)
		}
		after := clone(before)
		after.Claims = stated(before.Claims, SignIn{Connection: connection})
		if err := e.applyNew(ctx, tx, actor, p.plan(before, after), o.Reason); err != nil {
			return err
		}
		open, err := tx.OpenSessions(ctx, before.ID, connection)
		if err != nil {
			return err
		}
		if err := endSessions(tx, actor, o.Reason, open); err != nil {
			return err
		}
		tx.ForgetIdentities(before.ID, connection)
		return recordIdentity(tx, actor, o.Reason, before.ID, connection)
	})
}

// recordIdentity notes in the change log that an identity was forgotten. The subject, which is personal data, is not noted.
func recordIdentity(tx *store.Tx, actor directory.Actor, reason, person, connection string) error {
	after, err := json.Marshal(map[string]string{"connection": connection})
	if err != nil {
		return fmt.Errorf("provision: identity: %w", err)
	}
	return tx.AppendChange(directory.Change{ID: store.NewID(), Subject: "person:" + person, Action: "user.identity_forgotten", Actor: actor, After: after, Reason: reason})
}

// recordSession notes in the change log that a session began or ended. Addresses and browsers stay with the session, which
// is forgotten before the log is.
func recordSession(tx *store.Tx, actor directory.Actor, action, reason string, s directory.Session) error {
	subject := "config"
	if s.Person != "" {
		subject = "person:" + s.Person
	}
	after, err := json.Marshal(map[string]any{"session": s.ID, "connection": s.Connection, "role": s.Role})
	if err != nil {
		return fmt.Errorf("provision: session: %w", err)
	}
	return tx.AppendChange(directory.Change{ID: store.NewID(), Subject: subject, Action: action, Actor: actor, After: after, Reason: reason})
}
