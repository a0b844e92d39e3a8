package admin

import (
	"cmp"
	"slices"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// editor looks at what an edit made of a configuration.
type editor struct {
	*merger

	detach *objectKey                   // the one object of the manifest that becomes the console's, or nil
	names  map[string]map[string]string // by kind, new names by the folded former ones
}

// edited looks at what an edit made of a configuration: what it may not touch is refused, what it adds or takes over is
// the console's, and gets its id. detach is the one object of the manifest that becomes the console's, or nil.
func (m *merger) edited(detach *objectKey) {
	e := &editor{m, detach, map[string]map[string]string{}}
	next, base := m.next, m.base
	next.Tenant.ID, next.Tenant.Key, next.Tenant.ConfigVersion, next.Modules = base.Tenant.ID, base.Tenant.Key, base.Tenant.ConfigVersion, base.Modules
	e.settings()
	next.Connections = editKind(e, base.Connections, next.Connections, handle[directory.Connection]{
		kind: "connection", id: func(x *directory.Connection) *string { return &x.ID }, by: func(x *directory.Connection) *directory.ManagedBy { return &x.ManagedBy },
		name: connectionName, same: sameReach, newID: store.NewShortID, check: e.connection,
	})
	for i := range next.Connections {
		next.Connections[i].Order = i
	}
	for i := range next.Roles {
		next.Roles[i] = completeRole(next.Roles[i])
	}
	next.Roles = editKind(e, base.Roles, next.Roles, handle[directory.Role]{
		kind: "role", id: func(x *directory.Role) *string { return &x.Key }, by: func(x *directory.Role) *directory.ManagedBy { return &x.ManagedBy },
		name: func(x directory.Role) string { return x.Key }, same: sameRole, check: e.role,
	})
	for i := range next.Profiles {
		next.Profiles[i] = m.completeProfile(next.Profiles[i])
	}
	next.Profiles = editKind(e, base.Profiles, next.Profiles, handle[directory.Profile]{
		kind: "profile", id: func(x *directory.Profile) *string { return &x.ID }, by: func(x *directory.Profile) *directory.ManagedBy { return &x.ManagedBy },
		name: func(x directory.Profile) string { return x.Name }, same: sameProfile, newID: store.NewID,
	})
	next.Companies = editKind(e, base.Companies, next.Companies, handle[directory.Company]{
		kind: "company", id: func(x *directory.Company) *string { return &x.ID }, by: func(x *directory.Company) *directory.ManagedBy { return &x.ManagedBy },
		name: func(x directory.Company) string { return x.Name }, same: func(a, b directory.Company) bool { return a.Name == b.Name }, newID: store.NewID,
	})
	next.Statuses = editKind(e, base.Statuses, next.Statuses, handle[directory.Status]{
		kind: "status", id: func(x *directory.Status) *string { return &x.Key }, by: func(x *directory.Status) *directory.ManagedBy { return &x.ManagedBy },
		name: func(x directory.Status) string { return x.Key }, same: func(a, b directory.Status) bool { return sameStatus(a, b) && a.Order == b.Order }, check: e.status,
	})
	next.SeatPools = editKind(e, base.SeatPools, next.SeatPools, handle[directory.SeatPool]{
		kind: "seat_pool", id: func(x *directory.SeatPool) *string { return &x.Key }, by: func(x *directory.SeatPool) *directory.ManagedBy { return &x.ManagedBy },
		name: func(x directory.SeatPool) string { return x.Key }, same: sameSeatPool,
	})
	e.work()
	e.follow()
	next.Rules = editKind(e, base.Rules, next.Rules, handle[directory.Rule]{
		kind: "rule", id: func(x *directory.Rule) *string { return &x.ID }, by: func(x *directory.Rule) *directory.ManagedBy { return &x.ManagedBy },
		name: func(x directory.Rule) string { return x.Name }, same: sameRule, newID: store.NewID,
	})
	for i := range next.Rules {
		next.Rules[i].Order = i
	}
	next.Tests = editKind(e, base.Tests, next.Tests, handle[directory.MappingTest]{
		kind: "mapping_test", id: func(x *directory.MappingTest) *string { return &x.Name }, by: func(x *directory.MappingTest) *directory.ManagedBy { return &x.ManagedBy },
		name: func(x directory.MappingTest) string { return x.Name }, same: sameTest,
	})
}

// handle says how to look at objects of one kind.
type handle[T any] struct {
	kind  string
	id    func(*T) *string
	by    func(*T) *directory.ManagedBy
	name  func(T) string
	same  func(a, b T) bool // but for owner and place
	newID func() string     // nil where the id is a key that people choose
	check func(old, x *T)   // of what is added, where old is nil, changes, or goes, where x is nil; may be nil
}

// editKind looks at the objects of one kind, and puts the manifest's first, in their order.
func editKind[T any](e *editor, have, list []T, h handle[T]) []T {
	check := func(old, x *T) {
		if h.check != nil {
			h.check(old, x)
		}
	}
	before, place := make(map[string]*T, len(have)), make(map[string]int, len(have))
	for i := range have {
		id := schema.Fold(*h.id(&have[i]))
		before[id], place[id] = &have[i], i
	}
	var out []T
	for _, x := range list {
		id := h.id(&x)
		old := before[schema.Fold(*id)]
		delete(before, schema.Fold(*id))
		switch {
		case old == nil:
			if *id == "" && h.newID != nil {
				*id = h.newID()
			}
			*h.by(&x) = directory.ByConsole
			check(nil, &x)
		case e.detach != nil && *e.detach == objectKey{h.kind, *id}:
			*h.by(&x) = directory.ByConsole
		case h.same(*old, x):
			*h.by(&x) = *h.by(old)
		default:
			e.mayEdit(h.kind, h.name(*old), *h.by(old), "changed")
			*h.by(&x) = directory.ByConsole
			e.renames(h.kind, h.name(*old), h.name(x))
			check(old, &x)
		}
		out = append(out, x)
	}
	for i := range have {
		if old := before[schema.Fold(*h.id(&have[i]))]; old != nil {
			e.mayEdit(h.kind, h.name(*old), *h.by(old), "removed")
			check(old, nil)
		}
	}
	slices.SortStableFunc(out, func(a, b T) int {
		x, y := *h.by(&a) == directory.ByManifest, *h.by(&b) == directory.ByManifest
		switch {
		case x && y: // as the manifest has them
			return cmp.Compare(place[schema.Fold(*h.id(&a))], place[schema.Fold(*h.id(&b))])
		case x:
			return -1
		case y:
			return 1
		default:
			return 0
		}
	})
	return out
}

// mayEdit refuses what is the manifest's, and says how to get it.
func (e *editor) mayEdit(kind, name string, by directory.ManagedBy, done string) {
	if by == directory.ByManifest {
		e.disown("the %s %q is managed by the manifest and cannot be %s here: change the manifest and apply it, or detach it first, which gives it to the console", kind, name, done)
	}
}

func (e *editor) settings() {
	next, base := e.next, e.base
	for name, value := range next.Settings {
		if s, known := directory.SettingNamed(name); known {
			if canonical, err := s.Check(value); err == nil {
				value = canonical
				next.Settings[name] = value
			}
		}
		was, had := base.Settings[name]
		o := base.SetBy[name]
		switch {
		case e.detach != nil && *e.detach == objectKey{"setting", name}:
			o = directory.SettingOrigin{ManagedBy: directory.ByConsole}
		case had && was == value:
		case had:
			e.mayEdit("setting", name, o.ManagedBy, "changed")
			fallthrough
		default:
			o = directory.SettingOrigin{ManagedBy: directory.ByConsole}
		}
		next.SetBy[name] = o
	}
	for name := range base.Settings {
		if _, still := next.Settings[name]; !still {
			e.mayEdit("setting", name, base.SetBy[name].ManagedBy, "removed")
			e.unset(name)
		}
	}
}

// role refuses what nobody changes, and what only presets have.
func (e *editor) role(old, x *directory.Role) {
	switch {
	case old != nil && ofPreset(*old):
		e.disown("the role %q is the preset's, which nobody changes: make a role of your own", old.Key)
	case old != nil && x != nil && old.Kind != x.Kind:
		e.refuse("the role %q is a %s and stays one", old.Key, old.Kind)
	case old == nil && x.Kind != directory.CustomRole && x.Kind != directory.PermissionGroup:
		e.refuse("the role %q cannot be a %s: only a preset has such roles", x.Key, x.Kind)
	}
}

func (e *editor) status(old, x *directory.Status) {
	switch {
	case x == nil:
		if old.System {
			e.refuse("the status %q cannot be removed: every tenant has it", old.Key)
		}
	case old == nil:
		x.System = false
	default:
		x.System = old.System
	}
}
