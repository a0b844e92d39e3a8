package directory

import "time"

// Tenant is one customer: the boundary that no row crosses.
type Tenant struct {
	ID            string // ours, short, opaque; leads every key
	Key           string // the manifest's "tenant:", unique, folded
	Name          string // for people
	ConfigVersion int64  // rises with every change of rules, roles, connections or settings
	Preset        string // name@version of what its roles and settings were copied from
	CreatedAt     time.Time
}

// ManagedBy says who owns a configuration object: apply changes and removes only what the manifest owns.
type ManagedBy string

// The owners of configuration objects.
const (
	ByManifest ManagedBy = "manifest"
	ByConsole  ManagedBy = "console"
	ByRule     ManagedBy = "rule"
	ByPreset   ManagedBy = "preset" // copied from it, and not changed since
)

// ConnectionKind is how people reach us through a connection.
type ConnectionKind string

// SCIM is the kind of a connection whose provisioning client pushes to us (RFC 7644).
const SCIM ConnectionKind = "scim"

// Dialect says which departures from RFC 7644 a connection's client needs. What Okta and Entra document is accepted in
// every dialect where it cannot be mistaken; a dialect decides only where they contradict each other or the RFC.
type Dialect string

// The dialects.
const (
	RFC   Dialect = "rfc"
	Okta  Dialect = "okta"
	Entra Dialect = "entra"
)

// Connection is the configured origin of accounts and groups.
type Connection struct {
	ID      string
	Name    string // unique in the tenant, folded
	Kind    ConnectionKind
	Dialect Dialect
	Order   int    // authority: of two connections that state an attribute, the lower order wins
	Claim   bool   // may link people whom no connection owns yet
	Link    string // SCIM attribute whose equality links a new account to a known person; "" for none
	// Direct lists what the account's attributes grant without a rule: keys of unprivileged roles, for the SCIM attribute
	// "roles", and names of our extension's attributes, such as "profile" or "options"; see [DirectAttributes].
	Direct       []string
	Capabilities Capabilities
	Authority    []string      // paths of attributes that this connection decides, whatever the order
	Guard        GuardLimits   // what is zero stands for the tenant's settings guard.percent and guard.count
	LDAP         *LDAPSettings // of the kind [LDAP]
	OIDC         *OIDCSettings // of the kind [OIDC]
	// Guarded: it was made or pointed somewhere else without access to the machine, so it may not reach private networks
	// unless the operator allows them.
	Guarded   bool
	ManagedBy ManagedBy
}

// DirectAttributes are the attributes of our SCIM extension that a connection may list in direct:, so that what the
// directory states in them is granted. No role can have one of these keys.
func DirectAttributes() []string {
	return []string{"profile", "options", "groups", "campaigns", "company", "initialStatus", "absence"}
}

// Capabilities switch off what a connection may do. The zero value forbids everything; [AllCapabilities] is the default.
type Capabilities struct {
	Create, Update, Suspend, Delete, Groups bool
}

// AllCapabilities returns the default: everything is allowed.
func AllCapabilities() Capabilities {
	return Capabilities{Create: true, Update: true, Suspend: true, Delete: true, Groups: true}
}

// Token is a SCIM bearer token, without its secret, of which only a hash is kept.
type Token struct {
	ID         string     `json:"id"`
	Tenant     string     `json:"-"`
	Connection string     `json:"-"` // a connection's id
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
	UserAgent  string     `json:"user_agent,omitempty"` // of the last use
}

// Live reports whether the token opens anything at the instant.
func (t Token) Live(now time.Time) bool {
	return t.RevokedAt == nil && (t.ExpiresAt == nil || now.Before(*t.ExpiresAt))
}

// APIKey is a key for automation, without its secret, of which only a hash is kept.
type APIKey struct {
	ID         string     `json:"id"`
	Tenant     string     `json:"-"`
	Name       string     `json:"name"`  // unique among the tenant's live keys, folded
	Role       string     `json:"role"`  // a role's key; "" may only read
	Owner      string     `json:"owner"` // who answers for what it does
	CreatedBy  string     `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
}

// Live reports whether the key opens anything at the instant.
func (k APIKey) Live(now time.Time) bool {
	return k.RevokedAt == nil && (k.ExpiresAt == nil || now.Before(*k.ExpiresAt))
}
