package store

import "rollcall/scim/schema"

// orderBy returns what follows ORDER BY to sort by an attribute (RFC 7644 §3.4.2.3): resources without it last, or first
// when descending; of several values the primary one counts, else the first. What has no order leaves the rows in the
// one in which they came.
func orderBy(d dialect, c columns, ref schema.Ref, descending bool) string {
	w := &conditions{dialect: d, columns: c}
	key := w.sortKey(ref)
	direction := " ASC"
	if descending {
		direction = " DESC"
	}
	switch key.kind {
	case asName:
		return key.sql + d.binary() + direction
	case asBool, asMicros:
		return key.sql + direction
	case asText:
		key.sql = "NULLIF(" + key.sql + ", '')"
		return "(" + key.sql + " IS NULL)" + direction + ", " + key.sql + d.binary() + direction
	case asScalar:
		return "(" + key.sql + " IS NULL)" + direction + ", " + key.sql + direction
	default:
		return "a.ord" + direction
	}
}

// sortKey is the one value of an attribute by which a resource is sorted.
func (w *conditions) sortKey(ref schema.Ref) value {
	if ref.Attr == nil {
		return value{}
	}
	if ref.Sub == nil && ref.Attr.Type == schema.Complex {
		if ref.Sub = ref.Attr.SubAttribute("value"); ref.Sub == nil {
			return value{}
		}
	}
	if v, ok := w.typed[ref.String()]; ok {
		return v
	}
	if _, ok := w.rows[schema.Ref{Schema: ref.Schema, Attr: ref.Attr}.String()]; ok {
		return value{}
	}
	v := w.foldedKey(ref)
	switch ref.Leaf().Type {
	case schema.Integer, schema.Decimal:
		return value{"CAST(" + v.sql + " AS NUMERIC)", asScalar}
	default:
		return value{"CAST(" + v.sql + " AS TEXT)", asText}
	}
}

func (w *conditions) foldedKey(ref schema.Ref) value {
	parent, whole := w.parent(ref)
	switch {
	case ref.Sub == nil && ref.Attr.MultiValued:
		return value{"(" + whole + " ->> 0)", asText}
	case ref.Sub == nil:
		return w.json(parent, ref.Attr)
	case !ref.Attr.MultiValued:
		return w.json(whole, ref.Sub)
	}
	first := w.json("("+whole+" -> 0)", ref.Sub)
	primary := ref.Attr.SubAttribute("primary")
	if primary == nil {
		return first
	}
	first.sql = "COALESCE((SELECT " + w.json("e.value", ref.Sub).sql + " FROM " + w.dialect.elements(whole, "e") +
		" WHERE CAST(" + w.json("e.value", primary).sql + " AS TEXT) = 'true' LIMIT 1), " + first.sql + ")"
	return first
}
