package provision

import (
	"context"
	"slices"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
)

// takesAdministrator reports whether the plan takes the privileged roles from somebody who stays active. No loss of state
// is refused for what it takes.
func (p *Plan) takesAdministrator() bool {
	return p.After.State == directory.Active && p.policy.inForce(p.Before).privileged && !p.policy.inForce(p.After).privileged
}

// keepAdministrator refuses, in a transaction, that nobody is left to administer the tenant once these people cannot.
// Whoever else can does so until the transaction ends: what takes from administrators goes one after the other.
func (p *policy) keepAdministrator(ctx context.Context, tx *store.Tx, losing map[string]bool) error {
	if err := tx.LockConfiguration(); err != nil {
		return err
	}
	return p.administrated(ctx, tx.Reader, losing)
}

// administrated refuses that nobody is left to administer the tenant once these people cannot, as far as is known now.
func (p *policy) administrated(ctx context.Context, r store.Reader, losing map[string]bool) error {
	holders, err := r.ActiveHolders(ctx, p.privilegedKeys(), len(losing)+1)
	if err != nil || slices.ContainsFunc(holders, func(id string) bool { return !losing[id] }) {
		return err
	}
	return directory.Errorf(directory.Conflict, "refused: nobody would be left to administer the tenant; give somebody else a privileged role first")
}

// privilegedKeys are the keys of the roles that may administer people, roles or configuration.
func (p *policy) privilegedKeys() []string {
	var keys []string
	for _, r := range p.Roles {
		if r.Privileged || r.Owner {
			keys = append(keys, r.Key)
		}
	}
	return keys
}

// administers reports whether what somebody with a privileged role has lets them administer people, roles or configuration
// in fact. A role that is called privileged and lists no permissions is taken at its word.
func (p *policy) administers(x *store.Person) bool {
	h := p.holder(x)
	for _, r := range p.Roles {
		if r.Privileged && len(r.Permissions)+len(r.Options) == 0 && slices.Contains(h.Roles, r.Key) && h.State == directory.Active {
			return true
		}
	}
	return slices.ContainsFunc(p.access.Effective(h), func(e access.EffectivePermission) bool {
		x, _ := access.PermissionNamed(e.Key)
		return x.Risk == access.PrivilegedRisk && e.Scope != directory.ScopePart
	})
}
