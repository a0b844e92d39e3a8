package api

import (
	"context"
	"slices"
	"strings"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Nobody hands out more than they have (DECISIONS 9): neither to people, nor to keys, nor by what a role or a rule says.

// weighs says which permissions, how far, whoever hands them out has to have.
type weighs func(access.Permission, directory.Scope) bool

// forPeople weighs what administers people, roles or configuration. What agents do, who talk with customers, is for whoever
// administers people to give without having it; and a part of the configuration is no administration of it.
func forPeople(p access.Permission, s directory.Scope) bool {
	return p.Risk == access.PrivilegedRisk && s != directory.ScopePart
}

// forKeys weighs all that is more than reading: who makes a key holds it in their hand.
func forKeys(p access.Permission, _ directory.Scope) bool { return p.Risk != access.LowRisk }

// forRoles weighs what keys of a role can do here besides reading: who widens the role of their own key holds that, too.
func forRoles(p access.Permission, _ directory.Scope) bool {
	return p.Risk == access.PrivilegedRisk || p.Risk == access.HighRisk && slices.Contains([]string{"people", "settings", "work", "console"}, p.Module)
}

// beyond names a permission that weighs, and that the principal has not, or not as far; "" when there is none.
func (p *principal) beyond(given []access.EffectivePermission, weigh weighs) string {
	for _, e := range given {
		if known, _ := access.PermissionNamed(e.Key); weigh(known, e.Scope) && !p.has(e.Key, e.Scope) {
			return e.Key
		}
	}
	return ""
}

// has reports whether the principal has a permission as far as that.
func (p *principal) has(permission string, s directory.Scope) bool {
	mine := p.may(permission, access.Resource{})
	return mine.Unbounded() || mine.Allowed && mine.Scope == s
}

// given is what a right gives to whoever has nothing else: a role, an option with its role, a profile with its role. Other
// rights administer nothing.
func given(c *store.Configuration, m *access.Model, r directory.Entitlement) (out []access.EffectivePermission) {
	h := holderOf(r.Target)
	switch r.Kind {
	case directory.RoleEntitlement:
		return m.Effective(h)
	case directory.OptionEntitlement:
		role, _, _ := strings.Cut(r.Target, ":")
		h.Roles, h.Options = []string{role}, []string{r.Target}
		return m.Effective(h)
	case directory.ProfileEntitlement:
		for _, x := range profilesNamed(c, r.Target) {
			h.Roles, h.Profile = []string{x.Role}, x.ID
			out = append(out, m.Effective(h)...)
		}
	default:
	}
	return out
}

// within refuses to give or take rights that administer more than the key may, and returns the roles that come with them.
// They are looked at as they are at this moment, not as they were a few seconds ago.
func (c *call) within(ctx context.Context, rights ...directory.Entitlement) (roles []string, err error) {
	if !slices.ContainsFunc(rights, func(r directory.Entitlement) bool { return administers(r.Kind) }) {
		return nil, nil
	}
	now, err := c.current(ctx)
	if err != nil {
		return nil, err
	}
	m := modelOf(now)
	for _, r := range rights {
		if key := c.beyond(given(now, m, r), forPeople); key != "" {
			return nil, c.more(key, directory.Say("the %s %s has", r.Kind, quote(r.Target)))
		}
		switch r.Kind {
		case directory.RoleEntitlement:
			roles = append(roles, r.Target)
		case directory.ProfileEntitlement:
			for _, x := range profilesNamed(now, r.Target) {
				roles = append(roles, x.Role)
			}
		default:
		}
	}
	return roles, nil
}

// profilesNamed are the profiles of an id or a name: one, but that archived ones keep their names.
func profilesNamed(c *store.Configuration, ref string) []directory.Profile {
	return slices.DeleteFunc(slices.Clone(c.Profiles), func(x directory.Profile) bool {
		return x.ID != ref && schema.Fold(x.Name) != schema.Fold(ref)
	})
}

// administers reports whether rights of a kind can give a permission.
func administers(k directory.EntitlementKind) bool {
	return k == directory.RoleEntitlement || k == directory.OptionEntitlement || k == directory.ProfileEntitlement
}

// more is the problem of who would hand out more than they have.
func (c *call) more(key string, what directory.Message) error {
	return c.missing(key, directory.Say("%v the permission %s, which %v has not, or not as far: nobody gives or takes more than they have", what, key, c.name))
}

// configures refuses a change of the configuration by which a role, a profile or a rule would give more than the key may, and
// does not give it now.
func (c *call) configures(before, next *store.Configuration) error {
	if err := c.letsIn(before, next); err != nil {
		return err
	}
	was := reachOf(before)
	for _, x := range reachOf(next) {
		fresh := x.gives
		if i := slices.IndexFunc(was, func(y reach) bool { return y.id == x.id }); i >= 0 {
			fresh = slices.DeleteFunc(slices.Clone(fresh), func(e access.EffectivePermission) bool {
				return slices.ContainsFunc(was[i].gives, func(o access.EffectivePermission) bool { return o.Key == e.Key && o.Scope == e.Scope })
			})
		}
		if key := c.beyond(fresh, forRoles); key != "" {
			return c.more(key, directory.Say("the %s would have", x.name))
		}
	}
	if key := c.beyond(allowedAgain(before, next), forRoles); key != "" {
		return c.more(key, directory.Say("a role would no longer deny"))
	}
	m, looked := modelOf(next), map[directory.Entitlement]bool{}
	for _, r := range next.Rules {
		if i := slices.IndexFunc(before.Rules, func(x directory.Rule) bool { return x.ID == r.ID }); i >= 0 && sameGift(before.Rules[i], r) {
			continue
		}
		for _, x := range rightsOf(r) {
			if looked[x] {
				continue
			}
			looked[x] = true
			if key := c.beyond(given(next, m, x), forPeople); key != "" {
				return c.more(key, directory.Say("the rule %s would give the %s %s, which has", quote(r.Name), x.Kind, quote(x.Target)))
			}
		}
	}
	return nil
}

// sameGift reports whether two rules give the same permissions to the same people.
func sameGift(a, b directory.Rule) bool {
	return a.Connection == b.Connection && a.Group == b.Group && a.GroupID == b.GroupID && a.When == b.When && slices.Equal(rightsOf(a), rightsOf(b))
}

// rightsOf are the rights of a rule that can give a permission.
func rightsOf(r directory.Rule) (out []directory.Entitlement) {
	for _, key := range r.Roles {
		out = append(out, directory.Entitlement{Kind: directory.RoleEntitlement, Target: key})
	}
	for _, target := range r.Options {
		out = append(out, directory.Entitlement{Kind: directory.OptionEntitlement, Target: target})
	}
	if r.Profile != "" {
		out = append(out, directory.Entitlement{Kind: directory.ProfileEntitlement, Target: r.Profile})
	}
	return out
}

// reach is what a role or a profile can give.
type reach struct {
	id, name string
	gives    []access.EffectivePermission
}

// reachOf is the most that each role can give, with all of its options and modules, and what each profile gives.
func reachOf(c *store.Configuration) (out []reach) {
	full := *c // with a profile of each role that has all of its modules
	full.Profiles = slices.Clone(c.Profiles)
	for _, r := range c.Roles {
		p := directory.Profile{ID: "role " + r.Key, Role: r.Key}
		for _, m := range r.Modules {
			p.Modules = append(p.Modules, m.Key)
		}
		full.Profiles = append(full.Profiles, p)
	}
	m := modelOf(&full)
	for _, r := range c.Roles {
		h := holderOf(r.Key)
		for _, o := range r.Options {
			h.Options = append(h.Options, directory.OptionTarget(r.Key, o.Key))
		}
		if len(r.Modules) > 0 && !r.Owner { // whose role has no profiles
			h.Profile = "role " + r.Key
		}
		out = append(out, reach{"role " + r.Key, "role " + quote(r.Key), m.Effective(h)})
	}
	for _, p := range c.Profiles {
		h := holderOf(p.Role)
		h.Profile = p.ID
		out = append(out, reach{p.ID, "profile " + quote(p.Name), m.Effective(h)})
	}
	return out
}

// allowedAgain is what roles deny now and would not any more: it comes back to whoever has it from another role.
func allowedAgain(before, next *store.Configuration) (out []access.EffectivePermission) {
	denies := func(roles []directory.Role, of string, p directory.RolePermission) bool {
		return slices.ContainsFunc(roles, func(r directory.Role) bool { return r.Key == of && slices.Contains(r.Permissions, p) })
	}
	for _, r := range before.Roles {
		for _, p := range r.Permissions {
			if p.Mode == directory.Denied && !denies(next.Roles, r.Key, p) {
				out = append(out, access.EffectivePermission{Key: p.Key, Scope: directory.ScopeAll})
			}
		}
	}
	return out
}
