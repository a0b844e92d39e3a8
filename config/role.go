package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/scim/schema"
)

// The forms of keys: of roles, and of what is inside them or beside them. Package access knows the same of roles.
var (
	roleKey  = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,62}$`)
	plainKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
)

// maxRank bounds a role's rank; the others bound in characters what roles, options and profiles are called, descriptions, and
// the name of a colour.
const (
	maxRank        = 1_000
	maxTitle       = 100
	maxDescription = 400
	maxColour      = 30
)

// readRoles reads the custom roles; the roles that the preset brings are known without being written.
func (m *manifest) readRoles(n node) {
	m.roles, m.roleOf = make(names), make(map[string]directory.Role)
	for _, role := range m.preset.Roles {
		m.roles[role.Key] = declared{name: role.Key}
		m.roleOf[role.Key] = role
	}
	called := make(titles)
	for _, role := range m.preset.Roles {
		called.enter(role.Key, role.Name, 0)
	}
	var renames []renamed
	for _, n := range m.list(n, maxRoles) {
		f, ok := m.keyed(n, roleSection)
		if !ok {
			continue
		}
		role := m.readRole(f)
		if role.Key == "" {
			continue
		}
		if m.declare(m.roles, f["key"], "role", role.Key, role.Absent) {
			m.roleOf[role.Key] = role.Role
			m.titled(called, f, "role", role.Key, role.Name, role.Absent)
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
	role := directory.RoleSpec{Role: directory.Role{Rank: m.integer(f["rank"], 0, maxRank), ManagedBy: directory.ByManifest}}
	if d := f["description"]; d.given() {
		role.Description, _ = m.name(d, maxDescription)
	}
	role.Was = m.optionalName(f["was"])
	role.Absent = m.readAbsent(f)
	role.Kind = m.readRoleKind(f["kind"])
	m.readRights(f, &role.Role)
	key, ok := m.name(f["key"], 63)
	switch {
	case !ok:
	case !roleKey.MatchString(key):
		m.fault(f["key"], "must be lower-case letters, digits, _, . and -, and begin with a letter or a digit, as in team_lead")
		ok = false
	case directAttribute(key) != "":
		m.fault(f["key"], "direct: of a connection means the attribute %s by this word; choose another key", key)
		ok = false
	}
	role.Name = m.title(f["name"], key)
	if ok {
		role.Key = key
	}
	return role
}

// usualKind is the kind of a role for which the manifest names none: where only groups hold rights, it is one (C-08).
func usualKind(model string) directory.RoleKind {
	words := strings.Split(model, ",")
	if slices.Contains(words, groupsHoldRights) && !slices.Contains(words, "custom") {
		return directory.PermissionGroup
	}
	return directory.CustomRole
}

// groupsHoldRights is the word of the setting roles.model for permission groups.
const groupsHoldRights = "groups_grant_rights"

// readRoleKind reads what kind of role it is. Whether the tenant may have a new one of that kind is not asked here: one that
// it had before its setting roles.model changed stays.
func (m *manifest) readRoleKind(n node) directory.RoleKind {
	if !n.given() {
		return usualKind(m.setting("roles.model"))
	}
	return directory.RoleKind(m.choice(n, string(directory.CustomRole), string(directory.PermissionGroup)))
}

// readRights reads what a role may do and what its profiles may have.
func (m *manifest) readRights(f map[string]node, role *directory.Role) {
	role.Permissions = m.readPermissions(f["permissions"], f["deny"])
	role.Options = m.readRoleOptions(f["options"])
	role.Modules = m.readModules(f["modules"])
	if n := f["colour"]; n.given() {
		role.Colour, _ = m.name(n, maxColour)
	}
	if n := f["ceiling"]; n.given() {
		role.Ceiling = directory.Scope(m.choice(n, string(directory.ScopeOwn), string(directory.ScopeGroup), string(directory.ScopeAll)))
	}
	if n := f["everywhere"]; n.given() {
		role.Everywhere = directory.MembershipKind(m.choice(n, string(directory.AsUser), string(directory.AsSupervisor), string(directory.AsBoth)))
	}
	may := access.Privileged(*role)
	role.Privileged = m.boolean(f["privileged"], may)
	if may && !role.Privileged {
		m.fault(f["privileged"], "its permissions make the role privileged; remove the line")
		role.Privileged = true
	}
}

// readRoleOptions reads the bundles that can be switched on for holders of a role.
func (m *manifest) readRoleOptions(n node) []directory.RoleOption {
	var options []directory.RoleOption
	known := make(names)
	for _, n := range m.list(n, maxOptions) {
		f, ok := m.keyed(n, optionSection)
		if !ok {
			continue
		}
		o := directory.RoleOption{Permissions: m.readGranted(f["permissions"])}
		if f["permissions"].empty() {
			m.fault(n, "the option gives nothing; it needs permissions")
		}
		if o.Key, ok = m.key(f["key"]); !ok || !m.declare(known, f["key"], "option", o.Key, false) {
			continue
		}
		o.Name = m.title(f["name"], o.Key)
		options = append(options, o)
	}
	return options
}

// readModules reads the modules that profiles of the role may have, of those that the preset's platform has.
func (m *manifest) readModules(n node) []directory.RoleModule {
	var modules []directory.RoleModule
	lines := make(map[string]int)
	for _, n := range m.list(n, maxModules) {
		at, mode := n, directory.Granted
		if _, mapping := n.value.(*ast.MappingNode); mapping {
			f, _ := m.keyed(n, moduleSection)
			at = f["key"]
			mode = directory.Mode(m.choice(f["mode"], string(directory.Granted), string(directory.Forced), string(directory.Optional), string(directory.Denied)))
		}
		key, ok := m.module(at, m.presetModules())
		if ok && m.once(lines, at, "module", key) {
			modules = append(modules, directory.RoleModule{Key: key, Mode: mode})
		}
	}
	return modules
}

// presetModules lists the modules of the preset's platform.
func (m *manifest) presetModules() []string {
	var keys []string
	for _, x := range m.preset.Modules {
		keys = append(keys, x.Key)
	}
	return keys
}

// module returns the key of a module, which must be one of those.
func (m *manifest) module(n node, known []string) (string, bool) {
	key, ok := m.name(n, maxName)
	switch {
	case !ok:
		return "", false
	case slices.Contains(known, key):
		return key, true
	case len(m.preset.Modules) == 0:
		m.fault(n, "the preset %s has no modules", m.preset.Name)
	default:
		hint := m.near(key, slices.Values(known))
		if hint == "" {
			hint = "; there are " + strings.Join(known, ", ")
		}
		m.fault(n, "unknown module %s%s", quote(key), hint)
	}
	return "", false
}

// key returns a key of lower-case letters, digits and _.
func (m *manifest) key(n node) (string, bool) {
	key, ok := m.name(n, maxName)
	if ok && !plainKey.MatchString(key) {
		m.fault(n, "must be lower-case letters, digits and _, and begin with a letter, as in orders_admin")
		return "", false
	}
	return key, ok
}

// title returns what something with a key is called: the key, unless it has a name besides.
func (m *manifest) title(n node, key string) string {
	if !n.given() {
		return key
	}
	name, _ := m.name(n, maxTitle)
	return name
}

// titles are the names of things that have keys, each of which is one thing's only; by their folded form.
type titles map[string]declared

func (t titles) enter(key, name string, line int) {
	t[schema.Fold(name)] = declared{name: key, line: line}
}

// titled reports a name that something with another key has.
func (m *manifest) titled(known titles, f map[string]node, what, key, name string, absent bool) {
	if absent || name == "" {
		return
	}
	n := f["name"]
	if !n.given() {
		n = f["key"]
	}
	switch d, taken := known[schema.Fold(name)]; {
	case !taken || d.name == key:
		known.enter(key, name, n.line)
	case d.line == 0:
		m.fault(n, "the %s %s of the preset is called %s; choose another name", what, d.name, quote(name))
	default:
		m.fault(n, "the %s %s is called %s already, on line %d", what, d.name, quote(name), d.line)
	}
}
