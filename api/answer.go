package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// answer collects what an operation answers, so that it can be tagged, kept for a repetition, or replaced by a problem. An
// answer of any length is sent as it comes instead, once the operation has asked for that.
type answer struct {
	http.ResponseWriter
	b      bytes.Buffer
	status int
	head   bool
	stream bool // what comes is sent
	sent   bool // the status has been sent
}

// WriteHeader notes the status.
func (a *answer) WriteHeader(status int) {
	if a.sent {
		return
	}
	a.status = status
	if a.stream {
		a.sent = true
		a.ResponseWriter.WriteHeader(status)
	}
}

// Write collects a part of the body.
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.stream {
		return a.ResponseWriter.Write(b)
	}
	return a.b.Write(b)
}

// Unwrap lets a [http.ResponseController] reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// problem replaces what was collected.
func (a *answer) problem(p *Problem) {
	if a.sent {
		return
	}
	a.b.Reset()
	a.stream = false
	header := a.Header()
	for _, name := range []string{"ETag", "Location", "Content-Disposition"} {
		header.Del(name)
	}
	maps.Copy(header, p.header)
	header.Set("Content-Type", problemType)
	a.status = p.Status
	a.b.Write(encode(p))
}

// finish sends the answer. A representation that the client has already is not sent again (RFC 9110 §13.1.2).
func (a *answer) finish(r *http.Request) {
	if a.sent {
		return
	}
	a.sent = true
	if a.status == 0 {
		a.status = http.StatusOK
	}
	header := a.Header()
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	if read && a.status == http.StatusOK && header.Get("ETag") == "" {
		header.Set("ETag", tag(a.b.Bytes()))
	}
	if read && a.status == http.StatusOK && matches(r.Header.Values("If-None-Match"), header.Get("ETag"), true) {
		a.status = http.StatusNotModified
		header.Del("Content-Type")
		a.ResponseWriter.WriteHeader(a.status)
		return
	}
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		a.ResponseWriter.WriteHeader(a.status)
		return
	}
	header.Set("Content-Length", strconv.Itoa(a.b.Len()))
	a.ResponseWriter.WriteHeader(a.status)
	if !a.head {
		_, _ = a.ResponseWriter.Write(a.b.Bytes()) // whom it does not reach is gone
	}
}

// encode is the one form in which the API writes JSON, so that a representation has one tag.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("api: encode: " + err.Error()) // only our own types come here; whoever asked is told of an internal error
	}
	return b.Bytes()
}

// tag is the entity tag of a representation: a hash of its bytes.
func tag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// tagOf is the entity tag under which a value is answered.
func tagOf(v any) string { return tag(encode(v)) }

// matches reports whether a tag is among those of the headers If-Match or If-None-Match. weakly says that a weak tag
// counts as its strong one (RFC 9110 §8.8.3.2).
func matches(headers []string, etag string, weakly bool) bool {
	for one := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		one = strings.TrimSpace(one)
		if weakly {
			one = strings.TrimPrefix(one, "W/")
		}
		if one != "" && (one == "*" || one == etag) {
			return true
		}
	}
	return false
}
