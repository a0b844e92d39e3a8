package filter

import (
	"fmt"
	"strconv"
)

// SyntaxError says that a text is not a filter or not a path. Its text may be shown to the client.
type SyntaxError struct {
	Offset int    // where the fault is, in bytes from the start
	Text   string // the column, which counts from 1, what was found there and what was expected
}

// Error returns the text that may be shown.
func (e *SyntaxError) Error() string { return e.Text }

// Fault says what about an attribute was wrong.
type Fault uint8

// The faults.
const (
	Unknown   Fault = iota + 1 // no schema of the resource type has the attribute
	Sensitive                  // the attribute is never returned, so it must not be searched for (RFC 7644 §7.5.2)
	Mismatch                   // the operator or the value does not fit the attribute's type
)

// AttributeError says that a well-formed filter or path does not fit the schema. Its text may be shown to the client.
type AttributeError struct {
	Fault   Fault
	Attr    string // as written
	Nearest string // for Unknown, a known attribute of a similar name, or ""
	Text    string
}

// Error returns the text that may be shown.
func (e *AttributeError) Error() string { return e.Text }

// fail makes a syntax error at the offset.
func fail(offset int, format string, args ...any) *SyntaxError {
	return &SyntaxError{Offset: offset, Text: "column " + strconv.Itoa(offset+1) + ": " + fmt.Sprintf(format, args...)}
}
