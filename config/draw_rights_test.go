package config

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"rollcall/access"
	"rollcall/directory"
)

// permissions draws some permissions in those modes, in any order.
func (d *drawing) permissions(modes ...directory.Mode) []directory.RolePermission {
	var out []directory.RolePermission
	catalogue := access.Permissions()
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(catalogue)-1), 0, 6, rapid.ID).Draw(d.T, "permissions") {
		p := directory.RolePermission{Key: catalogue[i].Key, Mode: rapid.SampledFrom(modes).Draw(d.T, "mode")}
		scopes := catalogue[i].Scopes
		if p.Mode != directory.Granted && p.Mode != directory.Forced {
			scopes = append([]directory.Scope{""}, scopes...)
		}
		p.Scope = rapid.SampledFrom(scopes).Draw(d.T, "scope")
		if p.Scope == "" { // what the reader makes of none
			p.Scope = usualScope(p.Mode, catalogue[i])
		}
		out = append(out, p)
	}
	return out
}

func (d *drawing) roles() {
	model := settingOf(d.spec, d.preset, "roles.model")
	kinds := []directory.RoleKind{directory.CustomRole}
	if usualKind(model) == directory.PermissionGroup {
		kinds = append(kinds, directory.PermissionGroup)
	}
	for _, key := range d.some([]string{"team_lead", "no", "1st.line-2", "x"}) {
		r := directory.RoleSpec{Role: directory.Role{
			Key: key, Name: rapid.SampledFrom([]string{key, d.fresh()}).Draw(d.T, "name"), Description: d.optional(400),
			Kind: rapid.SampledFrom(kinds).Draw(d.T, "kind"), Rank: rapid.IntRange(0, 1000).Draw(d.T, "rank"), Colour: d.optional(30),
			Permissions: d.permissions(directory.Granted, directory.Forced, directory.Optional, directory.Denied, directory.ByMembership),
			Ceiling:     rapid.SampledFrom([]directory.Scope{"", directory.ScopeOwn, directory.ScopeGroup, directory.ScopeAll}).Draw(d.T, "ceiling"),
			Everywhere:  rapid.SampledFrom([]directory.MembershipKind{"", directory.AsUser, directory.AsSupervisor, directory.AsBoth}).Draw(d.T, "everywhere"),
			ManagedBy:   directory.ByManifest,
		}}
		for i := range rapid.IntRange(0, 2).Draw(d.T, "options") {
			if list := d.permissions(directory.Granted); len(list) > 0 {
				r.Options = append(r.Options, directory.RoleOption{Key: fmt.Sprint("option_", i), Name: d.text(100), Permissions: list})
			}
		}
		for _, m := range d.preset.Modules {
			if d.coin() {
				r.Modules = append(r.Modules, directory.RoleModule{Key: m.Key, Mode: rapid.SampledFrom([]directory.Mode{directory.Granted, directory.Forced, directory.Optional, directory.Denied}).Draw(d.T, "mode")})
			}
		}
		r.Privileged = access.Privileged(r.Role) || d.coin()
		r.Was, r.Absent = d.fate()
		if r.Was != "" {
			r.Was = "former_" + key
		}
		d.spec.Roles = append(d.spec.Roles, r)
	}
}

// present lists the roles that people can be given.
func (d *drawing) present() []directory.Role {
	var out []directory.Role
	for _, r := range d.preset.Roles {
		if !r.Owner && r.Kind != directory.MembershipRole {
			out = append(out, r)
		}
	}
	for _, r := range d.spec.Roles {
		if !r.Absent {
			out = append(out, r.Role)
		}
	}
	return out
}

func (d *drawing) assignable() (keys []string) {
	for _, r := range d.present() {
		keys = append(keys, r.Key)
	}
	return keys
}

