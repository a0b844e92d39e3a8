package admin

import (
	"maps"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// copyOf returns a configuration that can be changed without changing c.
func copyOf(c *store.Configuration) *store.Configuration {
	n := *c
	n.Settings, n.SetBy = maps.Clone(c.Settings), maps.Clone(c.SetBy)
	if n.Settings == nil {
		n.Settings = map[string]string{}
	}
	if n.SetBy == nil {
		n.SetBy = map[string]directory.SettingOrigin{}
	}
	n.Connections = each(c.Connections, func(x *directory.Connection) {
		x.Direct, x.Authority = slices.Clone(x.Direct), slices.Clone(x.Authority)
		if x.LDAP != nil {
			s := *x.LDAP
			s.URLs, s.Canaries, s.Attributes = slices.Clone(s.URLs), slices.Clone(s.Canaries), maps.Clone(s.Attributes)
			x.LDAP = &s
		}
		if x.OIDC != nil {
			x.OIDC = new(*x.OIDC)
			for _, list := range []*[]string{&x.OIDC.Domains, &x.OIDC.RequireACR, &x.OIDC.Scopes} {
				*list = slices.Clone(*list)
			}
			x.OIDC.Roles = slices.Clone(x.OIDC.Roles)
		}
	})
	n.Roles = each(c.Roles, func(x *directory.Role) {
		x.Permissions, x.Modules = slices.Clone(x.Permissions), slices.Clone(x.Modules)
		x.Options = each(x.Options, func(o *directory.RoleOption) { o.Permissions = slices.Clone(o.Permissions) })
	})
	n.Modules = each(c.Modules, func(x *directory.Module) { x.Permissions = slices.Clone(x.Permissions) })
	n.Profiles = each(c.Profiles, func(x *directory.Profile) { x.Modules = slices.Clone(x.Modules) })
	channels := func(x *directory.WorkGroup) { x.Channels = slices.Clone(x.Channels) }
	n.AgentGroups, n.Work = each(c.AgentGroups, channels), each(c.Work, channels)
	n.Companies, n.Statuses = slices.Clone(c.Companies), slices.Clone(c.Statuses)
	n.SeatPools = each(c.SeatPools, func(x *directory.SeatPool) { x.Roles = slices.Clone(x.Roles) })
	n.Rules = each(c.Rules, func(x *directory.Rule) {
		x.Roles, x.Options, x.AgentGroups = slices.Clone(x.Roles), slices.Clone(x.Options), slices.Clone(x.AgentGroups)
		x.Campaigns, x.Queues, x.Strategies = slices.Clone(x.Campaigns), slices.Clone(x.Queues), slices.Clone(x.Strategies)
	})
	n.Tests = each(c.Tests, func(x *directory.MappingTest) {
		x.Groups = slices.Clone(x.Groups)
		x.Attributes, _ = deep(x.Attributes).(directory.Attributes)
		x.Expect = outputsOf(x.Expect)
	})
	return &n
}

// each copies a list and its elements' own lists.
func each[T any](list []T, own func(*T)) []T {
	out := slices.Clone(list)
	for i := range out {
		own(&out[i])
	}
	return out
}

func outputsOf(o directory.RuleOutputs) directory.RuleOutputs {
	o.Roles, o.Options, o.AgentGroups = slices.Clone(o.Roles), slices.Clone(o.Options), slices.Clone(o.AgentGroups)
	o.Campaigns, o.Queues, o.Strategies = slices.Clone(o.Campaigns), slices.Clone(o.Queues), slices.Clone(o.Strategies)
	return o
}

// deep copies decoded JSON.
func deep(v any) any {
	switch x := v.(type) {
	case map[string]any:
		if x == nil {
			return x
		}
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = deep(e)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = deep(e)
		}
		return out
	default:
		return v
	}
}
