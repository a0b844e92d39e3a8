package scim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
)

const (
	bulkURN         = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	bulkResponseURN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// bulkOp is one operation of a Bulk request (RFC 7644 §3.7) and what became of it.
type bulkOp struct {
	method, path, bulkID, version string

	data map[string]any
	uses []string // the bulkIds that it refers to

	done     bool
	status   int
	id       string // of the resource that a POST made
	location string
	etag     string
	fault    *Error
}

func (o *bulkOp) fail(e *Error) { o.done, o.status, o.fault = true, e.Status, e }

// bulk answers POST /Bulk. Each operation goes through the same endpoints as a request of its own, and stands for itself:
// one that fails undoes no other. An operation runs after those whose bulkId it refers to, else in the order of the
// request; the answer has that order.
func bulk(ctx context.Context, c *call) (answer, error) {
	b, err := c.body(ctx, maxBulkBody)
	if err != nil {
		return answer{}, err
	}
	ops, failOnErrors, err := parseBulk(b, c.connection.Dialect == directory.RFC)
	if err != nil {
		return answer{}, err
	}
	g := newGraph(ops)
	errs := 0
	for _, i := range g.order {
		if err := ctx.Err(); err != nil {
			return answer{}, err
		}
		if c.run(ctx, g, i); ops[i].fault != nil {
			errs++
		}
		if failOnErrors > 0 && errs >= failOnErrors {
			break
		}
	}
	c.settle(ctx, g)
	c.tellFailed(ops)
	return answer{status: http.StatusOK, body: func(_ context.Context, o *out) error { return writeBulk(o, ops) }}, nil
}

// parseBulk reads a BulkRequest. What is wrong with one operation is that operation's fault alone; an error refuses all.
func parseBulk(body []byte, strict bool) (ops []*bulkOp, failOnErrors int, err error) {
	message, err := schema.Decode(body)
	if err != nil {
		return nil, 0, err
	}
	if strict && !hasSchema(message, bulkURN) {
		return nil, 0, refuse(invalidSyntax, "schemas must contain %s", bulkURN)
	}
	switch n, _ := field(message, "failOnErrors"); n := n.(type) {
	case nil:
	case int64:
		if n < 1 {
			return nil, 0, refuse(invalidValue, "failOnErrors must be 1 or more")
		}
		failOnErrors = int(min(n, maxBulkOps+1))
	default:
		return nil, 0, refuse(invalidValue, "failOnErrors must be a whole number")
	}
	value, _ := field(message, "Operations")
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return nil, 0, refuse(invalidSyntax, "Operations must be an array of one or more operations")
	}
	if len(list) > maxBulkOps {
		return nil, 0, &Error{
			Status: http.StatusRequestEntityTooLarge,
			Detail: fmt.Sprintf("the Bulk request has %d operations; maxOperations is %d", len(list), maxBulkOps),
		}
	}
	seen := map[string]bool{}
	for i, x := range list {
		object, ok := x.(map[string]any)
		if !ok {
			return nil, 0, refuse(invalidSyntax, "operation %d must be an object", i+1)
		}
		o := parseOperation(object)
		if o.bulkID != "" && seen[o.bulkID] {
			return nil, 0, refuse(invalidValue, "operation %d: the bulkId %q is taken by another operation", i+1, plain(o.bulkID, 100))
		}
		seen[o.bulkID] = true
		ops = append(ops, o)
	}
	return ops, failOnErrors, nil
}

func parseOperation(object map[string]any) *bulkOp {
	o := &bulkOp{}
	for name, into := range map[string]*string{"method": &o.method, "path": &o.path, "bulkId": &o.bulkID, "version": &o.version} {
		value, _ := field(object, name)
		var ok bool
		if *into, ok = value.(string); !ok && value != nil {
			o.fail(refuse(invalidSyntax, "%s must be a string", name))
		}
	}
	o.method = strings.ToUpper(o.method)
	value, _ := field(object, "data")
	o.data, _ = value.(map[string]any)
	switch {
	case o.done:
	case o.method != http.MethodPost && o.method != http.MethodPut && o.method != http.MethodPatch && o.method != http.MethodDelete:
		o.fail(refuse(invalidValue, "method must be POST, PUT, PATCH or DELETE"))
	case o.method == http.MethodPost && o.bulkID == "":
		o.fail(refuse(invalidSyntax, "POST needs a bulkId"))
	case o.method != http.MethodDelete && o.data == nil:
		o.fail(refuse(invalidSyntax, "%s needs data, an object", o.method))
	}
	return o
}

