package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// secondPerson is the value of the setting approvals under which nobody approves what they asked for themselves.
const secondPerson = "second_person"

// Approver returns who approves what a guard holds in a tenant, by its id. operator runs the command; asked are those who
// asked for what is to be approved, the operator where nobody is named. Without a key the operator approves, unless the
// tenant's setting approvals is second_person: then it takes the API key of somebody whose role may approve, and who neither
// asked nor configured the tenant last. What is missing is an error of kind Forbidden that says what to do.
func (a *Admin) Approver(ctx context.Context, tenant, key string, operator directory.Actor, asked ...directory.Actor) (directory.Actor, error) {
	if len(asked) == 0 {
		asked = []directory.Actor{operator}
	}
	return a.approver(ctx, tenant, key, operator, asked, true)
}

// approver is [Admin.Approver]. configured says that who configured the tenant last may not approve either: where the
// configuration itself is to be approved, that is who asks, and whoever configured it before may.
func (a *Admin) approver(ctx context.Context, tenant, key string, operator directory.Actor, asked []directory.Actor, configured bool) (directory.Actor, error) {
	r := a.db.Reader(tenant)
	c, err := r.Configuration(ctx)
	if err != nil {
		return directory.Actor{}, err
	}
	operator.Tenant = tenant
	second := c.Setting("approvals") == secondPerson
	switch {
	case key == "" && !second:
		return operator, nil
	case key == "":
		return directory.Actor{}, forbidden("the tenant %q needs a second person's approval (approvals: second_person): add \"--as KEY\", an API key of somebody who neither asked for this nor configured it; "+
			"\"rollcall apikey create --tenant %s --name NAME --role administrator --owner WHO\" makes one", c.Tenant.Key, c.Tenant.Key)
	}
	k, err := a.authenticate(ctx, tenant, key)
	if err != nil {
		return directory.Actor{}, err
	}
	if !slices.ContainsFunc(c.Roles, func(x directory.Role) bool { return x.Key == k.Role && approves(x) }) {
		return directory.Actor{}, forbidden("the API key %q has the role %q, which may not approve: use one with a role that has %s, such as administrator", k.Name, cmp.Or(k.Role, "none"), approving)
	}
	if second {
		if err := a.independent(ctx, r, k, asked, configured); err != nil {
			return directory.Actor{}, err
		}
	}
	return directory.Actor{Tenant: tenant, Kind: directory.ActorAPIKey, ID: k.ID, RequestID: operator.RequestID, Run: operator.Run}, nil
}

// approving is the permission to approve what a guard holds.
const approving = "console.plans.approve"

// approves reports whether a role may approve. One that is called privileged and lists no permissions is taken at its word.
func approves(r directory.Role) bool {
	if r.Privileged && len(r.Permissions) == 0 {
		return true
	}
	return slices.ContainsFunc(r.Permissions, func(p directory.RolePermission) bool {
		return p.Key == approving && (p.Mode == directory.Granted || p.Mode == directory.Forced)
	})
}

// independent refuses a key whose owner asked for what is to be approved or, where that counts, configured it.
func (a *Admin) independent(ctx context.Context, r store.Reader, k directory.APIKey, asked []directory.Actor, configured bool) error {
	for _, x := range asked {
		if same, err := isOwner(ctx, r, k, x); err != nil || same {
			return cmp.Or(err, forbidden("the API key %q belongs to %s, who asked for this: somebody else has to approve it", k.Name, k.Owner))
		}
	}
	if !configured {
		return nil
	}
	last, err := lastConfigured(ctx, r)
	if err != nil || last == nil {
		return err
	}
	if same, err := isOwner(ctx, r, k, *last); err != nil || same {
		return cmp.Or(err, forbidden("the API key %q belongs to %s, who configured the tenant last: somebody else has to approve this", k.Name, k.Owner))
	}
	return nil
}

func forbidden(format string, args ...any) error {
	return directory.Errorf(directory.Forbidden, format, args...)
}

// authenticate returns the live API key that a value opens. Whether the id or the secret is wrong is not told.
func (a *Admin) authenticate(ctx context.Context, tenant, value string) (directory.APIKey, error) {
	b, err := directory.ParseBearer(directory.APIKeyPrefix, strings.TrimSpace(value))
	if err != nil {
		return directory.APIKey{}, forbidden("the API key cannot be used: %w", err)
	}
	if b.Tenant != tenant {
		return directory.APIKey{}, forbidden("the API key is another tenant's")
	}
	k, hash, err := a.db.Reader(tenant).APIKey(ctx, b.ID)
	missing := directory.KindOf(err) == directory.NotFound
	if err != nil && !missing {
		return directory.APIKey{}, err
	}
	matches := b.Matches(hash) // of no key too, so that both take the same time
	switch now := time.Now(); {
	case missing || !matches:
		return directory.APIKey{}, forbidden("there is no such API key; \"rollcall apikey list\" shows those that are there")
	case k.RevokedAt != nil:
		return directory.APIKey{}, forbidden("the API key %q was revoked", k.Name)
	case !k.Live(now):
		return directory.APIKey{}, forbidden("the API key %q expired on %s: make another", k.Name, k.ExpiresAt.UTC().Format(time.DateOnly))
	default:
		return k, a.db.Ops().NoteAPIKeyUse(ctx, tenant, k.ID, now)
	}
}

// isOwner reports whether a key's owner is an actor: a user of the command line, by name or as name@host, or the owner of
// another key. A key that another key made is its owner's, too, whoever is named as its own: who made it has seen it.
func isOwner(ctx context.Context, r store.Reader, k directory.APIKey, x directory.Actor) (bool, error) {
	owner := schema.Fold(k.Owner)
	id := schema.Fold(x.ID)
	switch x.Kind {
	case directory.ActorCLI:
		name, _, _ := strings.Cut(id, "@")
		return owner == id || owner == name || owner == string(directory.ActorCLI)+":"+id, nil
	case directory.ActorAPIKey:
		other, _, err := r.APIKey(ctx, x.ID)
		if directory.KindOf(err) == directory.NotFound {
			return false, nil
		}
		if err != nil || x.ID == k.ID || schema.Fold(other.Owner) == owner {
			return err == nil, err
		}
		return madeBy(ctx, r, k, other)
	case directory.ActorPerson:
		return owner == id, nil
	default: // a connection or the schedule asked: no person did
		return false, nil
	}
}

// madeBy reports whether a key was made with another one, or with one of the same owner, be it by way of more keys.
func madeBy(ctx context.Context, r store.Reader, k, other directory.APIKey) (bool, error) {
	for {
		maker, isKey := strings.CutPrefix(k.CreatedBy, string(directory.ActorAPIKey)+":")
		if !isKey {
			return false, nil
		}
		var err error
		if k, _, err = r.APIKey(ctx, maker); directory.KindOf(err) == directory.NotFound {
			return false, nil
		} else if err != nil {
			return false, err
		}
		if k.ID == other.ID || schema.Fold(k.Owner) == schema.Fold(other.Owner) {
			return true, nil
		}
	}
}

// configuring are the actions of change records that change what the rules give, or to whom.
var configuring = []string{"tenant.applied", "tenant.changed", "rules.published"}

// lastConfigured returns who applied the tenant's configuration last, or nil where the log does not reach back to them.
func lastConfigured(ctx context.Context, r store.Reader) (*directory.Actor, error) {
	changes, err := r.Changes(ctx, "config", 1000)
	if i := slices.IndexFunc(changes, func(c directory.Change) bool { return slices.Contains(configuring, c.Action) }); err == nil && i >= 0 {
		return &changes[i].Actor, nil
	}
	return nil, err
}
