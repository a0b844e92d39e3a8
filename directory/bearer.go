package directory

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"strings"
)

// Bearer is a bearer value as its holder keeps it: PREFIX_TENANT_ID_SECRETCHECKSUM. The prefix and the checksum let
// secret scanners recognise one and tell it from noise; the tenant and the id find its row without a search.
type Bearer struct {
	Prefix string // SCIMToken, APIKeyPrefix, SessionPrefix or LinkPrefix
	Tenant string
	ID     string
	Secret string // 43 letters and digits: 256 bits
}

// The prefixes.
const (
	SCIMToken     = "rct" // SCIM bearer tokens
	APIKeyPrefix  = "rck" // API keys
	SessionPrefix = "rcs" // sessions of browsers, in a cookie
	LinkPrefix    = "rcl" // login links
)

const (
	base62        = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	secretLength  = 43
	checksumChars = 6
)

// NewBearer makes a bearer value with a fresh secret.
func NewBearer(prefix, tenant, id string) Bearer {
	var secret strings.Builder
	most := big.NewInt(int64(len(base62)))
	for range secretLength {
		n, err := rand.Int(rand.Reader, most)
		if err != nil {
			panic(err) // crypto/rand never fails
		}
		secret.WriteByte(base62[n.Int64()])
	}
	return Bearer{prefix, tenant, id, secret.String()}
}

// String returns the whole value. It is shown once, to whoever made it.
func (b Bearer) String() string {
	body := strings.Join([]string{b.Prefix, b.Tenant, b.ID, b.Secret}, "_")
	return body + checksum(body)
}

// Hash is what is kept of the secret.
func (b Bearer) Hash() []byte {
	h := sha256.Sum256([]byte(b.Secret))
	return h[:]
}

// Matches compares the secret with a kept hash, in constant time.
func (b Bearer) Matches(hash []byte) bool {
	return subtle.ConstantTimeCompare(b.Hash(), hash) == 1
}

// ParseBearer reads a bearer value with the prefix. An error never repeats the value.
func ParseBearer(prefix, text string) (Bearer, error) {
	if len(text) > 200 {
		return Bearer{}, errors.New("too long for a token")
	}
	parts := strings.Split(text, "_")
	if len(parts) != 4 || parts[0] != prefix || parts[1] == "" || parts[2] == "" {
		return Bearer{}, fmt.Errorf("not a token of the form %s_…", prefix)
	}
	if len(parts[3]) != secretLength+checksumChars {
		return Bearer{}, errors.New("the token is not whole: was it cut when it was copied")
	}
	body := text[:len(text)-checksumChars]
	if checksum(body) != text[len(text)-checksumChars:] {
		return Bearer{}, errors.New("the token's checksum is wrong: was it copied whole")
	}
	return Bearer{parts[0], parts[1], parts[2], parts[3][:secretLength]}, nil
}

func checksum(body string) string {
	n := crc32.ChecksumIEEE([]byte(body))
	out := make([]byte, checksumChars)
	for i := range out {
		out[checksumChars-1-i] = base62[n%62]
		n /= 62
	}
	return string(out)
}
