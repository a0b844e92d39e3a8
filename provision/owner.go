package provision

import (
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// TransferOwner makes somebody the owner, in one commit with whoever is the owner now becoming an administrator. A tenant
// that has no owner yet gets its first one so. A tenant without an owner role, and somebody who is not active, are errors
// of kind Conflict.
func (e *Engine) TransferOwner(ctx context.Context, actor directory.Actor, to string, o PersonOptions) (View, error) {
	err := e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		owner, heir, err := p.ownerRoles()
		if err != nil {
			return err
		}
		if err := tx.LockConfiguration(); err != nil { // one transfer after the other
			return err
		}
		holders, err := tx.Holders(ctx, owner, 10)
		if err != nil {
			return err
		}
		people, err := tx.People(slices.Compact(slices.Sorted(slices.Values(append(holders, to))))...)
		if err != nil {
			return err
		}
		if p, err = e.current(ctx, tx, p, people...); err != nil {
			return err
		}
		i := slices.IndexFunc(people, func(x *store.Person) bool { return x.ID == to })
		if i < 0 || people[i].State == directory.Deprovisioned {
			return directory.Errorf(directory.NotFound, "there is no user %q", to)
		}
		if people[i].State != directory.Active {
			return directory.Errorf(directory.Conflict, "only somebody who is active can become the owner; this person is %s", people[i].State)
		}
		if o.If != nil {
			n, err := e.names(ctx, tx.Reader, p.Configuration)
			if err != nil {
				return err
			}
			if err := o.If(n.view(people[i])); err != nil {
				return err
			}
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
