package admin

import (
	"context"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// IssuedToken is a SCIM bearer token as its maker sees it: once.
type IssuedToken struct {
	ID         string     `json:"id"`
	Token      string     `json:"token"`
	Tenant     string     `json:"tenant"`     // key
	Connection string     `json:"connection"` // name
	ExpiresAt  *time.Time `json:"expires_at"`
}

// CreateToken makes a token for a connection, by the tenant's key and the connection's name. A nil expires stands for the
// tenant's setting token.expires; 0 makes one that never expires. Of its secret only a hash is kept.
func (a *Admin) CreateToken(ctx context.Context, actor directory.Actor, tenant, connection string, expires *time.Duration) (IssuedToken, error) {
	t, err := a.db.Ops().Tenant(ctx, tenant)
	if err != nil {
		return IssuedToken{}, err
	}
	actor.Tenant = t.ID
	bearer := directory.NewBearer(directory.SCIMToken, t.ID, store.NewShortID())
	out := IssuedToken{ID: bearer.ID, Token: bearer.String(), Tenant: t.Key}
	err = a.db.Write(ctx, t.ID, func(tx *store.Tx) error {
		if err := tx.LockConfiguration(); err != nil { // the connection stays until the token is there
			return err
		}
		c, err := tx.Configuration(ctx)
		if err != nil {
			return err
		}
		at, err := connectionNamed(c, connection)
		if err != nil {
			return err
		}
		out.Connection = at.Name
		if out.ExpiresAt, err = expiry(c, tx.Now(), expires); err != nil {
			return err
		}
		tx.InsertToken(directory.Token{ID: bearer.ID, Tenant: t.ID, Connection: at.ID, CreatedAt: tx.Now(), ExpiresAt: out.ExpiresAt}, bearer.Hash())
		return record(tx, actor, "token.created", []Difference{{
			Change: "created", Kind: "token", Name: bearer.ID,
			Fields: []Field{{Name: "connection", After: at.Name}, {Name: "expires_at", After: out.ExpiresAt}},
		}})
	})
	if err != nil {
		return IssuedToken{}, err
	}
	return out, nil
}

func connectionNamed(c *store.Configuration, name string) (directory.Connection, error) {
	i := slices.IndexFunc(c.Connections, func(x directory.Connection) bool { return schema.Fold(x.Name) == schema.Fold(name) })
	if i >= 0 {
		return c.Connections[i], nil
	}
	names := make([]string, len(c.Connections))
	for i, x := range c.Connections {
		names[i] = x.Name
	}
	return directory.Connection{}, directory.Errorf(directory.NotFound, "the tenant %q has no connection %q; it has %q", c.Tenant.Key, name, names)
}

// longestToken is how long a token may live that does expire.
const longestToken = 10 * 365 * 24 * time.Hour

func expiry(c *store.Configuration, now time.Time, expires *time.Duration) (*time.Time, error) {
	if expires == nil {
		usual, err := time.ParseDuration(c.Setting("token.expires"))
		if err != nil {
			return nil, err
		}
		expires = &usual
	}
	switch {
	case *expires < 0 || *expires > longestToken:
		return nil, directory.Errorf(directory.Invalid, "a token lives from 0 (for ever) to 3650d")
	case *expires == 0:
		return nil, nil //nolint:nilnil // no instant: it never expires
	}
	at := now.Add(*expires)
	return &at, nil
}

// ListedToken is a token with the names of its tenant and its connection.
type ListedToken struct {
	directory.Token

	Tenant     string `json:"tenant"`     // key
	Connection string `json:"connection"` // name; "" once the connection is gone
	Live       bool   `json:"live"`
}

// Tokens lists the tokens of one tenant, or of all where tenant is empty: the newest first, revoked and expired ones too.
func (a *Admin) Tokens(ctx context.Context, tenant string) ([]ListedToken, error) {
	tenants, err := a.tenants(ctx, tenant)
	if err != nil {
		return nil, err
	}
	out := []ListedToken{}
	for _, t := range tenants {
		c, err := a.db.Reader(t.ID).Configuration(ctx)
		if err != nil {
			return nil, err
		}
		names := map[string]string{}
		for _, x := range c.Connections {
			names[x.ID] = x.Name
		}
		tokens, err := a.db.Reader(t.ID).Tokens(ctx)
		if err != nil {
			return nil, err
		}
		for _, x := range tokens {
			out = append(out, ListedToken{Token: x, Tenant: t.Key, Connection: names[x.Connection], Live: x.Live(time.Now())})
		}
	}
	return out, nil
}

// tenants returns the tenant of the key, or all where it is empty.
func (a *Admin) tenants(ctx context.Context, key string) ([]directory.Tenant, error) {
	if key == "" {
		return a.db.Ops().Tenants(ctx)
	}
	t, err := a.db.Ops().Tenant(ctx, key)
	return []directory.Tenant{t}, err
}

// RevokeToken ends a token. Every replica refuses it within seconds. tenant is the key of the tenant that it belongs to,
// or empty to look in all. It reports whether the token was live; one that does not exist is an error of kind NotFound.
func (a *Admin) RevokeToken(ctx context.Context, actor directory.Actor, tenant, id string) (revoked bool, err error) {
	tenants, err := a.tenants(ctx, tenant)
	if err != nil {
		return false, err
	}
	for _, t := range tenants {
		actor.Tenant = t.ID
		err := a.db.Write(ctx, t.ID, func(tx *store.Tx) error {
			x, _, err := tx.Token(ctx, id)
			if err != nil {
				return err
			}
			if revoked = x.RevokedAt == nil; !revoked {
				return nil
			}
			tx.RevokeToken(id)
			return record(tx, actor, "token.revoked", []Difference{{Change: "removed", Kind: "token", Name: id}})
		})
		if directory.KindOf(err) != directory.NotFound {
			return revoked, err
		}
	}
	return false, directory.Errorf(directory.NotFound, "there is no token %q; \"rollcall token list\" shows them", id)
}
