package admin

import (
	"encoding/json"
	"reflect"

	"rollcall/directory"
)

// What the console and the manifest both name is one object when these say so: the owner, the place in order and what only
// the tenant knows count for nothing, and an empty list is no list.

func sameConnection(a, b directory.Connection) bool {
	a, b = plainConnection(a), plainConnection(b)
	return reflect.DeepEqual(a, b)
}

// plainConnection is a connection as a manifest can say it.
func plainConnection(x directory.Connection) directory.Connection {
	x.ID, x.Order, x.ManagedBy, x.Guarded = "", 0, "", false
	x.Direct, x.Authority = unempty(x.Direct), unempty(x.Authority)
	if x.LDAP != nil {
		s := *x.LDAP
		s.URLs, s.Canaries, s.BindPassword = unempty(s.URLs), unempty(s.Canaries), ""
		if len(s.Attributes) == 0 {
			s.Attributes = nil
		}
		x.LDAP = &s
	}
	if x.OIDC != nil {
		s := *x.OIDC
		s.Domains, s.RequireACR, s.Scopes, s.Roles, s.ClientSecret = unempty(s.Domains), unempty(s.RequireACR), unempty(s.Scopes), unempty(s.Roles), ""
		x.OIDC = &s
	}
	return x
}

func sameRole(a, b directory.Role) bool {
	a, b = plainRole(a), plainRole(b)
	a.ManagedBy, b.ManagedBy = "", ""
	return reflect.DeepEqual(a, b)
}

func plainRole(x directory.Role) directory.Role {
	x.Permissions, x.Options, x.Modules = unempty(x.Permissions), unempty(x.Options), unempty(x.Modules)
	return x
}

func sameProfile(a, b directory.Profile) bool {
	a.ID, b.ID, a.ManagedBy, b.ManagedBy = "", "", "", ""
	a.Modules, b.Modules = unempty(a.Modules), unempty(b.Modules)
	return reflect.DeepEqual(a, b)
}

func sameWorkGroup(a, b directory.WorkGroup) bool {
	a.ID, b.ID, a.ManagedBy, b.ManagedBy, a.Rule, b.Rule = "", "", "", "", "", ""
	a.Channels, b.Channels = unempty(a.Channels), unempty(b.Channels)
	return reflect.DeepEqual(a, b)
}

func sameStatus(a, b directory.Status) bool {
	a.ManagedBy, b.ManagedBy, a.Order, b.Order = "", "", 0, 0
	return a == b
}

func sameSeatPool(a, b directory.SeatPool) bool {
	a.ManagedBy, b.ManagedBy = "", ""
	a.Roles, b.Roles = unempty(a.Roles), unempty(b.Roles)
	return reflect.DeepEqual(a, b)
}

func sameRule(a, b directory.Rule) bool {
	a, b = plainRule(a), plainRule(b)
	a.ID, b.ID, a.Order, b.Order, a.ManagedBy, b.ManagedBy = "", "", 0, 0, "", ""
	return reflect.DeepEqual(a, b)
}

func plainRule(x directory.Rule) directory.Rule {
	x.Roles, x.Options, x.AgentGroups = unempty(x.Roles), unempty(x.Options), unempty(x.AgentGroups)
	x.Campaigns, x.Queues, x.Strategies = unempty(x.Campaigns), unempty(x.Queues), unempty(x.Strategies)
	return x
}

func sameTest(a, b directory.MappingTest) bool {
	a, b = plainTest(a), plainTest(b)
	a.ManagedBy, b.ManagedBy = "", ""
	return reflect.DeepEqual(a, b)
}

func plainTest(x directory.MappingTest) directory.MappingTest {
	x.Groups = unempty(x.Groups)
	x.Attributes = stored(x.Attributes)
	return x // of what it expects, an empty list says something
}

// stored are attributes as they come back from where they are kept, so that a number is the same before and after.
func stored(attributes directory.Attributes) directory.Attributes {
	text, err := json.Marshal(attributes)
	var out directory.Attributes
	if err != nil || json.Unmarshal(text, &out) != nil || len(out) == 0 {
		return nil
	}
	return out
}
