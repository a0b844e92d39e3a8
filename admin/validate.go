package admin

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim/schema"
)

// maxName is how long a name may be, in characters.
const maxName = 200

// fault notes a value that is wrong, whoever gave it.
func (m *merger) fault(format string, args ...any) {
	m.invalid = append(m.invalid, directory.Say(format, args...))
}

// fault notes an error as one.
func (m *merger) check(err error) {
	if err != nil {
		m.invalid = append(m.invalid, directory.MessageOf(err))
	}
}

// validate checks what should be, whoever asks for it: the form of every value, names that two have, and what refers to
// something that is not there. It is the one place for that.
func (m *merger) validate() error {
	next := m.next
	m.named("tenant", next.Tenant.Name)
	m.validateSettings()
	m.validateConnections()
	m.validateRoles()
	m.validateProfiles()
	m.validateWork()
	m.validateStatuses()
	m.validateSeatPools()
	unique(m, "rule", next.Rules, func(x directory.Rule) string { return x.Name })
	unique(m, "mapping test", next.Tests, func(x directory.MappingTest) string { return x.Name })
	for _, x := range next.Rules {
		m.named("rule", x.Name)
	}
	if err := m.refusal(); err != nil {
		return err
	}
	return m.validateRules()
}

// validateRules compiles the rules, and lets the tests run.
func (m *merger) validateRules() error {
	set, err := provision.CompileRules(m.next)
	if err != nil {
		return err
	}
	for _, t := range m.next.Tests {
		if wrong := set.Test(t); len(wrong) > 0 {
			m.refuse("the mapping test %q fails:\n  %s", t.Name, strings.Join(wrong, "\n  "))
		}
	}
	return m.refusal()
}

// named checks a name's form.
func (m *merger) named(what, name string) {
	if name == "" || strings.TrimSpace(name) != name || utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) ||
		strings.ContainsFunc(name, unicode.IsControl) {
		m.fault("the name %q of a %s must have 1 to %d characters, no control characters, and no spaces around it", name, what, maxName)
	}
}

// unique refuses two objects of one name, however it is written.
func unique[T any](m *merger, what string, list []T, name func(T) string) {
	seen := map[string]bool{}
	for _, x := range list {
		folded := schema.Fold(name(x))
		if seen[folded] {
			m.refuse("there are two of the %s %q: choose another name for one of them", what, name(x))
		}
		seen[folded] = true
	}
}

func (m *merger) validateSettings() {
	for _, name := range slices.Sorted(maps.Keys(m.next.Settings)) {
		s, known := directory.SettingNamed(name)
		if !known {
			if was, ok := m.current.Settings[name]; !ok || was != m.next.Settings[name] { // one of another release stays
				m.fault("there is no setting %q", name)
			}
			continue
		}
		value, err := s.Check(m.next.Settings[name])
		if err != nil {
			m.fault("the setting %s: %q %v", name, m.next.Settings[name], err)
			continue
		}
		m.next.Settings[name] = value
	}
}

func (m *merger) validateConnections() {
	unique(m, "connection", m.next.Connections, connectionName)
	roles := map[string]directory.Role{}
	for _, r := range m.next.Roles {
		roles[r.Key] = r
	}
	for _, c := range m.next.Connections {
		m.named("connection", c.Name)
		if _, err := provision.NormalConnection(c); err != nil {
			m.fault("the connection %q: %v", c.Name, err)
		}
		for _, key := range c.Direct {
			r, ok := roles[key]
			switch {
			case ok && (r.Privileged || r.Owner):
				m.fault("the connection %q may not give the role %q by direct: it is privileged, and only a rule may give it", c.Name, key)
			case ok && (r.Kind == directory.MembershipRole || r.Kind == directory.ConsoleRole), !ok && !slices.Contains(directory.DirectAttributes(), key):
				m.fault("the connection %q: direct: %q is neither a role that people have nor one of the attributes %s", c.Name, key, strings.Join(directory.DirectAttributes(), ", "))
			}
		}
		switch c.Kind {
		case directory.SCIM:
			if !slices.Contains([]directory.Dialect{directory.RFC, directory.Okta, directory.Entra}, c.Dialect) {
				m.fault("the connection %q: the dialect %q is not rfc, okta or entra", c.Name, c.Dialect)
			}
		case directory.LDAP:
			m.validateLDAP(c)
		case directory.OIDC:
			m.validateOIDC(c, roles)
		default:
			m.fault("the connection %q: the kind %q is not in this version: there are scim, ldap and oidc", c.Name, c.Kind)
		}
	}
}

