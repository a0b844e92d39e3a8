package store

import (
	"cmp"
	"context"

	"rollcall/directory"
)

// into asks for rows and appends each to a list.
func into[T any](list *[]T, scan func(scanner) (T, error), text string, values ...any) question {
	return question{text, values, func(s scanner) error {
		x, err := scan(s)
		*list = append(*list, x)
		return err
	}}
}

// Configuration returns the tenant's configuration. A tenant that does not exist is an error of kind NotFound.
func (r Reader) Configuration(ctx context.Context) (*Configuration, error) {
	c := &Configuration{Settings: map[string]string{}, SetBy: map[string]directory.SettingOrigin{}}
	err := r.q.ask(ctx,
		question{`SELECT ` + tenantRow + `, modules FROM tenant WHERE id = ?`, []any{r.tenant}, func(s scanner) error {
			var modules string
			err := scanTenant(both{s, []any{&modules}}, &c.Tenant)
			if err == nil {
				c.Modules, err = decoded[[]directory.Module](modules)
			}
			return err
		}},
		question{`SELECT name, value, managed_by, version, changed_by, changed_at FROM setting WHERE tenant = ?`, []any{r.tenant}, func(s scanner) error {
			var name, value, by string
			var o directory.SettingOrigin
			var at int64
			err := s.Scan(&name, &value, &by, &o.Version, &o.ChangedBy, &at)
			o.ManagedBy, o.ChangedAt = directory.ManagedBy(by), instant(at)
			c.Settings[name], c.SetBy[name] = value, o
			return err
		}},
		into(&c.Connections, scanConnection, `SELECT `+connectionRow+` FROM connection WHERE tenant = ? AND ended = 0 ORDER BY ord, id`, r.tenant),
		into(&c.Roles, scanRole, `SELECT `+roleRow+` FROM role WHERE tenant = ? ORDER BY rank, key`, r.tenant),
		into(&c.Profiles, scanProfile, `SELECT `+profileRow+` FROM profile WHERE tenant = ? ORDER BY name_fold`, r.tenant),
		question{`SELECT ` + workRow + ` FROM agent_group WHERE tenant = ? ORDER BY name_fold, kind`, []any{r.tenant}, func(s scanner) error {
			x, err := scanWork(s)
			if x.Kind == directory.AgentGroupWork {
				c.AgentGroups = append(c.AgentGroups, x)
			} else {
				c.Work = append(c.Work, x)
			}
			return err
		}},
		into(&c.Companies, scanCompany, `SELECT `+companyRow+` FROM company WHERE tenant = ? ORDER BY name_fold`, r.tenant),
		into(&c.Statuses, scanStatus, `SELECT `+statusRow+` FROM status WHERE tenant = ? ORDER BY ord, key`, r.tenant),
		into(&c.SeatPools, scanSeatPool, `SELECT `+seatPoolRow+` FROM seat_pool WHERE tenant = ? ORDER BY key`, r.tenant),
		into(&c.Rules, scanRule, `SELECT `+ruleRow+` FROM rule WHERE tenant = ? ORDER BY ord, id`, r.tenant),
		into(&c.Tests, scanMappingTest, `SELECT body, managed_by FROM mapping_test WHERE tenant = ? ORDER BY ord, name`, r.tenant),
	)
	if err == nil && c.Tenant.ID == "" {
		err = directory.Errorf(directory.NotFound, "there is no such tenant")
	}
	return c, err
}

const tenantRow = `id, key, name, config_version, preset, created_at`

func scanTenant(s scanner, t *directory.Tenant) error {
	var created int64
	err := s.Scan(&t.ID, &t.Key, &t.Name, &t.ConfigVersion, &t.Preset, &created)
	t.CreatedAt = instant(created)
	return err
}

// PutSetting sets a setting. The zero origin is the manifest's; with it an empty value returns the setting to its default.
func (tx *Tx) PutSetting(name, value string, o directory.SettingOrigin) {
	if value == "" && o.ManagedBy == "" {
		tx.exec(`DELETE FROM setting WHERE tenant = ? AND name = ?`, tx.tenant, name)
		return
	}
	o.ManagedBy = cmp.Or(o.ManagedBy, directory.ByManifest)
	tx.exec(`INSERT INTO setting (tenant, name, value, managed_by, version, changed_by, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, name) DO UPDATE SET value = excluded.value, managed_by = excluded.managed_by, version = excluded.version,
	    changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
		tx.tenant, name, value, string(o.ManagedBy), o.Version, o.ChangedBy, micros(tx.at))
}
