package schema

import "rollcall/directory"

// Leniency says which departures from the table are forgiven. Each field is one thing that clients are known to send.
type Leniency struct {
	BooleanStrings       bool // "True" and "False", in any case, for booleans (Entra)
	SingleAsArray        bool // a lone value where a multi-valued attribute expects an array
	ArrayAsSingle        bool // an array of one where one value is expected (Entra: manager; older forms of every attribute)
	ComplexFromString    bool // a string for a complex value: its "value", or the object as JSON text (Entra: manager, roles)
	EmptyStringUnassigns bool // "" or {"value": ""} for a single complex attribute (Entra: manager)
	LastPrimaryWins      bool // of several elements with primary true, the last one keeps it
}

// Strict forgives nothing.
var Strict = Leniency{}

// AllLenient forgives all.
var AllLenient = Leniency{
	BooleanStrings: true, SingleAsArray: true, ArrayAsSingle: true, ComplexFromString: true, EmptyStringUnassigns: true, LastPrimaryWins: true,
}

// LeniencyOf returns what a dialect forgives: in every dialect all that cannot be mistaken, and only outside rfc a second
// primary value, of which RFC 7643 §2.4 says that it must not be.
func LeniencyOf(dialect directory.Dialect) Leniency {
	l := AllLenient
	l.LastPrimaryWins = dialect != directory.RFC
	return l
}