func (m *merger) validateRoles() {
	unique(m, "role", m.next.Roles, func(x directory.Role) string { return x.Key })
	unique(m, "role", m.next.Roles, func(x directory.Role) string { return x.Name })
	models := strings.Split(m.next.Setting("roles.model"), ",")
	for _, r := range m.next.Roles {
		if ofPreset(r) {
			continue
		}
		m.check(access.CheckRole(r))
		if r.Owner {
			m.fault("the role %q cannot be the owner's: only a preset has such a role", r.Key)
		}
		model := "custom"
		if r.Kind == directory.PermissionGroup {
			model = "groups_grant_rights"
		}
		m.modelled(models, model, "role", r.Key)
		if len(r.Options) > 0 {
			m.modelled(models, "options", "role with options", r.Key)
		}
		for _, x := range r.Modules {
			if !slices.ContainsFunc(m.next.Modules, func(p directory.Module) bool { return p.Key == x.Key }) {
				m.fault("the role %q: there is no module %q", r.Key, x.Key)
			}
		}
	}
}

// modelled refuses what the tenant's roles do not vary by, where it is new.
func (m *merger) modelled(models []string, model, what, name string) {
	if slices.Contains(models, model) || m.hadModel(model, name) {
		return
	}
	m.refuse("the tenant has no %s %q: its setting roles.model is %s; add %s to it to have one", what, name, strings.Join(models, ","), model)
}

// hadModel reports whether a role or profile was there before the setting said otherwise.
func (m *merger) hadModel(model, name string) bool {
	if model == "profiles" {
		return slices.ContainsFunc(m.current.Profiles, func(x directory.Profile) bool { return schema.Fold(x.Name) == schema.Fold(name) })
	}
	return slices.ContainsFunc(m.current.Roles, func(x directory.Role) bool { return x.Key == name && (model != "options" || len(x.Options) > 0) })
}

func (m *merger) validateProfiles() {
	unique(m, "profile", m.next.Profiles, func(x directory.Profile) string { return x.Name })
	models := strings.Split(m.next.Setting("roles.model"), ",")
	for _, p := range m.next.Profiles {
		i := slices.IndexFunc(m.next.Roles, func(r directory.Role) bool { return r.Key == p.Role })
		if i < 0 {
			m.fault("profile %q: there is no role %q", p.Name, p.Role)
			continue
		}
		m.check(access.CheckProfile(p, m.next.Roles[i]))
		m.modelled(models, "profiles", "profile", p.Name)
	}
}

func (m *merger) validateWork() {
	unique(m, "company", m.next.Companies, func(x directory.Company) string { return x.Name })
	companies := map[string]bool{"": true}
	for _, x := range m.next.Companies {
		m.named("company", x.Name)
		companies[x.ID] = true
	}
	defaults, teams := []string{}, []string{}
	groups := slices.Concat(m.next.AgentGroups, m.next.Work)
	unique(m, "group of work", groups, func(x directory.WorkGroup) string { return string(x.Kind) + " " + x.Name })
	for _, g := range groups {
		if g.Archived {
			continue
		}
		what := kindWord(g.Kind)
		m.named(what, g.Name)
		if strings.ContainsAny(g.Name, "{}") {
			m.fault("the %s %q: { and } are for the captures of rules", what, g.Name)
		}
		if !companies[g.Company] {
			m.fault("the %s %q is of a company that the tenant does not have", what, g.Name)
		}
		if g.Kind != directory.AgentGroupWork {
			if g.Default || g.Distribution || g.Visibility != "" || len(g.Channels) > 0 {
				m.fault("the %s %q: visibility, distribution, default and channels are of agent groups", what, g.Name)
			}
			continue
		}
		teams = append(teams, g.Name)
		if !slices.Contains([]directory.Visibility{directory.VisibleAll, directory.VisibleTeam, directory.VisibleAttendant}, g.Visibility) {
			m.fault("the agent group %q: the visibility %q is not all, team or attendant", g.Name, g.Visibility)
		}
		for i, c := range g.Channels {
			if c == "" || strings.TrimSpace(c) != c || slices.Contains(g.Channels[:i], c) {
				m.fault("the agent group %q: the channel %q is empty, or stands twice", g.Name, c)
			}
		}
		if g.Default {
			defaults = append(defaults, g.Name)
		}
	}
	if len(defaults) > 1 {
		m.refuse("%d agent groups are the default one, %q: at most one can be", len(defaults), defaults)
	}
	if kinds := m.next.Setting("groups.type"); len(teams) > 0 && !slices.Contains(strings.Split(kinds, ","), string(directory.AgentGroupWork)) {
		if len(teams) > toldNames {
			teams = append(teams[:toldNames], "…")
		}
		m.refuse("the tenant has no agent groups, and %q would be some: its setting groups.type is %s; add agent_group to it, or remove them and what rules yield of them", teams, kinds)
	}
}

