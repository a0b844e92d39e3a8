package config

import (
	"regexp"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// statusKey is what the keyword of a status looks like, as the setting presence.initial_status knows too, and poolKey what
// the key of a seat pool does.
var (
	statusKey = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)
	poolKey   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
)

// The bounds of statuses and seat pools.
const (
	maxSeats   = 10_000_000
	maxContact = 400
)

// statusBase is what a status with the key begins with: the preset's, which the manifest may take over, or an empty one.
func statusBase(preset []directory.Status, key string, place int) directory.Status {
	for _, s := range preset {
		if s.Key == key {
			s.Order, s.ManagedBy = place, directory.ByManifest
			return s
		}
	}
	return directory.Status{Key: key, Name: key, Active: true, Order: place, ManagedBy: directory.ByManifest}
}

// readStatuses reads the catalogue of presence statuses beside the preset's, and what is to be different of those.
func (m *manifest) readStatuses(n node) {
	m.statuses = make(names)
	for _, s := range m.preset.Statuses {
		m.statuses[s.Key] = declared{name: s.Key}
	}
	called := make(titles)
	for _, s := range m.preset.Statuses {
		called.enter(s.Key, s.Name, 0)
	}
	var renames []renamed
	for i, n := range m.list(n, maxStatuses) {
		f, ok := m.keyed(n, statusSection)
		if !ok {
			continue
		}
		key, ok := m.keyword(f["key"], statusKey, "at most 32 lower-case letters, digits, _ and -, and begin with a letter, as in on_break")
		s := directory.StatusSpec{Status: statusBase(m.preset.Statuses, key, i)}
		m.readStatus(f, &s)
		if !ok {
			continue
		}
		if s.Absent && s.System {
			m.fault(f["state"], "the status %s cannot be removed", quote(key))
		}
		m.takeOver(m.statuses, f["key"], "status", key, s.Absent)
		m.titled(called, f, "status", key, s.Name, s.Absent)
		if s.Was != "" {
			renames = append(renames, renamed{f["was"], s.Was, key})
		}
		m.spec.Statuses = append(m.spec.Statuses, s)
	}
	m.checkRenames(m.statuses, "status", renames)
}

func (m *manifest) readStatus(f map[string]node, s *directory.StatusSpec) {
	s.Was = m.optionalName(f["was"])
	s.Absent = m.readAbsent(f)
	if n := f["name"]; n.given() {
		s.Name, _ = m.name(n, maxName)
	}
	s.Icon = m.words(f["icon"], s.Icon, maxIcon)
	s.Description = m.words(f["description"], s.Description, maxDescription)
	s.Receives = m.boolean(f["receives"], s.Receives)
	s.Active = m.boolean(f["active"], s.Active)
}

// checkInitialStatus reports that people would begin in a status that is not there or cannot be chosen. The fault stands at
// the setting, where the manifest has it, or else at the status.
func (m *manifest) checkInitialStatus(n node) {
	key := m.setting("presence.initial_status")
	if n.value != nil {
		m.find(m.statuses, n, "status", key)
	}
	for _, s := range m.spec.Statuses {
		if s.Key != key || s.Active && !s.Absent {
			continue
		}
		if n.value == nil {
			n = node{place: place{line: m.statuses[key].line, column: 1}, path: "statuses"}
			m.fault(n, "people begin in the status %s, as the setting presence.initial_status says; keep it active, or set another", quote(key))
		} else if !s.Absent {
			m.fault(n, "the status %s is not active, on line %d", quote(key), m.statuses[key].line)
		}
	}
}

// keyword returns a key of that form.
func (m *manifest) keyword(n node, form *regexp.Regexp, described string) (string, bool) {
	key, ok := m.name(n, maxName)
	if ok && !form.MatchString(key) {
		m.fault(n, "must be %s", described)
		return "", false
	}
	return key, ok
}

// words returns a text that may be empty, or what is usual where there is none.
func (r *reader) words(n node, usual string, most int) string {
	if !n.given() {
		return usual
	}
	if n.says("") {
		return ""
	}
	text, _ := r.name(n, most)
	return text
}

// takeOver enters a name as [manifest.declare] does, also where the preset has one of that name.
func (m *manifest) takeOver(known names, n node, what, name string, absent bool) {
	if d, ok := known[schema.Fold(name)]; ok && d.line == 0 {
		delete(known, schema.Fold(name))
	}
	m.declare(known, n, what, name, absent)
}
