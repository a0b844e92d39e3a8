package config

import (
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"rollcall/directory"
)

// maxChannels bounds the channels of an agent group, maxReference what the contact centre calls a group of work.
const (
	maxChannels  = 50
	maxReference = 200
)

var channel = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// workLists are the lists of groups of work, in the order of the spec.
var workLists = []struct {
	kind      directory.WorkKind
	key, what string
}{
	{directory.AgentGroupWork, "agent_groups", "agent group"},
	{directory.CampaignWork, "campaigns", "campaign"},
	{directory.QueueWork, "queues", "queue"},
	{directory.StrategyWork, "strategies", "strategy"},
}

// readCompanies reads the companies that people and groups of work belong to.
func (m *manifest) readCompanies(n node) {
	m.companies = make(names)
	var renames []renamed
	for _, n := range m.list(n, maxCompanies) {
		f, ok := m.fieldsOrName(n, companySection)
		if !ok {
			continue
		}
		c := directory.CompanySpec{Company: directory.Company{ManagedBy: directory.ByManifest}}
		c.Was = m.optionalName(f["was"])
		c.Absent = m.readAbsent(f)
		if c.Name, ok = m.name(f["name"], maxName); !ok {
			continue
		}
		m.declare(m.companies, f["name"], "company", c.Name, c.Absent)
		if c.Was != "" {
			renames = append(renames, renamed{f["was"], c.Was, c.Name})
		}
		m.spec.Companies = append(m.spec.Companies, c)
	}
	m.checkRenames(m.companies, "company", renames)
}

// readWork reads the groups of work that the tenant has besides the agent groups that rules make. Each kind has names of
// its own.
func (m *manifest) readWork(f map[string]node) {
	m.work = make(map[directory.WorkKind]names)
	defaults := 0 // the line of the agent group that is the default
	for _, list := range workLists {
		known := make(names)
		var renames []renamed
		for _, n := range m.list(f[list.key], maxWork) {
			section := workSection
			if list.kind == directory.AgentGroupWork {
				section = agentGroupSection
			}
			f, ok := m.fieldsOrName(n, section)
			if !ok {
				continue
			}
			g := directory.WorkGroupSpec{Was: m.optionalName(f["was"])}
			name, named := m.name(f["name"], maxName)
			g.WorkGroup = m.readWorkGroup(f, list.kind, name)
			if d := f["default"]; g.Default && defaults > 0 {
				m.fault(d, "the agent group on line %d is the default already; at most one is", defaults)
			} else if g.Default {
				defaults = d.line
			}
			if !named {
				continue
			}
			if strings.ContainsAny(name, "{}") {
				m.fault(f["name"], "{ and } are for the captures of rules")
				continue
			}
			m.declare(known, f["name"], list.what, name, false)
			if g.Was != "" {
				renames = append(renames, renamed{f["was"], g.Was, name})
			}
			m.spec.Work = append(m.spec.Work, g)
		}
		m.checkRenames(known, list.what, renames)
		m.work[list.kind] = known
	}
}

// readWorkGroup reads one group of work; the keys that its kind does not have are not among the values.
func (m *manifest) readWorkGroup(f map[string]node, kind directory.WorkKind, name string) directory.WorkGroup {
	g := directory.NewWorkGroup(kind, name)
	g.ManagedBy = directory.ByManifest
	if n := f["description"]; n.given() {
		g.Description, _ = m.name(n, maxDescription)
	}
	if n := f["external_ref"]; n.given() {
		g.ExternalRef, _ = m.name(n, maxReference)
	}
	g.Company = m.one(f["company"], m.companies, "company")
	if kind != directory.AgentGroupWork {
		return g
	}
	if n := f["visibility"]; n.given() {
		g.Visibility = directory.Visibility(m.choice(n, string(directory.VisibleAll), string(directory.VisibleTeam), string(directory.VisibleAttendant)))
	}
	g.Distribution = m.boolean(f["distribution"], g.Distribution)
	g.Default = m.boolean(f["default"], false)
	lines := make(map[string]int)
	for _, n := range m.list(f["channels"], maxChannels) {
		word, ok := m.name(n, maxName)
		switch {
		case !ok:
		case !channel.MatchString(word):
			m.fault(n, "must be lower-case letters, digits, _ and -, and begin with a letter, as in voice")
		case m.once(lines, n, "channel", word):
			g.Channels = append(g.Channels, word)
		}
	}
	return g
}

// fieldsOrName reads an entry that is a mapping, or just its name.
func (m *manifest) fieldsOrName(n node, of section) (map[string]node, bool) {
	switch n.value.(type) {
	case nil, *ast.NullNode, *ast.MappingNode, *ast.SequenceNode:
		return m.keyed(n, of)
	}
	return map[string]node{"name": n}, true
}
