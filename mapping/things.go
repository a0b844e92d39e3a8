package mapping

import (
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// thing is what a rule or a statement may yield, agent groups aside: these are made by rules.
type thing struct {
	directory.Entitlement

	name       string // as people call it
	role       *thing // of a profile: the role that comes with it
	privileged bool   // it is a privileged role, or belongs to one
	refused    error  // why no rule and no directory may give it
	lapsed     error  // why it yields nothing although it is there
}

// String returns what the thing is called, as in "the profile Sales".
func (x *thing) String() string { return "the " + word(x.Kind) + " " + x.name }

// word returns a kind as people read it.
func word(kind directory.EntitlementKind) string { return strings.ReplaceAll(string(kind), "_", " ") }

// catalogue finds things by kind, and by their folded name, their key, or their id.
type catalogue struct {
	named   map[directory.EntitlementKind]map[string]*thing
	targets map[directory.Entitlement]*thing
	options map[string][]*thing // by the folded key of their role
}

func newCatalogue(o Options) catalogue {
	c := catalogue{
		named: map[directory.EntitlementKind]map[string]*thing{}, targets: map[directory.Entitlement]*thing{}, options: map[string][]*thing{},
	}
	for _, r := range o.Roles {
		c.role(r)
	}
	for _, p := range o.Profiles {
		c.profile(p)
	}
	for _, w := range o.Work {
		x := c.add(directory.EntitlementKind(w.Kind), w.ID, w.Name)
		if w.Archived {
			x.lapsed = wrong("is archived")
		}
	}
	for _, x := range o.Companies {
		c.add(directory.CompanyEntitlement, x.ID, x.Name)
	}
	for _, p := range o.SeatPools {
		c.add(directory.SeatPoolEntitlement, p.Key, p.Key)
	}
	for _, s := range o.Statuses {
		if x := c.add(directory.StatusEntitlement, s.Key, s.Key); !s.Active {
			x.lapsed = wrong("cannot be chosen at present")
		}
	}
	return c
}

func (c *catalogue) add(kind directory.EntitlementKind, target, name string) *thing {
	x := &thing{Entitlement: directory.Entitlement{Kind: kind, Target: target}, name: name}
	if c.named[kind] == nil {
		c.named[kind] = map[string]*thing{}
	}
	c.named[kind][schema.Fold(name)] = x
	c.targets[x.Entitlement] = x
	return x
}

// role enters a role with its options.
func (c *catalogue) role(r directory.Role) {
	x := c.add(directory.RoleEntitlement, r.Key, r.Key)
	x.privileged = r.Privileged || r.Owner
	switch {
	case r.Owner:
		x.refused = wrong("is the owner role, which only a person gives")
	case r.Kind == directory.MembershipRole:
		x.refused = wrong("is what a kind of membership of an agent group gives; nobody is assigned to it")
	}
	for _, option := range r.Options {
		target := directory.OptionTarget(r.Key, option.Key)
		o := c.add(directory.OptionEntitlement, target, target)
		o.privileged = x.privileged
		if x.refused != nil {
			o.refused = wrong("is of the role %s, which %v", quote(r.Key), x.refused)
		}
		c.options[schema.Fold(r.Key)] = append(c.options[schema.Fold(r.Key)], o)
	}
}

// profile enters a profile. Without its role it yields nothing.
func (c *catalogue) profile(p directory.Profile) {
	x := c.add(directory.ProfileEntitlement, p.ID, p.Name)
	x.role = c.named[directory.RoleEntitlement][schema.Fold(p.Role)]
	switch {
	case x.role == nil:
		x.lapsed = wrong("is of the role %s, which is not there", quote(p.Role))
	case x.role.refused != nil:
		x.refused = wrong("is of the role %s, which %v", quote(x.role.Target), x.role.refused)
	}
	if x.role != nil {
		x.privileged = x.role.privileged
	}
	if p.Archived {
		x.lapsed = wrong("is archived")
	}
}

// find returns the thing of that name, or what is wrong with the name.
func (c *catalogue) find(kind directory.EntitlementKind, name string) (*thing, error) {
	if x := c.named[kind][schema.Fold(name)]; x != nil {
		return x, nil
	}
	if kind != directory.OptionEntitlement {
		return nil, wrong("there is no %s %s", word(kind), quote(name))
	}
	role, option, ok := strings.Cut(name, ":")
	known := c.named[directory.RoleEntitlement][schema.Fold(role)]
	switch {
	case !ok || role == "" || option == "":
		return nil, wrong("%s is not an option; write role:option", quote(name))
	case known == nil:
		return nil, wrong("there is no role %s for the option %s", quote(role), quote(option))
	}
	var names []string
	for _, o := range c.options[schema.Fold(role)] {
		names = append(names, strings.TrimPrefix(o.Target, known.Target+":"))
	}
	if names == nil {
		return nil, wrong("the role %s has no options", quote(known.Target))
	}
	return nil, wrong("the role %s has no option %s; it has %s", quote(known.Target), quote(option), strings.Join(names, ", "))
}

// outputs compiles what a rule yields, but for agent groups.
func (c *compiler) outputs(r *rule) {
	r.roles = c.things(r, "roles", directory.RoleEntitlement, r.Roles...)
	if p := c.things(r, "profile", directory.ProfileEntitlement, r.Profile); p != nil {
		r.profile = p[0]
	}
	r.others = slices.Concat(
		c.things(r, "options", directory.OptionEntitlement, r.Options...),
		c.things(r, "campaigns", directory.CampaignEntitlement, r.Campaigns...),
		c.things(r, "queues", directory.QueueEntitlement, r.Queues...),
		c.things(r, "strategies", directory.StrategyEntitlement, r.Strategies...),
		c.things(r, "company", directory.CompanyEntitlement, r.Company),
		c.things(r, "seat_pool", directory.SeatPoolEntitlement, r.SeatPool),
		c.things(r, "initial_status", directory.StatusEntitlement, r.InitialStatus),
	)
}

// things finds what a field of a rule names. The field of a kind of which there is one is "" where the rule yields none.
func (c *compiler) things(r *rule, field string, kind directory.EntitlementKind, names ...string) []*thing {
	var out []*thing
	for _, name := range names {
		if name == "" && kind.Single() {
			continue
		}
		x, err := c.set.things.find(kind, name)
		if err == nil && x.refused != nil {
			err = wrong("%s %v", quote(name), x.refused)
		}
		if err != nil {
			c.fault(r, field, "%v", err)
			continue
		}
		out = append(out, x)
	}
	return out
}