func (m *merger) validateStatuses() {
	unique(m, "status", m.next.Statuses, func(x directory.Status) string { return x.Key })
	unique(m, "status", m.next.Statuses, func(x directory.Status) string { return x.Name })
	keyword, _ := directory.SettingNamed("presence.initial_status")
	initial, found := m.next.Setting("presence.initial_status"), false
	for _, x := range m.next.Statuses {
		if _, err := keyword.Check(x.Key); err != nil {
			m.fault("the status %q: the keyword %v", x.Key, err)
		}
		m.named("status", x.Name)
		if utf8.RuneCountInString(x.Icon) > 50 || utf8.RuneCountInString(x.Description) > 400 {
			m.fault("the status %q: an icon has at most 50 characters, a description 400", x.Key)
		}
		if x.Key == initial {
			if found = true; !x.Active {
				m.refuse("the status %q cannot be inactive: people begin in it (presence.initial_status)", x.Key)
			}
		}
	}
	if !found {
		m.refuse("people begin in the status %q (presence.initial_status), which the tenant would not have", initial)
	}
	for _, x := range m.base.Statuses {
		if x.System && !slices.ContainsFunc(m.next.Statuses, func(y directory.Status) bool { return x.Key == y.Key }) {
			m.refuse("the status %q cannot be removed: every tenant has it", x.Key)
		}
	}
	if m.next.Setting("presence.statuses") == "off" && !slices.EqualFunc(byPlace(m.base.Statuses), byPlace(m.next.Statuses), sameStatus) {
		m.refuse("the tenant's statuses cannot be edited: its setting presence.statuses is off; set it to on")
	}
}

// byPlace returns the statuses in the order of their keywords.
func byPlace(list []directory.Status) []directory.Status {
	return slices.SortedFunc(slices.Values(list), func(a, b directory.Status) int { return cmp.Compare(a.Key, b.Key) })
}

func (m *merger) validateSeatPools() {
	unique(m, "seat pool", m.next.SeatPools, func(x directory.SeatPool) string { return x.Key })
	unique(m, "seat pool", m.next.SeatPools, func(x directory.SeatPool) string { return x.Name })
	sits := map[string]string{} // pools by role
	for _, x := range m.next.SeatPools {
		if !poolKey.MatchString(x.Key) {
			m.fault("the seat pool %q: a key has small letters, digits, _ and -, at most 63, and begins with a letter or a digit", x.Key)
		}
		m.named("seat pool", x.Name)
		if x.Policy != "" && !slices.Contains([]directory.SeatPolicy{directory.HardCap, directory.Metered, directory.CapWithGrace}, x.Policy) {
			m.fault("the seat pool %q: the policy %q is not hard_cap, metered or cap_with_grace", x.Key, x.Policy)
		}
		if x.Limit < 0 || x.Limit > maxSeats || x.Grace < 0 || x.Grace > maxSeats {
			m.fault("the seat pool %q: limit and grace are whole numbers from 0 to %d", x.Key, maxSeats)
		}
		for _, key := range x.Roles {
			switch {
			case !slices.ContainsFunc(m.next.Roles, func(r directory.Role) bool { return r.Key == key }):
				m.fault("the seat pool %q: there is no role %q", x.Key, key)
			case sits[key] != "":
				m.refuse("holders of the role %q sit in the seat pool %q already: take the role away from that or from %q", key, sits[key], x.Key)
			}
			sits[key] = cmp.Or(sits[key], x.Key)
		}
	}
}
