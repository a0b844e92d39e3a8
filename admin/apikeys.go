package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// NewAPIKey says what key to make.
type NewAPIKey struct {
	Tenant  string         // the tenant's key
	Name    string         // what it is for; unique among the tenant's live keys
	Role    string         // a role's key; "" may only read
	Owner   string         // who answers for what is done with it; "" for who makes it
	Expires *time.Duration // nil for the tenant's setting token.expires; 0 for ever
}

// IssuedAPIKey is an API key as its maker sees it: once.
type IssuedAPIKey struct {
	ID        string     `json:"id"`
	Key       string     `json:"key"`
	Tenant    string     `json:"tenant"` // key
	Name      string     `json:"name"`
	Role      string     `json:"role"`
	Owner     string     `json:"owner"`
	ExpiresAt *time.Time `json:"expires_at"`
}

// CreateAPIKey makes an API key. Of its secret only a hash is kept. A role that the tenant does not have is an error of
// kind NotFound, a name that a live key has one of kind Conflict.
func (a *Admin) CreateAPIKey(ctx context.Context, actor directory.Actor, in NewAPIKey) (IssuedAPIKey, error) {
	in.Owner = cmp.Or(in.Owner, actor.ID)
	for what, text := range map[string]string{"name": in.Name, "owner": in.Owner} {
		if err := named(what, text); err != nil {
			return IssuedAPIKey{}, err
		}
	}
	t, err := a.db.Ops().Tenant(ctx, in.Tenant)
	if err != nil {
		return IssuedAPIKey{}, err
	}
	actor.Tenant = t.ID
	bearer := directory.NewBearer(directory.APIKeyPrefix, t.ID, store.NewShortID())
	out := IssuedAPIKey{ID: bearer.ID, Key: bearer.String(), Tenant: t.Key, Name: in.Name, Role: in.Role, Owner: in.Owner}
	err = a.db.Write(ctx, t.ID, func(tx *store.Tx) error {
		if err := tx.LockConfiguration(); err != nil { // roles stay, and names are taken one after the other
			return err
		}
		c, err := tx.Configuration(ctx)
		if err != nil {
			return err
		}
		if err := hasRole(c, in.Role); err != nil {
			return err
		}
		keys, err := tx.APIKeys(ctx)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(keys, func(k directory.APIKey) bool {
			return k.RevokedAt == nil && schema.Fold(k.Name) == schema.Fold(in.Name)
		}); i >= 0 {
			return directory.Errorf(directory.Conflict, "the tenant %q has an API key %q already: choose another name, or end that one with \"rollcall apikey revoke %s\"", t.Key, in.Name, keys[i].ID)
		}
		if out.ExpiresAt, err = expiry(c, tx.Now(), in.Expires); err != nil {
			return err
		}
		tx.InsertAPIKey(directory.APIKey{
			ID: bearer.ID, Tenant: t.ID, Name: in.Name, Role: in.Role, Owner: in.Owner, CreatedBy: string(actor.Kind) + ":" + actor.ID,
			CreatedAt: tx.Now(), ExpiresAt: out.ExpiresAt,
		}, schema.Fold(in.Name), bearer.Hash())
		return record(tx, actor, "apikey.created", []Difference{{
			Change: "created", Kind: "api_key", Name: bearer.ID,
			Fields: []Field{
				{Name: "name", After: in.Name}, {Name: "role", After: in.Role}, {Name: "owner", After: in.Owner}, {Name: "expires_at", After: out.ExpiresAt},
			},
		}})
	})
	if err != nil {
		return IssuedAPIKey{}, err
	}
	return out, nil
}

// named refuses a text that is no name.
func named(what, text string) error {
	if text == "" || strings.TrimSpace(text) != text || utf8.RuneCountInString(text) > 200 ||
		strings.ContainsRune(text, utf8.RuneError) || strings.ContainsFunc(text, unicode.IsControl) {
		return directory.Errorf(directory.Invalid, "the API key's %s %q must have 1 to 200 characters, no control characters, and no spaces around it", what, text)
	}
	return nil
}

// hasRole refuses a role that the tenant does not have, or that says what a membership gives; none is always there.
func hasRole(c *store.Configuration, key string) error {
	var keys []string
	for _, r := range c.Roles {
		if r.Kind != directory.MembershipRole {
			keys = append(keys, r.Key)
		}
	}
	if key == "" || slices.Contains(keys, key) {
		return nil
	}
	return directory.Errorf(directory.NotFound, "the tenant %q has no role %q for a key; it has %q", c.Tenant.Key, key, keys)
}

// ListedAPIKey is an API key with its tenant.
type ListedAPIKey struct {
	directory.APIKey

	Tenant string `json:"tenant"` // key
	Live   bool   `json:"live"`
}

// APIKeys lists the API keys of one tenant, or of all where tenant is empty: the newest first, revoked and expired ones
// too.
func (a *Admin) APIKeys(ctx context.Context, tenant string) ([]ListedAPIKey, error) {
	tenants, err := a.tenants(ctx, tenant)
	if err != nil {
		return nil, err
	}
	out := []ListedAPIKey{}
	for _, t := range tenants {
		keys, err := a.db.Reader(t.ID).APIKeys(ctx)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			out = append(out, ListedAPIKey{APIKey: k, Tenant: t.Key, Live: k.Live(time.Now())})
		}
	}
	return out, nil
}

// RevokeAPIKey ends an API key. tenant is the key of the tenant that it belongs to, or empty to look in all. It reports
// whether the key was live; one that does not exist is an error of kind NotFound.
func (a *Admin) RevokeAPIKey(ctx context.Context, actor directory.Actor, tenant, id string) (revoked bool, err error) {
	tenants, err := a.tenants(ctx, tenant)
	if err != nil {
		return false, err
	}
	for _, t := range tenants {
		actor.Tenant = t.ID
		err := a.db.Write(ctx, t.ID, func(tx *store.Tx) error {
			k, _, err := tx.APIKey(ctx, id)
			if err != nil {
				return err
			}
			if revoked = k.RevokedAt == nil; !revoked {
				return nil
			}
			tx.RevokeAPIKey(id)
			return record(tx, actor, "apikey.revoked", []Difference{{Change: "removed", Kind: "api_key", Name: id}})
		})
		if directory.KindOf(err) != directory.NotFound {
			return revoked, err
		}
	}
	return false, directory.Errorf(directory.NotFound, "there is no API key %q; \"rollcall apikey list\" shows them", id)
}
