package provision

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// LinkFor is how long a login link works, and linkSession how long the session does that it begins.
const (
	LinkFor     = 10 * time.Minute
	linkSession = time.Hour
)

// NewLoginLink makes a way in that works without a provider: once, for ten minutes or as long as is said, with the rights of
// a role. It is written to the change log under the actor's name, as what is done with it will be. A role that the tenant
// does not have is an error of kind NotFound.
func (e *Engine) NewLoginLink(ctx context.Context, actor directory.Actor, role string, lasts time.Duration) (directory.Bearer, time.Time, error) {
	b := directory.NewBearer(directory.LinkPrefix, actor.Tenant, store.NewShortID())
	var until time.Time
	err := e.db.Write(ctx, actor.Tenant, func(tx *store.Tx) error {
		if err := tx.LockConfiguration(); err != nil { // the role stays until the link is there
			return err
		}
		c, err := tx.Configuration(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(c.Roles, func(r directory.Role) bool { return r.Key == role && !r.Owner && r.Kind != directory.MembershipRole }) {
			return directory.Errorf(directory.NotFound, "the tenant %q has no role %q for a login link", c.Tenant.Key, role)
		}
		until = tx.Now().Add(lasts)
		tx.InsertLoginLink(directory.LoginLink{ID: b.ID, Role: role, CreatedBy: actorName(actor), CreatedAt: tx.Now(), ExpiresAt: until}, b.Hash())
		return recordLink(tx, actor, "login_link.created", b.ID, role)
	})
	return b, until, err
}

// UseLoginLink begins a session by a link. A link that is not known, was used or is over is an error of kind NotFound or
// Forbidden.
func (e *Engine) UseLoginLink(ctx context.Context, link directory.Bearer, s directory.Session) (directory.Bearer, error) {
	l, hash, err := e.db.Reader(link.Tenant).LoginLink(ctx, link.ID)
	if err != nil {
		return directory.Bearer{}, err
	}
	if !link.Matches(hash) || !time.Now().Before(l.ExpiresAt) {
		return directory.Bearer{}, directory.Errorf(directory.Forbidden, "this link is over")
	}
	first, err := e.db.Ops().Spend(ctx, link.Tenant, "link", link.ID, l.ExpiresAt.Add(time.Hour))
	if err != nil {
		return directory.Bearer{}, err
	}
	if !first {
		return directory.Bearer{}, directory.Errorf(directory.Forbidden, "this link was used")
	}
	b := directory.NewBearer(directory.SessionPrefix, link.Tenant, store.NewShortID())
	s.ID, s.Tenant, s.Person, s.Role, s.By = b.ID, link.Tenant, "", l.Role, l.CreatedBy
	err = e.db.Write(ctx, link.Tenant, func(tx *store.Tx) error {
		s.CreatedAt, s.SeenAt, s.ExpiresAt = tx.Now(), tx.Now(), tx.Now().Add(linkSession)
		tx.InsertSession(s, b.Hash())
		return recordLink(tx, directory.ActorNamed(link.Tenant, l.CreatedBy), "login_link.used", link.ID, l.Role)
	})
	return b, err
}

func recordLink(tx *store.Tx, actor directory.Actor, action, id, role string) error {
	after, err := json.Marshal(map[string]any{"login_link " + id: map[string]string{"role": role}})
	if err != nil {
		return err
	}
	return tx.AppendChange(directory.Change{ID: store.NewID(), Subject: "config", Action: action, Actor: actor, After: after})
}
