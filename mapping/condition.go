package mapping

import (
	"errors"

	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// condition reads the filter of a rule. An attribute of an extension needs no URN where its name is unambiguous.
func condition(when string) (filter.Expr, error) {
	e, err := filter.Parse(when)
	if err != nil {
		return nil, err
	}
	if e, err = filter.Resolve(e, schema.User, filter.Options{Loose: true}); err != nil {
		return nil, err
	}
	filter.Walk(e, func(e filter.Expr) bool {
		switch e := e.(type) {
		case *filter.Compare:
			err = errors.Join(err, unseen(e.Attr.Ref))
		case *filter.Present:
			err = errors.Join(err, unseen(e.Attr.Ref))
		case *filter.ValuePath:
			err = errors.Join(err, unseen(e.Attr.Ref))
			return false // what stands within is relative to it
		}
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// unseen says why a condition cannot ask for an attribute that no document has: it would be absent for everybody, and a
// negation of it true for everybody.
func unseen(ref schema.Ref) error {
	switch {
	case ref.Schema == nil || ref.Schema == schema.Common:
		return errors.New(ref.String() + " is not an attribute that a condition sees")
	case ref.Schema == schema.User.Core && ref.Attr != nil && ref.Attr.Mutability == schema.ReadOnly:
		return errors.New(ref.String() + " is not an attribute that a condition sees; name the group with group or group_id")
	case ref.Schema.ID == schema.RollcallURN && (ref.Attr == nil || ref.Attr.Mutability == schema.ReadOnly):
		return errors.New(ref.String() + " is what the rules lead to; a condition cannot ask for it")
	}
	return nil
}
