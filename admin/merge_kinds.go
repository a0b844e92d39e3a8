package admin

import (
	"slices"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
)

// said is one object as a manifest says it should be.
type said[T any] struct {
	object T
	was    string
	absent bool
}

// merged says how objects of one kind are merged.
type merged[T any] struct {
	kind, word string
	name       func(T) string
	key        func(T) string // its id in an objectKey
	by         func(T) directory.ManagedBy
	keep       func(x *T, old *T) // gives x what only the tenant knows; old is nil for a new one
	same       func(a, b T) bool  // but for the owner and what only the tenant knows
	fallback   func(name string) (T, bool)
}

// mergeKind brings objects to what a manifest says of them: what it names is its own, the console's must be as it says,
// and what it no longer names goes, or is the preset's again.
func mergeKind[T any](m *merger, k merged[T], have []T, specs []said[T]) (out []T) {
	taken := make([]bool, len(have))
	names := indexed(have, k.name)
	for _, s := range specs {
		at := m.find(names, k.word, k.name(s.object), s.was)
		x := s.object
		if at < 0 {
			if !s.absent {
				k.keep(&x, nil)
				out = append(out, x)
			}
			continue
		}
		old := have[at]
		k.keep(&x, &old)
		if m.theirs(k.by(old), !s.absent && k.same(old, x), k.word, k.name(old)) {
			continue
		}
		taken[at] = true
		if s.absent {
			m.absent[objectKey{k.kind, k.key(old)}] = true
			continue
		}
		out = append(out, x)
	}
	for i, x := range have {
		if taken[i] {
			continue
		}
		if k.by(x) != directory.ByManifest {
			out = append(out, x)
		} else if p, ok := k.fallback(k.name(x)); ok {
			out = append(out, p)
		}
	}
	return out
}

func nothing[T any](string) (x T, ok bool) { return x, false }

// settings sets what the manifest says. What it says no longer is the preset's again, or has its default.
func (m *merger) settings(values map[string]string) {
	for name, o := range m.base.SetBy {
		if _, said := values[name]; !said && o.ManagedBy == directory.ByManifest {
			m.unset(name)
		}
	}
	for name, value := range values {
		o, set := m.base.SetBy[name]
		if set && m.theirs(o.ManagedBy, m.base.Settings[name] == value, "setting", name) {
			continue
		}
		m.next.Settings[name] = value
		if o.ManagedBy != directory.ByManifest || m.base.Settings[name] != value {
			m.next.SetBy[name] = directory.SettingOrigin{ManagedBy: directory.ByManifest}
		}
	}
}

// unset returns a setting to the preset's value, or to its default.
func (m *merger) unset(name string) {
	value, ok := m.preset.Settings[name]
	if !ok {
		delete(m.next.Settings, name)
		delete(m.next.SetBy, name)
		return
	}
	m.next.Settings[name], m.next.SetBy[name] = value, directory.SettingOrigin{ManagedBy: directory.ByPreset}
}

func (m *merger) profiles(specs []directory.ProfileSpec) []directory.Profile {
	list := make([]said[directory.Profile], len(specs))
	for i, s := range specs {
		list[i] = said[directory.Profile]{m.completeProfile(s.Profile), s.Was, s.Absent}
	}
	return mergeKind(m, merged[directory.Profile]{
		"profile", "profile", func(x directory.Profile) string { return x.Name }, func(x directory.Profile) string { return x.ID },
		func(x directory.Profile) directory.ManagedBy { return x.ManagedBy },
		func(x, old *directory.Profile) {
			if x.ID = store.NewID(); old != nil {
				x.ID = old.ID
			}
		},
		sameProfile, nothing[directory.Profile],
	}, m.base.Profiles, list)
}

// completeProfile gives a profile the modules that its role forces.
func (m *merger) completeProfile(p directory.Profile) directory.Profile {
	i := slices.IndexFunc(m.next.Roles, func(r directory.Role) bool { return r.Key == p.Role })
	if i < 0 {
		return p // which is refused later
	}
	return access.CompleteProfile(p, m.next.Roles[i])
}

