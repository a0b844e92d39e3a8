package console

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// apiRoot is where the API answers.
const apiRoot = "/api/v1"

// get asks the API for something, as whoever is signed in. path is below the API's root, its parts escaped ([at] does it);
// into takes the answer. What the API refuses is a *problem.
func (v *visit) get(path string, query url.Values, into any) error {
	return v.ask(v.r.Context(), http.MethodGet, path, query, nil, into)
}

// send has the API do something. body is sent as JSON, nil sends none; into, where it is not nil, takes the answer.
func (v *visit) send(method, path string, query url.Values, body, into any) error {
	return v.ask(v.r.Context(), method, path, query, body, into)
}

// all asks several things at a time. A panic of one of them is an error: out of its goroutine it would end the process.
func (v *visit) all(asks ...func() error) error {
	var g errgroup.Group
	for _, f := range asks {
		g.Go(func() (err error) {
			defer func() {
				if fault := recover(); fault != nil {
					err = fmt.Errorf("console: panic: %v\n%s", fault, debug.Stack())
				}
			}()
			return f()
		})
	}
	return g.Wait()
}

// tagged asks for something as get does, and returns its tag besides: what changes it says with the tag what it saw.
func (v *visit) tagged(path string, into any) (tag string, err error) {
	header, err := v.exchange(v.r.Context(), http.MethodGet, path, nil, nil, into)
	if err != nil {
		return "", err
	}
	return header.Get("ETag"), nil
}

// asKept has an answer read as it is kept, without the reader's words for what a preset names: what a form changes is sent back.
type asKept struct{ into any }

func (v *visit) ask(ctx context.Context, method, path string, query url.Values, body, into any, headers ...string) error {
	_, err := v.exchange(ctx, method, path, query, body, into, headers...)
	return err
}

func (v *visit) exchange(ctx context.Context, method, path string, query url.Values, body, into any, headers ...string) (http.Header, error) {
	a, err := v.answerOf(ctx, method, path, query, body, headers...)
	if err != nil {
		return nil, err
	}
	if tag := a.header.Get("ETag"); tag != "" && method == http.MethodGet && len(query) == 0 {
		v.tags.Store(path, tag)
	}
	if into == nil || a.body.Len() == 0 {
		return a.header, nil
	}
	text := a.body.Bytes()
	if kept, ok := into.(asKept); ok {
		into = kept.into
	} else if !strings.HasPrefix(path, "/statuses/") { // a form that changes one shows it as it is kept
		text = v.localized(text)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return nil, fmt.Errorf("console: read the answer of %s %s: %w", method, path, err)
	}
	return a.header, nil
}

// answerOf has the API answer. What a form says a second time, while the first is being answered, waits for that answer.
func (v *visit) answerOf(ctx context.Context, method, path string, query url.Values, body any, headers ...string) (*answer, error) {
	for begun := time.Now(); ; {
		r, err := v.request(ctx, method, path, query, body, headers...)
		if err != nil {
			return nil, err
		}
		a := &answer{header: http.Header{}, status: http.StatusOK}
		v.h.API.ServeHTTP(a, r)
		if a.status < http.StatusBadRequest {
			return a, nil
		}
		err = problemOf(a)
		if p := asProblem(err); p == nil || p.Slug != "in-progress" || time.Since(begun) > patience {
			return nil, err
		}
		select { // whoever answers the first may be another process: there is nothing to be woken by
		case <-ctx.Done():
			return nil, err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// patience is how long a form that was sent twice waits for the answer to the first.
const patience = 20 * time.Second

func (v *visit) request(ctx context.Context, method, path string, query url.Values, body any, headers ...string) (*http.Request, error) {
	var in io.Reader = http.NoBody
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, fmt.Errorf("console: write the body of %s %s: %w", method, path, err)
		}
		in = bytes.NewReader(text)
	}
	target := apiRoot + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, target, in)
	if err != nil {
		return nil, fmt.Errorf("console: %s %s: %w", method, path, err)
	}
	r.RequestURI, r.RemoteAddr = target, v.r.RemoteAddr
	r.Header.Set("X-Request-Id", requestID())
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	if v.once != "" && method == http.MethodPost {
		r.Header.Set("Idempotency-Key", onceKey(v.once, method, target, text, r.Header.Get("If-Match")))
	}
	return r, nil
}

// download passes an answer of the API on to the reader as a file, as it comes.
func (v *visit) download(path string, query url.Values, name string) error {
	r, err := v.request(v.r.Context(), http.MethodGet, path, query, nil)
	if err != nil {
		return err
	}
	p := &passage{w: v.w, name: name, answer: answer{header: http.Header{}, status: http.StatusOK}}
	v.h.API.ServeHTTP(p, r)
	if p.status >= http.StatusBadRequest {
		return problemOf(&p.answer)
	}
	return nil
}

// at makes a path of its parts, each escaped.
func at(parts ...string) string {
	var path strings.Builder
	for _, p := range parts {
		path.WriteString("/" + url.PathEscape(p))
	}
	return path.String()
}

// answer is what the API says, in memory.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// passage is what the API says, on its way to the reader; what it refuses is kept back.
type passage struct {
	answer

	w     http.ResponseWriter
	name  string
	begun bool
}

func (p *passage) Write(b []byte) (int, error) {
	if p.status >= http.StatusBadRequest {
		return p.answer.Write(b)
	}
	if !p.begun {
		p.begun = true
		p.w.Header().Set("Content-Type", p.header.Get("Content-Type"))
		p.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", p.name))
		p.w.WriteHeader(http.StatusOK)
	}
	return p.w.Write(b)
}

// page is a page of one of the API's lists.
type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
	Total *int   `json:"total"`
}

// whole asks for all pages of a list of the configuration, which are few.
func whole[T any](v *visit, path string, query url.Values) ([]T, error) {
	q := url.Values{"limit": {"200"}}
	for name, values := range query {
		q[name] = slices.Clone(values)
	}
	var out []T
	for {
		var p page[T]
		if err := v.get(path, q, &p); err != nil {
			return nil, err
		}
		out = append(out, p.Items...)
		if p.Next == "" {
			return out, nil
		}
		q.Set("cursor", p.Next)
	}
}
