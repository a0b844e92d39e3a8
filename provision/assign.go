package provision

import (
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// PersonOptions are what a verb over one person may be given.
type PersonOptions struct {
	Reason string           // for the log, and for whoever finds a hold later
	If     func(View) error // a precondition, looked at in the transaction; its error is returned
}

// Assignment is what a person gives somebody, or takes away, by hand.
type Assignment struct{ Add, Remove []directory.Entitlement }

// Assign gives rights by hand and takes away those that were given by hand. They live side by side with what rules give:
// no sync removes them. Where somebody has one right of a kind, as with profiles, or with roles in a tenant of one role a
// person, a new one takes the place of the one given by hand before, and counts before those of rules. A profile brings
// its role.
//
// What does not exist is an error of kind NotFound. The owner role, an option of a role that the person does not have, and
// a right that a rule gives, which a hold withholds, are errors of kind Conflict that say what to do; so is taking the
// last privileged role of a tenant.
func (e *Engine) Assign(ctx context.Context, actor directory.Actor, id string, a Assignment, o PersonOptions) (View, error) {
	return e.byHand(ctx, actor, id, o, func(p *policy, before *store.Person, now time.Time) (*Plan, error) {
		return p.assign(before, a, actorName(actor), now)
	})
}

// lockPerson locks somebody who is there, reads them, and looks at the precondition.
func (e *Engine) lockPerson(ctx context.Context, tx *store.Tx, p *policy, id string, o PersonOptions) (*store.Person, *policy, error) {
	people, err := tx.People(id)
	if err != nil {
		return nil, p, err
	}
	if len(people) == 0 || people[0].State == directory.Deprovisioned {
		return nil, p, directory.Errorf(directory.NotFound, "there is no user %q", id)
	}
	if p, err = e.current(ctx, tx, p, people[0]); err != nil {
		return nil, p, err
	}
	return people[0], p, o.check(ctx, tx, p, people[0])
}

// check looks at the precondition.
func (o PersonOptions) check(ctx context.Context, tx *store.Tx, p *policy, x *store.Person) error {
	if o.If == nil {
		return nil
	}
	n := wording(p)
	if err := n.groupsOf(ctx, tx.Reader, x); err != nil {
		return err
	}
	return o.If(n.view(x))
}

// assign plans what a person gives and takes by hand.
func (p *policy) assign(before *store.Person, a Assignment, by string, now time.Time) (*Plan, error) {
	h := hand{p: p, x: clone(before), origin: directory.Origin{Kind: directory.FromPerson, Actor: by, At: now}}
	for _, r := range a.Remove {
		if err := h.take(r); err != nil {
			return nil, err
		}
	}
	for _, r := range a.Add {
		if err := h.give(r); err != nil {
			return nil, err
		}
	}
	if err := h.fits(); err != nil {
		return nil, err
	}
	return h.plan(before), nil
}

// hand is a person's rights as somebody changes them by hand.
type hand struct {
	p            *policy
	x            *store.Person
	origin       directory.Origin
	given, taken []directory.Grant
}

// plan makes the plan of what was given and taken.
func (h *hand) plan(before *store.Person) *Plan {
	out := h.p.draft(before, h.x, false)
	if h.x.State == directory.Deprovisioned {
		return out
	}
	out.Gained = append(out.Gained, h.given...)
	out.Lost = append(out.Lost, h.taken...)
	return out
}

func (h *hand) give(r directory.Entitlement) error {
	r, err := h.p.named(r)
	if err != nil {
		return err
	}
	switch r.Kind {
	case directory.RoleEntitlement:
		if role, _ := h.p.role(r.Target); role.Owner {
			return directory.Errorf(directory.Conflict, "the role %q is handed over, not given: transfer the ownership", r.Target)
		}
		if h.p.Setting("roles.cardinality") == "one" {
			if h.p.isOwner(h.x) {
				return directory.Errorf(directory.Conflict, "this person is the owner, who has no other role: transfer the ownership first")
			}
			if err := h.alone(r, "people have one role here (roles.cardinality)"); err != nil {
				return err
			}
			h.drop(func(g directory.Grant) bool { return g.Kind == r.Kind && g.Target != r.Target })
		}
	case directory.ProfileEntitlement:
		profile, _ := h.p.profile(r.Target)
		if err := h.give(directory.Entitlement{Kind: directory.RoleEntitlement, Target: profile.Role}); err != nil {
			return err
		}
	case directory.AgentGroupEntitlement:
		h.drop(func(g directory.Grant) bool {
			return g.Kind == r.Kind && g.Target == r.Target && g.Membership != r.Membership
		})
	default:
	}
	if r.Kind.Single() {
		if err := h.alone(r, "people have one of the kind"); err != nil {
			return err
		}
		h.drop(func(g directory.Grant) bool { return g.Kind == r.Kind && g.Target != r.Target })
	}
	if slices.ContainsFunc(h.x.Grants, func(g directory.Grant) bool { return g.Entitlement == r && !byRule(g) }) {
		return nil
	}
	g := directory.Grant{Entitlement: r, Origin: h.origin}
	if i := slices.IndexFunc(h.taken, func(t directory.Grant) bool { return same(t, g) }); i >= 0 { // taken and given again
		g = h.taken[i]
		h.taken = slices.Delete(h.taken, i, i+1)
	} else {
		h.given = append(h.given, g)
	}
	h.x.Grants = append(h.x.Grants, g)
	return nil
}

// alone refuses two rights at once of a kind of which people have one: nobody would know which was meant.
func (h *hand) alone(r directory.Entitlement, why string) error {
	for _, g := range h.given {
		if g.Kind == r.Kind && g.Target != r.Target {
			return directory.Errorf(directory.Invalid, "%s and %s at once: %s", rightName(g.Entitlement), rightName(r), why)
		}
	}
	return nil
}

// drop takes away what was given by hand and fits.
func (h *hand) drop(fits func(directory.Grant) bool) (dropped int) {
	h.x.Grants = slices.DeleteFunc(h.x.Grants, func(g directory.Grant) bool {
		if byRule(g) || !fits(g) {
			return false
		}
		dropped++
		if i := slices.IndexFunc(h.given, func(o directory.Grant) bool { return same(o, g) }); i >= 0 {
			h.given = slices.Delete(h.given, i, i+1)
		} else {
			h.taken = append(h.taken, g)
		}
		return true
	})
	return dropped
}

func (h *hand) take(r directory.Entitlement) error {
	if known, err := h.p.named(directory.Entitlement{Kind: r.Kind, Target: r.Target}); err == nil {
		r.Target = known.Target // what is not there any more is named by its id
	}
	if r.Kind == directory.RoleEntitlement {
		if role, _ := h.p.role(r.Target); role.Owner {
			return directory.Errorf(directory.Conflict, "the role %q is handed over, not taken away: transfer the ownership", r.Target)
		}
	}
	is := func(g directory.Grant) bool {
		return g.Kind == r.Kind && g.Target == r.Target && (r.Membership == "" || g.Membership == r.Membership)
	}
	if i := slices.IndexFunc(h.x.Grants, func(g directory.Grant) bool { return is(g) && byRule(g) }); i >= 0 {
		return directory.Errorf(directory.Conflict, "%s: withhold it with a hold (deny, %s), or change the rule", h.p.giver(h.x.Grants[i]), rightName(r))
	}
	if h.drop(is) > 0 && r.Kind == directory.ProfileEntitlement { // and the role that came with it
		if profile, ok := h.p.profile(r.Target); ok {
			h.drop(func(g directory.Grant) bool { return g.Kind == directory.RoleEntitlement && g.Target == profile.Role })
		}
	}
	return nil
}

// giver says which rule gives a right.
func (p *policy) giver(g directory.Grant) string {
	if g.Origin.Kind == directory.FromDirect {
		return "a directory's attribute gives " + rightName(g.Entitlement)
	}
	name := g.Origin.Rule
	if r, ok := p.set.Rule(name); ok {
		name = r.Name
	}
	return "the rule " + name + " gives " + rightName(g.Entitlement)
}

// fits refuses options that are of none of the person's roles.
func (h *hand) fits() error {
	roles := targetsOf(h.x, directory.RoleEntitlement)
	for _, g := range h.given {
		if g.Kind != directory.OptionEntitlement {
			continue
		}
		if role, option, _ := strings.Cut(g.Target, ":"); !slices.Contains(roles, role) {
			return directory.Faultf(directory.Conflict, directory.AtRight(g.Kind, g.Target), "", "the option %q is for the role %q, which this person does not have: give them the role with it", option, role)
		}
	}
	return nil
}
