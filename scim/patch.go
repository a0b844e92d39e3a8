package scim

import (
	"fmt"
	"strings"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// MaxOperations is how many operations one PATCH may have, and how many changes its operations may amount to.
const MaxOperations = 10_000

const patchURN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

// Patch is a PATCH request, checked and ready to be applied any number of times (RFC 7644 §3.5.2).
type Patch struct {
	dialect directory.Dialect
	edits   []edit
}

// verb is what an operation does.
type verb string

const (
	add     verb = "add"
	replace verb = "replace"
	remove  verb = "remove"
)

// edit is one change of one attribute: what an operation amounts to. An operation without a path has one for each
// attribute of its value.
type edit struct {
	verb  verb
	path  filter.Path // resolved
	value any         // normalised; nil unassigns
	// implied holds, for a path with a filter, the sub-attributes that an element must have to match; nil when the
	// filter does not say so by plain equalities, so that no element can be made from it.
	implied map[string]any
	number  int // of the operation, from 1
}

// refuse makes an error that names the operation.
func (e *edit) refuse(scimType, format string, args ...any) *Error {
	return refuse(scimType, "operation %d: %s", e.number, fmt.Sprintf(format, args...))
}

// ParsePatch reads the body of a PATCH request for a resource of the type. It accepts every form that RFC 7644 §3.5.2 has
// and those that clients are known to send, in every dialect where they cannot be mistaken:
//
//   - operations named in any case (Entra: "Replace"), members of the message in any case (OneLogin: "operations");
//   - values without a path whose names are dotted, prefixed with a URN or value paths (Entra with its compliance flag), and
//     extensions as containers under their URN;
//   - a bare URN as the path, URNs in any case, an extension's attribute without its URN where that is unambiguous;
//   - "True" and "False", null for unassigned, a manager as a string, as an array or as "", roles as JSON text;
//   - remove with the values that are to go;
//   - id, meta, schemas, other readOnly attributes and unknown ones in a value without a path: ignored.
//
// The dialect decides where clients and the RFC contradict each other. In rfc a path to an unknown attribute is 400
// invalidPath, a missing PatchOp schema is 400 invalidSyntax, and replace with a value path that matches nothing is
// 400 noTarget (RFC 7644 §3.5.2.3). In okta and entra the first is ignored, the second forgiven, and the third creates
// the element with what the path's equalities say: Entra sends its first work address so. In every dialect add creates
// it, and 400 noTarget tells that the path is not made of equalities.
//
// Errors are for the client: [*Error], [*schema.SyntaxError], and a directory error of kind TooMany.
func ParsePatch(body []byte, rt *schema.ResourceType, dialect directory.Dialect) (*Patch, error) {
	p := newPatchParser(rt, dialect)
	if err := p.message(body); err != nil {
		return nil, err
	}
	return p.patch(), nil
}

type patchParser struct {
	rt      *schema.ResourceType
	dialect directory.Dialect
	lenient schema.Leniency
	edits   []edit
	members *memberOps // where the operations on a group's members go; nil when they are edits like any other

	verb   verb // of the operation that is being read
	number int  // of that operation, from 1
}

func newPatchParser(rt *schema.ResourceType, dialect directory.Dialect) *patchParser {
	return &patchParser{rt: rt, dialect: dialect, lenient: schema.LeniencyOf(dialect)}
}

func (p *patchParser) patch() *Patch { return &Patch{dialect: p.dialect, edits: p.edits} }

// message reads the PatchOp message.
func (p *patchParser) message(body []byte) error {
	message, err := schema.Decode(body)
	if err != nil {
		return err
	}
	if p.dialect == directory.RFC && !hasSchema(message, patchURN) {
		return refuse(invalidSyntax, "schemas must contain %s", patchURN)
	}
	value, _ := field(message, "Operations")
	operations, ok := value.([]any)
	switch {
	case !ok || len(operations) == 0:
		return refuse(invalidSyntax, "Operations must be an array of one or more operations")
	case len(operations) > MaxOperations:
		return tooManyOperations(len(operations))
	}
	for i, o := range operations {
		p.number = i + 1
		operation, ok := o.(map[string]any)
		if !ok {
			return p.refuse(invalidSyntax, "must be an object")
		}
		if err := p.operation(operation); err != nil {
			return err
		}
		if len(p.edits) > MaxOperations {
			return tooManyOperations(len(p.edits))
		}
	}
	return nil
}

func tooManyOperations(n int) error {
	return directory.Errorf(directory.TooMany, "the PATCH has %d operations; at most %d are allowed, so send them in several requests", n, MaxOperations)
}

func (p *patchParser) refuse(scimType, format string, args ...any) *Error {
	e := edit{number: p.number}
	return e.refuse(scimType, format, args...)
}

// operation reads one element of Operations.
func (p *patchParser) operation(operation map[string]any) error {
	op, _ := field(operation, "op")
	name, _ := op.(string)
	switch p.verb = verb(strings.ToLower(name)); p.verb {
	case add, replace, remove:
	default:
		return p.refuse(invalidValue, `op must be "add", "replace" or "remove"`)
	}
	value, given := field(operation, "value")
	if !given && p.verb != remove {
		return p.refuse(invalidValue, "%s needs a value", p.verb)
	}
	path, _ := field(operation, "path")
	text, ok := path.(string)
	switch {
	case path != nil && !ok:
		return p.refuse(invalidPath, "path must be a string")
	case text != "":
		return p.at(text, value)
	case p.verb == remove:
		return p.refuse(noTarget, "remove needs a path")
	}
	attributes, ok := value.(map[string]any)
	if !ok {
		return p.refuse(invalidValue, "without a path, value must be an object of attributes")
	}
	return p.each("", attributes)
}
