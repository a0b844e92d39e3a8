package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"rollcall/access"
)

// operation declares one operation of the API.
type operation struct {
	id         string // in the document: a verb and a noun, as in "list-roles"
	method     string
	path       string // below Root
	tag        string // the noun, by which the documentation groups
	summary    string
	doc        string
	permission string // that the key must have; "" for none but a key
	// partly lets in who has the permission for a part of the tenant only, such as for their own agent groups. The operation
	// asks how far it reaches itself.
	partly bool
	status int           // of a good answer; 0 for 200, or 204 without a body
	within time.Duration // what it may take; 0 for the usual
	stream bool          // its answer has any length and is sent as it comes
	// conditional says that it looks at If-Match, with [call.match].
	conditional bool
	problems    []string // slugs of the problems that it has beyond the usual ones
}

const (
	usualTime  = 30 * time.Second
	changeTime = 4 * time.Minute // a change of the configuration looks at everybody; below the server's own limit
)

// call is one request on its way to its answer.
type call struct {
	*principal // nil until the key has been read

	h       *Handler
	id      string
	route   string
	request *http.Request
	body    []byte
	op      *operation
}

type callKey struct{}

// callOf returns the call that a context belongs to.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// register adds an operation. f answers it, for whoever is allowed to ask; its errors are told as problems.
func register[I, O any](h *Handler, op operation, f func(ctx context.Context, c *call, in *I) (*O, error)) {
	if _, ok := access.PermissionNamed(op.permission); !ok && op.permission != "" {
		panic("api: " + op.id + " asks for a permission that the catalogue does not have: " + op.permission)
	}
	o := h.documented(op)
	o.Metadata = map[string]any{"operation": &op}
	o.MaxBodyBytes = -1 // the body was read, and found short enough, before
	o.BodyReadTimeout = -1
	huma.Register(h.huma, o, func(ctx context.Context, in *I) (*O, error) {
		c := callOf(ctx)
		out, err := f(ctx, c, in)
		if err != nil {
			return nil, c.fail(ctx, err)
		}
		return out, nil
	})
}

// adapter lets huma's operations answer below [Root], behind what holds for all of them. It is humago's but for that.
type adapter struct{ h *Handler }

// Handle adds an operation to the mux.
func (a adapter) Handle(o *huma.Operation, next func(huma.Context)) {
	op, _ := o.Metadata["operation"].(*operation)
	a.h.mux.HandleFunc(o.Method+" "+Root+o.Path, func(w http.ResponseWriter, r *http.Request) {
		out, _ := w.(*answer)
		c := callOf(r.Context())
		c.op = op
		ctx, cancel := context.WithTimeout(r.Context(), op.time())
		defer cancel()
		r = r.WithContext(ctx)
		if err := a.h.answer(ctx, c, out, r, func() { next(humago.NewContext(o, r, out)) }); err != nil {
			out.problem(c.fail(ctx, err))
		}
	})
}

// ServeHTTP answers a request.
func (a adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.h.ServeHTTP(w, r) }

func (op *operation) time() time.Duration {
	if op.within > 0 {
		return op.within
	}
	return usualTime
}

// answer is the way of every request to its operation.
func (h *Handler) answer(ctx context.Context, c *call, out *answer, r *http.Request, next func()) (err error) {
	if c.principal, err = h.authenticate(ctx, r); err != nil {
		return err
	}
	if err := h.limits.admit(c.principal, h.now()); err != nil {
		return err
	}
	if err := c.allowed(c.op); err != nil {
		return err
	}
	if len(r.Header.Values("If-Match")) > 0 && !c.op.conditional {
		return c.problem(http.StatusUnprocessableEntity, "invalid", "this operation does not look at If-Match; leave it out")
	}
	if err := checkQuery(r.URL.RawQuery); err != nil {
		return err
	}
	if c.body, err = readBody(c, out, r); err != nil {
		return err
	}
	out.stream = c.op.stream
	if key := r.Header.Get("Idempotency-Key"); key != "" && r.Method == http.MethodPost {
		return h.once(ctx, c, key, out, next)
	}
	next()
	return nil
}

// match refuses a change of something that is no longer what the client saw (RFC 9110 §13.1.1). current is what the
// operation's GET answers at this moment; inside of a transaction, or of admin.Change, nothing gets in between.
func (c *call) match(current any) error {
	wanted := c.request.Header.Values("If-Match")
	if len(wanted) == 0 || matches(wanted, tagOf(current), false) {
		return nil
	}
	return c.problem(http.StatusPreconditionFailed, "stale", "it has changed since it was read: the header If-Match has another ETag than %s", tagOf(current))
}

// tagged is an answer with its entity tag.
type tagged[T any] struct {
	ETag string `header:"ETag" doc:"For If-Match and If-None-Match."`
	Body T
}

// answered is the end of an operation that found what was asked for.
func answered[T any](v T) (*tagged[T], error) { return &tagged[T]{tagOf(v), v}, nil } //nolint:unparam // operations end with it

// nothing is the input of operations that have none.
type nothing struct{}
