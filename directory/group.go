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
