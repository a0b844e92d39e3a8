package admin

import (
	"encoding/json"
	"strings"

	"rollcall/access"
	"rollcall/directory"
)

func roleFields(x directory.Role) []Field {
	var options, modules []string
	for _, o := range x.Options {
		options = append(options, o.Key+" ("+o.Name+"): "+strings.Join(permissionTexts(o.Permissions), ", "))
	}
	for _, m := range x.Modules {
		modules = append(modules, m.Key+": "+string(m.Mode))
	}
	return []Field{
		field("name", x.Name), field("description", x.Description), field("rank", x.Rank), field("privileged", x.Privileged),
		field("kind", string(x.Kind)), field("permissions", permissionTexts(x.Permissions)), field("options", options), field("modules", modules),
		field("colour", x.Colour), field("ceiling", string(x.Ceiling)), field("everywhere", string(x.Everywhere)),
	}
}

func permissionTexts(list []directory.RolePermission) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.Key+": "+access.PermissionText(p))
	}
	return out
}

func workFields(x directory.WorkGroup, companies map[string]string) []Field {
	fields := []Field{
		field("name", x.Name), field("managed_by", x.ManagedBy), field("archived", x.Archived), field("description", x.Description),
		field("external_ref", x.ExternalRef), field("company", companies[x.Company]),
	}
	var visibility, distribution any // of agent groups alone
	if x.Kind == directory.AgentGroupWork {
		visibility, distribution = x.Visibility, x.Distribution
	}
	return append(fields, field("visibility", visibility), field("distribution", distribution), field("default", flag(x.Default)), field("channels", x.Channels))
}

func ruleFields(x directory.Rule, connections map[string]string) []Field {
	x = plainRule(x)
	return append([]Field{
		field("name", x.Name), field("group", x.Group), field("group_id", x.GroupID), field("when", x.When),
		field("connection", connections[x.Connection]),
	}, outputFields(x.Outputs())...)
}

func outputFields(o directory.RuleOutputs) []Field {
	return []Field{
		field("roles", o.Roles), field("options", o.Options), field("profile", o.Profile), field("agent_groups", o.AgentGroups),
		field("campaigns", o.Campaigns), field("queues", o.Queues), field("strategies", o.Strategies), field("company", o.Company),
		field("seat_pool", o.SeatPool), field("initial_status", o.InitialStatus),
	}
}

func testFields(x directory.MappingTest, connections map[string]string) []Field {
	attributes := []byte(nil)
	if len(x.Attributes) > 0 {
		attributes, _ = json.Marshal(x.Attributes) // decoded JSON always can be
	}
	fields := []Field{
		field("name", x.Name), field("attributes", string(attributes)), field("groups", x.Groups), field("connection", connections[x.Connection]),
	}
	o := x.Expect
	named := map[string]bool{ // perhaps as an empty list
		"roles": o.Roles != nil, "options": o.Options != nil, "agent_groups": o.AgentGroups != nil,
		"campaigns": o.Campaigns != nil, "queues": o.Queues != nil, "strategies": o.Strategies != nil,
	}
	for _, f := range outputFields(o) {
		if f.After == nil && named[f.Name] {
			f.After = "none"
		}
		f.Name = "expect." + f.Name
		fields = append(fields, f)
	}
	return fields
}

// capabilities lists what a connection may not do.
func capabilities(c directory.Capabilities) string {
	denied := ""
	for _, x := range []struct {
		name    string
		allowed bool
	}{{"create", c.Create}, {"update", c.Update}, {"suspend", c.Suspend}, {"delete", c.Delete}, {"groups", c.Groups}} {
		if !x.allowed {
			if denied != "" {
				denied += ", "
			}
			denied += x.name
		}
	}
	if denied == "" {
		return "all"
	}
	return "all but " + denied
}
