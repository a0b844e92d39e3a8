package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"rollcall/config"
	"rollcall/store"
)

// keyBytes is the length of a secret key.
const keyBytes = 32

// keysOf returns the secret keys: those that are configured and, on SQLite, the one that is kept beside the database,
// which is made for a database without tenants. One that was lost is never made anew: it would open nothing.
func keysOf(ctx context.Context, c config.Config, why purpose) ([][]byte, error) {
	keys := c.SecretKeys
	path, isFile := strings.CutPrefix(c.Database, "sqlite://")
	if !isFile {
		if len(keys) == 0 && why == serving {
			return nil, errors.New("serve on PostgreSQL needs ROLLCALL_SECRET_KEY: 32 random bytes in base64, the same on every replica; \"openssl rand -base64 32\" makes one")
		}
		return keys, nil
	}
	kept, err := readKey(path + ".key")
	switch {
	case err == nil:
		return append(keys, kept), nil
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	case len(keys) > 0 || why == reading || why == migrated:
		return keys, nil
	}
	used, err := hasTenants(ctx, c.Database, path)
	if err != nil {
		return nil, err
	}
	if used {
		return nil, fmt.Errorf("the database has tenants, but their key is gone: put %s back, or set ROLLCALL_SECRET_KEY to it", path+".key")
	}
	made, err := makeKey(path + ".key")
	return [][]byte{made}, err
}

// hasTenants reports whether a database has something that a key sealed.
func hasTenants(ctx context.Context, dsn, path string) (used bool, err error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	db, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	has, _, err := db.Schema(ctx)
	if err != nil || has == 0 {
		return false, err
	}
	tenants, err := db.Ops().Tenants(ctx)
	return len(tenants) > 0, err
}

func readKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path) //nolint:gosec // beside the database that the operator names
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyBytes {
		return nil, fmt.Errorf("%s must hold %d bytes in base64; restore it from a backup", path, keyBytes)
	}
	return key, nil
}

// makeKey keeps a new key. Of several processes that make one at the same time, all get the first one's.
func makeKey(path string) (key []byte, err error) {
	key = make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the program instead
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("the secret key cannot be kept beside the database: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = fmt.Fprintln(f, base64.StdEncoding.EncodeToString(key))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("the secret key cannot be kept beside the database: %w", err)
	}
	switch err := os.Link(f.Name(), path); {
	case errors.Is(err, os.ErrExist):
		return readKey(path)
	case err != nil:
		return nil, fmt.Errorf("the secret key cannot be kept beside the database: %w", err)
	}
	return key, nil
}
