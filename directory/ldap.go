package directory

import "time"

// LDAP is the kind of a connection whose directory Rollcall reads (RFC 4511).
const LDAP ConnectionKind = "ldap"

// The kinds of LDAP servers whose habits are known. The empty kind is detected.
const (
	OpenLDAP        = "openldap"
	ActiveDirectory = "active_directory"
	DS389           = "389ds"
	FreeIPA         = "freeipa"
)

// LDAPSettings say how a directory is reached, what is read of it, and how it maps to SCIM. Passwords are not among them,
// only the names of the files that hold them, which are read at each use, or that one is kept, sealed, in the database.
type LDAPSettings struct {
	URLs             []string          `json:"urls"` // tried in this order
	BindDN           string            `json:"bind_dn,omitempty"`
	BindPasswordFile string            `json:"bind_password_file,omitempty"`
	BindPasswordKept bool              `json:"bind_password_kept,omitempty"` // the database has the password
	BindPassword     string            `json:"-"`                            // a new one to keep there; never read back
	Server           string            `json:"server,omitempty"`
	StartTLS         bool              `json:"start_tls,omitempty"`
	CAFile           string            `json:"ca_file,omitempty"`
	TLSServerName    string            `json:"tls_server_name,omitempty"`
	ClientCertFile   string            `json:"client_cert_file,omitempty"`
	ClientKeyFile    string            `json:"client_key_file,omitempty"`
	AllowPlaintext   bool              `json:"allow_plaintext,omitempty"` // for development only
	Users            LDAPSearch        `json:"users"`
	Groups           LDAPSearch        `json:"groups"`               // an empty Base reads no groups
	Attributes       map[string]string `json:"attributes,omitempty"` // LDAP name → SCIM path; an empty path unmaps a default
	Membership       string            `json:"membership,omitempty"` // member | memberOf: which side states memberships; "" for the server's default
	Nested           bool              `json:"nested"`               // groups may be in groups
	PageSize         int               `json:"page_size"`            // entries in a page (RFC 2696)
	Timeout          time.Duration     `json:"timeout"`              // of one request
	Schedule         time.Duration     `json:"schedule"`             // between two syncs; 0 for by hand only
	FullEvery        time.Duration     `json:"full_every"`           // between two full reconciliations
	GraceRuns        int               `json:"grace_runs"`           // complete runs in a row without an entry before it counts as gone
	MinimumPeople    int               `json:"minimum_people,omitempty"`
	Canaries         []string          `json:"canaries,omitempty"` // filters, each of which must find somebody
}

// LDAPSearch is where people or groups are looked for.
type LDAPSearch struct {
	Base   string `json:"base"`
	Filter string `json:"filter,omitempty"` // "" for the server's default
}

// DefaultLDAP returns the settings that a manifest starts from.
func DefaultLDAP() LDAPSettings {
	return LDAPSettings{
		Nested: true, PageSize: 1000, Timeout: 30 * time.Second, Schedule: 15 * time.Minute, FullEvery: 24 * time.Hour, GraceRuns: 2,
	}
}

// GuardLimits bound how many people one run, or an hour of pushes, may take something from before somebody has to
// approve: the lower of the two counts, and never fewer than five people.
type GuardLimits struct {
	Percent int `json:"percent"` // of the connection's active accounts
	Count   int `json:"count"`
}

// DefaultGuard returns the limits of a connection that states none, in a tenant that states none.
func DefaultGuard() GuardLimits { return GuardLimits{Percent: 10, Count: 50} }

// guardFloor is how many people a guard always lets pass.
const guardFloor = 5

// Limit returns how many people may be concerned, of so many active accounts.
func (g GuardLimits) Limit(active int64) int {
	return max(guardFloor, min(g.Count, int(active*int64(g.Percent)/100)))
}
