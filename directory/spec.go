package directory

// Spec is what a manifest says a tenant should be. config reads it from a file and checks its form; admin compares it
// with the tenant and makes it so.
type Spec struct {
	Tenant      string // the tenant's key
	Name        string
	Settings    map[string]string // canonical text of each value, by dotted name; see [Settings]
	Connections []ConnectionSpec
	Roles       []RoleSpec
	AgentGroups []AgentGroupSpec
	Rules       []RuleSpec
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

// AgentGroupSpec is one agent group in a manifest.
type AgentGroupSpec struct {
	Name string
	Was  string
}

// RuleSpec is one rule in a manifest. Its Rule has no ID; Connection holds the connection's name, and Order its place in
// the file.
type RuleSpec struct {
	Rule
	Was string
}

// DefaultRoles returns the roles of a tenant without a preset.
func DefaultRoles() []Role {
	return []Role{
		{Key: "agent", Name: "Agent", Description: "Handles conversations.", Rank: 10, ManagedBy: ByConsole},
		{Key: "supervisor", Name: "Supervisor", Description: "Accompanies agents and sees how they do.", Rank: 20, ManagedBy: ByConsole},
		{Key: "administrator", Name: "Administrator", Description: "Configures the platform.", Rank: 30, Privileged: true, ManagedBy: ByConsole},
	}
}
