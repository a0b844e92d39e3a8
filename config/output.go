package config

import (
	"iter"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// readOutputs reads what a rule yields, or, of a test, what the rules have to. agentGroups reads those, whose names differ.
func (m *manifest) readOutputs(f map[string]node, agentGroups func(node) []directory.RuleOutput) directory.RuleOutputs {
	return directory.RuleOutputs{
		Roles:       m.roleKeys(f["roles"]),
		Options:     m.readOptions(f["options"]),
		Profile:     m.one(f["profile"], m.profiles, "profile"),
		AgentGroups: agentGroups(f["agent_groups"]),
		Campaigns:   m.several(f["campaigns"], m.work[directory.CampaignWork], "campaign"),
		Queues:      m.several(f["queues"], m.work[directory.QueueWork], "queue"),
		Strategies:  m.several(f["strategies"], m.work[directory.StrategyWork], "strategy"),
		Company:     m.one(f["company"], m.companies, "company"),
		SeatPool:    m.one(f["seat_pool"], m.seatPools, "seat pool"),

		InitialStatus: m.one(f["initial_status"], m.statuses, "status"),
	}
}

// one reads a reference, "" where there is none.
func (m *manifest) one(n node, known names, what string) string {
	if !n.given() {
		return ""
	}
	name, ok := m.name(n, maxName)
	if !ok {
		return ""
	}
	found, _ := m.find(known, n, what, name)
	return found
}

// several reads a list of references.
func (m *manifest) several(n node, known names, what string) []string {
	var list []string
	lines := make(map[string]int)
	for _, n := range m.list(n, maxOutputs) {
		name, ok := m.name(n, maxName)
		if !ok {
			continue
		}
		if name, ok = m.find(known, n, what, name); !ok {
			continue
		}
		if m.once(lines, n, what, name) {
			list = append(list, name)
		}
	}
	return list
}

// roleKeys reads a list of references to roles that people can be given.
func (m *manifest) roleKeys(n node) []string {
	var keys []string
	lines := make(map[string]int)
	for _, n := range m.list(n, maxOutputs) {
		if key, ok := m.role(n); ok && m.once(lines, n, "role", key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// role reads a reference to a role that people can be given.
func (m *manifest) role(n node) (string, bool) {
	name, ok := m.name(n, maxName)
	if !ok {
		return "", false
	}
	return m.assignable(n, name)
}

// assignable returns the key of a role that people can be given.
func (m *manifest) assignable(n node, name string) (string, bool) {
	key, ok := m.find(m.roles, n, "role", name)
	switch role := m.roleOf[key]; {
	case !ok:
	case role.Owner:
		m.fault(n, "%s is the owner role, which only a person gives", quote(key))
	case role.Kind == directory.MembershipRole:
		m.fault(n, "%s is what a membership of an agent group gives; nobody is assigned to it", quote(key))
	default:
		return key, true
	}
	return "", false
}

// once reports whether a list has a name for the first time.
func (m *manifest) once(lines map[string]int, n node, what, name string) bool {
	if lines[name] > 0 {
		m.fault(n, "the %s %s is already in this list, on line %d", what, quote(name), lines[name])
		return false
	}
	lines[name] = n.line
	return true
}

// readDirect reads what a connection's accounts may state that it is granted: unprivileged roles, and attributes of our
// SCIM extension.
func (m *manifest) readDirect(n node) []string {
	var direct []string
	lines := make(map[string]int)
	for _, n := range m.list(n, maxOutputs) {
		name, ok := m.name(n, maxName)
		if !ok {
			continue
		}
		if attribute := directAttribute(name); attribute != "" {
			if m.once(lines, n, "attribute", attribute) {
				direct = append(direct, attribute)
			}
			continue
		}
		if _, known := m.roles[schema.Fold(name)]; !known {
			if near := m.near(name, slices.Values(directory.DirectAttributes())); near != "" {
				m.fault(n, "unknown attribute or role %s%s", quote(name), near)
				continue
			}
		}
		key, ok := m.find(m.roles, n, "role", name)
		switch role := m.roleOf[key]; {
		case !ok:
		case role.Privileged || role.Owner:
			m.fault(n, "the role %s is privileged; only a rule may give it", quote(key))
		case role.Kind == directory.MembershipRole:
			m.fault(n, "%s is what a membership of an agent group gives; nobody is assigned to it", quote(key))
		case role.Kind == directory.ConsoleRole:
			m.fault(n, "the role %s is for those who run Rollcall; only a rule may give it", quote(key))
		case m.once(lines, n, "role", key):
			direct = append(direct, key)
		}
	}
	return direct
}

// directAttribute returns the attribute that a word of direct: means, as the schema spells it, or "".
func directAttribute(word string) string {
	for _, a := range directory.DirectAttributes() {
		if strings.EqualFold(a, word) {
			return a
		}
	}
	return ""
}

// readOptions reads a list of options of roles, each written as role:option or as {role, option}.
func (m *manifest) readOptions(n node) []string {
	var targets []string
	lines := make(map[string]int)
	for _, n := range m.list(n, maxOutputs) {
		key, option, ok := m.readOption(n)
		if !ok {
			continue
		}
		options := m.roleOf[key].Options
		if slices.ContainsFunc(options, func(o directory.RoleOption) bool { return o.Key == option }) {
			if target := directory.OptionTarget(key, option); m.once(lines, n, "option", target) {
				targets = append(targets, target)
			}
			continue
		}
		m.fault(n, "the role %s has no option %s%s", quote(key), quote(option), m.near(option, optionKeys(options)))
	}
	return targets
}

func optionKeys(options []directory.RoleOption) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, o := range options {
			if !yield(o.Key) {
				return
			}
		}
	}
}

func (m *manifest) readOption(n node) (role, option string, ok bool) {
	if _, mapping := n.value.(*ast.MappingNode); mapping {
		f, _ := m.keyed(n, optionOfSection)
		role, found := m.role(f["role"])
		option, named := m.name(f["option"], maxName)
		return role, option, found && named
	}
	text, ok := m.name(n, maxName)
	if !ok {
		return "", "", false
	}
	name, option, parted := strings.Cut(text, ":")
	if !parted || name == "" || option == "" {
		m.fault(n, "%s is not role:option, as in agent:catalogs", quote(text))
		return "", "", false
	}
	key, ok := m.assignable(n, name)
	return key, option, ok
}

// readAgentGroups reads the agent groups that a rule yields, whose names may have the words that its group captures.
func (m *manifest) readAgentGroups(n node, words []string) []directory.RuleOutput {
	return m.listAgentGroups(n, func(n node, name string) {
		used, err := captures(name)
		if err != nil {
			m.fault(n, "%s: %v", quote(name), err)
		}
		for _, word := range used {
			if !slices.Contains(words, word) {
				m.fault(n, "the rule's group does not capture {%s}%s", word, m.near(word, slices.Values(words)))
			}
		}
	})
}

// readMadeGroups reads agent groups by the names that they have once rules have made them.
func (m *manifest) readMadeGroups(n node) []directory.RuleOutput {
	return m.listAgentGroups(n, func(n node, name string) {
		if strings.ContainsAny(name, "{}") {
			m.fault(n, "write the name as the rule makes it, with what { and } stand for")
		}
	})
}

func (m *manifest) listAgentGroups(n node, check func(n node, name string)) []directory.RuleOutput {
	var outputs []directory.RuleOutput
	known := make(names)
	for _, n := range m.list(n, maxOutputs) {
		f, ok := m.fieldsOrName(n, outputSection)
		if !ok {
			continue
		}
		kind := m.choice(f["kind"], string(directory.AsUser), string(directory.AsSupervisor), string(directory.AsBoth))
		name, ok := m.name(f["name"], maxName)
		if !ok {
			continue
		}
		check(f["name"], name)
		if m.declare(known, f["name"], "agent group", name, false) {
			outputs = append(outputs, directory.RuleOutput{Name: name, Kind: directory.MembershipKind(kind)})
		}
	}
	return outputs
}
