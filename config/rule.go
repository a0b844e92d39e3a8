package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// readRules reads the mapping rules, which refer to connections and roles.
func (m *manifest) readRules(n node) {
	known := make(names)
	var renames []renamed
	for i, n := range m.list(n, maxRules) {
		f, ok := m.keyed(n, ruleSection)
		if !ok {
			continue
		}
		rule := m.readRule(n, f)
		rule.Order = i
		if rule.Name == "" {
			continue
		}
		m.declare(known, f["name"], "rule", rule.Name, false)
		if rule.Was != "" {
			renames = append(renames, renamed{f["was"], rule.Was, rule.Name})
		}
		m.spec.Rules = append(m.spec.Rules, rule)
	}
	m.checkRenames(known, "rule", renames)
}

func (m *manifest) readRule(n node, f map[string]node) directory.RuleSpec {
	rule := directory.RuleSpec{Rule: directory.Rule{ManagedBy: directory.ByManifest}}
	rule.Name, _ = m.name(f["name"], maxName)
	rule.Was = m.optionalName(f["was"])
	rule.Connection = m.one(f["connection"], m.connections, "connection")
	words := m.readGroup(f, &rule)
	rule.When = m.readCondition(f["when"])
	o := m.readOutputs(f, func(n node) []directory.RuleOutput { return m.readAgentGroups(n, words) })
	rule.Roles, rule.Options, rule.Profile, rule.AgentGroups = o.Roles, o.Options, o.Profile, o.AgentGroups
	rule.Campaigns, rule.Queues, rule.Strategies = o.Campaigns, o.Queues, o.Strategies
	rule.Company, rule.SeatPool, rule.InitialStatus = o.Company, o.SeatPool, o.InitialStatus
	if f["group"].empty() && f["group_id"].empty() && f["when"].empty() {
		m.fault(n, "the rule does not say whom it is for; it needs group, group_id or when")
	}
	if rule.When != "" && f["group"].empty() && f["group_id"].empty() {
		if m.conditions++; m.conditions == maxConditions+1 {
			m.fault(f["when"], "more than %d rules have a condition and no group; give some of them a group", maxConditions)
		}
	}
	if !slices.ContainsFunc(outputKeys, func(key string) bool { return !f[key].empty() }) {
		m.fault(n, "the rule gives nothing; it needs roles, agent_groups or another output")
	}
	return rule
}

// readGroup reads which directory group the rule is for, and returns the words that its name captures.
func (m *manifest) readGroup(f map[string]node, rule *directory.RuleSpec) []string {
	if n := f["group_id"]; n.given() {
		rule.GroupID, _ = m.name(n, maxName)
		if strings.ContainsAny(rule.GroupID, " {}") {
			m.fault(n, "must be an id, as rollcall shows it for a group")
		}
		if f["group"].given() {
			m.fault(n, "a rule has group or group_id, not both")
		}
	}
	n := f["group"]
	if !n.given() {
		return nil
	}
	name, ok := m.name(n, maxGroup)
	if !ok {
		return nil
	}
	words, err := captures(name)
	if err == nil {
		err = unambiguous(name, words)
	}
	if err != nil {
		m.fault(n, "%s: %v", quote(name), err)
	}
	rule.Group = name
	return words
}

// readCondition reads a SCIM filter over the user's resource.
func (m *manifest) readCondition(n node) string {
	if !n.given() {
		return ""
	}
	s, ok := m.text(n)
	if !ok {
		return ""
	}
	e, err := filter.Parse(s)
	if err == nil {
		e, err = filter.Resolve(e, schema.User, filter.Options{Loose: true})
	}
	if err == nil {
		err = unseen(e)
	}
	if err != nil {
		m.fault(n, "%v", err)
	}
	return s
}

// unseen says which attribute of a condition is none that a directory states about a person, or nil. Package mapping refuses
// the same, but knows no lines.
func unseen(condition filter.Expr) error {
	var err error
	check := func(ref schema.Ref) {
		readOnly := ref.Attr != nil && (ref.Attr.Mutability == schema.ReadOnly || ref.Sub != nil && ref.Sub.Mutability == schema.ReadOnly)
		switch {
		case err != nil:
		case ref.Schema == nil:
			err = fmt.Errorf("a condition does not see %s, which is no attribute of the person", ref)
		case ref.Schema.ID == schema.RollcallURN && (ref.Attr == nil || readOnly):
			err = fmt.Errorf("a condition cannot ask for %s, which is what the rules lead to", ref)
		case readOnly && ref.Attr.Name == "groups":
			err = errors.New("a condition does not see groups; name the group with group or group_id")
		case readOnly:
			err = fmt.Errorf("a condition does not see %s, which is read-only", ref)
		}
	}
	filter.Walk(condition, func(e filter.Expr) bool {
		switch e := e.(type) {
		case *filter.Compare:
			check(e.Attr.Ref)
		case *filter.Present:
			check(e.Attr.Ref)
		case *filter.ValuePath:
			check(e.Attr.Ref)
		}
		return true
	})
	return err
}
