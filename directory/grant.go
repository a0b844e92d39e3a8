package directory

import "time"

// EntitlementKind is what a grant gives.
type EntitlementKind string

// The kinds of entitlements.
const (
	RoleEntitlement       EntitlementKind = "role"
	OptionEntitlement     EntitlementKind = "option"  // of a role
	ProfileEntitlement    EntitlementKind = "profile" // at most one is in force
	AgentGroupEntitlement EntitlementKind = "agent_group"
	CampaignEntitlement   EntitlementKind = "campaign"
	QueueEntitlement      EntitlementKind = "queue"
	StrategyEntitlement   EntitlementKind = "strategy"
	CompanyEntitlement    EntitlementKind = "company"        // at most one is in force
	SeatPoolEntitlement   EntitlementKind = "seat_pool"      // where the person sits; at most one is in force
	StatusEntitlement     EntitlementKind = "initial_status" // in which the person begins; at most one is in force
)

// EntitlementKinds lists the kinds, in the order in which people read them.
func EntitlementKinds() []EntitlementKind {
	return []EntitlementKind{
		RoleEntitlement, OptionEntitlement, ProfileEntitlement, AgentGroupEntitlement, CampaignEntitlement, QueueEntitlement,
		StrategyEntitlement, CompanyEntitlement, SeatPoolEntitlement, StatusEntitlement,
	}
}

// Single reports whether a person has at most one entitlement of the kind. How many roles they have is the tenant's setting
// roles.cardinality.
func (k EntitlementKind) Single() bool {
	switch k {
	case ProfileEntitlement, CompanyEntitlement, SeatPoolEntitlement, StatusEntitlement:
		return true
	default:
		return false
	}
}

// Field is what plans and views call what of a person a right of the kind is: roles, agent_groups, profile and so on.
func (k EntitlementKind) Field() string {
	switch k {
	case CompanyEntitlement, ProfileEntitlement, SeatPoolEntitlement, StatusEntitlement:
		return string(k)
	case StrategyEntitlement:
		return "strategies"
	default:
		return string(k) + "s"
	}
}

// Entitlement is one right: a role, a membership of an agent group with its kind, and so on.
type Entitlement struct {
	Kind EntitlementKind
	// Target is the key of a role, a seat pool or a status, an [OptionTarget], or the id of a profile, a group of work or
	// a company.
	Target     string
	Membership MembershipKind // for agent groups
}

// OriginKind is who gave a right.
type OriginKind string

// The kinds of origins.
const (
	FromRule   OriginKind = "rule"
	FromPerson OriginKind = "person"
	FromDirect OriginKind = "direct" // an attribute of the connection's account, where the connection lists it in direct:
)

// Origin says why a right is there.
type Origin struct {
	Kind       OriginKind
	Rule       string // id
	Group      string // id of the directory group through which the rule hit
	Connection string // id
	Run        string
	Actor      string
	Change     string // the id of the change that began the grant, as stored
	At         time.Time
}

// Grant is a recorded entitlement with its origin. It ends only by that origin.
type Grant struct {
	Entitlement
	Origin Origin
	// HeldUntil is set while facts say that the grant should end and a guard keeps it, until somebody approves or the
	// time is over.
	HeldUntil *time.Time
}

// Effect is what a hold does to its subject.
type Effect string

// The effects of a hold.
const (
	Keep Effect = "keep" // in force although the directory says otherwise; lapses when the directory changes its statement
	Deny Effect = "deny" // withheld although the directory says otherwise
)

// Hold is how a person overrides a directory for somebody: an administrator's suspension, one right withheld.
type Hold struct {
	ID      string
	Person  string
	Subject string // "state", "role:KEY", KIND:TARGET of any other right, "agent_group:ID:KIND" or "attribute:PATH"
	Effect  Effect
	Value   any // of an attribute: what is kept; nil keeps it away
	Actor   string
	Reason  string
	Until   *time.Time
	// Run is the undo that placed it; "" for a person's. An undo's hold of either effect ends by itself once the
	// directories say something new about its subject.
	Run string
}
