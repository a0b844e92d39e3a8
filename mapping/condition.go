package mapping

import (
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
	var unfit error
	check := func(a filter.Attr) {
		if unfit == nil {
			unfit = unseen(a.Ref)
		}
	}
	filter.Walk(e, func(e filter.Expr) bool {
		switch e := e.(type) {
		case *filter.Compare:
			check(e.Attr)
		case *filter.Present:
			check(e.Attr)
		case *filter.ValuePath:
			check(e.Attr) // and those within, which have the whole path
		}
		return true
	})
	if unfit != nil {
		return nil, unfit
	}
	return e, nil
}

// unseen says why a condition cannot ask for an attribute that no document has: it would be absent for everybody, and a
// negation of it true for everybody.
func unseen(ref schema.Ref) error {
	readOnly := ref.Attr != nil && (ref.Attr.Mutability == schema.ReadOnly || ref.Sub != nil && ref.Sub.Mutability == schema.ReadOnly)
	switch {
	case ref.Schema == nil || ref.Schema == schema.Common:
		return wrong("a condition does not see %s, which is no attribute of the person", ref)
	case ref.Schema.ID == schema.RollcallURN && (ref.Attr == nil || readOnly):
		return wrong("a condition cannot ask for %s, which is what the rules lead to", ref)
	case readOnly && ref.Attr.Name == "groups":
		return wrong("a condition does not see groups; name the group with group or group_id")
	case readOnly:
		return wrong("a condition does not see %s, which is read-only", ref)
	}
	return nil
}
