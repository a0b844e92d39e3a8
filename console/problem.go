package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"rollcall/directory"
)

// problem is what the API refuses (RFC 9457), or what the console does itself.
type problem struct {
	Type      string              `json:"type"`
	Status    int                 `json:"status"`
	Detail    string              `json:"detail"` // in English
	Template  string              `json:"template"`
	Values    []directory.Message `json:"values"`
	RequestID string              `json:"request_id"`
	Missing   string              `json:"permission"`
	Having    []string            `json:"roles"`
	Errors    []fault             `json:"errors"`
	Plan      *outcome            `json:"plan"`

	Slug string `json:"-"`
}

// fault is one thing that the API finds wrong about a request.
type fault struct {
	Code     string              `json:"code"` // required | pattern | taken | unknown | no_seat, or nothing
	Location string              `json:"location"`
	Message  string              `json:"message"` // in English
	Template string              `json:"template"`
	Values   []directory.Message `json:"values"`
}

// field is the field of a form that it is about; "" for none.
func (e fault) field() string {
	name, ok := strings.CutPrefix(e.Location, "body.")
	if i := strings.IndexAny(name, ".["); i >= 0 {
		name = name[:i]
	}
	if !ok {
		return ""
	}
	return name
}

// Error is the problem in English, as logs have it.
func (p *problem) Error() string { return p.Slug + ": " + p.Detail }

func problemOf(a *answer) error {
	p := &problem{}
	if err := json.Unmarshal(a.body.Bytes(), p); err != nil || p.Type == "" {
		p = &problem{Slug: "internal"}
	}
	p.Status = a.status
	if _, slug, ok := strings.Cut(p.Type, "#problem-"); ok {
		p.Slug = slug
	}
	return p
}

func notFound() error { return &problem{Status: http.StatusNotFound, Slug: "not-found"} }

// asProblem returns the problem that an error is, or nil.
func asProblem(err error) *problem {
	p, _ := errors.AsType[*problem](err)
	return p
}

// title says in the reader's language what kind of problem it is, and advice what to do about it.
func (p *problem) title(v *visit) string  { return v.T("problem." + snake(p.Slug)) }
func (p *problem) advice(v *visit) string { return v.T("advice." + snake(p.Slug)) }

func snake(slug string) string { return strings.ReplaceAll(slug, "-", "_") }

// fail answers with the page of what went wrong.
func (v *visit) fail(err error) {
	p := asProblem(err)
	if p == nil {
		p = &problem{Status: http.StatusInternalServerError, Slug: "internal", RequestID: requestID()}
		v.h.Log.ErrorContext(v.r.Context(), "request failed", "request", p.RequestID, "path", v.r.Pattern, "error", err)
	}
	if p.Slug == "unauthenticated" { // the session ended meanwhile
		v.h.signIn(v.w, v.r)
		return
	}
	if err := v.showAs(p.Status, failure(v, p)); err != nil {
		v.h.Log.ErrorContext(v.r.Context(), "a page was not made", "error", err)
		http.Error(v.w, "internal error", http.StatusInternalServerError)
	}
}

// faultsOf sorts what is wrong by the fields of a form, whose names are those of the body's properties. What belongs to no
// field is left.
func (p *problem) faultsOf(v *visit) (byField map[string]string, left []string) {
	byField = map[string]string{}
	for _, e := range p.Errors {
		if name := e.field(); name != "" {
			byField[name] = e.plain(v)
			continue
		}
		if x := required.FindStringSubmatch(e.Message); x != nil {
			byField[x[1]] = v.T("fault.required")
			continue
		}
		left = append(left, e.Message)
	}
	return byField, left
}

var (
	required = regexp.MustCompile(`^expected required property (\S+) to be present$`)
	bounds   = regexp.MustCompile(`^expected length (>=|<=) (\d+)$`)
)

// plain says in the reader's language what the API's codes and its checks of form say; the rest as [visit.say] does.
func (e fault) plain(v *visit) string {
	switch e.Code {
	case "required":
		return v.T("fault.required")
	case "taken":
		return v.T("people.taken")
	case "unknown":
		return v.T("fault.unknown")
	}
	if x := bounds.FindStringSubmatch(e.Message); x != nil {
		if x[1] == ">=" {
			return v.T("fault.required")
		}
		return v.T("fault.too_long", "Limit", x[2])
	}
	return v.said(directory.Message{Text: e.Message, Template: e.Template, Values: e.Values})
}
