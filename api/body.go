package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxBody    = 1 << 20
	maxDepth   = 32 // of arrays and objects in one another
	readWithin = 30 * time.Second
)

// plainPath reports whether a path is one that an operation can have: clean, and of characters that databases keep.
func plainPath(u *url.URL) bool {
	return u.Path == path.Clean(u.Path) && utf8.ValidString(u.Path) && !strings.ContainsRune(u.Path, 0)
}

// checkQuery refuses a query that cannot be read, or that no database could look for.
func checkQuery(raw string) error {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return malformed("the URL's query is not well formed; percent-encode what is in it")
	}
	for name, list := range values {
		if len(list) > 1 {
			return malformed("the query parameter %q stands more than once; separate several values by commas", name)
		}
		if !utf8.ValidString(list[0]) || strings.ContainsRune(list[0], 0) {
			return malformed("the query parameter %q is not UTF-8, or contains U+0000", name)
		}
	}
	return nil
}

func malformed(format string, args ...any) *Problem {
	var c *call
	return c.problem(http.StatusBadRequest, "malformed", format, args...)
}

// readBody reads the body of a request, within limits of size, depth and time, and puts it back for the operation.
func readBody(c *call, out *answer, r *http.Request) ([]byte, error) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil, nil
	}
	if r.ContentLength > maxBody {
		return nil, tooLarge(c)
	}
	deadline := http.NewResponseController(out)
	_ = deadline.SetReadDeadline(time.Now().Add(readWithin)) // not every ResponseWriter has one
	defer func() { _ = deadline.SetReadDeadline(time.Time{}) }()
	b, err := io.ReadAll(http.MaxBytesReader(out.ResponseWriter, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge(c)
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, c.problem(http.StatusRequestTimeout, "timeout", "the request body did not arrive in time")
	case err != nil:
		return nil, malformed("the request body ended before it was whole")
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	if len(b) == 0 {
		return nil, nil
	}
	if err := acceptable(c, r.Header); err != nil {
		return nil, err
	}
	return b, checkJSON(b)
}

func tooLarge(c *call) *Problem {
	return c.problem(http.StatusRequestEntityTooLarge, "too-large", "the request body is longer than %d bytes", maxBody)
}

func acceptable(c *call, header http.Header) error {
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	encoded := header.Get("Content-Encoding")
	json := kind == "application/json" || kind == "application/merge-patch+json"
	if err != nil && header.Get("Content-Type") != "" || err == nil && !json ||
		charset != "" && charset != "utf-8" && charset != "us-ascii" || encoded != "" && !strings.EqualFold(encoded, "identity") {
		return c.problem(http.StatusUnsupportedMediaType, "unsupported-media-type", "the body has to be application/json in UTF-8, without a Content-Encoding")
	}
	return nil
}

// checkJSON refuses what a decoder would forgive or choke on: names that stand twice, of which it keeps the last; nesting
// without end; U+0000, which no database keeps; text after the value.
func checkJSON(b []byte) error {
	if !utf8.Valid(b) {
		return malformed("the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	type level struct {
		names map[string]bool // of an object
		name  bool            // a name comes next
	}
	var open []level
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && len(open) == 0:
			return nil
		case err != nil:
			return malformed("the body is not JSON: the fault is near byte %d", d.InputOffset())
		}
		var at *level
		if len(open) > 0 {
			at = &open[len(open)-1]
		}
		if text, ok := token.(string); ok {
			if strings.ContainsRune(text, 0) {
				return malformed("the body contains U+0000, near byte %d", d.InputOffset())
			}
			if at != nil && at.name {
				if at.names[text] {
					return malformed("a property stands twice in one object, near byte %d", d.InputOffset())
				}
				at.names[text], at.name = true, false
				continue
			}
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if len(open) == maxDepth {
				return malformed("the body nests deeper than %d levels", maxDepth)
			}
			next := level{}
			if token == json.Delim('{') {
				next = level{map[string]bool{}, true}
			}
			if at != nil {
				at.name = at.names != nil
			}
			open = append(open, next)
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		default:
			if at != nil {
				at.name = at.names != nil
			}
		}
		if len(open) == 0 {
			if _, err := d.Token(); !errors.Is(err, io.EOF) {
				return malformed("there is text after the body's value")
			}
			return nil
		}
	}
}