// run does one operation, once what it refers to is there.
func (c *call) run(ctx context.Context, g *graph, i int) {
	o := g.ops[i]
	if o.done {
		return
	}
	data, path, fault := g.resolved(i)
	if fault != nil {
		o.fail(fault)
		return
	}
	c.do(ctx, o, o.method, path, data)
}

// settle gives resources of a cycle the references that could not be there when they were made: each is replaced by what
// its operation wanted it to be.
func (c *call) settle(ctx context.Context, g *graph) {
	for _, i := range g.deferred {
		o := g.ops[i]
		if o.fault != nil || !o.done {
			continue
		}
		data, _, fault := g.resolved(i)
		if fault != nil {
			fault.Status = http.StatusConflict
			o.fail(fault)
			continue
		}
		o.version = ""
		c.do(ctx, o, http.MethodPut, o.path+"/"+url.PathEscape(o.id), data)
		if o.fault == nil {
			o.status = http.StatusCreated
		}
	}
}

// do sends an operation through the endpoint that it names.
func (c *call) do(ctx context.Context, o *bulkOp, method, path string, data map[string]any) {
	o.done = true
	u, err := url.Parse(path)
	if err != nil {
		o.fail(refuse(invalidValue, "path must be that of an endpoint or a resource, such as /Users or /Users/ID"))
		return
	}
	parts, ok := segments(&url.URL{Path: Root + "/" + u.Path})
	where, found := locate(parts)
	if !ok || !found || where.rt == nil || strings.HasSuffix(where.pattern, "/.search") {
		o.fail(&Error{Status: http.StatusNotFound, Detail: "path must be /Users, /Groups or that of one of their resources"})
		return
	}
	serve, ok := where.methods[method]
	if !ok {
		o.fail(&Error{Status: http.StatusMethodNotAllowed, Detail: method + " " + where.pattern + " is not offered; allowed here: " + where.allow()})
		return
	}
	sub := *c
	sub.route, sub.method, sub.query, sub.ifMatch, sub.ifNoneMatch, sub.request, sub.room = where, method, nil, nil, nil, nil, 0
	if o.version != "" {
		sub.ifMatch = []string{o.version}
	}
	if method != http.MethodPost {
		o.location = c.base + where.rt.Endpoint + "/" + url.PathEscape(where.id)
	}
	if data != nil {
		if sub.data, err = schema.Encode(data); err != nil {
			o.fail(AsError(err))
			return
		}
		if limit := int64(maxUserBody); where.rt == schema.User && int64(len(sub.data)) > limit {
			o.fail(AsError(&http.MaxBytesError{Limit: limit}))
			return
		}
	}
	a, err := serve(ctx, &sub)
	if err != nil {
		e := AsError(err)
		if e.Status >= http.StatusInternalServerError {
			c.log.ErrorContext(ctx, "bulk operation failed", "request", c.requestID, "route", method+" "+where.pattern, "error", err)
		}
		o.fail(e)
		return
	}
	o.status, o.etag, o.fault = a.status, a.etag, nil
	if a.location != "" {
		o.location = a.location
		o.id = a.location[strings.LastIndexByte(a.location, '/')+1:]
	}
}

// tellFailed notes operations that failed: the request itself succeeded.
func (c *call) tellFailed(ops []*bulkOp) {
	failed, first := 0, ""
	for i, o := range ops {
		if o.fault == nil {
			continue
		}
		if failed++; failed == 1 {
			first = fmt.Sprintf("operation %d: %s", i+1, o.fault)
		}
	}
	if failed > 0 {
		c.tell("%d of %d operations of the Bulk request failed; the first, %s", failed, len(ops), first)
	}
}

// writeBulk appends the BulkResponse: what was done, in the order of the request.
func writeBulk(o *out, ops []*bulkOp) error {
	o.b = append(o.b, `{"schemas":["`+bulkResponseURN+`"],"Operations":[`...)
	first := true
	for _, op := range ops {
		if !op.done {
			continue // failOnErrors ended the request before it
		}
		doc := map[string]any{"method": op.method, "status": strconv.Itoa(op.status)}
		for name, value := range map[string]string{"bulkId": op.bulkID, "location": op.location, "version": op.etag} {
			if value != "" {
				doc[name] = value
			}
		}
		if op.fault != nil {
			response := map[string]any{
				"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": strconv.Itoa(op.fault.Status), "detail": op.fault.Detail,
			}
			if op.fault.ScimType != "" {
				response["scimType"] = op.fault.ScimType
			}
			doc["response"] = response
		}
		if !first {
			o.b = append(o.b, ',')
		}
		first = false
		var err error
		if o.b, err = schema.AppendJSON(o.b, doc); err != nil {
			return err
		}
	}
	o.b = append(o.b, "]}"...)
	return nil
}
