package directory

import (
	"errors"
)

// FaultCode says what about one part of a request is wrong, in a word for programs.
type FaultCode string

// The codes of faults.
const (
	FaultRequired FaultCode = "required" // it has to be there
	FaultPattern  FaultCode = "pattern"  // it is of another form than the tenant's
	FaultTaken    FaultCode = "taken"    // somebody else has it, and only one may
	FaultUnknown  FaultCode = "unknown"  // there is no such thing
	FaultNoSeat   FaultCode = "no_seat"  // nobody can be seated; this is about no part in particular
)

// AtRight is what a fault of a right is about; of every right of the kind with an empty target.
func AtRight(kind EntitlementKind, target string) string { return string(kind) + ":" + target }

// About says which part of a request an [Error] is about: a SCIM attribute by its path, or [AtRight]. An error that says it
// already, or that is no [Error], stays as it is.
func About(at string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.At != "" {
		return err
	}
	out := *e
	out.At = at
	if out.Code == "" && out.Kind == NotFound {
		out.Code = FaultUnknown
	}
	return &out
}

// Faultf makes an [Error] of one part of a request.
func Faultf(kind Kind, at string, code FaultCode, format string, args ...any) error {
	err := Errorf(kind, format, args...)
	e, _ := errors.AsType[*Error](err)
	e.At, e.Code = at, code
	return e
}

// Faults are several things that are wrong about a request, all of which whoever made it may see.
type Faults []*Error

// faultsTold is how many faults a text tells.
const faultsTold = 5

// Error is the text of [Faults.Message].
func (f Faults) Error() string { return f.Message().Text }

// Message tells the first faults, each once.
func (f Faults) Message() Message {
	var list []Message
	told := map[string]bool{}
	for _, e := range f {
		if !told[e.Text] {
			told[e.Text] = true
			list = append(list, e.Message)
		}
	}
	if more := len(list) - faultsTold; more > 0 {
		list = append(list[:faultsTold], Say("and %d more", more))
	}
	return Join(list, "; ")
}

// Together makes one error of several: nil of none, the error itself of one, and else an [Error] that tells them all, of
// their kind, or of kind Invalid where they differ, with the [Faults] as its cause. An error that is no [Error] is returned
// alone: it is not for whoever made the request.
func Together(errs ...error) error {
	var list Faults
	for _, err := range errs {
		if err == nil {
			continue
		}
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return err
		}
		list = append(list, FaultsOf(e)...)
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	kind := list[0].Kind
	for _, e := range list {
		if e.Kind != kind {
			kind = Invalid
		}
	}
	return &Error{Kind: kind, Message: list.Message(), Err: list}
}

// FaultsOf are the things that an error tells: those of [Together], or else the first [Error] in err's chain; nil of
// none.
func FaultsOf(err error) Faults {
	if list, ok := errors.AsType[Faults](err); ok {
		return list
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return Faults{e}
	}
	return nil
}
