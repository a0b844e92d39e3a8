package directory

import (
	"encoding/json"
	"strings"
	"time"
)

// ActorKind keeps the kinds of actors apart: a directory's doing is never blamed on a person.
type ActorKind string

// The kinds of actors.
const (
	ActorPerson     ActorKind = "person"
	ActorAPIKey     ActorKind = "apikey"
	ActorConnection ActorKind = "connection"
	ActorCLI        ActorKind = "cli"
	ActorSystem     ActorKind = "system"
)

// Actor is who does something, in which tenant.
type Actor struct {
	Tenant     string // id
	Kind       ActorKind
	ID         string // a connection's id, user@host for the command line
	Connection string // the connection whose accounts are read and written; "" for none
	RequestID  string
	Run        string // the run in which this happens; "" for single writes
}

// ActorNamed is the actor whom a text such as "cli:ops@host" names, with the kind before the first colon.
func ActorNamed(tenant, name string) Actor {
	kind, id, _ := strings.Cut(name, ":")
	return Actor{Tenant: tenant, Kind: ActorKind(kind), ID: id}
}

// Change is one insert-only record: what one commit did to one person, group or configuration object.
type Change struct {
	ID       string
	Tenant   string
	Subject  string // "person:ID", "group:ID", "config"
	Action   string // dotted: user.created, user.suspended, group.updated, tenant.applied …
	Actor    Actor
	At       time.Time
	Before   json.RawMessage // what changed, before; secrets only as references
	After    json.RawMessage
	Grants   []GrantChange
	Reason   string
	Erased   bool
	Sequence int64 // its place in the ledger; 0 until the sequencer gave it one
}

// GrantChange is one right gained or lost in a change.
type GrantChange struct {
	Gained bool           `json:"gained"`
	Kind   string         `json:"kind"`
	Target string         `json:"target"`
	As     MembershipKind `json:"as,omitempty"`
	Rule   string         `json:"rule,omitempty"`
	Group  string         `json:"group,omitempty"`
}
