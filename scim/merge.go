package scim

import (
	"cmp"
	"context"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// maxMerged is how deep a query over all types may look when it sorts by an attribute that both types have. Neither
// type's order knows the other's, so the rows before a page are read.
const maxMerged = 10_000

// sorted is one type's rows in their order, read as they are needed.
type sorted struct {
	part   part
	number int
	offset int64
	rows   []store.Resource
	ended  bool
	total  int64
}

// merged reads a page of two types that are sorted by an attribute of both.
func (c *call) merged(ctx context.Context, parts []part, offset int64, count int) (page, error) {
	if offset+int64(count) > maxMerged && count > 0 {
		return page{}, directory.Errorf(directory.TooMany, "sorted over all types, only the first %d resources can be read; sort one type at a time", maxMerged)
	}
	descending := parts[0].query.Descending
	lists := []*sorted{{part: parts[0]}, {part: parts[1], number: 1}}
	for _, l := range lists {
		if err := c.more(ctx, l, count); err != nil {
			return page{}, err
		}
	}
	found := page{total: lists[0].total + lists[1].total}
	for place := int64(0); len(found.rows) < count; place++ {
		first := lists[0]
		if len(first.rows) == 0 || len(lists[1].rows) > 0 && before(lists[1].key(), first.key(), descending) {
			first = lists[1]
		}
		if len(first.rows) == 0 {
			break
		}
		if place >= offset {
			found.rows = append(found.rows, row{first.number, first.rows[0]})
		}
		first.rows = first.rows[1:]
		if err := c.more(ctx, first, count); err != nil {
			return page{}, err
		}
	}
	return found, nil
}

// more reads on when nothing is left.
func (c *call) more(ctx context.Context, l *sorted, count int) error {
	if len(l.rows) > 0 || l.ended {
		return nil
	}
	q := l.part.query
	q.Offset, q.Limit, q.Total = l.offset, min(count, 200), l.offset == 0
	some, err := c.ask(ctx, l.part, q)
	if err != nil {
		return err
	}
	if q.Total {
		l.total = some.Total
	}
	l.rows, l.offset = some.Resources, l.offset+int64(len(some.Resources))
	l.ended = len(some.Resources) < q.Limit || q.Limit == 0
	return nil
}

// sortKey is a value in its order: text or a number, or absent.
type sortKey struct {
	present bool
	text    string
	number  float64
}

// key is what the list's first row is sorted by, as the database compares it.
func (l *sorted) key() sortKey {
	x, ref := &l.rows[0], l.part.query.Sort
	text := func(s string) sortKey { return sortKey{present: s != "", text: s} }
	switch ref.String() {
	case "id":
		return text(x.ID)
	case "meta.resourceType":
		return text(l.part.rt.Name)
	case "meta.created":
		return sortKey{present: true, number: float64(x.CreatedAt.UnixMicro())}
	case "meta.lastModified":
		return sortKey{present: true, number: float64(x.ModifiedAt.UnixMicro())}
	}
	doc, err := schema.Decode(x.Document)
	if err != nil {
		return sortKey{}
	}
	values := ref.Values(doc)
	if len(values) == 0 {
		return sortKey{}
	}
	switch v := values[0].(type) {
	case string:
		if ref.Leaf().CaseExact {
			return text(v)
		}
		return text(schema.Fold(v))
	case bool:
		if v {
			return sortKey{present: true, number: 1}
		}
		return sortKey{present: true}
	case int64:
		return sortKey{present: true, number: float64(v)}
	case float64:
		return sortKey{present: true, number: v}
	}
	return sortKey{}
}

// before reports whether a stands before b: absent values last, or first when descending.
func before(a, b sortKey, descending bool) bool {
	if a.present != b.present {
		return a.present != descending
	}
	order := cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.number, b.number))
	if descending {
		return order > 0
	}
	return order < 0
}
