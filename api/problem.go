package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/directory"
)

const problemType = "application/problem+json"

// Problem is what went wrong (RFC 9457).
type Problem struct {
	Type      string              `json:"type" doc:"Which problem it is; the page at this path says more. It never changes." example:"/api/v1/docs#problem-not-found"`
	Title     string              `json:"title" doc:"The problem in a few words; the same for every problem of the type." example:"There is no such thing"`
	Status    int                 `json:"status" doc:"The HTTP status." example:"404"`
	Detail    string              `json:"detail" doc:"What went wrong this time, where, and what to do." example:"there is no role \"agnet\"; did you mean \"agent\"?"`
	Template  string              `json:"template,omitempty" doc:"The detail with {1}, {2} … in place of its values: a key for a translation."`
	Values    []directory.Message `json:"values,omitempty" doc:"What stands in those places of the detail."`
	Advice    string              `json:"advice" doc:"What to do about a problem of this type." example:"Look the object up in its list."`
	RequestID string              `json:"request_id" doc:"The request's id, as in the header X-Request-Id and in the server's log." example:"K4Q2ZC6RMW5T"`
	Errors    []Fault             `json:"errors,omitempty" doc:"Each thing that is wrong about the request."`
	Missing   string              `json:"permission,omitempty" doc:"The permission that the key lacks." example:"roles.manage"`
	Having    []string            `json:"roles,omitempty" doc:"The roles of the tenant that have it." example:"[\"administrator\"]"`
	Plan      *Outcome            `json:"plan,omitempty" doc:"What would have happened, and why it is held."`

	header http.Header
}

// Fault is one thing that is wrong about a request. Values of attributes are never repeated: they may be secrets.
type Fault struct {
	Code     string              `json:"code,omitempty" enum:"required,pattern,taken,unknown,no_seat" doc:"What is wrong, where a word says it: it has to be there, it has another form than the tenant's, somebody else has it, there is no such thing, no seat is free." example:"taken"`
	Location string              `json:"location,omitempty" doc:"Where it is: a path into the body, or the name of a parameter." example:"body.permissions[0].key"`
	Message  string              `json:"message" doc:"What is wrong." example:"expected required property key to be present"`
	Template string              `json:"template,omitempty" doc:"The message with {1}, {2} … in place of its values: a key for a translation."`
	Values   []directory.Message `json:"values,omitempty" doc:"What stands in those places of the message."`
}

// Error is the problem as a line of a log.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are the headers that the answer has besides.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType is the media type of problems.
func (p *Problem) ContentType(string) string { return problemType }

// kindOfProblem is a type of problems, as the documentation lists it.
type kindOfProblem struct {
	Slug, Title, Advice string
	Statuses            []int
}

// problems are the types of problems. A type never changes its meaning, and none is ever taken away.
var problems = []kindOfProblem{
	{"malformed", "The request cannot be read", "Correct the form of the request: JSON in UTF-8, each property once.", []int{400}},
	{"unauthenticated", "No valid API key", "Send the header Authorization: Bearer KEY, with a key that lives; \"rollcall apikey create\" makes one.", []int{401}},
	{"missing-permission", "The key may not do this", "Use a key with one of the roles that have the permission.", []int{403}},
	{"owned", "Somebody else owns this configuration", "Change it where its owner does; POST /detach gives an object of the manifest to the API.", []int{403}},
	{"forbidden", "This is refused", "The detail says who may, or what to do first.", []int{403}},
	{"not-found", "There is no such thing", "Look the object up in its list; an object of another tenant is not found either.", []int{404}},
	{"method-not-allowed", "The method is not offered here", "The header Allow lists the methods that are.", []int{405}},
	{"timeout", "The request did not arrive in time", "Send it again.", []int{408}},
	{"conflict", "It contradicts what is there", "The detail says with what; change one of the two.", []int{409}},
	{"held", "A guard holds the change", "Look at the plan; send the same request with approve=true and a key that may approve.", []int{409}},
	{"in-progress", "The first request with this idempotency key is not finished", "Wait and send it again; if it stays so, look whether it was done, and use another key.", []int{409}},
	{"stale", "It has changed since it was read", "Read it again, decide anew, and send its new ETag in If-Match, or the version of the new plan.", []int{412}},
	{"too-large", "The request is too large", "Send less at once.", []int{413}},
	{"unsupported-media-type", "The body's type is not understood", "Send application/json in UTF-8.", []int{415}},
	{"invalid", "Something about the request is wrong", "Correct what is listed in errors, or named in the detail.", []int{422}},
	{"immutable", "This cannot be changed", "Leave it as it is, or make a new object.", []int{422}},
	{"too-many", "The question or its answer is too large", "Ask for less at once.", []int{422}},
	{"idempotency-mismatch", "The idempotency key was used for another request", "Use a new key for each request.", []int{422}},
	{"rate", "Too many requests", "Wait as long as the header Retry-After says.", []int{429}},
	{"internal", "Something went wrong on our side", "Tell the operator the request's id; the server's log has the particulars.", []int{500}},
	{"unavailable", "The service is busy or its database is away", "Send the request again after as many seconds as the header Retry-After says.", []int{503}},
}

