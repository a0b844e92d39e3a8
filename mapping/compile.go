package mapping

import (
	"cmp"
	"slices"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// MaxConditions is how many rules may have a condition and no group: each of them is evaluated for each person.
const MaxConditions = 500

// Options are what rules refer to: all that the tenant has of each.
type Options struct {
	Cardinality string // of roles: "one" or "many"; "" is many
	NoGroups    bool   // the tenant has no agent groups (groups.type), so that no rule may yield one
	NoKinds     bool   // people belong to agent groups as user, and as nothing else (groups.membership_kinds)
	Roles       []directory.Role
	Profiles    []directory.Profile
	AgentGroups map[string]string     // id by folded name; for rules without a group, whose outputs no binding resolves, and for statements
	Work        []directory.WorkGroup // campaigns, queues and strategies
	Companies   []directory.Company
	Statuses    []directory.Status
	SeatPools   []directory.SeatPool
	Connections []directory.Connection // in order of authority
}

// Set is a tenant's rules, compiled. It does not change, and may be used by many at once.
type Set struct {
	rules       []*rule // in order
	conditions  []*rule // those with a condition and no group, in order
	byID        map[string]*rule
	names       names
	single      bool // one role a person
	noGroups    bool
	noKinds     bool
	things      catalogue
	agentGroups map[string]string // id by folded name
	teamNames   map[string]string // folded name by id; nil where no connection may state agent groups
	direct      map[string]direct // by connection
	labels      map[string]string // connections' names by id
}

// rule is one rule with what it refers to.
type rule struct {
	directory.Rule

	place     int // in order, from 0
	pattern   Pattern
	condition filter.Expr // nil for none
	roles     []*thing
	profile   *thing   // nil for none
	others    []*thing // of the other kinds, but for agent groups
	outputs   []string // ids of agent groups, for a rule without a group; "" where there is none of that name
}

// grouped reports whether the rule is for members of a group.
func (r *rule) grouped() bool { return r.Group != "" || r.GroupID != "" }

func (r *rule) privileged() bool {
	privileged := func(x *thing) bool { return x.privileged }
	return slices.ContainsFunc(r.roles, privileged) || r.profile != nil && r.profile.privileged || slices.ContainsFunc(r.others, privileged)
}

// Compile prepares rules for evaluation. Their order is by Order, then by name. When something is wrong with any of them
// the error is a [directory.Error] of the kind Invalid whose cause is a [Faults] with everything that is wrong with all
// of them. An agent group that is not there yet is not wrong: that output yields nothing until it is.
func Compile(rules []directory.Rule, o Options) (*Set, error) {
	ordered := slices.Clone(rules)
	slices.SortFunc(ordered, func(a, b directory.Rule) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	c := compiler{
		taken: make(map[string]bool, len(rules)),
		set: &Set{
			rules: make([]*rule, 0, len(rules)), byID: make(map[string]*rule, len(rules)), names: newNames(), single: o.Cardinality == "one",
			noGroups: o.NoGroups, noKinds: o.NoKinds, things: newCatalogue(o), agentGroups: o.AgentGroups, direct: map[string]direct{}, labels: map[string]string{},
		},
	}
	if o.Cardinality != "" && o.Cardinality != "one" && o.Cardinality != "many" {
		return nil, directory.Errorf(directory.Invalid, "roles.cardinality is %s; it must be one or many", quote(o.Cardinality))
	}
	for i, x := range o.Connections {
		c.connection(i, x)
	}
	for i, r := range ordered {
		c.rule(i, r)
	}
	if len(c.faults) > 0 {
		return nil, &directory.Error{Kind: directory.Invalid, Message: c.faults.Message(), Err: c.faults}
	}
	return c.set, nil
}

// Rule returns the rule of that id.
func (s *Set) Rule(id string) (directory.Rule, bool) {
	r, ok := s.byID[id]
	if !ok {
		return directory.Rule{}, false
	}
	return r.Rule, true
}

// Privileged reports whether the rule of that id yields a privileged role, or a profile or an option of one, so that its
// bindings need confirmation.
func (s *Set) Privileged(ruleID string) bool {
	r, ok := s.byID[ruleID]
	return ok && r.privileged()
}

type compiler struct {
	set    *Set
	taken  map[string]bool // folded names of rules
	faults Faults
}

func (c *compiler) rule(i int, given directory.Rule) {
	r := &rule{Rule: given, place: i}
	r.Roles, r.AgentGroups = slices.Clone(given.Roles), slices.Clone(given.AgentGroups)
	c.identity(r)
	c.subject(r)
	c.outputs(r)
	for _, out := range r.AgentGroups {
		c.agentGroup(r, out)
	}
	if given.Outputs().Empty() {
		c.fault(r, "", "it yields nothing; it needs roles, agent_groups or another output")
	}
	c.set.rules = append(c.set.rules, r)
	c.set.byID[r.ID] = r
	if r.Group != "" {
		c.set.names.add(r)
	}
}

func (c *compiler) identity(r *rule) {
	switch {
	case r.ID == "":
		c.fault(r, "id", "the rule has no id")
	case c.set.byID[r.ID] != nil:
		c.fault(r, "id", "rule %d has the id %s too", c.set.byID[r.ID].place+1, quote(r.ID))
	}
	name := schema.Fold(r.Name)
	switch {
	case name == "":
		c.fault(r, "name", "the rule has no name")
	case c.taken[name]:
		c.fault(r, "name", "another rule before it has that name")
	}
	c.taken[name] = true
	if _, ok := c.set.labels[r.Connection]; r.Connection != "" && !ok {
		c.fault(r, "connection", "there is no connection with the id %s", quote(r.Connection))
	}
}

// subject compiles whom the rule is for.
func (c *compiler) subject(r *rule) {
	var err error
	if r.Group != "" {
		if r.pattern, err = ParsePattern(r.Group); err != nil {
			c.fault(r, "group", "%v", err)
		}
	}
	if r.Group != "" && r.GroupID != "" {
		c.fault(r, "group_id", "a rule has group or group_id, not both")
	}
	if r.When != "" {
		if r.condition, err = condition(r.When); err != nil {
			c.fault(r, "when", "%v", err)
		}
	}
	switch {
	case r.grouped():
	case r.When == "":
		c.fault(r, "", "it does not say whom it is for; it needs group, group_id or when")
	default:
		if len(c.set.conditions) == MaxConditions {
			c.fault(r, "when", "more than %d rules have a condition and no group; give some of them a group", MaxConditions)
		}
		c.set.conditions = append(c.set.conditions, r)
	}
}

func (c *compiler) agentGroup(r *rule, out directory.RuleOutput) {
	if c.set.noGroups {
		c.fault(r, "agent_groups", "%s: this tenant has no agent groups; add agent_group to its setting groups.type to have some", quote(out.Name))
		return
	}
	if wrong := c.set.kindFault(out.Kind); wrong != nil {
		c.fault(r, "agent_groups", "%s: %v", quote(out.Name), wrong)
	}
	t, err := parseTemplate(out.Name)
	if err == nil && len(t.words) == 0 {
		err = checkName(out.Name)
	}
	if err != nil {
		c.fault(r, "agent_groups", "%s: %v", quote(out.Name), err)
		return
	}
	for i, word := range t.words {
		if !slices.Contains(r.pattern.captures, word) {
			c.fault(r, "agent_groups", "%s: column %d: the rule's group does not capture {%s}", quote(out.Name), t.columns[i], word)
		}
	}
	if !r.grouped() {
		r.outputs = append(r.outputs, c.set.agentGroups[schema.Fold(out.Name)])
	}
}

// kindFault says what is wrong with a kind of membership; "" stands for user.
func (s *Set) kindFault(kind directory.MembershipKind) error {
	switch kind {
	case "", directory.AsUser:
	case directory.AsSupervisor, directory.AsBoth:
		if s.noKinds {
			return wrong("the kind %s is not possible: this tenant's setting groups.membership_kinds is off, so people belong to agent groups as user", quote(string(kind)))
		}
	default:
		return wrong("the kind %s is not user, supervisor or both", quote(string(kind)))
	}
	return nil
}

func (c *compiler) fault(r *rule, field, format string, args ...any) {
	c.faults = append(c.faults, Fault{Position: r.place + 1, Rule: r.Name, Field: field, Message: directory.Say(format, args...)})
}
