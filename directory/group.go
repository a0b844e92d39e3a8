package directory

import "time"

// Group is a directory's group, as its connection states it. It grants nothing until a rule maps it.
type Group struct {
	ID          string
	Connection  string
	ExternalID  string
	DisplayName string
	Attributes  Attributes // beyond the typed ones: extensions
	Version     int64      // the ETag: rises with every change of the group or of its members
	Members     int64      // how many
	CreatedAt   time.Time
	ModifiedAt  time.Time
}

// MemberKind tells people from nested groups.
type MemberKind string

// The kinds of members, spelled as RFC 7643 §4.2 spells members.type.
const (
	UserMember  MemberKind = "User"
	GroupMember MemberKind = "Group"
)

// Member is one member of a group.
type Member struct {
	ID      string // a person's or a group's
	Kind    MemberKind
	Display string // userName or displayName, for reading only
}

// AgentGroup is a local team that conversations are routed to.
type AgentGroup struct {
	ID        string
	Name      string // unique in the tenant, folded
	ManagedBy ManagedBy
	Rule      string // the id of the rule that created it, when ManagedBy is ByRule
	Archived  bool   // what a rule made is archived when its group goes, and comes back with the same id
}

// MembershipKind is how somebody belongs to an agent group.
type MembershipKind string

// The kinds of membership of an agent group.
const (
	AsUser       MembershipKind = "user"
	AsSupervisor MembershipKind = "supervisor"
	AsBoth       MembershipKind = "both"
)

// Join returns the kind that holds both: several grants to one group add up.
func (k MembershipKind) Join(o MembershipKind) MembershipKind {
	if k == "" || k == o {
		return o
	}
	if o == "" {
		return k
	}
	return AsBoth
}

// Role is a named set of rights.
type Role struct {
	Key         string // unique in the tenant
	Name        string
	Description string
	Rank        int  // the higher, the more it may do
	Privileged  bool // may administer people, roles or configuration
	Owner       bool // the owner role: never given or taken by a connection
	ManagedBy   ManagedBy
}
