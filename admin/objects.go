package admin

import (
	"maps"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// objects lists a configuration as people read it, in the order in which it can be written: what is named before what
// names it. connections and companies are their names by id.
func objects(c *store.Configuration, connections, companies map[string]string) []object {
	out := []object{{"tenant", "", c.Tenant.Key, "", []Field{field("name", c.Tenant.Name), field("preset", c.Tenant.Preset)}, model{c.Tenant.Name, c.Tenant.Preset, c.Modules}}}
	for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
		by := c.SetBy[name].ManagedBy
		out = append(out, object{"setting", name, name, by, []Field{field("value", c.Settings[name])}, setting{name, c.Settings[name], by}})
	}
	for _, x := range c.Connections {
		x.Direct, x.Authority = unempty(x.Direct), unempty(x.Authority)
		out = append(out, object{"connection", x.ID, x.Name, x.ManagedBy, connectionFields(x), x})
	}
	for _, x := range c.Companies {
		out = append(out, object{"company", x.ID, x.Name, x.ManagedBy, []Field{field("name", x.Name)}, x})
	}
	for _, x := range c.Roles {
		out = append(out, object{"role", x.Key, x.Key, x.ManagedBy, roleFields(x), plainRole(x)})
	}
	for _, x := range c.Profiles {
		x.Modules = unempty(x.Modules)
		out = append(out, object{"profile", x.ID, x.Name, x.ManagedBy, []Field{
			field("name", x.Name), field("role", x.Role), field("icon", x.Icon), field("description", x.Description),
			field("modules", x.Modules), field("archived", flag(x.Archived)),
		}, x})
	}
	for _, x := range c.Statuses {
		out = append(out, object{"status", x.Key, x.Key, x.ManagedBy, []Field{
			field("name", x.Name), field("icon", x.Icon), field("description", x.Description), field("receives", x.Receives), field("active", x.Active), field("order", x.Order),
		}, x})
	}
	for _, x := range c.SeatPools {
		x.Roles = unempty(x.Roles)
		out = append(out, object{"seat_pool", x.Key, x.Key, x.ManagedBy, []Field{
			field("name", x.Name), field("policy", string(x.Policy)), field("limit", x.Limit), field("grace", x.Grace), field("roles", x.Roles), field("contact", x.Contact),
		}, x})
	}
	for _, x := range slices.Concat(c.AgentGroups, c.Work) {
		x.Channels = unempty(x.Channels)
		out = append(out, object{string(x.Kind), x.ID, x.Name, x.ManagedBy, workFields(x, companies), x})
	}
	for _, x := range c.Rules {
		out = append(out, object{"rule", x.ID, x.Name, x.ManagedBy, ruleFields(x, connections), plainRule(x)})
	}
	for i, x := range c.Tests {
		x = plainTest(x)
		out = append(out, object{"mapping_test", x.Name, x.Name, x.ManagedBy, testFields(x, connections), ordered{x, i}})
	}
	return out
}

// model is what is written of the tenant itself, beside its name.
type model struct {
	name, preset string
	modules      []directory.Module
}

// ordered is a mapping test at its place.
type ordered struct {
	directory.MappingTest

	order int
}

// setting is one row of settings; an empty value stands for the default.
type setting struct {
	name, value string
	by          directory.ManagedBy
}

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
		if len(v) == 0 {
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

// write puts the rows of a difference into the transaction, under a version of the configuration.
func write(tx *store.Tx, rows []put, version int64, actor directory.Actor) error {
	for _, p := range rows {
		switch x := p.row.(type) {
		case model:
			tx.PutModel(x.preset, x.modules)
		case setting:
			o := directory.SettingOrigin{ManagedBy: x.by, Version: version, ChangedBy: string(actor.Kind) + ":" + actor.ID}
			if p.remove {
				x.value, o = "", directory.SettingOrigin{}
			}
			tx.PutSetting(x.name, x.value, o)
		case directory.Connection:
			if p.remove {
				tx.EndConnection(x.ID)
				tx.ForgetSource(x.ID)
			} else if err := putConnection(tx, x); err != nil {
				return err
			}
		case directory.WorkGroup: // never removed, only archived
			tx.PutWorkGroup(x)
		default:
			writeKeyed(tx, p)
		}
	}
	return nil
}

// putConnection writes a connection, and keeps or forgets its secret.
func putConnection(tx *store.Tx, x directory.Connection) error {
	tx.PutConnection(x)
	var given string
	var kept bool
	switch {
	case x.LDAP != nil:
		given, kept = x.LDAP.BindPassword, x.LDAP.BindPasswordKept
	case x.OIDC != nil:
		given, kept = x.OIDC.ClientSecret, x.OIDC.ClientSecretKept
	default:
		return nil
	}
	if given != "" {
		return tx.SealConnectionSecret(x.ID, given)
	}
	if !kept {
		tx.DropConnectionSecret(x.ID)
	}
	return nil
}

// writeKeyed writes what is there or is not.
func writeKeyed(tx *store.Tx, p put) {
	switch x := p.row.(type) {
	case directory.Company:
		either(p.remove, func() { tx.DeleteCompany(x.ID) }, func() { tx.PutCompany(x) })
	case directory.Role:
		either(p.remove, func() { tx.DeleteRole(x.Key) }, func() { tx.PutRole(x) })
	case directory.Profile:
		either(p.remove, func() { tx.DeleteProfile(x.ID) }, func() { tx.PutProfile(x) })
	case directory.Status:
		either(p.remove, func() { tx.DeleteStatus(x.Key) }, func() { tx.PutStatus(x) })
	case directory.SeatPool:
		either(p.remove, func() { tx.DeleteSeatPool(x.Key) }, func() { tx.PutSeatPool(x) })
	case directory.Rule:
		either(p.remove, func() { tx.DeleteRule(x.ID) }, func() { tx.PutRule(x) })
	case ordered:
		either(p.remove, func() { tx.DeleteMappingTest(x.Name) }, func() { tx.PutMappingTest(x.MappingTest, x.order) })
	}
}

func either(first bool, yes, no func()) {
	if first {
		yes()
	} else {
		no()
	}
}