func (d *drawing) profiles() {
	for _, n := range d.names(3) {
		p := directory.ProfileSpec{Profile: directory.Profile{Name: n, ManagedBy: directory.ByManifest}}
		var roles []directory.Role
		for _, r := range d.present() {
			if len(r.Modules) > 0 {
				roles = append(roles, r)
			}
		}
		if p.Was, p.Absent = d.fate(); !p.Absent {
			if len(roles) == 0 {
				continue
			}
			r := rapid.SampledFrom(roles).Draw(d.T, "role")
			p.Role, p.Icon, p.Description = r.Key, d.text(50), d.optional(75)
			p.Modules = []string{}
			for _, m := range r.Modules {
				if m.Mode == directory.Forced || m.Mode != directory.Denied && d.coin() {
					p.Modules = append(p.Modules, m.Key)
				}
			}
		}
		d.spec.Profiles = append(d.spec.Profiles, p)
	}
}

func (d *drawing) rule(r *directory.Rule) {
	word := ""
	switch rapid.IntRange(0, 2).Draw(d.T, "whom") {
	case 0:
		r.Group, word = "CC-{team}: x", "team"
	case 1:
		r.Group = d.fresh()
	default:
		r.GroupID = "0b6c6d54"
	}
	if d.coin() {
		r.When = rapid.SampledFrom([]string{`title co "it's"`, "title eq \"a\\n\\\\b\"", `department eq "ñ" and not (title pr)`}).Draw(d.T, "when")
	}
	r.Connection = d.oneOf(d.connectionNames())
	o := d.outputs(word)
	if o.Empty() {
		o.AgentGroups = []directory.RuleOutput{{Name: "Support", Kind: directory.AsUser}}
	}
	r.Roles, r.Options, r.Profile, r.AgentGroups = o.Roles, o.Options, o.Profile, o.AgentGroups
	r.Campaigns, r.Queues, r.Strategies = o.Campaigns, o.Queues, o.Strategies
	r.Company, r.SeatPool, r.InitialStatus = o.Company, o.SeatPool, o.InitialStatus
}

func (d *drawing) outputs(word string) directory.RuleOutputs {
	o := directory.RuleOutputs{
		Roles: d.some(d.assignable()), Campaigns: d.some(d.workNames(directory.CampaignWork)), Queues: d.some(d.workNames(directory.QueueWork)),
		Strategies: d.some(d.workNames(directory.StrategyWork)), Company: d.oneOf(d.presentCompanies()),
	}
	var options, profiles, pools []string
	for _, r := range d.present() {
		for _, x := range r.Options {
			options = append(options, directory.OptionTarget(r.Key, x.Key))
		}
	}
	for _, p := range d.spec.Profiles {
		if !p.Absent {
			profiles = append(profiles, p.Name)
		}
	}
	for _, p := range d.spec.SeatPools {
		if !p.Absent {
			pools = append(pools, p.Key)
		}
	}
	o.Options, o.Profile, o.SeatPool = d.some(options), d.oneOf(profiles), d.oneOf(pools)
	o.InitialStatus = d.oneOf([]string{"offline", "online"})
	for _, n := range d.names(2) {
		if word != "" && d.coin() {
			n += " {" + word + "}"
		}
		kind := rapid.SampledFrom([]directory.MembershipKind{directory.AsUser, directory.AsSupervisor, directory.AsBoth}).Draw(d.T, "kind")
		o.AgentGroups = append(o.AgentGroups, directory.RuleOutput{Name: n, Kind: kind})
	}
	return o
}

