package directory

import (
	"errors"
	"fmt"
)

// Kind says what about a request was wrong, in a word that each edge translates once: SCIM into a status and a scimType,
// the command line into an exit status. An error without a kind is ours to log and never to show.
type Kind string

// The kinds of errors that a client may see.
const (
	Invalid     Kind = "invalid"     // a value is of the wrong type or form
	NotFound    Kind = "not_found"   // the tenant, or this connection, has no such thing
	Conflict    Kind = "conflict"    // a unique value is taken
	Immutable   Kind = "immutable"   // the attribute cannot be changed
	Stale       Kind = "stale"       // the version that the client saw is no longer the current one
	Forbidden   Kind = "forbidden"   // the actor may not do this
	TooMany     Kind = "too_many"    // the question or its answer is too large
	Unavailable Kind = "unavailable" // the database is away, full or busy; trying again may help
)

// Error is an error whose text may be shown to whoever made the request.
type Error struct {
	Kind    Kind
	Message       // a sentence without a full stop: what, where, what to do
	Err     error // the cause, for the log; never shown

	At   string    // the part of the request that it is about, as [About] has it; "" for the whole
	Code FaultCode // what is wrong about that part, where a word says it
}

// Error returns the text that may be shown.
func (e *Error) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an [Error] of the kind with a message that [Say] makes. A %w in the format is kept as its cause.
func Errorf(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Message: Say(format, args...), Err: errors.Unwrap(fmt.Errorf(format, args...))}
}

// KindOf returns the kind of the first [Error] in err's chain, or "" when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}