// slugOf is the type of the problems that the framework finds by itself.
func slugOf(status int) string {
	i := slices.IndexFunc(problems, func(k kindOfProblem) bool { return slices.Contains(k.Statuses, status) })
	switch {
	case status == http.StatusUnprocessableEntity:
		return "invalid"
	case i >= 0:
		return problems[i].Slug
	case status < http.StatusInternalServerError:
		return "malformed"
	default:
		return "internal"
	}
}

// problem makes a problem of a type, whose detail is said as [directory.Say] does.
func (c *call) problem(status int, slug, format string, args ...any) *Problem {
	said := directory.Say(format, args...)
	if format == "%v" { // what an error or a message says
		said = said.Values[0]
	}
	p := &Problem{Type: Root + "/docs#problem-" + slug, Status: status, Detail: said.Text, Template: said.Template, Values: said.Values}
	if i := slices.IndexFunc(problems, func(k kindOfProblem) bool { return k.Slug == slug }); i >= 0 {
		p.Title, p.Advice = problems[i].Title, problems[i].Advice
	}
	if c != nil {
		p.RequestID = c.id
	}
	return p
}

// with adds a header to the answer.
func (p *Problem) with(name, value string) *Problem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(name, value)
	return p
}

// fail translates an error into what the client is told, and logs what is ours.
func (c *call) fail(ctx context.Context, err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		if p.RequestID == "" {
			p.RequestID = c.id
		}
		return p
	}
	p := c.translate(ctx, err)
	if p.Status >= http.StatusInternalServerError && c.request.Context().Err() == nil {
		c.h.log.ErrorContext(ctx, "request failed", "request", c.id, "route", c.route, "status", p.Status, "error", err)
	}
	return p
}

func (c *call) translate(ctx context.Context, err error) *Problem {
	switch directory.KindOf(err) {
	case directory.Invalid:
		return c.problem(http.StatusUnprocessableEntity, "invalid", "%v", err)
	case directory.NotFound:
		return c.problem(http.StatusNotFound, "not-found", "%v", err)
	case directory.Conflict:
		return c.problem(http.StatusConflict, "conflict", "%v", err)
	case directory.Immutable:
		return c.problem(http.StatusUnprocessableEntity, "immutable", "%v", err)
	case directory.Stale:
		return c.problem(http.StatusPreconditionFailed, "stale", "%v", err)
	case directory.Forbidden:
		return c.problem(http.StatusForbidden, "forbidden", "%v", err)
	case directory.TooMany:
		return c.problem(http.StatusUnprocessableEntity, "too-many", "%v", err)
	case directory.Unavailable:
		return c.problem(http.StatusServiceUnavailable, "unavailable", "%v", err).with("Retry-After", "2")
	default: // ours to log and never to show
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return c.problem(http.StatusServiceUnavailable, "unavailable", "this took too long and was given up; what was not finished is not done").with("Retry-After", "5")
	}
	return c.problem(http.StatusInternalServerError, "internal", "the server's log has the particulars under request %s", c.id)
}

// retryAfter is the header Retry-After in whole seconds.
func retryAfter(wait time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(wait.Seconds()))))
}

// The framework makes its own errors through these variables; ours repeat no value that a client sent.
func init() {
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		return ofFramework(callOf(ctx.Context()), status, message, errs)
	}
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return ofFramework(nil, status, message, errs)
	}
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false
}

func ofFramework(c *call, status int, message string, errs []error) *Problem {
	for _, err := range errs {
		if p, ok := errors.AsType[*Problem](err); ok {
			return p
		}
	}
	p := c.problem(status, slugOf(status), "%v", directory.Quote(message))
	for _, err := range errs {
		if d, ok := err.(huma.ErrorDetailer); ok {
			p.Errors = append(p.Errors, Fault{Location: d.ErrorDetail().Location, Message: d.ErrorDetail().Message})
		}
	}
	if len(p.Errors) > 0 {
		first := p.Errors[0]
		p.Detail, p.Template, p.Values = strings.TrimPrefix(first.Location+": ", ": ")+first.Message, "", nil
		if n := len(p.Errors) - 1; n > 0 {
			p.Detail += "; and " + strconv.Itoa(n) + " more"
		}
	}
	return p
}
