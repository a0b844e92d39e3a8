package scim

import (
	"context"
	"net/http"
	"strconv"

	"rollcall/directory"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
	"rollcall/store"
)

const listURN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// list answers GET /Users and GET /Groups (RFC 7644 §3.4.2).
func list(ctx context.Context, c *call) (answer, error) {
	q, err := queryOf(c.query)
	if err != nil {
		return answer{}, err
	}
	return c.list(ctx, q, c.rt)
}

// listAll answers GET on the root: a query over every type of resource (RFC 7644 §3.4.2.1).
func listAll(ctx context.Context, c *call) (answer, error) {
	q, err := queryOf(c.query)
	if err != nil {
		return answer{}, err
	}
	return c.list(ctx, q, schema.User, schema.Group)
}

// search answers POST /.search, at the root and for one type (RFC 7644 §3.4.3).
func search(ctx context.Context, c *call) (answer, error) {
	b, err := c.body(ctx, maxUserBody)
	if err != nil {
		return answer{}, err
	}
	q, err := parseSearch(b, c.connection.Dialect == directory.RFC)
	if err != nil {
		return answer{}, err
	}
	if c.rt != nil {
		return c.list(ctx, q, c.rt)
	}
	return c.list(ctx, q, schema.User, schema.Group)
}

// part is what a query asks of one type of resource.
type part struct {
	rt    *schema.ResourceType
	query store.Query
	wants *Projection
}

// row is one resource of a page.
type row struct {
	part int
	store.Resource
}

// page is what is answered to a query.
type page struct {
	total int64
	rows  []row
	next  string // the cursor of the next page, if there is one and cursors are used
}

func (c *call) list(ctx context.Context, q query, types ...*schema.ResourceType) (answer, error) {
	parts, err := c.parts(q, types)
	if err != nil {
		return answer{}, err
	}
	var found page
	switch {
	case q.cursor != nil:
		found, err = c.pageAt(ctx, q, parts)
	case len(parts) == 2 && parts[0].query.Sort.Attr != nil && parts[1].query.Sort.Attr != nil:
		found, err = c.merged(ctx, parts, q.start-1, q.count)
	default:
		found, err = c.pageFrom(ctx, parts, q.start-1, q.count)
	}
	if err != nil {
		return answer{}, err
	}
	renderings := make([]*rendering, len(parts))
	for i, p := range parts {
		renderings[i] = c.rendering(p.rt, p.wants)
		if p.rt != schema.User {
			continue
		}
		var users []store.Resource
		for _, x := range found.rows {
			if x.part == i {
				users = append(users, x.Resource)
			}
		}
		if renderings[i].rights, err = c.rights(ctx, p.wants, users); err != nil {
			return answer{}, err
		}
	}
	return answer{status: http.StatusOK, body: func(ctx context.Context, o *out) error {
		return found.write(ctx, o, q, renderings)
	}}, nil
}

// parts makes of a query what it asks of each type.
func (c *call) parts(q query, types []*schema.ResourceType) ([]part, error) {
	parts := make([]part, len(types))
	filters, err := c.filters(q.filter, types)
	if err != nil {
		return nil, err
	}
	sortable := false
	for i, rt := range types {
		p := &parts[i]
		p.rt = rt
		p.query = store.Query{Connection: c.connection.ID, Unowned: c.connection.Claim, Descending: q.descending}
		if filters != nil {
			p.query.Filter = filters[i]
		}
		if q.sortBy != "" {
			if ref, ok := find(rt, q.sortBy); ok && ref.Attr != nil && ref.Attr.Returned != schema.Never {
				p.query.Sort, sortable = ref, true
			}
		}
		if p.wants, err = ParseProjection(rt, q.attributes, q.excludedAttributes); err != nil {
			return nil, err
		}
		p.query.Plain = rt == schema.User && !p.wants.Wants("groups")
	}
	if q.sortBy != "" && !sortable {
		return nil, refuse(invalidValue, "sortBy must be the path of an attribute, such as userName or name.familyName")
	}
	// What has no value stands last, or first when descending (RFC 7644 §3.4.2.3): so does a type without the attribute.
	if sortable && len(parts) == 2 && (parts[0].query.Sort.Attr == nil) != q.descending && (parts[1].query.Sort.Attr == nil) == q.descending {
		parts[0], parts[1] = parts[1], parts[0]
	}
	return parts, nil
}

// filters resolves a filter for each of the types; nil when there is none.
func (c *call) filters(text string, types []*schema.ResourceType) ([]filter.Expr, error) {
	if text == "" {
		return nil, nil
	}
	parse, loose := filter.ParseLenient, true
	if c.connection.Dialect == directory.RFC {
		parse, loose = filter.Parse, false
	}
	e, err := parse(text)
	if err != nil {
		return nil, err
	}
	return filter.ResolveAny(e, types, filter.Options{Loose: loose})
}

// ask puts one part's query.
func (c *call) ask(ctx context.Context, p part, q store.Query) (store.Page, error) {
	if p.rt == schema.Group {
		return c.reader.Groups(ctx, q)
	}
	return c.reader.Users(ctx, q)
}

// pageFrom reads a page by its place: the parts one after the other.
func (c *call) pageFrom(ctx context.Context, parts []part, offset int64, count int) (page, error) {
	var found page
	for i, p := range parts {
		q := p.query
		q.Offset, q.Limit, q.Total = max(0, offset-found.total), count-len(found.rows), true
		some, err := c.ask(ctx, p, q)
		if err != nil {
			return page{}, err
		}
		found.total += some.Total
		for _, x := range some.Resources {
			found.rows = append(found.rows, row{i, x})
		}
	}
	return found, nil
}

// write appends the ListResponse and sends it on as it grows.
func (p *page) write(ctx context.Context, o *out, q query, renderings []*rendering) error {
	o.b = append(o.b, `{"schemas":["`+listURN+`"],"totalResults":`...)
	o.b = strconv.AppendInt(o.b, p.total, 10)
	if q.cursor == nil {
		o.b = append(o.b, `,"startIndex":`...)
		o.b = strconv.AppendInt(o.b, q.start, 10)
	}
	o.b = append(o.b, `,"itemsPerPage":`...)
	o.b = strconv.AppendInt(o.b, int64(len(p.rows)), 10)
	if p.next != "" {
		o.b = append(o.b, `,"nextCursor":"`+p.next+`"`...)
	}
	o.b = append(o.b, `,"Resources":[`...)
	for i := range p.rows {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		if err := renderings[p.rows[i].part].write(ctx, o, &p.rows[i].Resource); err != nil {
			return err
		}
	}
	o.b = append(o.b, "]}"...)
	return nil
}
