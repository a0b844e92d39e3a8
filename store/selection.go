package store

import (
	"context"
	"strconv"
	"strings"

	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// selection writes the statement of a page: of one index walk, or, for a whole list of two connections, of one walk
// each, so that neither sorts more than the page.
func (r Reader) selection(t table, q Query, row string, from start) (string, []any, error) {
	conns := q.connections()
	if len(conns) > 1 && q.whole() && q.Limit > 0 {
		return r.merged(t, q, row, from)
	}
	found, more, composed, err := r.condition(t, q)
	if err != nil {
		return "", nil, err
	}
	column := "shelf" // walks the list's index
	if !composed && q.Filter != nil {
		column = "connection" // finds few rows by their own
	}
	where, values := " WHERE a.tenant = ? AND a."+column+" = ?", []any{r.tenant, conns[0]}
	if len(conns) > 1 {
		where, values = " WHERE a.tenant = ? AND a."+column+" IN (?, ?)", append(values, conns[1])
	}
	if column != "shelf" {
		where += " AND a.ended = 0"
	}
	text := "SELECT " + row + " FROM " + t.from + where
	values = args(values)
	switch {
	case q.whole() && from.skip > 0: // the rows before the page are passed over in the index, not read
		text += " AND " + t.ord + " >= (SELECT s.ord FROM " + strings.TrimSuffix(t.from, " a") + " s" + strings.ReplaceAll(where, "a.", "s.") +
			" AND s.ord >= ? ORDER BY s.ord LIMIT 1 OFFSET ? + 0)"
		values = args(values, values, from.ordinal, from.skip)
		from.skip = 0
	case from.ordinal > beginning.ordinal:
		text += " AND " + t.ord + " >= ?"
		values = append(values, from.ordinal)
	}
	text, values = text+found, append(values, more...)
	order := t.ord
	if q.Sort.Attr != nil && q.Limit > 0 {
		order = orderBy(r.db.dialect, t.columns, q.Sort, q.Descending) + ", " + order
		composed = true
	}
	if composed {
		text = marker + text
	}
	if q.Limit == 0 {
		return text, values, nil // counting
	}
	return text + " ORDER BY " + order + " LIMIT ? + 0 OFFSET ? + 0", append(values, q.Limit, from.skip), nil
}

// condition writes what a filter asks. One that only compares userName, externalId or id is always the same text;
// whatever else is composed for this request. Identifiers find the few people that an e-mail address, a phone number or
// an employee number can be of, whatever else is asked about them.
func (r Reader) condition(t table, q Query) (text string, values []any, composed bool, err error) {
	if q.Filter == nil {
		return "", nil, false, nil
	}
	text, values, err = where(r.db.dialect, t.columns, q.Filter)
	text = " AND (" + text + ")"
	ref, value, simple := filter.Equality(q.Filter)
	if simple && ref.Schema != nil && ref.String() != "userName" && ref.String() != "displayName" {
		simple = false
	}
	if simple && ref.String() == "externalId" && t.rt == userType && value != "" {
		text, values = " AND a.key = ?"+text, append([]any{value}, values...)
	}
	if kind, value := identifierIn(q.Filter); kind != "" && t.rt == userType {
		text = " AND a.person IN (SELECT i.person FROM identifier i WHERE i.tenant = ? AND i.kind = ? AND i.value = ?)" + text
		values = append([]any{r.tenant, kind, value}, values...)
	}
	return text, values, !simple, err
}

// identifierIn returns an identifier that everybody whom the expression finds must have, or "".
func identifierIn(e filter.Expr) (kind, value string) {
	switch x := e.(type) {
	case *filter.And:
		for _, term := range x.Terms {
			if kind, value = identifierIn(term); kind != "" {
				return kind, value
			}
		}
	case *filter.ValuePath:
		return identifierIn(x.Filter)
	case *filter.Compare:
		text, ok := x.Operand.(string)
		if x.Op != filter.Eq || !ok || text == "" {
			return "", ""
		}
		switch x.Attr.Ref.String() {
		case "emails.value":
			return "email", text
		case "phoneNumbers.value":
			return "phone", text
		case schema.EnterpriseURN + ":employeeNumber":
			return "employee_number", text
		}
	}
	return "", ""
}

// merged writes the statement of a whole list of two connections: the rows of both walks, put in order.
func (r Reader) merged(t table, q Query, row string, from start) (string, []any, error) {
	arms, values := []string(nil), []any(nil)
	for i, c := range q.connections() {
		one := q
		one.Connection, one.Unowned = c, false
		arm, more, err := r.selection(t, one, row, from)
		if err != nil {
			return "", nil, err
		}
		arms = append(arms, "SELECT * FROM ("+arm+") arm"+strconv.Itoa(i))
		values = append(values, more...)
	}
	const columns = "id, ord, doc, version, created_at, modified_at, groups"
	text := "WITH both_arms(" + columns + ") AS (" + strings.Join(arms, " UNION ALL ") + ") SELECT " + columns + " FROM both_arms ORDER BY ord LIMIT ? + 0"
	return text, append(values, q.Limit), nil
}

// firstOf finds the ordinal at which a page of two connections begins.
func (r Reader) firstOf(ctx context.Context, q Query, from start) (start, error) {
	arm := `SELECT * FROM (SELECT ord FROM account WHERE tenant = ? AND shelf = ? AND ord >= ? ORDER BY ord LIMIT ? + 0) `
	values, limit := []any(nil), from.skip+1
	for _, c := range q.connections() {
		values = append(values, r.tenant, c, from.ordinal, limit)
	}
	first := start{ordinal: 1 << 62}
	err := r.q.ask(ctx, question{
		`SELECT ord FROM (` + arm + `x UNION ALL ` + arm + `y) z ORDER BY ord LIMIT 1 OFFSET ? + 0`, append(values, from.skip),
		func(s scanner) error { return s.Scan(&first.ordinal) },
	})
	return first, err
}
