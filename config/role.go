package config

import (
	"regexp"

	"rollcall/directory"
)

var roleKey = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,62}$`)

// maxRank and maxDescription bound a role's rank, and its description in characters.
const (
	maxRank        = 1_000
	maxDescription = 1_000
)

// readRoles reads the custom roles; the roles that every tenant has are known without being written.
func (m *manifest) readRoles(n node) {
	m.roles, m.privileged = make(names), make(map[string]bool)
	for _, role := range directory.DefaultRoles() {
		m.roles[role.Key] = declared{name: role.Key}
		m.privileged[role.Key] = role.Privileged
	}
	var renames []renamed
	for _, n := range m.list(n, maxRoles) {
		f, ok := m.fields(n, "key", "name", "description", "rank", "privileged", "was", "state")
		if !ok {
			continue
		}
		role := m.readRole(f)
		if role.Key == "" {
			continue
		}
		if m.declare(m.roles, f["key"], "role", role.Key, role.Absent) {
			m.privileged[role.Key] = role.Privileged
		}
		if role.Was != "" {
			renames = append(renames, renamed{f["was"], role.Was, role.Key})
		}
		m.spec.Roles = append(m.spec.Roles, role)
	}
	m.checkRenames(m.roles, "role", renames)
}

// readRole reads one role, without a key when that is wrong.
func (m *manifest) readRole(f map[string]node) directory.RoleSpec {
	role := directory.RoleSpec{Role: directory.Role{
		Kind:       directory.CustomRole,
		Rank:       m.integer(f["rank"], 0, maxRank),
		Privileged: m.boolean(f["privileged"], false),
		ManagedBy:  directory.ByManifest,
	}}
	if d := f["description"]; d.given() {
		role.Description, _ = m.name(d, maxDescription)
	}
	role.Was = m.optionalName(f["was"])
	role.Absent = m.readAbsent(f)
	key, ok := m.name(f["key"], 63)
	if ok && !roleKey.MatchString(key) {
		m.fault(f["key"], "must be lower-case letters, digits, _, . and -, and begin with a letter or a digit, as in team_lead")
		ok = false
	}
	if role.Name = m.optionalName(f["name"]); role.Name == "" {
		role.Name = key
	}
	if ok {
		role.Key = key
	}
	return role
}

// roleKeys reads a list of references to roles. A privileged one is a fault where only unprivileged ones may be.
func (m *manifest) roleKeys(n node, unprivileged bool) []string {
	var keys []string
	lines := make(map[string]int)
	for _, n := range m.list(n, maxOutputs) {
		name, ok := m.name(n, maxName)
		if !ok {
			continue
		}
		key, ok := m.find(m.roles, n, "role", name)
		switch {
		case !ok:
		case lines[key] > 0:
			m.fault(n, "the role %s is already in this list, on line %d", quote(key), lines[key])
		case unprivileged && m.privileged[key]:
			m.fault(n, "the role %s is privileged; only a rule may give it", quote(key))
		default:
			lines[key] = n.line
			keys = append(keys, key)
		}
	}
	return keys
}
