package store

import (
	"context"
	"time"

	"rollcall/directory"
)

const tokenRow = `id, connection, created_at, expires_at, revoked_at, last_used_at, user_agent, hash`

func (r Reader) scanToken(s scanner) (directory.Token, []byte, error) {
	t := directory.Token{Tenant: r.tenant}
	var created, expires, revoked, used int64
	var hash []byte
	err := s.Scan(&t.ID, &t.Connection, &created, &expires, &revoked, &used, &t.UserAgent, &hash)
	t.CreatedAt = instant(created)
	t.ExpiresAt, t.RevokedAt, t.LastUsedAt = instantOrNil(expires), instantOrNil(revoked), instantOrNil(used)
	return t, hash, err
}

// Token returns a token and the hash of its secret. One that does not exist is an error of kind NotFound.
func (r Reader) Token(ctx context.Context, id string) (directory.Token, []byte, error) {
	var t directory.Token
	var hash []byte
	err := r.q.ask(ctx, question{`SELECT ` + tokenRow + ` FROM token WHERE tenant = ? AND id = ?`, []any{r.tenant, id}, func(s scanner) (err error) {
		t, hash, err = r.scanToken(s)
		return err
	}})
	if err == nil && t.ID == "" {
		err = directory.Errorf(directory.NotFound, "there is no token %q", id)
	}
	return t, hash, err
}

// Tokens returns the tokens of the tenant, the newest first, revoked ones too.
func (r Reader) Tokens(ctx context.Context) ([]directory.Token, error) {
	var out []directory.Token
	err := r.q.ask(ctx, question{`SELECT ` + tokenRow + ` FROM token WHERE tenant = ? ORDER BY created_at DESC, id`, []any{r.tenant}, func(s scanner) error {
		t, _, err := r.scanToken(s)
		out = append(out, t)
		return err
	}})
	return out, err
}

// InsertToken keeps a new token by the hash of its secret.
func (tx *Tx) InsertToken(t directory.Token, hash []byte) {
	var expires int64
	if t.ExpiresAt != nil {
		expires = micros(*t.ExpiresAt)
	}
	tx.exec(`INSERT INTO token (tenant, id, connection, hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)`,
		tx.tenant, t.ID, t.Connection, hash, micros(t.CreatedAt), expires)
}

// RevokeToken ends a token now.
func (tx *Tx) RevokeToken(id string) {
	tx.exec(`UPDATE token SET revoked_at = ? WHERE tenant = ? AND id = ? AND revoked_at = 0`, micros(tx.at), tx.tenant, id)
}

// TokenUse is the last use of a token.
type TokenUse struct {
	Tenant, ID, UserAgent string
	At                    time.Time
}

// NoteTokenUse writes down when a token was last used, and by which client.
func (o Ops) NoteTokenUse(ctx context.Context, u TokenUse) error {
	_, err := o.db.exec(ctx, `UPDATE token SET last_used_at = ?, user_agent = ? WHERE tenant = ? AND id = ? AND last_used_at < ?`,
		micros(u.At), u.UserAgent, u.Tenant, u.ID, micros(u.At))
	return err
}
