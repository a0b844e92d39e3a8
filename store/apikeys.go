package store

import (
	"context"
	"time"

	"rollcall/directory"
)

const issuedRow = `id, name, role, owner, created_by, created_at, expires_at, revoked_at, last_used_at, hash`

func (r Reader) apiKeys(ctx context.Context, text string, values ...any) (keys []directory.APIKey, hashes [][]byte, err error) {
	err = r.q.ask(ctx, question{text, values, func(s scanner) error {
		k := directory.APIKey{Tenant: r.tenant}
		var created, expires, revoked, used int64
		var hash []byte
		err := s.Scan(&k.ID, &k.Name, &k.Role, &k.Owner, &k.CreatedBy, &created, &expires, &revoked, &used, &hash)
		k.CreatedAt = instant(created)
		k.ExpiresAt, k.RevokedAt, k.LastUsedAt = instantOrNil(expires), instantOrNil(revoked), instantOrNil(used)
		keys, hashes = append(keys, k), append(hashes, hash)
		return err
	}})
	return keys, hashes, err
}

// APIKey returns a key and the hash of its secret. One that does not exist is an error of kind NotFound.
func (r Reader) APIKey(ctx context.Context, id string) (directory.APIKey, []byte, error) {
	keys, hashes, err := r.apiKeys(ctx, `SELECT `+issuedRow+` FROM api_key WHERE tenant = ? AND id = ?`, r.tenant, id)
	if err == nil && len(keys) == 0 {
		err = directory.Errorf(directory.NotFound, "there is no API key %q", id)
	}
	if err != nil {
		return directory.APIKey{}, nil, err
	}
	return keys[0], hashes[0], nil
}

// APIKeys returns the keys of the tenant, the newest first, revoked ones too.
func (r Reader) APIKeys(ctx context.Context) ([]directory.APIKey, error) {
	keys, _, err := r.apiKeys(ctx, `SELECT `+issuedRow+` FROM api_key WHERE tenant = ? ORDER BY created_at DESC, id`, r.tenant)
	return keys, err
}

// InsertAPIKey keeps a new key by the hash of its secret. fold is its name, folded, by which live keys are unique.
func (tx *Tx) InsertAPIKey(k directory.APIKey, fold string, hash []byte) {
	var expires int64
	if k.ExpiresAt != nil {
		expires = micros(*k.ExpiresAt)
	}
	tx.exec(`INSERT INTO api_key (tenant, id, name, name_fold, role, owner, hash, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		tx.tenant, k.ID, k.Name, fold, k.Role, k.Owner, hash, k.CreatedBy, micros(k.CreatedAt), expires)
}

// RevokeAPIKey ends a key now.
func (tx *Tx) RevokeAPIKey(id string) {
	tx.exec(`UPDATE api_key SET revoked_at = ? WHERE tenant = ? AND id = ? AND revoked_at = 0`, micros(tx.at), tx.tenant, id)
}

// NoteAPIKeyUse writes down when a key was last used.
func (o Ops) NoteAPIKeyUse(ctx context.Context, tenant, id string, at time.Time) error {
	_, err := o.db.exec(ctx, `UPDATE api_key SET last_used_at = ? WHERE tenant = ? AND id = ? AND last_used_at < ?`, micros(at), tenant, id, micros(at))
	return err
}
