package store

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"

	"rollcall/directory"
)

// NewID returns an opaque id that is never given twice and sorts roughly by its birth (UUIDv7, RFC 9562 §5.7).
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

var shortAlphabet = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// NewShortID returns a random id of 13 letters and digits, for what a tenant has few of: tenants, connections, tokens.
func NewShortID() string {
	return shortAlphabet.EncodeToString(random(8))
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return b
}

// keyring seals what must not be read in a stolen database. The first key seals, all open.
type keyring struct {
	keys    []*subtle.AESGCM
	mu      sync.RWMutex
	secrets map[string][]byte // tenant → its root secret
}

func newKeyring(keys [][]byte) (*keyring, error) {
	k := &keyring{secrets: map[string][]byte{}}
	for _, key := range keys {
		if len(key) != 32 {
			return nil, directory.Errorf(directory.Invalid, "a secret key must have 32 bytes")
		}
		a, err := subtle.NewAESGCM(key)
		if err != nil {
			return nil, fmt.Errorf("store: secret key: %w", err)
		}
		k.keys = append(k.keys, a)
	}
	return k, nil
}

// seal encrypts so that the result opens only for the same tenant and purpose.
func (k *keyring) seal(tenant, purpose string, plain []byte) ([]byte, error) {
	if len(k.keys) == 0 {
		return nil, directory.Errorf(directory.Invalid, "there is no secret key: set ROLLCALL_SECRET_KEY to 32 random bytes in base64")
	}
	return k.keys[0].Encrypt(plain, []byte(tenant+"/"+purpose))
}

func (k *keyring) open(tenant, purpose string, sealed []byte) ([]byte, error) {
	for _, key := range k.keys {
		if plain, err := key.Decrypt(sealed, []byte(tenant+"/"+purpose)); err == nil {
			return plain, nil
		}
	}
	return nil, directory.Errorf(directory.Invalid, "no secret key opens what the database holds: ROLLCALL_SECRET_KEY must be, or contain, the key that sealed it")
}

// Seal seals what leaves the process and comes back, such as the state of a sign-in in a cookie: only this tenant opens it,
// and only for the same purpose. Every replica with the same secret key can.
func (o Ops) Seal(tenant, purpose string, plain []byte) ([]byte, error) {
	return o.db.keys.seal(tenant, purpose, plain)
}

// Unseal opens what [Ops.Seal] sealed. What was not sealed so is an error of kind Invalid.
func (o Ops) Unseal(tenant, purpose string, sealed []byte) ([]byte, error) {
	return o.db.keys.open(tenant, purpose, sealed)
}

// DerivedKey returns the tenant's key of 32 bytes for one purpose ("cursor", "ledger"). It is the same on every replica
// and after every change of the sealing key.
func (db *DB) DerivedKey(ctx context.Context, tenant, purpose string) ([]byte, error) {
	db.keys.mu.RLock()
	secret := db.keys.secrets[tenant]
	db.keys.mu.RUnlock()
	if secret == nil {
		var sealed []byte
		err := db.ask(ctx, question{"SELECT secret FROM tenant WHERE id = ?", []any{tenant}, func(r scanner) error { return r.Scan(&sealed) }})
		if err != nil {
			return nil, err
		}
		if sealed == nil {
			return nil, directory.Errorf(directory.NotFound, "there is no such tenant")
		}
		if secret, err = db.keys.open(tenant, "root", sealed); err != nil {
			return nil, err
		}
		db.keys.mu.Lock()
		db.keys.secrets[tenant] = secret
		db.keys.mu.Unlock()
	}
	return hkdf.Key(sha256.New, secret, nil, purpose, 32)
}

// ordinals are display ids that this process has leased and not given yet.
type ordinals struct {
	mu   sync.Mutex
	open map[string]*span
}

type span struct {
	mu              sync.Mutex
	next, end, size int64
}

// Ordinal returns the next short number of the tenant's series ("people", "groups"). Processes lease them in growing
// blocks, so that no writer waits for another's counter; numbers that a process did not use are lost.
func (db *DB) Ordinal(ctx context.Context, tenant, series string) (int64, error) {
	db.leased.mu.Lock()
	if db.leased.open == nil {
		db.leased.open = map[string]*span{}
	}
	key := tenant + "/" + series
	s := db.leased.open[key]
	if s == nil {
		s = &span{size: 4}
		db.leased.open[key] = s
	}
	db.leased.mu.Unlock()

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == s.end {
		s.size = min(2*s.size, 1024)
		var next int64
		err := db.Write(ctx, tenant, func(tx *Tx) error {
			return tx.ask(ctx, question{
				`INSERT INTO counter (tenant, name, next) VALUES (?, ?, ?) ON CONFLICT (tenant, name)
				 DO UPDATE SET next = counter.next + excluded.next - 1 RETURNING next`,
				[]any{tenant, series, s.size + 1},
				func(r scanner) error { return r.Scan(&next) },
			})
		})
		if err != nil {
			return 0, err
		}
		s.next, s.end = next-s.size, next
	}
	n := s.next
	s.next++
	return n, nil
}

// splitList reads what string_agg wrote.
func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
