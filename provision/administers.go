package provision

import (
	"slices"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
)

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
