package access

import (
	"slices"
	"strings"

	"rollcall/directory"
)

// The keys of the roles that say what a membership of an agent group gives.
const (
	MembershipUser       = "membership.user"
	MembershipSupervisor = "membership.supervisor"
)

// membershipKind is the kind of membership that a role of that key speaks of, or "".
func membershipKind(key string) directory.MembershipKind {
	switch key {
	case MembershipUser:
		return directory.AsUser
	case MembershipSupervisor:
		return directory.AsSupervisor
	default:
		return ""
	}
}

// Options are what a model is compiled from: a tenant's configuration.
type Options struct {
	Roles       []directory.Role
	Modules     []directory.Module
	Profiles    []directory.Profile
	AgentGroups []directory.WorkGroup // of the kind agent_group; others are left out
	Statuses    []directory.Status
}

// Model answers what people may do in one tenant, under one configuration. It is read-only and safe for concurrent use.
type Model struct {
	roles    map[string]*role
	options  map[string]*option // by directory.OptionTarget
	profiles map[string]*profile
	groups   map[string]*group
	statuses map[string]directory.Status // by folded key
	modules  []directory.Module
	user     *role // what the kinds of membership give; nil where the tenant has none
	over     *role
	denies   bool // something denies something
}

// role is a role, ready to be asked.
type role struct {
	directory.Role
	entries map[string][]entry // by permission; nearly always one of each
	begins  map[string]bool    // modules that are on without a profile
}

// entry is one permission of a role or an option, with what it says when it counts.
type entry struct {
	directory.RolePermission
	step    Step
	modules []string // of the role's modules, those that hold the permission; none: no module is needed
	options []string // of the role, those that hold the permission
}

type option struct {
	role    string
	entries map[string][]entry
}

type profile struct {
	directory.Profile
	on map[string]bool // modules that are on: of its own those within the ceiling, and the forced ones
}

type group struct {
	name       string
	visibility directory.Visibility
}

// Compile makes a model of a configuration. It never fails: a permission that the catalogue does not know, or cannot have in
// that way, gives nothing, and a denial of that kind denies altogether; so does whatever refers to a role, a module, a
// profile or a group that is not there give nothing. Archived agent groups are not there.
func Compile(o Options) *Model {
	m := &Model{
		roles: make(map[string]*role, len(o.Roles)), options: map[string]*option{}, profiles: make(map[string]*profile, len(o.Profiles)),
		groups: make(map[string]*group, len(o.AgentGroups)), statuses: make(map[string]directory.Status, len(o.Statuses)), modules: o.Modules,
	}
	holds := map[string][]string{} // by permission, the modules that hold it
	for _, x := range o.Modules {
		for _, key := range x.Permissions {
			holds[key] = append(holds[key], x.Key)
		}
	}
	for _, r := range o.Roles {
		x := compileRole(r, holds)
		switch membershipKind(r.Key) {
		case directory.AsUser:
			m.user = x
		case directory.AsSupervisor:
			m.over = x
		default:
			m.roles[r.Key] = x
			m.compileOptions(x, holds)
			m.denies = m.denies || slices.ContainsFunc(r.Permissions, denial) ||
				slices.ContainsFunc(r.Options, func(o directory.RoleOption) bool { return slices.ContainsFunc(o.Permissions, denial) })
		}
	}
	for _, p := range o.Profiles {
		if r := m.roles[p.Role]; r != nil && !r.Owner {
			m.profiles[p.ID] = &profile{Profile: p, on: switchedOn(r.Modules, p.Modules)}
		}
	}
	for _, g := range o.AgentGroups {
		if g.Kind == directory.AgentGroupWork && !g.Archived {
			m.groups[g.ID] = &group{name: g.Name, visibility: g.Visibility}
		}
	}
	for _, s := range o.Statuses {
		m.statuses[strings.ToLower(s.Key)] = s
	}
	return m
}

func denial(p directory.RolePermission) bool { return p.Mode == directory.Denied }

func compileRole(r directory.Role, holds map[string][]string) *role {
	x := &role{Role: r, begins: map[string]bool{}}
	for _, m := range r.Modules {
		if m.Mode == directory.Forced || m.Mode == directory.Granted {
			x.begins[m.Key] = true
		}
	}
	step := Step{Kind: RoleStep, Subject: r.Key, Effect: Grants}
	x.entries = compileEntries(r.Permissions, r, holds, step, "the role "+quote(r.Name))
	return x
}

func (m *Model) compileOptions(r *role, holds map[string][]string) {
	for _, o := range r.Options {
		target := directory.OptionTarget(r.Key, o.Key)
		step := Step{Kind: OptionStep, Subject: target, Effect: Grants}
		m.options[target] = &option{
			role:    r.Key,
			entries: compileEntries(o.Permissions, r.Role, holds, step, "the option "+quote(o.Name)+" of the role "+quote(r.Name)),
		}
		for _, p := range o.Permissions {
			for i := range r.entries[p.Key] {
				e := &r.entries[p.Key][i]
				e.options = append(e.options, target)
			}
		}
	}
}

func compileEntries(list []directory.RolePermission, r directory.Role, holds map[string][]string, step Step, who string) map[string][]entry {
	out := make(map[string][]entry, len(list))
	for _, p := range list {
		if _, known := position[p.Key]; !known {
			continue
		}
		if err := CheckRolePermission(p); err != nil {
			if p.Mode != directory.Denied {
				continue
			}
			p.Scope = "" // somebody meant to deny; how far is not understood
		}
		e := entry{RolePermission: p, step: step}
		e.step.Scope = p.Scope
		switch p.Mode {
		case directory.Denied:
			e.step.Kind, e.step.Effect = DenialStep, Denies
			e.step.Text = who + " denies it" + reachText(p.Scope)
		case directory.Forced:
			e.step.Text = who + " gives it, and no profile takes it away" + reachText(p.Scope)
		default:
			e.step.Text = who + " gives it" + reachText(p.Scope)
		}
		for _, key := range holds[p.Key] {
			if moduleMode(r, key) != "" {
				e.modules = append(e.modules, key)
			}
		}
		if len(r.Modules) > 0 && len(holds[p.Key]) > 0 && len(e.modules) == 0 {
			e.modules = holds[p.Key] // the platform has a module for it, and the role has not: it is never on
		}
		out[p.Key] = append(out[p.Key], e)
	}
	return out
}

// switchedOn is which of the role's modules are on in a profile.
func switchedOn(ceiling []directory.RoleModule, chosen []string) map[string]bool {
	on := map[string]bool{}
	for _, m := range ceiling {
		if m.Mode == directory.Forced || m.Mode != directory.Denied && slices.Contains(chosen, m.Key) {
			on[m.Key] = true
		}
	}
	return on
}

// reachText is how a scope is read at the end of a sentence.
func reachText(s directory.Scope) string {
	switch s {
	case directory.ScopeOwn:
		return ", for what is their own"
	case directory.ScopeGroup:
		return ", for their agent groups"
	case directory.ScopeCampaign:
		return ", for their campaigns"
	case directory.ScopeAgents:
		return ", over agents"
	case directory.ScopePart:
		return ", for a part of the area"
	case directory.ScopeAll:
		return ", for all"
	default:
		return ""
	}
}
