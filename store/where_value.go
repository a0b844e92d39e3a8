package store

import (
	"fmt"
	"strings"

	"rollcall/scim/schema"
)

// The conditions that are true of every row and of none.
const (
	always = "1 = 1"
	never  = "1 = 0"
)

// columns tells where a table keeps the attributes of its resources. The table's alias is "a".
type columns struct {
	// fold is the folded document, which has what typed and rows do not.
	fold string
	// typed holds single values by their path; one of kind nowhere cannot be searched for.
	typed map[string]value
	// rows holds the multi-valued attributes whose elements are rows of other tables, by their path; an attribute may have
	// several such tables, and one without any cannot be searched for.
	rows map[string][]rows
	// connection is the one that asks: it sees its own groups only.
	connection string
}

// rows is a table whose rows are an attribute's elements.
type rows struct {
	from       string           // what follows FROM, with a WHERE that ties it to the resource
	connection bool             // whether from has a placeholder for the connection that asks
	of         map[string]value // by the sub-attribute's name; "" for the element itself
}

// value is an SQL expression, in parentheses unless it is a name, with what it yields.
type value struct {
	sql  string
	kind kind
}

type kind int

const (
	nowhere  kind = iota // cannot be searched for
	asText               // '' or NULL is no value
	asName               // text that every row has
	asBool               // the database's own
	asMicros             // microseconds since 1970, UTC
	asScalar             // a boolean, a number or an instant in a document; NULL is no value
	asJSON               // an object
)

// present is the condition that there is a value. It is never NULL.
func (v value) present() string {
	switch v.kind {
	case asText:
		return "COALESCE(" + v.sql + ", '') <> ''"
	case asJSON:
		return "COALESCE(CAST(" + v.sql + " AS TEXT), 'null') NOT IN ('null', '{}')"
	default:
		return v.sql + " IS NOT NULL"
	}
}

// element is what a value path looks at: one element of an attribute.
type element struct {
	json string           // the element in the folded document
	row  map[string]value // or its values in a row
}

// parent returns the JSON object in which an attribute stands in the folded document, and the attribute itself.
func (w *conditions) parent(ref schema.Ref) (parent, whole string) {
	parent = w.fold
	if ref.Extension() {
		parent = w.path(parent, ref.Schema.ID)
	}
	return parent, w.path(parent, ref.Attr.Name)
}

// path is the JSON that an object has under a name.
func (w *conditions) path(object, name string) string {
	return "(" + object + " -> " + w.key(name) + ")"
}

// json is the value that an object has under an attribute's name.
func (w *conditions) json(object string, a *schema.Attribute) value {
	if a.Type == schema.Boolean { // as JSON, because ->> yields 1 on SQLite and 'true' on PostgreSQL
		return value{w.path(object, a.Name), asScalar}
	}
	return value{"(" + object + " ->> " + w.key(a.Name) + ")", kindOf(a)}
}

func kindOf(a *schema.Attribute) kind {
	switch a.Type {
	case schema.Boolean, schema.Integer, schema.Decimal, schema.DateTime:
		return asScalar
	case schema.Complex:
		return asJSON
	default:
		return asText
	}
}

// key writes a name of the schema as a literal: folded documents have them in lower case.
func (w *conditions) key(name string) string {
	name = strings.ToLower(name)
	foreign := func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789_-$:.", r) }
	if strings.ContainsFunc(name, foreign) {
		w.err = fmt.Errorf("store: the schema's name %q cannot be searched for", name)
		return "''"
	}
	if name[0] == '$' && w.dialect == sqlite { // which would read "$ref" as a path of its own language
		name = `$."` + name + `"`
	}
	return "'" + name + "'"
}

// position is where an argument stands in the text, counted from 1, or 0.
func (d dialect) position(sql string) string {
	if d == postgres {
		return "strpos(" + sql + ", ?)"
	}
	return "instr(" + sql + ", ?)"
}

// scalar is the text of an element of [dialect.elements] that is no object.
func (d dialect) scalar(sql string) string {
	if d == postgres {
		return "(" + sql + " #>> '{}')"
	}
	return sql
}