func (m *merger) companies(specs []directory.CompanySpec) []directory.Company {
	list := make([]said[directory.Company], len(specs))
	for i, s := range specs {
		list[i] = said[directory.Company]{s.Company, s.Was, s.Absent}
	}
	return mergeKind(m, merged[directory.Company]{
		"company", "company", func(x directory.Company) string { return x.Name }, func(x directory.Company) string { return x.ID },
		func(x directory.Company) directory.ManagedBy { return x.ManagedBy },
		func(x, old *directory.Company) {
			if x.ID = store.NewID(); old != nil {
				x.ID = old.ID
			}
		},
		func(a, b directory.Company) bool { return a.Name == b.Name }, nothing[directory.Company],
	}, m.base.Companies, list)
}

// behindPreset is where the statuses of a manifest begin in the order of the catalogue.
const behindPreset = 100

func (m *merger) statuses(specs []directory.StatusSpec) []directory.Status {
	list := make([]said[directory.Status], len(specs))
	place := behindPreset // of the manifest's own: what others have keeps theirs, and moves none of them
	for i, s := range specs {
		x := s.Status
		x.Order, x.System = place, false
		if p, ok := m.presetStatus(x.Key); ok {
			x.Order, x.System = p.Order, p.System
		} else if !slices.ContainsFunc(m.base.Statuses, func(y directory.Status) bool { return y.Key == x.Key && y.ManagedBy == directory.ByConsole }) {
			place++
		}
		list[i] = said[directory.Status]{x, s.Was, s.Absent}
	}
	return mergeKind(m, merged[directory.Status]{
		"status", "status", func(x directory.Status) string { return x.Key }, func(x directory.Status) string { return x.Key },
		func(x directory.Status) directory.ManagedBy { return x.ManagedBy },
		func(*directory.Status, *directory.Status) {},
		sameStatus, m.presetStatus,
	}, m.base.Statuses, list)
}

func (m *merger) presetStatus(key string) (directory.Status, bool) {
	i := slices.IndexFunc(m.preset.Statuses, func(x directory.Status) bool { return x.Key == key })
	if i < 0 {
		return directory.Status{}, false
	}
	return m.preset.Statuses[i], true
}

func (m *merger) seatPools(specs []directory.SeatPoolSpec) []directory.SeatPool {
	list := make([]said[directory.SeatPool], len(specs))
	for i, s := range specs {
		list[i] = said[directory.SeatPool]{s.SeatPool, s.Was, s.Absent}
	}
	return mergeKind(m, merged[directory.SeatPool]{
		"seat_pool", "seat pool", func(x directory.SeatPool) string { return x.Key }, func(x directory.SeatPool) string { return x.Key },
		func(x directory.SeatPool) directory.ManagedBy { return x.ManagedBy },
		func(*directory.SeatPool, *directory.SeatPool) {},
		sameSeatPool, m.presetSeatPool,
	}, m.base.SeatPools, list)
}

func (m *merger) presetSeatPool(key string) (directory.SeatPool, bool) {
	i := slices.IndexFunc(m.preset.SeatPools, func(x directory.SeatPool) bool { return x.Key == key })
	if i < 0 {
		return directory.SeatPool{}, false
	}
	return m.preset.SeatPools[i], true
}

func (m *merger) tests(specs []directory.MappingTest) []directory.MappingTest {
	connections := indexed(m.next.Connections, connectionName)
	list := make([]said[directory.MappingTest], 0, len(specs))
	for _, x := range specs {
		if x.Connection != "" {
			at := connections.at(x.Connection)
			if at < 0 {
				m.refuse("the mapping test %q is about the connection %q, which the tenant does not have", x.Name, x.Connection)
				continue
			}
			x.Connection = m.next.Connections[at].ID
		}
		list = append(list, said[directory.MappingTest]{object: x})
	}
	return mergeKind(m, merged[directory.MappingTest]{
		"mapping_test", "mapping test", func(x directory.MappingTest) string { return x.Name }, func(x directory.MappingTest) string { return x.Name },
		func(x directory.MappingTest) directory.ManagedBy { return x.ManagedBy },
		func(*directory.MappingTest, *directory.MappingTest) {},
		sameTest, nothing[directory.MappingTest],
	}, m.base.Tests, list)
}
