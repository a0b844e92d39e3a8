package admin

import (
	"maps"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// objects lists a configuration as people read it, in the order in which it can be written: what is named before what
// names it. connections are their names by id.
func objects(c *store.Configuration, connections map[string]string) []object {
	out := []object{{"tenant", "", c.Tenant.Key, []Field{field("name", c.Tenant.Name)}, c.Tenant.Name}}
	for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
		out = append(out, object{"setting", name, name, []Field{field("value", c.Settings[name])}, setting{name, c.Settings[name]}})
	}
	for _, x := range c.Connections {
		x.Direct, x.Authority = unempty(x.Direct), unempty(x.Authority)
		out = append(out, object{"connection", x.ID, x.Name, connectionFields(x), x})
	}
	for _, x := range c.Roles {
		out = append(out, object{"role", x.Key, x.Key, []Field{
			field("name", x.Name), field("description", x.Description), field("rank", x.Rank), field("privileged", x.Privileged),
		}, x})
	}
	for _, x := range c.AgentGroups {
		out = append(out, object{"agent_group", x.ID, x.Name, []Field{
			field("name", x.Name), field("managed_by", x.ManagedBy), field("archived", x.Archived),
		}, x})
	}
	for _, x := range c.Rules {
		x.Roles, x.AgentGroups = unempty(x.Roles), unempty(x.AgentGroups)
		out = append(out, object{"rule", x.ID, x.Name, []Field{
			field("name", x.Name), field("group", x.Group), field("group_id", x.GroupID), field("when", x.When),
			field("connection", connections[x.Connection]), field("roles", x.Roles), field("agent_groups", x.AgentGroups),
		}, x})
	}
	return out
}

// setting is one row of settings; an empty value stands for the default.
type setting struct{ name, value string }

// field is a property in After. An empty text and a nil list count as none.
func field(name string, value any) Field {
	switch v := value.(type) {
	case string:
		if v == "" {
			value = nil
		}
	case []string:
		if len(v) == 0 {
			value = nil
		}
	case []directory.RuleOutput:
		if v == nil {
			value = nil
		}
	}
	return Field{Name: name, After: value}
}

// unempty makes an empty list nil, so that the two compare as equal.
func unempty[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
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

// write puts the rows of a difference into the transaction.
func write(tx *store.Tx, rows []put) {
	for _, p := range rows {
		switch x := p.row.(type) {
		case setting:
			if p.remove {
				x.value = ""
			}
			tx.PutSetting(x.name, x.value, directory.SettingOrigin{})
		case directory.Connection:
			if p.remove {
				tx.EndConnection(x.ID)
				tx.ForgetSource(x.ID)
			} else {
				tx.PutConnection(x)
			}
		case directory.Role:
			if p.remove {
				tx.DeleteRole(x.Key)
			} else {
				tx.PutRole(x)
			}
		case directory.WorkGroup: // never removed, only archived
			tx.PutWorkGroup(x)
		case directory.Rule:
			if p.remove {
				tx.DeleteRule(x.ID)
			} else {
				tx.PutRule(x)
			}
		}
	}
}
