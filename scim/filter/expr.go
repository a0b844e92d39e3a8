package filter

import "rollcall/scim/schema"

// Expr is a filter expression: [And], [Or], [Not], [Compare], [Present] or [ValuePath], always by pointer. Trees are not
// changed once built; Resolve makes new ones.
type Expr interface {
	// String returns the canonical text, which parses back to an equal tree.
	String() string
	append(b []byte) []byte
}

// And is true when each of its terms is. It has two or more.
type And struct{ Terms []Expr }

// Or is true when one of its terms is. It has two or more.
type Or struct{ Terms []Expr }

// Not is true when X is false.
type Not struct{ X Expr }

// Compare compares an attribute's values with one value by an operator.
type Compare struct {
	Attr  Attr
	Op    Op
	Value any // string, bool, int64, float64 or nil, as written

	// Operand is Value in the form in which it is compared; [Resolve] sets it. It is text, folded unless the attribute is
	// caseExact; a time.Time, for dates; bool, int64 or float64; or nil, which asks for absence.
	Operand any

	bare string // the text of a value written without quotes, where leniency allowed it
}

// Present is true when the attribute has a value.
type Present struct{ Attr Attr }

// ValuePath is true when one element of a complex attribute satisfies Filter, and Then where it is given: a Compare or a
// Present whose attribute is a sub-attribute of the same element, as in emails[type eq "work"].value co "x". The
// attributes within are relative to the element.
type ValuePath struct {
	Attr   Attr
	Filter Expr
	Then   Expr
}

// Attr names an attribute as it was written; each part may be empty, but not both URN and Name.
type Attr struct {
	URN  string // the schema's URI, without the colon that follows it
	Name string // empty where a schema extension as a whole is meant
	Sub  string // the sub-attribute

	Ref schema.Ref // what the names mean; [Resolve] sets it
}

// Op is a comparison operator of RFC 7644 §3.4.2.2. The operator "pr" is [Present].
type Op uint8

// The operators.
const (
	Eq Op = iota + 1 // equal
	Ne               // not equal
	Co               // contains
	Sw               // starts with
	Ew               // ends with
	Gt               // greater than
	Ge               // greater than or equal
	Lt               // less than
	Le               // less than or equal
)

const opNames = "??eqnecoswewgtgeltle"

// String returns the operator as RFC 7644 spells it.
func (o Op) String() string {
	if o > Le {
		o = 0
	}
	return opNames[2*o : 2*o+2]
}

// Walk calls visit for e and, as long as visit returns true, for what stands within, in the order of the text.
func Walk(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	switch e := e.(type) {
	case *And:
		for _, t := range e.Terms {
			Walk(t, visit)
		}
	case *Or:
		for _, t := range e.Terms {
			Walk(t, visit)
		}
	case *Not:
		Walk(e.X, visit)
	case *ValuePath:
		Walk(e.Filter, visit)
		Walk(e.Then, visit)
	}
}

// Terms returns how many comparisons and presence tests e holds.
func Terms(e Expr) int {
	n := 0
	Walk(e, func(e Expr) bool {
		switch e.(type) {
		case *Compare, *Present:
			n++
		}
		return true
	})
	return n
}
