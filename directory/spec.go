package directory

// Spec is what a manifest says a tenant should be. config reads it from a file and checks its form; admin compares it
// with the tenant and makes it so.
type Spec struct {
	Tenant      string // the tenant's key
	Name        string
	Preset      string            // name, or name@version; "" for the standard one
	Settings    map[string]string // canonical text of each value, by dotted name; see [Settings]
	Connections []ConnectionSpec
	Roles       []RoleSpec // custom ones
	Profiles    []ProfileSpec
	Work        []WorkGroupSpec // of every kind
	Companies   []CompanySpec
	Statuses    []StatusSpec
	SeatPools   []SeatPoolSpec
	Rules       []RuleSpec
	Tests       []MappingTest // Connection is a connection's name
}

// ConnectionSpec is one connection in a manifest. Its Connection has no ID; Order is its place in the file.
type ConnectionSpec struct {
	Connection
	Was         string // its name before, when the manifest renames it
	Absent      bool   // "state: absent"
	Offboarding Offboarding
}

// Offboarding is what becomes of the people and groups of a connection that goes. The zero value is no choice: then only
// a connection that owns nobody may go.
type Offboarding struct {
	Do string // OffboardKeep, OffboardSuspend or OffboardMove
	To string // of OffboardMove: the name of the connection that takes them over
}

// What may become of the people of a connection that goes.
const (
	OffboardKeep    = "keep"    // they stay as they are, and no connection owns them
	OffboardSuspend = "suspend" // they stay, inactive, and no connection owns them
	OffboardMove    = "move"    // another connection owns them
)

// RoleSpec is one custom role in a manifest.
type RoleSpec struct {
	Role
	Was    string
	Absent bool
}

// ProfileSpec is one profile in a manifest. Its Profile has no ID.
type ProfileSpec struct {
	Profile
	Was    string
	Absent bool
}

// WorkGroupSpec is one group of work in a manifest. Its WorkGroup has no ID, and Company holds the company's name.
type WorkGroupSpec struct {
	WorkGroup
	Was string
}

// CompanySpec is one company in a manifest. Its Company has no ID.
type CompanySpec struct {
	Company
	Was    string
	Absent bool
}

// StatusSpec is one status in a manifest.
type StatusSpec struct {
	Status
	Was    string
	Absent bool
}

// SeatPoolSpec is one seat pool in a manifest.
type SeatPoolSpec struct {
	SeatPool
	Was    string
	Absent bool
}

// RuleSpec is one rule in a manifest. Its Rule has no ID; Connection holds the connection's name, and Order its place in
// the file.
type RuleSpec struct {
	Rule
	Was string
}
