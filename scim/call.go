package scim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall/directory"
	"rollcall/store"
)

// principal is who asks: a connection of a tenant, as its token says.
type principal struct {
	config     *store.Configuration
	connection directory.Connection
	reader     store.Reader // bound to the tenant
}

// call is one request to an endpoint: a whole HTTP request, or an operation of a Bulk request.
type call struct {
	*Handler
	*principal
	route

	method      string
	query       url.Values
	ifMatch     []string // values of the header If-Match
	ifNoneMatch []string
	data        []byte        // the body of a Bulk operation
	request     *http.Request // whose body is read; nil for a Bulk operation
	w           http.ResponseWriter
	requestID   string
	hints       *[]string // where oddities that were forgiven are told
	room        int64     // bytes of the room for long bodies that this call holds
}

// The longest bodies.
const (
	maxUserBody  = 1 << 20
	maxGroupBody = 16 << 20
	maxBulkBody  = 8 << 20
)

const (
	roomForBodies = 64 << 20    // bytes of long bodies in memory at once
	shortBody     = 256 << 10   // shorter ones do not count
	readWithin    = time.Minute // what a client may take to send a body
)

func (c *call) close() {
	if c.room > 0 {
		c.Handler.room.Release(c.room)
	}
}

func (c *call) actor() directory.Actor {
	return directory.Actor{
		Tenant: c.config.Tenant.ID, Kind: directory.ActorConnection, ID: c.connection.ID, Connection: c.connection.ID, RequestID: c.requestID,
	}
}

// tell notes an oddity for the connection's request log.
func (c *call) tell(format string, args ...any) {
	*c.hints = append(*c.hints, fmt.Sprintf(format, args...))
}

// body returns the request's body, of the right type and within the limit.
func (c *call) body(ctx context.Context, limit int64) ([]byte, error) {
	if c.request == nil {
		return c.data, nil
	}
	if err := acceptable(c.request.Header); err != nil {
		return nil, err
	}
	length := c.request.ContentLength
	if length > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	if length < 0 {
		length = limit
	}
	deadline := http.NewResponseController(c.w)
	_ = deadline.SetReadDeadline(time.Now().Add(readWithin)) // not every ResponseWriter has one
	defer func() { _ = deadline.SetReadDeadline(time.Time{}) }()
	if length > shortBody {
		if err := c.Handler.room.Acquire(ctx, length); err != nil {
			return nil, err
		}
		c.room += length
	}
	b, err := io.ReadAll(http.MaxBytesReader(c.w, c.request.Body, limit))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok || err == nil {
		return b, err
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, &Error{Status: http.StatusRequestTimeout, Detail: "the request body did not arrive in time"}
	}
	return nil, refuse(invalidSyntax, "the request body ended before it was whole")
}

// acceptable checks the type of a body (RFC 7644 §3.1, §8.1).
func acceptable(header http.Header) error {
	if e := header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return unsupported("a body with a Content-Encoding")
	}
	text := header.Get("Content-Type")
	if text == "" {
		return nil
	}
	kind, params, err := mime.ParseMediaType(text)
	if err != nil || kind != contentType && kind != "application/json" {
		return unsupported("this Content-Type")
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
		return unsupported("a charset other than utf-8")
	}
	return nil
}

func unsupported(what string) error {
	return &Error{Status: http.StatusUnsupportedMediaType, Detail: what + " is not understood; send application/scim+json or application/json in UTF-8"}
}

// parameter returns a parameter of the URL's query: the name in any case, the first of several values.
func (c *call) parameter(name string) string {
	v, _ := parameter(c.query, name)
	return v
}

func parameter(query url.Values, name string) (string, bool) {
	if v, ok := query[name]; ok {
		return v[0], true
	}
	for k, v := range query {
		if strings.EqualFold(k, name) {
			return v[0], true
		}
	}
	return "", false
}

// projection reads which attributes the client wants.
func (c *call) projection() (*Projection, error) {
	return ParseProjection(c.rt, c.parameter("attributes"), c.parameter("excludedAttributes"))
}

// resourceID returns the id in the path. One that no resource can have is not found.
func (c *call) resourceID() (string, error) {
	if len(c.id) > 128 || !utf8.ValidString(c.id) || strings.ContainsRune(c.id, 0) {
		return "", directory.Errorf(directory.NotFound, "there is no %s with this id", strings.ToLower(c.rt.Name))
	}
	return c.id, nil
}

func (c *call) location(id string) string { return c.base + c.rt.Endpoint + "/" + url.PathEscape(id) }
