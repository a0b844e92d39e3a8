package mapping

import (
	"cmp"
	"fmt"
	"slices"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// MaxConditions is how many rules may have a condition and no group: each of them is evaluated for each person.
const MaxConditions = 500

// Options are what rules refer to.
type Options struct {
	Cardinality string                 // of roles: "one" or "many"; "" is many
	Roles       []directory.Role       // all of the tenant's
	AgentGroups map[string]string      // id by folded name; for rules without a group, whose outputs no binding resolves
	Connections []directory.Connection // in order of authority
}

// Set is a tenant's rules, compiled. It does not change, and may be used by many at once.
type Set struct {
	rules      []*rule // in order
	conditions []*rule // those with a condition and no group, in order
	byID       map[string]*rule
	names      names
	single     bool                         // one role a person
	direct     map[string]map[string]direct // by connection and folded role key
	labels     map[string]string            // connections' names by id
}

// rule is one rule with what it refers to.
type rule struct {
	directory.Rule

	place     int // in order, from 0
	pattern   Pattern
	condition filter.Expr // nil for none
	roles     []role
	outputs   []string // ids of agent groups, for a rule without a group; "" where there is none of that name
}

type role struct {
	key        string
	privileged bool
}

// direct is a role that a connection may grant without a rule.
type direct struct {
	role       string
	connection int // place in order
	place      int // in the connection's list
}

// grouped reports whether the rule is for members of a group.
func (r *rule) grouped() bool { return r.Group != "" || r.GroupID != "" }

func (r *rule) privileged() bool {
	return slices.ContainsFunc(r.roles, func(x role) bool { return x.privileged })
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
		options: o, roles: make(map[string]directory.Role, len(o.Roles)), taken: make(map[string]bool, len(rules)),
		set: &Set{
			rules: make([]*rule, 0, len(rules)), byID: make(map[string]*rule, len(rules)), names: newNames(),
			single: o.Cardinality == "one", direct: map[string]map[string]direct{}, labels: map[string]string{},
		},
	}
	if o.Cardinality != "" && o.Cardinality != "one" && o.Cardinality != "many" {
		return nil, directory.Errorf(directory.Invalid, "roles.cardinality is %s; it must be one or many", quote(o.Cardinality))
	}
	for _, r := range o.Roles {
		c.roles[schema.Fold(r.Key)] = r
	}
	for i, x := range o.Connections {
		c.connection(i, x)
	}
	for i, r := range ordered {
		c.rule(i, r)
	}
	if len(c.faults) > 0 {
		return nil, &directory.Error{Kind: directory.Invalid, Text: c.faults.Error(), Err: c.faults}
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

// Privileged reports whether the rule of that id yields a privileged role, so that its bindings need confirmation.
func (s *Set) Privileged(ruleID string) bool {
	r, ok := s.byID[ruleID]
	return ok && r.privileged()
}

type compiler struct {
	options Options
	set     *Set
	roles   map[string]directory.Role // by folded key
	taken   map[string]bool           // folded names of rules
	faults  Faults
}

// connection enters the roles that the connection may grant without a rule. A role that has gone, or has become
// privileged since, is left out: it grants nothing.
func (c *compiler) connection(i int, x directory.Connection) {
	c.set.labels[x.ID] = x.Name
	if len(x.Direct) == 0 {
		return
	}
	granted := make(map[string]direct, len(x.Direct))
	for place, key := range x.Direct {
		if r, ok := c.roles[schema.Fold(key)]; ok && !r.Privileged && !r.Owner {
			granted[schema.Fold(key)] = direct{role: r.Key, connection: i, place: place}
		}
	}
	c.set.direct[x.ID] = granted
}

func (c *compiler) rule(i int, given directory.Rule) {
	r := &rule{Rule: given, place: i}
	r.Roles, r.AgentGroups = slices.Clone(given.Roles), slices.Clone(given.AgentGroups)
	c.identity(r)
	c.subject(r)
	for _, key := range r.Roles {
		c.role(r, key)
	}
	for _, out := range r.AgentGroups {
		c.output(r, out)
	}
	if len(r.Roles) == 0 && len(r.AgentGroups) == 0 {
		c.fault(r, "", "it yields nothing; it needs roles or agent_groups")
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

func (c *compiler) role(r *rule, key string) {
	known, ok := c.roles[schema.Fold(key)]
	switch {
	case !ok:
		c.fault(r, "roles", "there is no role %s", quote(key))
	case known.Owner:
		c.fault(r, "roles", "%s is the owner role, which only a person gives", quote(key))
	default:
		r.roles = append(r.roles, role{known.Key, known.Privileged})
	}
}

func (c *compiler) output(r *rule, out directory.RuleOutput) {
	switch out.Kind {
	case "", directory.AsUser, directory.AsSupervisor, directory.AsBoth:
	default:
		c.fault(r, "agent_groups", "%s: the kind %s is not user, supervisor or both", quote(out.Name), quote(string(out.Kind)))
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
		r.outputs = append(r.outputs, c.options.AgentGroups[schema.Fold(out.Name)])
	}
}

func (c *compiler) fault(r *rule, field, format string, args ...any) {
	c.faults = append(c.faults, Fault{Position: r.place + 1, Rule: r.Name, Field: field, Text: fmt.Sprintf(format, args...)})
}
