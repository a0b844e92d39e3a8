package config

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"regexp"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/scim/schema"
)

// The bounds of one manifest, beyond those of any document.
const (
	maxConnections = 100
	maxRoles       = 500
	maxProfiles    = 500
	maxWork        = 10_000 // agent groups, and as many of each other kind of work
	maxCompanies   = 1_000
	maxStatuses    = 100
	maxSeatPools   = 100
	maxRules       = 5_000
	maxConditions  = 500 // rules with a condition and no group, each of which is evaluated for each person
	maxOutputs     = 100 // of one kind, of one rule
	maxTests       = 1_000
)

// LoadManifest reads a tenant's manifest from a file, as [ParseManifest] does.
func LoadManifest(path string) (directory.Spec, error) {
	data, err := load(path)
	if err != nil {
		return directory.Spec{}, Faults{{File: path, Text: cannotRead(err)}}
	}
	return ParseManifest(path, data)
}

// ParseManifest reads a tenant's manifest: what the tenant should be, checked for everything that can be known without
// the tenant. The name stands for the file in messages. Names of roles, connections and captures are resolved within the
// file; settings are in canonical text; Order counts from 0 in the order of the file, and everything is
// [directory.ByManifest]. The error is a [Faults] with all that is wrong.
func ParseManifest(name string, data []byte) (directory.Spec, error) {
	m := manifest{reader: reader{file: name}}
	if top, ok := m.root(data); ok {
		m.read(top)
	}
	if err := m.faults.err(); err != nil {
		return directory.Spec{}, err
	}
	return m.spec, nil
}

// manifest is one that is being read.
type manifest struct {
	reader
	spec        directory.Spec
	preset      access.Preset
	connections names
	authority   names // which connection decides an attribute, by its path
	companies   names
	roles       names
	roleOf      map[string]directory.Role // by key
	profiles    names
	work        map[directory.WorkKind]names
	statuses    names
	seatPools   names
	conditions  int
}

var tenantKey = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

func (m *manifest) read(top node) {
	f, ok := m.keyed(top, topSection)
	if !ok {
		return
	}
	m.spec.Tenant, _ = m.name(f["tenant"], 63)
	if t := m.spec.Tenant; t != "" && !tenantKey.MatchString(t) {
		m.fault(f["tenant"], "must be lower-case letters, digits and hyphens, and begin with a letter or a digit, as in acme-support")
	}
	m.spec.Name = m.optionalName(f["name"])
	if m.spec.Name == "" {
		m.spec.Name = m.spec.Tenant
	}
	m.readPreset(f["preset"])
	settings := m.readSettings(f["settings"])
	// What is referred to is read before what refers to it.
	m.readCompanies(f["companies"])
	m.readRoles(f["roles"])
	m.readProfiles(f["profiles"])
	m.readWork(f)
	m.readStatuses(f["statuses"])
	m.readSeatPools(f["seat_pools"])
	m.checkInitialStatus(settings["presence.initial_status"])
	m.readConnections(f["connections"])
	mapping, _ := m.keyed(f["mapping"], mappingSection)
	m.readRules(mapping["rules"])
	m.readTests(mapping["tests"])
}

// readPreset reads what the tenant begins with. Where it is not known the standard one stands in, so that references to the
// roles that both have are no faults besides.
func (m *manifest) readPreset(n node) {
	var err error
	if m.preset, err = access.PresetNamed(""); err != nil {
		m.fault(n, "%v", err)
	}
	if !n.given() {
		return
	}
	text, ok := m.name(n, maxName)
	if !ok {
		return
	}
	preset, err := access.PresetNamed(text)
	if err != nil {
		m.fault(n, "%v", err)
		return
	}
	m.preset, m.spec.Preset = preset, text
}

// setting returns the value of a setting that the tenant will have: the manifest's, the preset's or the usual one.
func (m *manifest) setting(name string) string { return settingOf(m.spec, m.preset, name) }

func settingOf(spec directory.Spec, preset access.Preset, name string) string {
	if v, ok := spec.Settings[name]; ok {
		return v
	}
	if v, ok := preset.Settings[name]; ok {
		return v
	}
	s, _ := directory.SettingNamed(name)
	return s.Default
}

// names are those that a list of the manifest gives, by their folded form.
type names map[string]declared

type declared struct {
	name   string
	line   int
	absent bool
}

// declare enters a name and reports whether it is new; one that another entry of the list has is a fault.
func (m *manifest) declare(known names, n node, what, name string, absent bool) bool {
	key := schema.Fold(name)
	switch d, taken := known[key]; {
	case taken && d.line == 0:
		m.fault(n, "the preset %s has the %s %s; choose another key for one of your own", m.preset.Name, what, d.name)
		return false
	case taken:
		m.fault(n, "the %s %s is already on line %d", what, quote(name), d.line)
		return false
	}
	known[key] = declared{name, n.line, absent}
	return true
}

// find returns the declared name that a reference means; one that is not there, or about to go, is a fault.
func (m *manifest) find(known names, n node, what, name string) (string, bool) {
	d, ok := known[schema.Fold(name)]
	switch {
	case !ok:
		hint := m.near(name, known.present())
		if hint == "" {
			hint = "; the manifest must declare it"
		}
		m.fault(n, "unknown %s %s%s", what, quote(name), hint)
	case d.absent:
		m.fault(n, "line %[3]d says that the %[1]s %[2]s is absent; remove the reference", what, quote(name), d.line)
	default:
		return d.name, true
	}
	return "", false
}

// present yields the names that a reference may mean.
func (ns names) present() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, d := range ns {
			if !d.absent && !yield(d.name) {
				return
			}
		}
	}
}

// renamed is one entry's "was", to be checked once all names of its list are known.
type renamed struct {
	node
	was, name string
}

// checkRenames reports each "was" that is no former name: another entry has it, or renames it too.
func (m *manifest) checkRenames(known names, what string, list []renamed) {
	lines := make(map[string]int)
	for _, r := range list {
		was := schema.Fold(r.was)
		d, taken := known[was]
		switch {
		case was == schema.Fold(r.name):
		case taken && d.line == 0:
			m.fault(r.node, "the preset %s has the %s %s; it cannot be renamed", m.preset.Name, what, quote(r.was))
		case taken:
			m.fault(r.node, "the %s %s is still there, on line %d", what, quote(r.was), d.line)
		case lines[was] > 0:
			m.fault(r.node, "the %s %s is already renamed on line %d", what, quote(r.was), lines[was])
		}
		lines[was] = r.line
	}
}

// readAbsent reads "state: absent", beside which nothing renames.
func (m *manifest) readAbsent(f map[string]node) bool {
	n := f["state"]
	if !n.given() {
		return false
	}
	s, ok := m.text(n)
	if ok && s != "absent" {
		m.fault(n, "must be absent, or left out")
	}
	if ok && f["was"].given() {
		m.fault(f["was"], "what is absent is not renamed; remove was or state")
	}
	return ok
}

// cannotRead says why a file cannot be read, without its name.
func cannotRead(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	return fmt.Sprintf("cannot be read: %v", err)
}
