package api_test

import (
	"maps"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
)

// change edits the tenant's configuration, as a fixture.
func (x *tenant) change(edit func(next *store.Configuration)) *store.Configuration {
	x.t.Helper()
	actor := operator
	actor.Tenant = x.id
	_, err := x.admin.Change(x.t.Context(), actor, admin.Options{}, func(next *store.Configuration) error {
		edit(next)
		return nil
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return x.config()
}

// config is the tenant's configuration.
func (x *tenant) config() *store.Configuration {
	x.t.Helper()
	c, err := x.db.Reader(x.id).Configuration(x.t.Context())
	if err != nil {
		x.t.Fatal(err)
	}
	return c
}

// okta makes a connection of kind scim, and returns its id.
func (x *tenant) okta() string {
	c := x.change(func(next *store.Configuration) {
		next.Connections = append(next.Connections, directory.Connection{
			Name: "okta", Kind: directory.SCIM, Dialect: directory.Okta, Claim: true, Capabilities: directory.AllCapabilities(),
		})
	})
	return c.Connections[0].ID
}

// group makes an agent group, and returns its id.
func (x *tenant) group(name string) string {
	c := x.change(func(next *store.Configuration) {
		next.AgentGroups = append(next.AgentGroups, directory.NewWorkGroup(directory.AgentGroupWork, name))
	})
	return c.AgentGroups[0].ID
}

// piece makes a group of work, and returns its id.
func (x *tenant) piece(kind directory.WorkKind) string {
	c := x.change(func(next *store.Configuration) { next.Work = append(next.Work, directory.NewWorkGroup(kind, "Summer")) })
	return c.Work[0].ID
}

// custom makes a custom role, and returns its key.
func (x *tenant) custom() string {
	x.change(func(next *store.Configuration) {
		next.Roles = append(next.Roles, directory.Role{
			Key: "night_shift", Name: "Night shift", Kind: directory.CustomRole,
			Permissions: []directory.RolePermission{{Key: "users.view", Scope: directory.ScopeAll, Mode: directory.Granted}},
		})
	})
	return "night_shift"
}

type object = map[string]any

func at(path string, id func(x *tenant) string, rest ...string) func(x *tenant) string {
	return func(x *tenant) string {
		out := path + "/" + id(x)
		for _, s := range rest {
			out += s
		}
		return out
	}
}

func fixed(v any) func(*tenant) any { return func(*tenant) any { return v } }

// add registers the cases of a noun's usual operations.
func add(one, many, path, preset string, id func(*tenant) string, created, replaced object) {
	maps.Copy(contracts, map[string]contract{
		"list-" + many:   {preset: preset},
		"get-" + one:     {preset: preset, path: at(path, id)},
		"create-" + one:  {preset: preset, body: fixed(created)},
		"replace-" + one: {preset: preset, path: at(path, id), body: fixed(replaced)},
		"delete-" + one:  {preset: preset, path: at(path, id)},
	})
}

func init() {
	work := func(kind directory.WorkKind) func(*tenant) string {
		return func(x *tenant) string { return x.piece(kind) }
	}
	add("connection", "connections", "/connections", "", (*tenant).okta, object{"name": "entra", "kind": "scim", "dialect": "entra"}, object{"name": "okta2", "kind": "scim", "claim": false})
	add("role", "roles", "/roles", "", (*tenant).custom,
		object{"key": "day_shift", "name": "Day shift", "permissions": []object{{"key": "users.view", "scope": "all"}}},
		object{"key": "night_shift", "name": "Nights", "permissions": []object{{"key": "users.view", "scope": "all"}}})
	add("profile", "profiles", "/profiles", "campaign-contact-centre", func(x *tenant) string {
		c := x.change(func(next *store.Configuration) {
			next.Profiles = append(next.Profiles, directory.Profile{Name: "Calls", Role: "agent", Icon: "phone"})
		})
		return c.Profiles[0].ID
	}, object{"name": "Sales", "role": "agent", "icon": "headset"}, object{"name": "Calls by night", "role": "agent", "icon": "moon", "description": "Answers at night."})
	add("agent-group", "agent-groups", "/agent-groups", "", func(x *tenant) string { return x.group("Support") },
		object{"name": "Billing", "channels": []string{"chat"}}, object{"name": "Support", "visibility": "all", "distribution": false})
	add("campaign", "campaigns", "/campaigns", "", work(directory.CampaignWork), object{"name": "Winter"}, object{"name": "Summer", "description": "To August."})
	add("queue", "queues", "/queues", "", work(directory.QueueWork), object{"name": "Winter"}, object{"name": "Summer 2"})
	add("strategy", "strategies", "/strategies", "", work(directory.StrategyWork), object{"name": "Winter"}, object{"name": "Summer 2", "external_ref": "s-1"})
	add("company", "companies", "/companies", "", func(x *tenant) string {
		return x.change(func(next *store.Configuration) {
			next.Companies = append(next.Companies, directory.Company{Name: "Acme Brazil"})
		}).Companies[0].ID
	}, object{"name": "Acme Chile"}, object{"name": "Acme Brasil"})
	add("status", "statuses", "/statuses", "", func(x *tenant) string {
		x.change(func(next *store.Configuration) {
			next.Statuses = append(next.Statuses, directory.Status{Key: "lunch", Name: "Lunch", Active: true, Order: 9})
		})
		return "lunch"
	}, object{"key": "training", "name": "Training", "receives": false}, object{"key": "lunch", "name": "At lunch", "receives": false, "order": 8})
	add("seat-pool", "seat-pools", "/seat-pools", "", func(x *tenant) string {
		x.change(func(next *store.Configuration) {
			next.SeatPools = append(next.SeatPools, directory.SeatPool{Key: "night", Name: "Night", Limit: 3})
		})
		return "night"
	}, object{"key": "day", "name": "Day", "limit": 5, "policy": "metered"}, object{"key": "night", "name": "Night", "limit": 4})

	token := func(x *tenant) string {
		x.okta()
		k, err := x.admin.CreateToken(x.t.Context(), operator, x.name, "okta", nil)
		if err != nil {
			x.t.Fatal(err)
		}
		return k.ID
	}
	key := func(x *tenant) string { return x.key("").id }
	ttl := func(*tenant) string { return "/settings/invitation.ttl" }
	maps.Copy(contracts, map[string]contract{
		"get-me":                   {free: true},
		"get-tenant":               {},
		"update-tenant":            {body: fixed(object{"name": "Acme Support"})},
		"list-notices":             {},
		"detach":                   {body: detached},
		"get-connection-state":     {path: at("/connections", (*tenant).okta, "/state")},
		"pause-connection":         {path: at("/connections", (*tenant).okta, "/pause")},
		"resume-connection":        {path: at("/connections", (*tenant).okta, "/resume")},
		"list-connection-requests": {path: at("/connections", (*tenant).okta, "/requests")},
		"list-tokens":              {},
		"get-token":                {path: at("/tokens", token)},
		"create-token":             {body: func(x *tenant) any { return object{"connection": x.okta(), "expires": "90d"} }},
		"revoke-token":             {path: at("/tokens", token)},
		"list-api-keys":            {},
		"get-api-key":              {path: at("/api-keys", key)},
		"create-api-key":           {body: fixed(object{"name": "export", "role": "console_viewer", "expires": "90d"})},
		"revoke-api-key":           {path: at("/api-keys", key)},
		"list-permissions":         {},
		"get-permission":           {path: func(*tenant) string { return "/permissions/users.view" }},
		"list-presets":             {},
		"get-role-modules":         {path: func(*tenant) string { return "/roles/agent/modules" }},
		"list-seat-use":            {},
		"list-settings":            {},
		"get-setting":              {path: ttl},
		"replace-setting":          {path: ttl, body: fixed(object{"value": "72h"})},
		"update-settings":          {body: fixed(object{"invitation.ttl": "72h", "presence.absence": false})},
		"list-setting-changes":     {path: func(*tenant) string { return "/settings/invitation.ttl/history" }},
	})
}

// detached is an object of the manifest.
func detached(x *tenant) any {
	x.write(func(tx *store.Tx) error {
		g := directory.NewWorkGroup(directory.AgentGroupWork, "Support")
		g.ID, g.ManagedBy = store.NewID(), directory.ByManifest
		tx.PutWorkGroup(g)
		return nil
	})
	return object{"kind": "agent_group", "name": "Support"}
}
