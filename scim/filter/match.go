package filter

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
	"time"

	"rollcall/scim/schema"
)

// Match reports whether a resolved expression holds for a resource in normalised form, by the rules of the package
// comment.
func Match(e Expr, doc map[string]any) bool { return matches(e, doc, false) }

// MatchElement reports whether the resolved expression of a value path holds for one element of its attribute, such as
// the filter of a resolved [Path]. A simple element is its own "value".
func MatchElement(e Expr, element map[string]any) bool { return matches(e, element, true) }

func matches(e Expr, doc map[string]any, within bool) bool {
	switch e := e.(type) {
	case *And:
		for _, t := range e.Terms {
			if !matches(t, doc, within) {
				return false
			}
		}
		return true
	case *Or:
		for _, t := range e.Terms {
			if matches(t, doc, within) {
				return true
			}
		}
		return false
	case *Not:
		return !matches(e.X, doc, within)
	case *Compare:
		return e.matches(values(e.Attr.Ref, doc, within))
	case *Present:
		return present(values(e.Attr.Ref, doc, within))
	case *ValuePath:
		for _, v := range values(e.Attr.Ref, doc, within) {
			element, ok := v.(map[string]any)
			if !ok && e.Attr.Ref.Leaf().Type != schema.Complex {
				element, ok = map[string]any{"value": v}, true
			}
			if ok && matches(e.Filter, element, true) {
				return true
			}
		}
	}
	return false
}

// values returns what an attribute has in the resource or, within brackets, in the element.
func values(ref schema.Ref, doc map[string]any, within bool) []any {
	switch {
	case ref == schema.Ref{}:
		return nil
	case !within:
		return ref.Values(doc)
	}
	name := "value" // of a simple element
	if ref.Sub != nil {
		name = ref.Sub.Name
	}
	if v, ok := doc[name]; ok {
		return []any{v}
	}
	return nil
}

func present(values []any) bool {
	for _, v := range values {
		switch v := v.(type) {
		case nil:
		case string:
			if v != "" {
				return true
			}
		case []any:
			if len(v) > 0 {
				return true
			}
		case map[string]any:
			if len(v) > 0 {
				return true
			}
		default:
			return true
		}
	}
	return false
}

func (e *Compare) matches(values []any) bool {
	switch {
	case e.Operand == nil:
		return present(values) == (e.Op == Ne)
	case e.Op == Ne:
		return !e.equals().matches(values)
	}
	return slices.ContainsFunc(values, e.matchesOne)
}

// denies reports whether the comparison is true where there is no value: ne, unless with null, and eq null.
func (e *Compare) denies() bool { return (e.Op == Ne) != (e.Operand == nil) }

// equals returns the same comparison by eq.
func (e *Compare) equals() *Compare {
	eq := *e
	eq.Op = Eq
	return &eq
}

func (e *Compare) matchesOne(v any) bool {
	switch operand := e.Operand.(type) {
	case string:
		s, ok := v.(string)
		if !ok || s == "" {
			return false
		}
		if leaf := e.Attr.Ref.Leaf(); !leaf.CaseExact {
			s = schema.Fold(s)
		}
		return e.Op.matchesText(s, operand)
	case bool:
		return v == operand
	case time.Time:
		s, _ := v.(string)
		t, ok := instant(s)
		return ok && e.Op.matchesOrder(t.Compare(operand))
	default:
		order, ok := compareNumbers(v, operand)
		return ok && e.Op.matchesOrder(order)
	}
}

func (o Op) matchesText(s, operand string) bool {
	switch o {
	case Co:
		return strings.Contains(s, operand)
	case Sw:
		return strings.HasPrefix(s, operand)
	case Ew:
		return strings.HasSuffix(s, operand)
	default:
		return o.matchesOrder(strings.Compare(s, operand))
	}
}

// matchesOrder applies the operator to how a value stands to the operand: negative, zero or positive.
func (o Op) matchesOrder(order int) bool {
	switch o {
	case Eq:
		return order == 0
	case Gt:
		return order > 0
	case Ge:
		return order >= 0
	case Lt:
		return order < 0
	case Le:
		return order <= 0
	default:
		return false
	}
}

// compareNumbers compares exactly, also an integer beyond 2⁵³ with a fraction.
func compareNumbers(a, b any) (order int, ok bool) {
	i, isInt := a.(int64)
	j, isInt2 := b.(int64)
	if isInt && isInt2 {
		return cmp.Compare(i, j), true
	}
	x, y := float(a), float(b)
	if x == nil || y == nil {
		return 0, false
	}
	return x.Cmp(y), true
}

func float(v any) *big.Float {
	switch v := v.(type) {
	case int64:
		return new(big.Float).SetInt64(v)
	case float64:
		return big.NewFloat(v)
	default:
		return nil
	}
}

// Equality returns the attribute and the operand, as compared, of an expression that is nothing but one resolved
// attribute eq "text": what provisioning clients ask for nearly always.
func Equality(e Expr) (ref schema.Ref, value string, ok bool) {
	c, ok := e.(*Compare)
	if !ok || c.Op != Eq {
		return schema.Ref{}, "", false
	}
	value, ok = c.Operand.(string)
	return c.Attr.Ref, value, ok
}
