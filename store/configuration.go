package store

import (
	"cmp"
	"context"
	"strconv"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// Configuration is everything that an administrator configured for a tenant, as of one version.
type Configuration struct {
	Tenant      directory.Tenant
	Settings    map[string]string // as set; a setting that is not here has its default
	Connections []directory.Connection
	Roles       []directory.Role
	AgentGroups []directory.AgentGroup
	Rules       []directory.Rule
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

// Configuration returns the tenant's configuration. A tenant that does not exist is an error of kind NotFound.
func (r Reader) Configuration(ctx context.Context) (*Configuration, error) {
	c := &Configuration{Settings: map[string]string{}}
	err := r.q.ask(ctx,
		question{`SELECT id, key, name, config_version, created_at FROM tenant WHERE id = ?`, []any{r.tenant}, func(s scanner) error { return scanTenant(s, &c.Tenant) }},
		question{`SELECT name, value FROM setting WHERE tenant = ?`, []any{r.tenant}, func(s scanner) error {
			var name, value string
			err := s.Scan(&name, &value)
			c.Settings[name] = value
			return err
		}},
		question{
			`SELECT id, name, kind, dialect, ord, claim, link, direct, capabilities, settings, managed_by FROM connection WHERE tenant = ? AND ended = 0 ORDER BY ord, id`,
			[]any{r.tenant},
			func(s scanner) error {
				x, err := scanConnection(s)
				c.Connections = append(c.Connections, x)
				return err
			},
		},
		question{
			`SELECT key, name, description, rank, privileged, owner, managed_by FROM role WHERE tenant = ? ORDER BY rank, key`,
			[]any{r.tenant},
			func(s scanner) error {
				var x directory.Role
				var by string
				err := s.Scan(&x.Key, &x.Name, &x.Description, &x.Rank, &x.Privileged, &x.Owner, &by)
				x.ManagedBy = directory.ManagedBy(by)
				c.Roles = append(c.Roles, x)
				return err
			},
		},
		question{
			`SELECT id, name, managed_by, rule, archived FROM agent_group WHERE tenant = ? ORDER BY name_fold`,
			[]any{r.tenant},
			func(s scanner) error {
				x, err := scanAgentGroup(s)
				c.AgentGroups = append(c.AgentGroups, x)
				return err
			},
		},
		question{
			`SELECT id, name, ord, connection, group_name, group_id, condition, roles, agent_groups, managed_by FROM rule WHERE tenant = ? ORDER BY ord, id`,
			[]any{r.tenant},
			func(s scanner) error {
				x, err := scanRule(s)
				c.Rules = append(c.Rules, x)
				return err
			},
		},
	)
	if err == nil && c.Tenant.ID == "" {
		err = directory.Errorf(directory.NotFound, "there is no such tenant")
	}
	return c, err
}

func scanTenant(s scanner, t *directory.Tenant) error {
	var created int64
	err := s.Scan(&t.ID, &t.Key, &t.Name, &t.ConfigVersion, &created)
	t.CreatedAt = instant(created)
	return err
}

func scanConnection(s scanner) (directory.Connection, error) {
	var x directory.Connection
	var kind, dialect, direct, capabilities, settings, by string
	if err := s.Scan(&x.ID, &x.Name, &kind, &dialect, &x.Order, &x.Claim, &x.Link, &direct, &capabilities, &settings, &by); err != nil {
		return x, err
	}
	x.Kind, x.Dialect, x.ManagedBy = directory.ConnectionKind(kind), directory.Dialect(dialect), directory.ManagedBy(by)
	var err error
	if x.Direct, err = decoded[[]string](direct); err != nil {
		return x, err
	}
	if x.Capabilities, err = decoded[directory.Capabilities](capabilities); err != nil {
		return x, err
	}
	more, err := decoded[connectionSettings](settings)
	x.Authority, x.Guard, x.LDAP = more.Authority, more.Guard, more.LDAP
	return x, err
}

// connectionSettings are what a connection has beyond its columns.
type connectionSettings struct {
	Authority []string                `json:"authority,omitempty"`
	Guard     directory.GuardLimits   `json:"guard"`
	LDAP      *directory.LDAPSettings `json:"ldap,omitempty"`
}

func scanAgentGroup(s scanner) (directory.AgentGroup, error) {
	var x directory.AgentGroup
	var by string
	err := s.Scan(&x.ID, &x.Name, &by, &x.Rule, &x.Archived)
	x.ManagedBy = directory.ManagedBy(by)
	return x, err
}

func scanRule(s scanner) (directory.Rule, error) {
	var x directory.Rule
	var roles, groups, by string
	if err := s.Scan(&x.ID, &x.Name, &x.Order, &x.Connection, &x.Group, &x.GroupID, &x.When, &roles, &groups, &by); err != nil {
		return x, err
	}
	x.ManagedBy = directory.ManagedBy(by)
	var err error
	if x.Roles, err = decoded[[]string](roles); err != nil {
		return x, err
	}
	x.AgentGroups, err = decoded[[]directory.RuleOutput](groups)
	return x, err
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

// PutSetting sets a setting; an empty value returns it to its default.
func (tx *Tx) PutSetting(name, value string) {
	if value == "" {
		tx.exec(`DELETE FROM setting WHERE tenant = ? AND name = ?`, tx.tenant, name)
		return
	}
	tx.exec(`INSERT INTO setting (tenant, name, value) VALUES (?, ?, ?) ON CONFLICT (tenant, name) DO UPDATE SET value = excluded.value`, tx.tenant, name, value)
}

// PutConnection writes a connection, and makes it if it is not there.
func (tx *Tx) PutConnection(c directory.Connection) {
	tx.exec(`INSERT INTO connection (tenant, id, name, name_fold, kind, dialect, ord, claim, link, direct, capabilities, settings, managed_by, created_at)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, name_fold = excluded.name_fold, dialect = excluded.dialect, ord = excluded.ord,
	    claim = excluded.claim, link = excluded.link, direct = excluded.direct, capabilities = excluded.capabilities, settings = excluded.settings,
	    managed_by = excluded.managed_by`,
		tx.tenant, c.ID, c.Name, schema.Fold(c.Name), string(c.Kind), string(c.Dialect), int64(c.Order), c.Claim, c.Link, encoded(c.Direct),
		encoded(c.Capabilities), encoded(connectionSettings{c.Authority, c.Guard, c.LDAP}), string(c.ManagedBy), micros(tx.at))
}

// EndConnection ends a connection that owns nobody any more, and revokes its tokens.
func (tx *Tx) EndConnection(id string) {
	tx.exec(`UPDATE connection SET ended = ? WHERE tenant = ? AND id = ?`, micros(tx.at), tx.tenant, id)
	tx.exec(`UPDATE token SET revoked_at = ? WHERE tenant = ? AND connection = ? AND revoked_at = 0`, micros(tx.at), tx.tenant, id)
}

// ConnectionInUse reports whether a connection owns live accounts or groups.
func (r Reader) ConnectionInUse(ctx context.Context, id string) (bool, error) {
	return r.exists(ctx, `SELECT 1 FROM account WHERE tenant = ? AND connection = ? AND ended = 0
	  UNION ALL SELECT 1 FROM grp WHERE tenant = ? AND connection = ? AND ended = 0 LIMIT 1`, r.tenant, id, r.tenant, id)
}

// PutRole writes a role, and makes it if it is not there; DeleteRole removes one that nobody has.
func (tx *Tx) PutRole(x directory.Role) {
	tx.exec(`INSERT INTO role (tenant, key, name, description, rank, privileged, owner, managed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, key) DO UPDATE SET name = excluded.name, description = excluded.description, rank = excluded.rank,
	    privileged = excluded.privileged, owner = excluded.owner, managed_by = excluded.managed_by`,
		tx.tenant, x.Key, x.Name, x.Description, int64(x.Rank), x.Privileged, x.Owner, string(x.ManagedBy))
}

// DeleteRole removes a role that nobody has.
func (tx *Tx) DeleteRole(key string) {
	tx.exec(`DELETE FROM role WHERE tenant = ? AND key = ?`, tx.tenant, key)
}

// Holders returns up to limit people whose live grants give them the target: a role's key or an agent group's id.
func (r Reader) Holders(ctx context.Context, target string, limit int) ([]string, error) {
	return r.ids(ctx, `SELECT DISTINCT person FROM grants WHERE tenant = ? AND target = ? AND ended = 0 ORDER BY person LIMIT ? + 0`, r.tenant, target, limit)
}

// AgentGroupNamed returns the agent group with the folded name, archived or not.
func (r Reader) AgentGroupNamed(ctx context.Context, name string) (g directory.AgentGroup, found bool, err error) {
	err = r.q.ask(ctx, question{
		`SELECT id, name, managed_by, rule, archived FROM agent_group WHERE tenant = ? AND name_fold = ?`,
		[]any{r.tenant, schema.Fold(name)},
		func(s scanner) (err error) {
			found = true
			g, err = scanAgentGroup(s)
			return err
		},
	})
	return g, found, err
}

// AgentGroup returns one agent group. One that does not exist is an error of kind NotFound.
func (r Reader) AgentGroup(ctx context.Context, id string) (g directory.AgentGroup, err error) {
	err = r.q.ask(ctx, question{
		`SELECT id, name, managed_by, rule, archived FROM agent_group WHERE tenant = ? AND id = ?`,
		[]any{r.tenant, id},
		func(s scanner) (err error) {
			g, err = scanAgentGroup(s)
			return err
		},
	})
	if err == nil && g.ID == "" {
		err = directory.Errorf(directory.NotFound, "there is no agent group %q", id)
	}
	return g, err
}

// PutAgentGroup writes an agent group, and makes it if it is not there.
func (tx *Tx) PutAgentGroup(g directory.AgentGroup) {
	tx.exec(`INSERT INTO agent_group (tenant, id, name, name_fold, managed_by, rule, archived) VALUES (?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, name_fold = excluded.name_fold, managed_by = excluded.managed_by,
	    rule = excluded.rule, archived = excluded.archived`,
		tx.tenant, g.ID, g.Name, schema.Fold(g.Name), string(g.ManagedBy), g.Rule, g.Archived)
}

// PutRule writes a rule, and makes it if it is not there.
func (tx *Tx) PutRule(x directory.Rule) {
	tx.exec(`INSERT INTO rule (tenant, id, name, ord, connection, group_name, group_id, condition, roles, agent_groups, managed_by)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, ord = excluded.ord, connection = excluded.connection, group_name = excluded.group_name,
	    group_id = excluded.group_id, condition = excluded.condition, roles = excluded.roles, agent_groups = excluded.agent_groups, managed_by = excluded.managed_by`,
		tx.tenant, x.ID, x.Name, int64(x.Order), x.Connection, x.Group, x.GroupID, x.When, encoded(x.Roles), encoded(x.AgentGroups), string(x.ManagedBy))
}

// DeleteRule removes a rule and what it was bound to.
func (tx *Tx) DeleteRule(id string) {
	tx.exec(`DELETE FROM rule WHERE tenant = ? AND id = ?`, tx.tenant, id)
	tx.exec(`DELETE FROM binding WHERE tenant = ? AND rule = ?`, tx.tenant, id)
}
