package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// secondPerson is the value of the setting approvals under which nobody approves what they asked for themselves.
const secondPerson = "second_person"

// Approver returns who approves what a guard holds in a tenant, by its id. operator runs the command, or is signed in; asked
// are those who asked for what is to be approved, the operator where nobody is named. Without a key the operator approves,
// unless the tenant's setting approvals is second_person. Then it takes somebody who neither asked nor configured the tenant
// last: an operator who is a person, of whom the caller has checked that they may approve, or the API key of somebody whose
// role may. Nobody is somebody else by way of a key: one that names them as its owner, that they made, or that was made with
// one of theirs is theirs. What is missing is an error of kind Forbidden that says what to do.
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
	case key == "" && operator.Kind == directory.ActorPerson:
		me, err := personal(ctx, r, operator)
		if err == nil {
			err = independent(ctx, r, me, asked, configured)
		}
		if err != nil {
			return directory.Actor{}, err
		}
		return operator, nil
	case key == "":
		return directory.Actor{}, forbidden("the tenant %q needs a second person's approval (approvals: second_person), of somebody who neither asked for this nor configured it: "+
			"let them approve it in the console, or add \"--as KEY\", an API key of theirs; \"rollcall apikey create --tenant %s --name NAME --role administrator --owner WHO\" makes one", c.Tenant.Key, c.Tenant.Key)
	}
	k, err := a.authenticate(ctx, tenant, key)
	if err != nil {
		return directory.Actor{}, err
	}
	if !slices.ContainsFunc(c.Roles, func(x directory.Role) bool { return x.Key == k.Role && approves(x) }) {
		return directory.Actor{}, forbidden("the API key %q has the role %q, which may not approve: use one with a role that has %s, such as administrator", k.Name, cmp.Or(k.Role, "none"), approving)
	}
	if second {
		theirs, err := keyed(ctx, r, k)
		if err == nil {
			err = independent(ctx, r, theirs, asked, configured)
		}
		if err != nil {
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

// independent refuses an approver who asked for what is to be approved or, where that counts, configured the tenant last.
func independent(ctx context.Context, r store.Reader, who approver, asked []directory.Actor, configured bool) error {
	refused := func(x directory.Actor, did string) error {
		them, err := partyOf(ctx, r, x)
		if err != nil || !who.meets(them) {
			return err
		}
		return forbidden("%s: somebody else has to approve it", who.did(them, did))
	}
	for _, x := range asked {
		if err := refused(x, "asked for this"); err != nil {
			return err
		}
	}
	if !configured {
		return nil
	}
	last, err := lastConfigured(ctx, r)
	if err != nil || last == nil {
		return err
	}
	return refused(*last, "configured the tenant last")
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
