package admin

import (
	"maps"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// objects lists a configuration as people read it, in the order in which it can be written: what is named before what
// names it.
func objects(c *store.Configuration) []object {
	out := []object{{"tenant", "", c.Tenant.Key, fields("name", c.Tenant.Name), c.Tenant.Name}}
	for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
		out = append(out, object{"setting", name, name, fields("value", c.Settings[name]), setting{name, c.Settings[name]}})
	}
	connections := map[string]string{}
	for _, x := range c.Connections {
		x.Direct = unempty(x.Direct)
		connections[x.ID] = x.Name
		out = append(out, object{"connection", x.ID, x.Name, fields(
			"name", x.Name, "kind", x.Kind, "dialect", x.Dialect, "claim", x.Claim, "link", x.Link, "direct", x.Direct,
			"capabilities", capabilities(x.Capabilities),
		), x})
	}
	for _, x := range c.Roles {
		out = append(out, object{"role", x.Key, x.Key, fields(
			"name", x.Name, "description", x.Description, "rank", x.Rank, "privileged", x.Privileged,
		), x})
	}
	for _, x := range c.AgentGroups {
		out = append(out, object{"agent_group", x.ID, x.Name, fields(
			"name", x.Name, "managed_by", x.ManagedBy, "archived", x.Archived,
		), x})
	}
	for _, x := range c.Rules {
		x.Roles, x.AgentGroups = unempty(x.Roles), unempty(x.AgentGroups)
		out = append(out, object{"rule", x.ID, x.Name, fields(
			"name", x.Name, "group", x.Group, "group_id", x.GroupID, "when", x.When, "connection", connections[x.Connection],
			"roles", x.Roles, "agent_groups", x.AgentGroups,
		), x})
	}
	return out
}

// setting is one row of settings; an empty value stands for the default.
type setting struct{ name, value string }

// fields pairs names with values. A zero value counts as none.
func fields(pairs ...any) []Field {
	out := make([]Field, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		f := Field{Name: name}
		switch v := pairs[i+1].(type) {
		case string:
			if v != "" {
				f.After = v
			}
		case []string:
			if v != nil {
				f.After = v
			}
		case []directory.RuleOutput:
			if v != nil {
				f.After = v
			}
		default:
			f.After = v
		}
		out = append(out, f)
	}
	return out
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
			tx.PutSetting(x.name, x.value)
		case directory.Connection:
			if p.remove {
				tx.EndConnection(x.ID)
			} else {
				tx.PutConnection(x)
			}
		case directory.Role:
			if p.remove {
				tx.DeleteRole(x.Key)
			} else {
				tx.PutRole(x)
			}
		case directory.AgentGroup: // never removed, only archived
			tx.PutAgentGroup(x)
		case directory.Rule:
			if p.remove {
				tx.DeleteRule(x.ID)
			} else {
				tx.PutRule(x)
			}
		}
	}
}
