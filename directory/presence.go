package directory

import "time"

// Status is one entry of the tenant's catalogue of presence statuses. What somebody's status is says nothing about their
// state: a suspended person keeps theirs.
type Status struct {
	Key         string // the keyword, short, unique in the tenant, folded
	Name        string
	Icon        string
	Description string
	Receives    bool // whoever is in it gets new conversations
	Active      bool // can be chosen
	Order       int
	System      bool // cannot be removed
	ManagedBy   ManagedBy
}

// Presence is a stretch of time in a status.
type Presence struct {
	Status   string // a status's key
	Previous string
	Since    time.Time
	Until    *time.Time // nil: it is the current one
	SetBy    string     // kind:id of the actor
}

// AbsenceKind is why somebody is away.
type AbsenceKind string

// The kinds of absences.
const (
	Holiday AbsenceKind = "holiday"
	Sick    AbsenceKind = "sick"
	Other   AbsenceKind = "other"
)

// Absence is a stretch of days in which somebody is away: it takes them out of distribution and leaves their status alone.
type Absence struct {
	ID         string
	Person     string
	Kind       AbsenceKind
	From       time.Time
	Until      *time.Time // nil: until somebody ends it
	Note       string
	Actor      string     // kind:id of who entered it
	Connection string     // the id of the connection that states it; "" for a person's word
	EndedAt    *time.Time // cancelled or ended early
}

// Current reports whether the person is away at the instant.
func (a Absence) Current(now time.Time) bool {
	return a.EndedAt == nil && !now.Before(a.From) && (a.Until == nil || now.Before(*a.Until))
}

// AbsenceState is how far an absence has come.
type AbsenceState string

// The states of an absence.
const (
	AbsencePlanned   AbsenceState = "planned"
	AbsenceCurrent   AbsenceState = "current"
	AbsenceEnded     AbsenceState = "ended"     // over, or ended early
	AbsenceCancelled AbsenceState = "cancelled" // before it began
)

// State returns how far the absence has come at the instant.
func (a Absence) State(now time.Time) AbsenceState {
	switch {
	case a.EndedAt != nil && !a.EndedAt.After(a.From):
		return AbsenceCancelled
	case a.EndedAt != nil, a.Until != nil && !now.Before(*a.Until):
		return AbsenceEnded
	case now.Before(a.From):
		return AbsencePlanned
	default:
		return AbsenceCurrent
	}
}
