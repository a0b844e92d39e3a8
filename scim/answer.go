package scim

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// answer is what an endpoint answers when nothing went wrong.
type answer struct {
	status   int
	location string // header Location
	etag     string // header ETag
	// body writes the body; nil for none. An error before the first [out.flush] becomes the answer; a later one cuts it off.
	body func(ctx context.Context, o *out) error
}

const (
	contentType = "application/scim+json"
	flushAt     = 64 << 10         // bytes that are collected before they are sent
	sendWithin  = 30 * time.Second // what a client may take for each part of a long answer
)

// out is the body of an answer. What is short is collected and sent at once, with its length; what gets long is sent in
// parts while the rest is still being read.
type out struct {
	b       []byte
	w       http.ResponseWriter
	head    bool // to HEAD: count nothing, send nothing
	status  int
	started bool // the status has been sent
	parted  bool // the body is sent in parts
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 16<<10); return &b }}

func newOut(w http.ResponseWriter, head bool) *out {
	return &out{b: (*buffers.Get().(*[]byte))[:0], w: w, head: head}
}

func (o *out) release() {
	if cap(o.b) <= 1<<20 {
		b := o.b
		buffers.Put(&b)
	}
	o.b = nil
}

// flush sends what has been collected, if it is worth it. The server's own deadline is for answers of any length, so a long
// one gets a new one with each part.
func (o *out) flush() error {
	if len(o.b) < flushAt {
		return nil
	}
	o.parted = true
	_ = http.NewResponseController(o.w).SetWriteDeadline(time.Now().Add(sendWithin)) // not every ResponseWriter has one
	return o.send()
}

func (o *out) send() error {
	if !o.started {
		o.started = true
		o.w.WriteHeader(o.status)
	}
	_, err := o.w.Write(o.b)
	o.b = o.b[:0]
	return err
}

// answer sends an answer.
func (o *out) answer(ctx context.Context, a answer) error {
	o.status = a.status
	header := o.w.Header()
	if a.location != "" {
		header.Set("Location", a.location)
	}
	if a.etag != "" {
		header.Set("ETag", a.etag)
	}
	if a.body == nil {
		o.started = true
		o.w.WriteHeader(a.status)
		return nil
	}
	header.Set("Content-Type", contentType)
	if o.head {
		o.started = true
		o.w.WriteHeader(a.status)
		return nil
	}
	if err := a.body(ctx, o); err != nil {
		return err
	}
	if !o.parted {
		header.Set("Content-Length", strconv.Itoa(len(o.b)))
	}
	if err := o.send(); err != nil || !o.parted {
		return err
	}
	last := http.NewResponseController(o.w)
	_ = last.Flush()                       // whom it does not reach is gone
	_ = last.SetWriteDeadline(time.Time{}) // the connection may serve other requests
	return nil
}

// fail sends an error instead of an answer (RFC 7644 §3.12).
func (o *out) fail(e *Error) {
	o.status = e.Status
	header := o.w.Header()
	header.Del("ETag")
	header.Del("Location")
	header.Set("Content-Type", contentType)
	b, err := json.Marshal(e)
	if err != nil {
		b = []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"` + strconv.Itoa(e.Status) + `"}`)
	}
	header.Set("Content-Length", strconv.Itoa(len(b)))
	o.b = append(o.b[:0], b...)
	_ = o.send() // whom it cannot be sent to is gone
}

// written makes the body of bytes that are there already.
func written(b []byte) func(context.Context, *out) error {
	return func(_ context.Context, o *out) error {
		o.b = append(o.b, b...)
		return nil
	}
}
