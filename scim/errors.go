package scim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	scimerrors "github.com/elimity-com/scim/errors"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// The detail error keywords of RFC 7644 §3.12 that this package gives itself.
const (
	invalidFilter = string(scimerrors.ScimTypeInvalidFilter)
	invalidPath   = string(scimerrors.ScimTypeInvalidPath)
	invalidSyntax = string(scimerrors.ScimTypeInvalidSyntax)
	invalidValue  = string(scimerrors.ScimTypeInvalidValue)
	mutability    = string(scimerrors.ScimTypeMutability)
	noTarget      = string(scimerrors.ScimTypeNoTarget)
	sensitive     = string(scimerrors.ScimTypeSensitive)
	tooMany       = string(scimerrors.ScimTypeTooMany)
	uniqueness    = string(scimerrors.ScimTypeUniqueness)
)

// Error is an error as a SCIM client sees it (RFC 7644 §3.12).
type Error struct {
	Status   int    // of HTTP
	ScimType string // the detail error keyword, or ""
	Detail   string // for people: what was wrong, where, what to do
}

// Error returns the status, the keyword and the detail.
func (e *Error) Error() string {
	if e.ScimType == "" {
		return strconv.Itoa(e.Status) + ": " + e.Detail
	}
	return strconv.Itoa(e.Status) + " " + e.ScimType + ": " + e.Detail
}

// MarshalJSON returns the error message of RFC 7644 §3.12. Its status is a string.
func (e *Error) MarshalJSON() ([]byte, error) {
	return scimerrors.ScimError{ScimType: scimerrors.ScimType(e.ScimType), Detail: e.Detail, Status: e.Status}.MarshalJSON()
}

// refuse makes the error that most faulty requests get: status 400 with a keyword.
func refuse(scimType, format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, ScimType: scimType, Detail: fmt.Sprintf(format, args...)}
}

// AsError returns what a client is told about any error. The text of an error that was not made for clients stays with
// us: it becomes a 500 without particulars. It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*schema.SyntaxError](err); ok {
		return refuse(invalidSyntax, "%s", e)
	}
	if p, ok := errors.AsType[schema.Problem](err); ok {
		return refuse(p.ScimType, "%s", p)
	}
	if e, ok := errors.AsType[*filter.SyntaxError](err); ok {
		return refuse(invalidFilter, "%s", e)
	}
	if e, ok := errors.AsType[*filter.AttributeError](err); ok {
		if e.Fault == filter.Sensitive {
			return &Error{Status: http.StatusForbidden, ScimType: sensitive, Detail: e.Error()}
		}
		return refuse(invalidFilter, "%s", e)
	}
	if e, ok := errors.AsType[*directory.Error](err); ok {
		return ofKind(e)
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Error{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("the request body is longer than %d bytes; send less at once", e.Limit)}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return &Error{Status: http.StatusServiceUnavailable, Detail: "the request took too long and was given up; try again"}
	}
	return &Error{Status: http.StatusInternalServerError, Detail: "internal error; the server's log has the particulars"}
}

// ofKind translates a directory error's kind into a status and a keyword.
func ofKind(e *directory.Error) *Error {
	out := &Error{Detail: e.Text}
	switch e.Kind {
	case directory.Invalid:
		out.Status, out.ScimType = http.StatusBadRequest, invalidValue
	case directory.NotFound:
		out.Status = http.StatusNotFound
	case directory.Conflict:
		out.Status, out.ScimType = http.StatusConflict, uniqueness
	case directory.Immutable:
		out.Status, out.ScimType = http.StatusBadRequest, mutability
	case directory.Stale:
		out.Status = http.StatusPreconditionFailed
	case directory.Forbidden:
		out.Status = http.StatusForbidden
	case directory.TooMany:
		out.Status, out.ScimType = http.StatusBadRequest, tooMany
	case directory.Unavailable:
		out.Status = http.StatusServiceUnavailable
	default:
		out.Status = http.StatusInternalServerError
	}
	return out
}
