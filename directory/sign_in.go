package directory

import (
	"context"
	"net/netip"
	"strings"
	"time"
)

// OIDC is the kind of a connection by which people sign in (OpenID Connect Core 1.0). It provisions nobody, unless its
// settings say that whoever signs in is created.
const OIDC ConnectionKind = "oidc"

// SignInRoot is the path below which providers find this installation.
const SignInRoot = "/auth"

// RedirectURI is what a provider has to know of a connection: where its answers go. Each connection has its own, so that one
// provider cannot hand in the answer of another (RFC 9700 §4.4). base is the installation's public URL, tenant a key.
func RedirectURI(base, tenant, connection string) string {
	return base + SignInRoot + "/callback/" + tenant + "/" + connection
}

// BackChannelURI is where a provider tells that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0 §2.2).
func BackChannelURI(base, tenant, connection string) string {
	return base + SignInRoot + "/logout/" + tenant + "/" + connection
}

// OIDCSettings say which OpenID provider people sign in at, and who they are here. The client's secret is not among them,
// only the name of the file that holds it, which is read at each use, or that one is kept, sealed, in the database.
type OIDCSettings struct {
	Issuer           string `json:"issuer"` // an https URL, as the provider writes it (OpenID Connect Discovery 1.0 §4)
	ClientID         string `json:"client_id"`
	ClientSecretFile string `json:"client_secret_file,omitempty"`
	ClientSecretKept bool   `json:"client_secret_kept,omitempty"` // the database has the secret
	ClientSecret     string `json:"-"`                            // a new one to keep there; never read back
	CAFile           string `json:"ca_file,omitempty"`
	// Domains are those of e-mail addresses whose owners are sent to this provider; folded. A domain belongs to one
	// connection of the installation.
	Domains []string    `json:"domains,omitempty"`
	Link    ClaimLink   `json:"link"`
	Roles   []ClaimRole `json:"roles,omitempty"`
	// RequireACR are the authentication context classes of which the provider must have met one; none asks for none.
	RequireACR []string `json:"require_acr,omitempty"`
	Scopes     []string `json:"scopes,omitempty"` // beside openid, profile and email
	JIT        bool     `json:"jit,omitempty"`    // whoever signs in and is nobody here is created
}

// ClaimLink says how a first sign-in finds the person whom another connection provisioned: the claim's text equals that
// connection's externalId. The zero value links nobody.
type ClaimLink struct {
	Claim      string `json:"claim,omitempty"`
	Connection string `json:"connection,omitempty"` // id; in a spec its name
}

// ClaimRole gives a role to whom the provider states a claim of a value: its text, or one of its list.
type ClaimRole struct {
	Claim string `json:"claim"`
	Value string `json:"value"`
	Role  string `json:"role"` // key; never the owner's
}

// Claim is a value that a provider stated of somebody at their last sign-in, and that a [ClaimRole] names.
type Claim struct {
	Connection string `json:"connection"` // id
	Claim      string `json:"claim"`
	Value      string `json:"value"`
}

// Identity is who somebody is at an OpenID provider. The first sign-in stores it, and only it counts afterwards: neither an
// e-mail address nor any other claim says who somebody is.
type Identity struct {
	Person     string
	Connection string
	Issuer     string
	Subject    string // "sub", unique and never reassigned at the issuer (OpenID Connect Core 1.0 §2)
	CreatedAt  time.Time
	LastAt     time.Time // of the last sign-in
}

// Session is one sign-in of one browser. Its holder has a bearer value, of which only the hash is kept.
type Session struct {
	ID         string     `json:"id"`
	Tenant     string     `json:"-"`
	Person     string     `json:"person,omitempty"` // id; "" for who came by a login link
	Role       string     `json:"role,omitempty"`   // of who came by a login link: a role's key
	By         string     `json:"by,omitempty"`     // who made that link, as the change log names them
	Connection string     `json:"connection,omitempty"`
	Subject    string     `json:"-"` // at the provider
	SID        string     `json:"-"` // the provider's session (OpenID Connect Back-Channel Logout 1.0 §2.1)
	UserAgent  string     `json:"user_agent"`
	Address    string     `json:"address"` // of the client, as the gateway saw it
	CreatedAt  time.Time  `json:"created_at"`
	SeenAt     time.Time  `json:"seen_at"`    // about a minute behind
	ExpiresAt  time.Time  `json:"expires_at"` // whatever happens
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	EndedBy    string     `json:"ended_by,omitempty"` // signed_out | provider | revoked | state
}

// Why sessions end before their time.
const (
	EndedBySignOut  = "signed_out" // by its holder
	EndedByProvider = "provider"   // back-channel logout
	EndedByRevoking = "revoked"    // by somebody who may, or because its connection went
	EndedByState    = "state"      // its holder is active no more
)

// Live reports whether the session opens anything at the instant, when it may rest for idle between two requests.
func (s Session) Live(now time.Time, idle time.Duration) bool {
	return s.EndedAt == nil && now.Before(s.ExpiresAt) && now.Before(s.SeenAt.Add(idle))
}

// LoginLink is a way in that works without a provider: once, and for minutes.
type LoginLink struct {
	ID        string
	Tenant    string
	Role      string // a role's key
	CreatedBy string // as the change log names them
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
}

// IsLoopbackHost reports whether the host of a URL is this machine: localhost, or a loopback address.
func IsLoopbackHost(host string) bool {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

type sessionKey struct{}

// WithSession says in a request's context who is signed in. What finds sessions in requests says it, and hands the request
// on to what answers it in the same process; nothing that comes over the network can.
func WithSession(ctx context.Context, s Session) context.Context {
	return context.WithValue(ctx, sessionKey{}, s)
}

// SessionOf returns what [WithSession] said.
func SessionOf(ctx context.Context) (Session, bool) {
	s, ok := ctx.Value(sessionKey{}).(Session)
	return s, ok
}
