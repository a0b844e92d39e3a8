package directory

// Scope is how far a permission reaches.
type Scope string

// The scopes. ScopeNone is for what has no reach, such as opening an area.
const (
	ScopeNone     Scope = "none"
	ScopeOwn      Scope = "own"      // what is the person's own
	ScopeGroup    Scope = "group"    // what belongs to their agent groups
	ScopeCampaign Scope = "campaign" // what belongs to their campaigns
	ScopeAgents   Scope = "agents"   // over people with the role agent and no other
	ScopePart     Scope = "part"     // a part of the area, which the contact centre names
	ScopeAll      Scope = "all"
)

// Mode is how a role has a permission, or a module.
type Mode string

// The modes. Denied wins over everything, then forced, then granted; optional is given by an option or a module only.
const (
	Granted      Mode = "granted"
	Forced       Mode = "forced"   // granted, and no profile takes it away
	Optional     Mode = "optional" // off, and can be switched on for this role
	Denied       Mode = "denied"
	ByMembership Mode = "by_membership" // as the kind of the person's membership in the agent group says
)

// RolePermission is one permission of a role, an option or a kind of membership. The catalogue of permissions is in package
// access.
type RolePermission struct {
	Key   string `json:"key"`
	Scope Scope  `json:"scope,omitempty"` // "" where the permission is optional without a reach or denied altogether
	Mode  Mode   `json:"mode"`
}

// RoleKind is where a role is from and what it is for.
type RoleKind string

// The kinds of roles.
const (
	BuiltinRole     RoleKind = "builtin"          // of the preset; can be restricted by nobody and removed by nobody
	CustomRole      RoleKind = "custom"           // made in the tenant
	PermissionGroup RoleKind = "permission_group" // a group that holds rights, of which a person may be in several
	MembershipRole  RoleKind = "membership"       // what a kind of membership of an agent group gives; nobody is assigned to it
	ConsoleRole     RoleKind = "console"          // for those who run Rollcall; for API keys and operators
)

// Role is a named set of rights.
type Role struct {
	Key         string // unique in the tenant
	Name        string // unique in the tenant, folded
	Description string
	Kind        RoleKind
	Rank        int  // the higher, the more it may do
	Privileged  bool // may administer people, roles or configuration
	Owner       bool // the owner role: never given or taken by a connection
	Permissions []RolePermission
	Options     []RoleOption
	Modules     []RoleModule // the ceiling of its profiles; none: it has no profiles
	Colour      string       // of its profiles' icons, such as "orange"
	// Ceiling cuts the scope of everything that the role's memberships give; "" does not cut.
	Ceiling Scope
	// Everywhere is as what the role's holders count in every agent group, beside what they are there; "" for none.
	Everywhere MembershipKind
	ManagedBy  ManagedBy
}

// RoleOption is a bundle of permissions that can be switched on for holders of one role. Two roles may have options of one
// key that give different things.
type RoleOption struct {
	Key         string           `json:"key"`
	Name        string           `json:"name"`
	Permissions []RolePermission `json:"permissions"`
}

// RoleModule says how a role has a module of the platform: forced, granted (profiles begin with it), optional, or denied.
type RoleModule struct {
	Key  string `json:"key"`
	Mode Mode   `json:"mode"`
}

// Module is an area of the platform that profiles switch on or off.
type Module struct {
	Key         string   `json:"key"`
	Name        string   `json:"name"`
	Permissions []string `json:"permissions"` // what works only where the profile has the module
}

// Profile narrows a role to some of its modules.
type Profile struct {
	ID          string
	Name        string // unique in the tenant, folded
	Role        string // a role's key; never the owner's
	Icon        string // required
	Description string // at most 75 characters
	Modules     []string
	ManagedBy   ManagedBy
	Archived    bool
}

// OptionTarget is how grants name an option of a role.
func OptionTarget(role, option string) string { return role + ":" + option }
