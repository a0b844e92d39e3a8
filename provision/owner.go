package provision

import (
	"cmp"
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// TransferOwner makes somebody the owner, in one commit with whoever is the owner now becoming an administrator. A tenant
// that has no owner yet gets its first one so. A tenant without an owner role, somebody who is not active, and an ownership
// that somebody else handed over meanwhile, are errors of kind Conflict.
func (e *Engine) TransferOwner(ctx context.Context, actor directory.Actor, to string, o PersonOptions) (View, error) {
	actor.Connection = ""
	reader := e.db.Reader(actor.Tenant)
	asked, err := e.policy(ctx, reader, 0, false)
	if err != nil {
		return View{}, err
	}
	owner, _, err := asked.ownerRoles()
	if err != nil {
		return View{}, err
	}
	from, err := reader.Holders(ctx, owner, mostOwners)
	if err != nil {
		return View{}, err
	}
	err = e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		people, err := tx.People(sorted(append(from, to))...)
		if err != nil {
			return err
		}
		if err := tx.LockConfiguration(); err != nil { // one transfer after the other, also where nobody is the owner yet
			return err
		}
		if p, err = e.shared(ctx, tx, p); err != nil {
			return err
		}
		owner, heir, err := p.ownerRoles()
		if err != nil {
			return err
		}
		if now, err := tx.Holders(ctx, owner, mostOwners); err != nil || !slices.Equal(now, from) {
			return cmp.Or(err, directory.Errorf(directory.Conflict, "somebody handed the ownership over meanwhile: look who the owner is now"))
		}
		i := slices.IndexFunc(people, func(x *store.Person) bool { return x.ID == to })
		if i < 0 || people[i].State == directory.Deprovisioned {
			return directory.Errorf(directory.NotFound, "there is no user %q", to)
		}
		if people[i].State != directory.Active {
			return directory.Errorf(directory.Conflict, "only somebody who is active can become the owner; this person is %s", people[i].State)
		}
		if err := o.check(ctx, tx, p, people[i]); err != nil {
			return err
		}
		for _, x := range people {
			if err := e.passOwner(ctx, tx, p, actor, x, x.ID == to, owner, heir, o.Reason); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return View{}, err
	}
	return e.View(ctx, actor.Tenant, to)
}

// mostOwners is how many owners a tenant may have had before it was one of a single owner.
const mostOwners = 10

// isOwner reports whether somebody is the single owner of their tenant.
func (p *policy) isOwner(x *store.Person) bool {
	return p.Setting("owner.single") == "on" && slices.ContainsFunc(targetsOf(x, directory.RoleEntitlement), func(key string) bool {
		return p.ownersRole(key)
	})
}

// ownersRole reports whether the role of that key is the owner's.
func (p *policy) ownersRole(key string) bool {
	r, _ := p.role(key)
	return r.Owner
}

// ownerRoles are the owner's role, and the one that a former owner has: the highest privileged one besides.
func (p *policy) ownerRoles() (owner, heir string, err error) {
	rank := -1
	for _, r := range p.Roles {
		switch {
		case r.Owner:
			owner = r.Key
		case r.Privileged && r.Kind != directory.ConsoleRole && r.Rank > rank:
			heir, rank = r.Key, r.Rank
		}
	}
	if owner == "" {
		return "", "", directory.Errorf(directory.Conflict, "this tenant has no owner role; administrators share its administration")
	}
	return owner, heir, nil
}

// passOwner gives one of those concerned the owner's role, or takes it.
func (e *Engine) passOwner(ctx context.Context, tx *store.Tx, p *policy, actor directory.Actor, before *store.Person, becomes bool, owner, heir, reason string) error {
	isOwner := slices.Contains(targetsOf(before, directory.RoleEntitlement), owner)
	if becomes == isOwner {
		return nil
	}
	h := hand{p: p, x: clone(before), origin: directory.Origin{Kind: directory.FromPerson, Actor: actorName(actor), At: tx.Now()}}
	role := directory.Entitlement{Kind: directory.RoleEntitlement, Target: heir}
	if becomes {
		role.Target = owner
		h.drop(func(g directory.Grant) bool { return g.Kind == directory.ProfileEntitlement })
	} else {
		h.drop(func(g directory.Grant) bool { return g.Kind == directory.RoleEntitlement && g.Target == owner })
	}
	if p.Setting("roles.cardinality") == "one" {
		h.drop(func(g directory.Grant) bool { return g.Kind == directory.RoleEntitlement })
	}
	if role.Target != "" {
		g := directory.Grant{Entitlement: role, Origin: h.origin}
		h.given, h.x.Grants = append(h.given, g), append(h.x.Grants, g)
	}
	plan := h.plan(before)
	plan.reason, plan.passes = reasonOr(reason, "transfer of the ownership"), true
	return e.apply(ctx, tx, actor, plan, store.NewID())
}
