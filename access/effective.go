package access

import (
	"slices"

	"rollcall/directory"
)

// EffectivePermission is a permission that somebody has, and all that gives it.
type EffectivePermission struct {
	Key   string          `json:"key"`
	Scope directory.Scope `json:"scope"` // the widest; each step has its own
	Via   []Step          `json:"via"`   // the widest first, and then what narrows them
}

// Effective returns every permission that the holder has, in the order of the catalogue: those for which [Model.Decide]
// allows the question without a resource.
func (m *Model) Effective(h Holder) []EffectivePermission {
	if h.State != directory.Active {
		return nil
	}
	var out []EffectivePermission
	var room [6]right
	for i := range catalogue {
		q := question{m: m, h: &h, permission: &catalogue[i], res: &Resource{}, any: true}
		if q.denied() != nil {
			continue
		}
		rights := q.rights(room[:0])
		if len(rights) == 0 {
			continue
		}
		slices.SortStableFunc(rights, func(a, b right) int { return rank(b.scope) - rank(a.scope) })
		e := EffectivePermission{Key: q.permission.Key, Scope: rights[0].scope}
		for j := range rights {
			e.Via = append(e.Via, q.step(&rights[j]))
		}
		e.Via = q.partlyDenied(q.ceilings(e.Via, rights, true))
		out = append(out, e)
	}
	return out
}

// partlyDenied appends the denials that leave something.
func (q *question) partlyDenied(via []Step) []Step {
	if !q.m.denies {
		return via
	}
	for _, key := range q.h.Roles {
		if r := q.m.roles[key]; r != nil {
			for _, e := range r.entries[q.permission.Key] {
				if e.Mode == directory.Denied {
					s := e.step
					s.Effect = Narrows
					via = append(via, s)
				}
			}
		}
	}
	return via
}

// Ceiling is what a role may have, whoever holds it: what a form to give options or to make a profile offers.
type Ceiling struct {
	Role        string              `json:"role"`
	Privileged  bool                `json:"privileged"`
	Permissions []CeilingPermission `json:"permissions"` // in the order of the catalogue
	Options     []string            `json:"options"`     // keys
	Profiles    bool                `json:"profiles"`    // the role can have profiles
	Modules     []CeilingModule     `json:"modules"`     // in the order of the platform; none where it has no profiles
	Colour      string              `json:"colour,omitempty"`
}

// CeilingPermission is one permission of a ceiling.
type CeilingPermission struct {
	Key     string          `json:"key"`
	Mode    directory.Mode  `json:"mode"`
	Scope   directory.Scope `json:"scope,omitempty"`
	Options []string        `json:"options,omitempty"` // keys of the role's options that give it
	Modules []string        `json:"modules,omitempty"` // any of which a profile has to have for it to work
}

// CeilingModule is one module that profiles of the role may have, or have to.
type CeilingModule struct {
	Key         string         `json:"key"`
	Name        string         `json:"name"`
	Mode        directory.Mode `json:"mode"`        // forced, granted (profiles begin with it) or optional
	Permissions []string       `json:"permissions"` // of the role, those that the module holds
}

// Ceiling returns what a role, and a profile of it, may have, and reports whether there is such a role.
func (m *Model) Ceiling(key string) (Ceiling, bool) {
	r := m.roles[key]
	if r == nil {
		return Ceiling{}, false
	}
	c := Ceiling{
		Role: key, Privileged: Privileged(r.Role), Profiles: !r.Owner && len(r.Modules) > 0, Colour: r.Colour,
		Permissions: []CeilingPermission{}, Options: []string{}, Modules: []CeilingModule{},
	}
	for i := range catalogue {
		c.Permissions = m.ceilingOf(c.Permissions, r, catalogue[i].Key)
	}
	for _, o := range r.Options {
		c.Options = append(c.Options, o.Key)
	}
	if !c.Profiles {
		return c, true
	}
	for _, x := range m.modules {
		mode := moduleMode(r.Role, x.Key)
		if mode == "" || mode == directory.Denied {
			continue
		}
		module := CeilingModule{Key: x.Key, Name: x.Name, Mode: mode, Permissions: []string{}}
		for _, p := range c.Permissions {
			if p.Mode != directory.Denied && slices.Contains(x.Permissions, p.Key) {
				module.Permissions = append(module.Permissions, p.Key)
			}
		}
		c.Modules = append(c.Modules, module)
	}
	return c, true
}

// ceilingOf appends what the role and its options say of one permission.
func (m *Model) ceilingOf(list []CeilingPermission, r *role, key string) []CeilingPermission {
	var options []string
	var bundled []entry
	for _, o := range r.Options {
		if e := m.options[directory.OptionTarget(r.Key, o.Key)].entries[key]; len(e) > 0 {
			options, bundled = append(options, o.Key), append(bundled, e...)
		}
	}
	entries := r.entries[key]
	if len(entries) == 0 && len(bundled) > 0 {
		e := bundled[0]
		e.Mode = directory.Optional // an option gives what the role itself does not speak of
		entries = []entry{e}
	}
	for _, e := range entries {
		if e.Mode == directory.Optional && e.Scope == "" { // the option that switches it on says how far, and a module asks for no scope
			if len(e.modules) > 0 && len(r.Modules) > 0 {
				e.Scope = directory.ScopeNone
			}
			for _, o := range bundled {
				if rank(o.Scope) > rank(e.Scope) {
					e.Scope = o.Scope
				}
			}
		}
		list = append(list, CeilingPermission{Key: key, Mode: e.Mode, Scope: e.Scope, Options: options, Modules: e.modules})
	}
	return list
}
