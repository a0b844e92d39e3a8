package store

import (
	"context"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
)

// Identity returns who somebody is whom a provider knows by a subject. One whom nobody is yet is an error of kind NotFound.
func (r Reader) Identity(ctx context.Context, connection, issuer, subject string) (directory.Identity, error) {
	var out []directory.Identity
	err := r.identities(ctx, &out, `tenant = ? AND connection = ? AND issuer = ? AND subject = ?`, r.tenant, connection, issuer, subject)
	if err == nil && len(out) == 0 {
		err = directory.Errorf(directory.NotFound, "nobody has signed in as this subject")
	}
	if err != nil {
		return directory.Identity{}, err
	}
	return out[0], nil
}

// Identities returns who somebody is at which providers.
func (r Reader) Identities(ctx context.Context, person string) ([]directory.Identity, error) {
	var out []directory.Identity
	return out, r.identities(ctx, &out, `tenant = ? AND person = ? ORDER BY connection, issuer, subject`, r.tenant, person)
}

func (r Reader) identities(ctx context.Context, out *[]directory.Identity, where string, values ...any) error {
	return r.q.ask(ctx, question{
		`SELECT person, connection, issuer, subject, created_at, last_at FROM identity WHERE ` + where, values,
		func(s scanner) error {
			var x directory.Identity
			var created, last int64
			err := s.Scan(&x.Person, &x.Connection, &x.Issuer, &x.Subject, &created, &last)
			x.CreatedAt, x.LastAt = instant(created), instant(last)
			*out = append(*out, x)
			return err
		},
	})
}

// PutIdentity records who somebody is at a provider, and that they have just signed in. Whose it is stays as it was.
func (tx *Tx) PutIdentity(x directory.Identity) {
	tx.exec(`INSERT INTO identity (tenant, connection, issuer, subject, person, created_at, last_at) VALUES (?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT (tenant, connection, issuer, subject) DO UPDATE SET last_at = excluded.last_at`,
		tx.tenant, x.Connection, x.Issuer, x.Subject, x.Person, micros(tx.at), micros(tx.at))
}

// ForgetIdentities forgets who somebody is at the provider of a connection.
func (tx *Tx) ForgetIdentities(person, connection string) {
	tx.exec(`DELETE FROM identity WHERE tenant = ? AND person = ? AND connection = ?`, tx.tenant, person, connection)
}

// PutClaims records what providers stated of somebody at their last sign-ins.
func (tx *Tx) PutClaims(person string, claims []directory.Claim) {
	text := ""
	if len(claims) > 0 {
		text = encoded(claims)
	}
	tx.exec(`UPDATE person SET claims = ? WHERE tenant = ? AND id = ?`, text, tx.tenant, person)
}

// Domain returns the tenant and the connection that the owners of a domain's e-mail addresses sign in at; nothing for a
// domain that nobody has.
func (o Ops) Domain(ctx context.Context, domain string) (tenant, connection string, err error) {
	err = o.db.ask(ctx, question{`SELECT tenant, connection FROM domain WHERE domain = ?`, []any{schema.Fold(domain)}, func(s scanner) error {
		return s.Scan(&tenant, &connection)
	}})
	return tenant, connection, err
}

// PutDomains makes these the domains of a connection, and no others.
func (tx *Tx) PutDomains(connection string, domains []string) {
	tx.exec(`DELETE FROM domain WHERE tenant = ? AND connection = ?`, tx.tenant, connection)
	for _, d := range domains {
		tx.exec(`INSERT INTO domain (domain, tenant, connection) VALUES (?, ?, ?)`, schema.Fold(d), tx.tenant, connection)
	}
}

// InsertLoginLink keeps a new link by the hash of its secret.
func (tx *Tx) InsertLoginLink(l directory.LoginLink, hash []byte) {
	tx.exec(`INSERT INTO login_link (tenant, id, hash, role, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		tx.tenant, l.ID, hash, l.Role, l.CreatedBy, micros(l.CreatedAt), micros(l.ExpiresAt))
}

// LoginLink returns a link and the hash of its secret. One that does not exist is an error of kind NotFound.
func (r Reader) LoginLink(ctx context.Context, id string) (directory.LoginLink, []byte, error) {
	l := directory.LoginLink{Tenant: r.tenant}
	var hash []byte
	err := r.q.ask(ctx, question{
		`SELECT id, hash, role, created_by, created_at, expires_at, used_at FROM login_link WHERE tenant = ? AND id = ?`,
		[]any{r.tenant, id},
		func(s scanner) error {
			var created, expires, used int64
			err := s.Scan(&l.ID, &hash, &l.Role, &l.CreatedBy, &created, &expires, &used)
			l.CreatedAt, l.ExpiresAt, l.UsedAt = instant(created), instant(expires), instantOrNil(used)
			return err
		},
	})
	if err == nil && l.ID == "" {
		err = directory.Errorf(directory.NotFound, "there is no login link %q", id)
	}
	return l, hash, err
}

// Spend notes that something which counts once was used, and reports whether this was the first time. It is remembered until
// an instant. Kinds are "state" and "logout".
func (o Ops) Spend(ctx context.Context, tenant, kind, id string, until time.Time) (first bool, err error) {
	n, err := o.db.exec(ctx, `INSERT INTO spent (tenant, kind, id, until) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, tenant, kind, id, micros(until))
	return n > 0, err
}
