package store

import (
	"cmp"
	"context"
	"strconv"

	"rollcall/directory"
)

// Configuration is everything that an administrator configured for a tenant, as of one version.
type Configuration struct {
	Tenant      directory.Tenant
	Settings    map[string]string // as set or copied from the preset; a setting that is not here has its default
	SetBy       map[string]directory.SettingOrigin
	Connections []directory.Connection
	Roles       []directory.Role
	Modules     []directory.Module // of the platform; what profiles switch
	Profiles    []directory.Profile
	AgentGroups []directory.WorkGroup // of the kind agent_group
	Work        []directory.WorkGroup // campaigns, queues and strategies
	Companies   []directory.Company
	Statuses    []directory.Status
	SeatPools   []directory.SeatPool
	Rules       []directory.Rule
	Tests       []directory.MappingTest
}

// Setting returns the value of a setting of the registry, or its default.
func (c *Configuration) Setting(name string) string {
	if v, ok := c.Settings[name]; ok {
		return v
	}
	s, _ := directory.SettingNamed(name)
	return s.Default
}

// GuardLimits returns the limits of a connection: its own, or, where it states none, the tenant's. The zero connection
// has the tenant's.
func (c *Configuration) GuardLimits(x directory.Connection) directory.GuardLimits {
	usual := directory.DefaultGuard()
	setting := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(c.Setting(name)); err == nil {
			return n
		}
		return otherwise
	}
	return directory.GuardLimits{
		Percent: cmp.Or(x.Guard.Percent, setting("guard.percent", usual.Percent)),
		Count:   cmp.Or(x.Guard.Count, setting("guard.count", usual.Count)),
	}
}

// ConfigVersion returns the tenant's configuration version.
func (r Reader) ConfigVersion(ctx context.Context) (int64, error) {
	var v int64
	err := r.q.ask(ctx, question{`SELECT config_version FROM tenant WHERE id = ?`, []any{r.tenant}, func(s scanner) error { return s.Scan(&v) }})
	if err == nil && v == 0 {
		err = directory.Errorf(directory.NotFound, "there is no such tenant")
	}
	return v, err
}

// FirstConfigVersion is the configuration version of a new tenant. What is lower marks people as due.
const FirstConfigVersion = 2

// InsertTenant makes the tenant that the transaction is bound to.
func (tx *Tx) InsertTenant(key, name string) error {
	sealed, err := tx.db.keys.seal(tx.tenant, "root", random(32))
	if err != nil {
		return err
	}
	tx.exec(`INSERT INTO tenant (id, key, name, config_version, secret, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
		tx.tenant, key, name, int64(FirstConfigVersion), sealed, micros(tx.at))
	return nil
}

// LockConfiguration makes the transaction the only one that changes the tenant's configuration, until it ends.
func (tx *Tx) LockConfiguration() error {
	return tx.ask(tx.ctx, question{`SELECT t.id FROM tenant t WHERE t.id = ?` + tx.db.dialect.lock("t"), []any{tx.tenant}, func(scanner) error { return nil }})
}

// ShareConfiguration keeps the configuration from being changed until the transaction ends, side by side with others who
// share it, and returns its version.
func (tx *Tx) ShareConfiguration() (int64, error) {
	var v int64
	err := tx.ask(tx.ctx, question{`SELECT t.config_version FROM tenant t WHERE t.id = ?` + tx.db.dialect.share("t"), []any{tx.tenant}, func(s scanner) error { return s.Scan(&v) }})
	return v, err
}

// RaiseConfigVersion publishes a changed configuration and returns its version.
func (tx *Tx) RaiseConfigVersion(name string) (int64, error) {
	var v int64
	err := tx.ask(tx.ctx, question{
		`UPDATE tenant SET config_version = config_version + 1, name = ? WHERE id = ? RETURNING config_version`,
		[]any{name, tx.tenant},
		func(s scanner) error { return s.Scan(&v) },
	})
	return v, err
}

// PutModel pins what the tenant's roles and settings were copied from, with the modules of its platform.
func (tx *Tx) PutModel(preset string, modules []directory.Module) {
	tx.exec(`UPDATE tenant SET preset = ?, modules = ? WHERE id = ?`, preset, encoded(modules), tx.tenant)
}

// Holders returns up to limit people whose live grants give them the target: a role's key or an agent group's id.
func (r Reader) Holders(ctx context.Context, target string, limit int) ([]string, error) {
	return r.ids(ctx, `SELECT DISTINCT person FROM grants WHERE tenant = ? AND target = ? AND ended = 0 ORDER BY person LIMIT ? + 0`, r.tenant, target, limit)
}