func (d *drawing) connections() {
	direct := directory.DirectAttributes()
	for _, r := range d.present() {
		if !r.Privileged && r.Kind != directory.ConsoleRole {
			direct = append(direct, r.Key)
		}
	}
	authority := []string{"title", "name.givenName", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"}
	for i, n := range d.names(3) {
		c := directory.ConnectionSpec{Connection: directory.Connection{
			Name: n, Kind: directory.SCIM, Dialect: rapid.SampledFrom([]directory.Dialect{directory.RFC, directory.Okta, directory.Entra}).Draw(d.T, "dialect"),
			Order: i, Claim: d.coin(), Link: rapid.SampledFrom([]string{"", "userName", "emails.value"}).Draw(d.T, "link"), Direct: d.some(direct),
			Capabilities: directory.Capabilities{Create: d.coin(), Update: d.coin(), Suspend: d.coin(), Delete: d.coin(), Groups: d.coin()},
			Guard:        directory.GuardLimits{Percent: rapid.IntRange(0, 100).Draw(d.T, "percent"), Count: rapid.IntRange(0, 100).Draw(d.T, "count")},
			ManagedBy:    directory.ByManifest,
		}}
		if c.Was, c.Absent = d.fate(); c.Absent {
			c.Offboarding.Do = rapid.SampledFrom([]string{"", directory.OffboardKeep, directory.OffboardSuspend}).Draw(d.T, "offboarding")
		} else {
			c.Authority = d.some(authority)
			authority = slices.DeleteFunc(authority, func(path string) bool { return slices.Contains(c.Authority, path) })
			if d.coin() {
				c.Kind, c.Dialect, c.LDAP = directory.LDAP, directory.RFC, d.ldap()
			} else if d.coin() && i > 0 {
				authority = append(authority, c.Authority...)
				c.Connection = directory.Connection{
					Name: n, Kind: directory.OIDC, Dialect: directory.RFC, Order: i, Capabilities: directory.AllCapabilities(), OIDC: d.provider(), ManagedBy: directory.ByManifest,
				}
			}
		}
		d.spec.Connections = append(d.spec.Connections, c)
	}
	present := d.connectionNames()
	for _, c := range d.spec.Connections {
		if first := d.spec.Connections[0]; c.OIDC != nil && (!c.OIDC.JIT || d.coin()) && !first.Absent {
			c.OIDC.Link = directory.ClaimLink{Claim: d.text(40), Connection: first.Name}
		} else if c.OIDC != nil {
			c.OIDC.JIT = true
		}
	}
	for i, c := range d.spec.Connections {
		if c.Absent && len(present) > 0 && d.coin() {
			d.spec.Connections[i].Offboarding = directory.Offboarding{Do: directory.OffboardMove, To: present[0]}
		}
	}
}

func (d *drawing) connectionNames() (out []string) {
	for _, c := range d.spec.Connections {
		if !c.Absent {
			out = append(out, c.Name)
		}
	}
	return out
}

func (d *drawing) provider() *directory.OIDCSettings {
	s := &directory.OIDCSettings{Issuer: "https://id.example.com/realms/a b", ClientID: d.text(40), JIT: d.coin()}
	if d.coin() {
		s.ClientSecretFile, s.CAFile, s.Domains = "/run/secrets/o idc", "/run/ca.pem", []string{"example.com", "bücher.example"}
		s.RequireACR, s.Scopes = []string{"urn:mace:incommon:iap:silver", "mfa"}, []string{"groups"}
		s.Roles = []directory.ClaimRole{{Claim: "groups", Value: "#1: on", Role: "administrator"}}
	}
	return s
}

func (d *drawing) ldap() *directory.LDAPSettings {
	s := directory.DefaultLDAP()
	s.URLs = []string{"ldaps://ldap.example.com"}
	if d.coin() {
		s.URLs, s.StartTLS, s.Server = []string{"ldap://a.example.com", "ldap://b.example.com:1389"}, true, directory.OpenLDAP
		s.CAFile, s.TLSServerName, s.ClientCertFile, s.ClientKeyFile = "/run/ca.pem", "ldap.example.com", "/run/c d.pem", "/run/key #1"
		s.Membership, s.Canaries, s.Attributes = "memberOf", []string{"(uid=ana)", `(cn=\2a #)`}, map[string]string{"sn": "name.familyName", "cn": "", "no": "title"}
	}
	s.Users, s.Nested, s.PageSize = directory.LDAPSearch{Base: "ou=people,dc=example,dc=com"}, d.coin(), rapid.IntRange(1, 2000).Draw(d.T, "page")
	if d.coin() {
		s.BindDN, s.BindPasswordFile = `cn=reader\, the,dc=example`, "/run/secrets/ldap"
		s.Groups = directory.LDAPSearch{Base: "dc=example", Filter: "(&(a=b)(!(c=d)))"}
		s.Schedule, s.FullEvery, s.Timeout = 0, 36*time.Hour, 90*time.Second
		s.GraceRuns, s.MinimumPeople = 5, 100
	}
	return &s
}
