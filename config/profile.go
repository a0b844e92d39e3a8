package config

import (
	"slices"
	"unicode/utf8"

	"rollcall/access"
	"rollcall/directory"
)

// The bounds of a profile: its description as people count characters (004-18), and the name of its icon.
const (
	maxProfileDescription = 75
	maxIcon               = 50
)

// readProfiles reads the profiles, each of which narrows a role to some of its modules.
func (m *manifest) readProfiles(n node) {
	m.profiles = make(names)
	var renames []renamed
	for _, n := range m.list(n, maxProfiles) {
		f, ok := m.keyed(n, profileSection)
		if !ok {
			continue
		}
		p := directory.ProfileSpec{Profile: directory.Profile{ManagedBy: directory.ByManifest}}
		p.Was = m.optionalName(f["was"])
		p.Absent = m.readAbsent(f)
		if !p.Absent { // what goes may keep its lines, and they say nothing
			m.readProfile(f, &p.Profile)
		}
		if p.Name, ok = m.name(f["name"], maxTitle); !ok {
			continue
		}
		m.declare(m.profiles, f["name"], "profile", p.Name, p.Absent)
		if p.Was != "" {
			renames = append(renames, renamed{f["was"], p.Was, p.Name})
		}
		m.spec.Profiles = append(m.spec.Profiles, p)
	}
	m.checkRenames(m.profiles, "profile", renames)
}

// readProfile reads everything but the name: the role, which cannot be the owner's (004-12); the icon, which has to be
// chosen (004-17); the modules, within what the role may have, and those that it forces besides (004-13).
func (m *manifest) readProfile(f map[string]node, p *directory.Profile) {
	if icon, ok := m.name(f["icon"], maxIcon); ok {
		p.Icon = icon
	}
	if n := f["description"]; n.given() {
		if text, ok := m.name(n, maxDescription); ok && utf8.RuneCountInString(text) > maxProfileDescription {
			m.fault(n, "must have at most %d characters, has %d", maxProfileDescription, utf8.RuneCountInString(text))
		} else {
			p.Description = text
		}
	}
	name, ok := m.name(f["role"], maxName)
	if !ok {
		return
	}
	key, ok := m.find(m.roles, f["role"], "role", name)
	if !ok {
		return
	}
	role := m.roleOf[key]
	switch {
	case role.Owner:
		m.fault(f["role"], "the role %s is the owner's, which has no profiles", quote(key))
		return
	case len(role.Modules) == 0:
		m.fault(f["role"], "the role %s has no modules to choose from, and so no profiles", quote(key))
		return
	}
	p.Role = key
	p.Modules = m.readProfileModules(f["modules"], role)
	*p = access.CompleteProfile(*p, role)
}

// readProfileModules reads the modules that a profile names; nil where it leaves that to its role.
func (m *manifest) readProfileModules(n node, role directory.Role) []string {
	if !n.given() {
		return nil
	}
	var available []string
	for _, x := range role.Modules {
		if x.Mode != directory.Denied {
			available = append(available, x.Key)
		}
	}
	modules := []string{}
	for _, n := range m.list(n, maxModules) {
		key, ok := m.name(n, maxName)
		if !ok {
			continue
		}
		if slices.Contains(m.presetModules(), key) && !slices.Contains(available, key) {
			m.fault(n, "the role %s cannot have the module %s", quote(role.Key), quote(key))
		} else if key, ok = m.module(n, available); ok && slices.Contains(modules, key) {
			m.fault(n, "the module %s is already in this list", quote(key))
		} else if ok {
			modules = append(modules, key)
		}
	}
	return modules
}
