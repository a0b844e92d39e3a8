package filter

import (
	"slices"
	"strings"
	"time"

	"rollcall/scim/schema"
)

// prepare checks that operator and value fit the attribute's type and sets the operand.
func (c *Compare) prepare(loose bool) error {
	leaf := c.Attr.Ref.Leaf()
	if leaf == nil || leaf.Type == schema.Complex {
		return mismatch(c.Attr, "has no value of its own to compare; name one of its attributes")
	}
	ops := []Op{Eq, Ne}
	if c.Value != nil {
		value, operand, wanted := c.convert(leaf, loose)
		if wanted != "" {
			return mismatch(c.Attr, "is compared with "+wanted+", not "+kind(c.Value))
		}
		c.Value, c.Operand = value, operand
		ops = operators(leaf.Type)
	}
	if !slices.Contains(ops, c.Op) {
		return mismatch(c.Attr, "is a "+leaf.Type.String()+" and is compared with "+kind(c.Value)+" by "+list(ops)+" only, not by "+c.Op.String())
	}
	if c.Operand == "" && (c.Op == Eq || c.Op == Ne) {
		c.Operand = nil
	}
	return nil
}

// convert returns the value in the attribute's type and in the form in which it is compared, or what the attribute would
// have wanted instead.
func (c *Compare) convert(a *schema.Attribute, loose bool) (value, operand any, wanted string) {
	text, isText := c.Value.(string)
	switch a.Type {
	case schema.Boolean:
		if b, ok := c.Value.(bool); ok {
			return b, b, ""
		}
		if b := strings.EqualFold(text, "true"); loose && (b || strings.EqualFold(text, "false")) {
			return b, b, ""
		}
		return nil, nil, "true or false"
	case schema.Integer, schema.Decimal:
		switch c.Value.(type) {
		case int64, float64:
			return c.Value, c.Value, ""
		}
		return nil, nil, "a number"
	case schema.DateTime:
		if t, ok := instant(text); ok {
			return text, t, ""
		}
		return nil, nil, `a date and time such as "2011-05-13T04:42:34Z"`
	default:
		if !isText {
			text = c.bare
		}
		switch {
		case !isText && text == "":
			return nil, nil, "text in double quotes"
		case a.CaseExact:
			return text, text, ""
		}
		return text, schema.Fold(text), ""
	}
}

// operators returns the operators that a type allows (RFC 7644 §3.4.2.2).
func operators(t schema.Type) []Op {
	switch t {
	case schema.Boolean, schema.Binary:
		return []Op{Eq, Ne}
	case schema.Integer, schema.Decimal, schema.DateTime:
		return []Op{Eq, Ne, Gt, Ge, Lt, Le}
	default:
		return []Op{Eq, Ne, Co, Sw, Ew, Gt, Ge, Lt, Le}
	}
}

// instant reads an xsd:dateTime, which is UTC when it names no zone, to the microsecond.
func instant(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05.999999999", s)
	}
	t = t.UTC().Truncate(time.Microsecond)
	return t, err == nil && t.Year() >= 0 && t.Year() <= 9999
}

// kind names what a value is, without telling it.
func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	default:
		return "a number"
	}
}

func list(ops []Op) string {
	names := make([]string, len(ops))
	for i, o := range ops {
		names[i] = o.String()
	}
	return strings.Join(names, ", ")
}
