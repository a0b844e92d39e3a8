package schema

import "strings"

// Type is an attribute's data type (RFC 7643 §2.3).
type Type int

// The data types.
const (
	String Type = iota
	Boolean
	Decimal
	Integer
	DateTime
	Binary
	Reference
	Complex
)

// String returns the type as RFC 7643 §7 spells it.
func (t Type) String() string {
	return [...]string{"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"}[t]
}

// Mutability says when a client may define an attribute's value (RFC 7643 §7).
type Mutability int

// The mutabilities.
const (
	ReadWrite Mutability = iota
	ReadOnly
	Immutable
	WriteOnly
)

// String returns the mutability as RFC 7643 §7 spells it.
func (m Mutability) String() string {
	return [...]string{"readWrite", "readOnly", "immutable", "writeOnly"}[m]
}

// Returned says when an attribute is in an answer (RFC 7643 §7).
type Returned int

// The values of returned.
const (
	Default Returned = iota
	Always
	Never
	Request
)

// String returns the word that RFC 7643 §7 uses.
func (r Returned) String() string {
	return [...]string{"default", "always", "never", "request"}[r]
}

// Uniqueness says among what a value must be unique (RFC 7643 §7).
type Uniqueness int

// The values of uniqueness.
const (
	None Uniqueness = iota
	Server
	Global
)

// String returns the word that RFC 7643 §7 uses.
func (u Uniqueness) String() string {
	return [...]string{"none", "server", "global"}[u]
}

// Attribute is one row of the table: a name with the characteristics of RFC 7643 §7. The zero value of each
// characteristic is the one that RFC 7643 §2.2 gives by default.
type Attribute struct {
	Name            string
	Description     string
	Type            Type
	MultiValued     bool
	Required        bool
	CaseExact       bool
	CanonicalValues []string // suggested, never enforced
	Mutability      Mutability
	Returned        Returned
	Uniqueness      Uniqueness
	ReferenceTypes  []string
	Sub             []*Attribute // of a complex attribute

	lower string // the name in lower case
	index index
}

// SubAttribute returns the sub-attribute of that name, in any case, or nil.
func (a *Attribute) SubAttribute(name string) *Attribute { return a.index.find(name) }

// Schema is a set of attributes under one URN (RFC 7643 §7).
type Schema struct {
	ID          string // the URN
	Name        string
	Description string
	Attributes  []*Attribute

	lower string // the URN in lower case
	index index
}

// Attribute returns the attribute of that name, in any case, or nil.
func (s *Schema) Attribute(name string) *Attribute { return s.index.find(name) }

// ResourceType is a kind of resource: its endpoint, its core schema and the schemas that extend it (RFC 7643 §6).
type ResourceType struct {
	Name        string
	Endpoint    string // relative to the base URL, with a leading slash
	Description string
	Core        *Schema
	Extensions  []*Schema
}

// index finds attributes by name without regard to the case of ASCII letters; all names are ASCII. It holds each name
// as spelled and in lower case, so that the usual spelling is found at once.
type index map[string]*Attribute

func (ix index) find(name string) *Attribute {
	if a, ok := ix[name]; ok {
		return a
	}
	var lower [64]byte // longer than any name
	if len(name) > len(lower) {
		return nil
	}
	for i := range len(name) {
		lower[i] = lowerASCII(name[i])
	}
	return ix[string(lower[:len(name)])]
}

func newIndex(attributes []*Attribute) index {
	ix := make(index, 2*len(attributes))
	for _, a := range attributes {
		a.lower = strings.ToLower(a.Name)
		a.index = newIndex(a.Sub)
		ix[a.Name], ix[a.lower] = a, a
	}
	return ix
}

func newSchema(id, name, description string, attributes ...*Attribute) *Schema {
	return &Schema{
		ID: id, Name: name, Description: description, Attributes: attributes,
		lower: strings.ToLower(id), index: newIndex(attributes),
	}
}
