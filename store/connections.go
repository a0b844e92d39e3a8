package store

import (
	"context"

	"rollcall/directory"
	"rollcall/scim/schema"
)

const connectionRow = `id, name, kind, dialect, ord, claim, link, direct, capabilities, settings, managed_by`

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
	x.Authority, x.Guard, x.LDAP, x.OIDC, x.Guarded = more.Authority, more.Guard, more.LDAP, more.OIDC, more.Guarded
	return x, err
}

// connectionSettings are what a connection has beyond its columns.
type connectionSettings struct {
	Authority []string                `json:"authority,omitempty"`
	Guard     directory.GuardLimits   `json:"guard"`
	LDAP      *directory.LDAPSettings `json:"ldap,omitempty"`
	OIDC      *directory.OIDCSettings `json:"oidc,omitempty"`
	Guarded   bool                    `json:"guarded,omitempty"`
}

// PutConnection writes a connection, and makes it if it is not there.
func (tx *Tx) PutConnection(c directory.Connection) {
	tx.exec(`INSERT INTO connection (tenant, id, name, name_fold, kind, dialect, ord, claim, link, direct, capabilities, settings, managed_by, created_at)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, name_fold = excluded.name_fold, dialect = excluded.dialect, ord = excluded.ord,
	    claim = excluded.claim, link = excluded.link, direct = excluded.direct, capabilities = excluded.capabilities, settings = excluded.settings,
	    managed_by = excluded.managed_by`,
		tx.tenant, c.ID, c.Name, schema.Fold(c.Name), string(c.Kind), string(c.Dialect), int64(c.Order), c.Claim, c.Link, encoded(c.Direct),
		encoded(c.Capabilities), encoded(connectionSettings{c.Authority, c.Guard, c.LDAP, c.OIDC, c.Guarded}), string(c.ManagedBy), micros(tx.at))
	if c.OIDC != nil {
		tx.PutDomains(c.ID, c.OIDC.Domains)
	}
}

// SealConnectionSecret keeps a connection's secret so that only this tenant's connection opens it again.
func (tx *Tx) SealConnectionSecret(id, secret string) error {
	sealed, err := tx.db.keys.seal(tx.tenant, connectionPurpose(id), []byte(secret))
	if err != nil {
		return err
	}
	tx.exec(`UPDATE connection SET secret = ? WHERE tenant = ? AND id = ?`, sealed, tx.tenant, id)
	return nil
}

func connectionPurpose(id string) string { return "connection/" + id }

// DropConnectionSecret forgets a connection's secret.
func (tx *Tx) DropConnectionSecret(id string) {
	tx.exec(`UPDATE connection SET secret = NULL WHERE tenant = ? AND id = ?`, tx.tenant, id)
}

// ConnectionSecret opens the secret of a connection. One that has none is an error of kind NotFound.
func (o Ops) ConnectionSecret(ctx context.Context, tenant, id string) (string, error) {
	var sealed []byte
	err := o.db.ask(ctx, question{`SELECT secret FROM connection WHERE tenant = ? AND id = ? AND ended = 0`, []any{tenant, id}, func(s scanner) error { return s.Scan(&sealed) }})
	if err != nil {
		return "", err
	}
	if len(sealed) == 0 {
		return "", directory.Errorf(directory.NotFound, "the connection has no secret in the database: give it again")
	}
	plain, err := o.db.keys.open(tenant, connectionPurpose(id), sealed)
	return string(plain), err
}

// EndConnection ends a connection that owns nobody any more, and revokes its tokens.
func (tx *Tx) EndConnection(id string) {
	tx.exec(`UPDATE connection SET ended = ?, secret = NULL WHERE tenant = ? AND id = ?`, micros(tx.at), tx.tenant, id)
	tx.exec(`UPDATE token SET revoked_at = ? WHERE tenant = ? AND connection = ? AND revoked_at = 0`, micros(tx.at), tx.tenant, id)
	tx.PutDomains(id, nil)
	tx.exec(`DELETE FROM identity WHERE tenant = ? AND connection = ?`, tx.tenant, id)
	tx.exec(`UPDATE session SET ended_at = ?, ended_by = ? WHERE tenant = ? AND connection = ? AND ended_at = 0`, micros(tx.at), directory.EndedByRevoking, tx.tenant, id)
}

// ConnectionInUse reports whether a connection owns live accounts or groups.
func (r Reader) ConnectionInUse(ctx context.Context, id string) (bool, error) {
	return r.exists(ctx, `SELECT 1 FROM account WHERE tenant = ? AND connection = ? AND ended = 0
	  UNION ALL SELECT 1 FROM grp WHERE tenant = ? AND connection = ? AND ended = 0 LIMIT 1`, r.tenant, id, r.tenant, id)
}
