package directory

import "time"

// Attributes are a SCIM resource's attributes as decoded JSON, spelled as RFC 7643 spells them: string, bool, int64,
// float64, []any and map[string]any. An extension's attributes stand under its URN. "id", "meta", "schemas" and
// "externalId" are not among them; nor are "groups" and "members", which are rows.
type Attributes = map[string]any

// Account is what one connection states about one person. It is what a provisioning client reads and writes.
type Account struct {
	Person     string // the SCIM id: the person's, stable, never reused for another person
	Connection string // "" for people whom no connection owns
	ExternalID string // the SCIM attribute; may be cleared
	Key        string // the correlation key: the last externalId that was not empty; never cleared by PUT or PATCH
	UserName   string // as sent
	Active     bool   // as stated; false suspends
	Attributes Attributes
	Version    int64 // the ETag: rises with every change of the account, and only then
	CreatedAt  time.Time
	ModifiedAt time.Time
}

// State is where in their life a person stands. It is computed, never set.
type State string

// The states of a person.
const (
	Pending       State = "pending"       // invited, not yet in
	Active        State = "active"        // may sign in and work
	Suspended     State = "suspended"     // rights are masked, sessions and eligibility gone, everything else kept
	Deprovisioned State = "deprovisioned" // gone for directories and lists; kept for history and for coming back
)

// User is the effective person.
type User struct {
	ID        string
	DisplayID int64 // short and visible: tells people of one name apart
	State     State
	Onboarded bool // false only between an invitation and its acceptance
	UserName  string
	Seat      SeatState
	SeatPool  string // the key of the pool in which they sit or wait; "" for none
	Status    string // the key of their presence status
	Absent    bool   // away, as of the last evaluation; reads look at the clock besides
	// Incomplete and HasExtension are as of the last evaluation: what the tenant requires of people and this one has not,
	// and whether they have a telephone extension, which calls need.
	Incomplete   []string
	HasExtension bool
	// Attributes is nil while the person has one account, whose document is theirs.
	Attributes Attributes
	// ListName and ListText are folded: what lists are sorted by, and what they are searched in (names, userName, e-mail
	// addresses and telephone numbers).
	ListName, ListText string
	// EvaluatedAt is the configuration version under which the grants were computed; lower than the tenant's means that
	// they are due for evaluation.
	EvaluatedAt int64
	CreatedAt   time.Time
	ModifiedAt  time.Time
}

// LeaverRule says when accounts that end or turn inactive make their person leave.
type LeaverRule struct {
	When string // any | all | primary: which accounts must say so; primary is the one of the first connection in order
	Do   string // suspend | deprovision | keep: what becomes of a person whose last account ended
}

// Derive computes a person's state from the accounts that are live, in the connections' order, and from the holds in
// force. ended tells that the person once had an account and has lost one or all of them.
func Derive(rule LeaverRule, live []Account, ended, onboarded bool, holds []Hold) State {
	switch {
	case len(live) == 0 && rule.Do == "deprovision":
		return Deprovisioned
	case len(live) == 0 && rule.Do == "suspend":
		return Suspended
	case holdsState(holds, Deny):
		return Suspended
	case left(rule, live, ended) && !holdsState(holds, Keep):
		return Suspended
	case !onboarded:
		return Pending
	}
	return Active
}

func left(rule LeaverRule, live []Account, ended bool) bool {
	if len(live) == 0 {
		return false // rule.Do is keep
	}
	inactive := 0
	for _, a := range live {
		if !a.Active {
			inactive++
		}
	}
	switch rule.When {
	case "all":
		return inactive == len(live)
	case "primary":
		return !live[0].Active
	default:
		return inactive > 0 || ended
	}
}

func holdsState(holds []Hold, effect Effect) bool {
	for _, h := range holds {
		if h.Subject == "state" && h.Effect == effect {
			return true
		}
	}
	return false
}
