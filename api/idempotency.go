package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"unicode/utf8"

	"rollcall/store"
)

// kept are the headers of an answer that are kept with it.
var keptHeaders = []string{"Content-Type", "ETag", "Location"}

// once does a request with an idempotency key at most once, and answers it again when it is sent again. Only what
// succeeded is kept: what failed changed nothing, and may be corrected and sent again under the same key.
func (h *Handler) once(ctx context.Context, c *call, key string, out *answer, next func()) error {
	if len(key) > 255 || !utf8.ValidString(key) || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return c.problem(http.StatusUnprocessableEntity, "invalid", "the header Idempotency-Key has 1 to 255 printable characters of ASCII; a random UUID is a good one")
	}
	tenant, name := c.config.Tenant.ID, hashed(c.principal.id, key)
	attempt, past, err := h.db.Ops().Attempt(ctx, tenant, name, requestHash(c))
	if err != nil {
		return err
	}
	switch attempt {
	case store.OtherAttempt:
		return c.problem(http.StatusUnprocessableEntity, "idempotency-mismatch", "this idempotency key was used for another request in the last day: use a new one for each request")
	case store.RunningAttempt:
		return c.problem(http.StatusConflict, "in-progress",
			"a request with this idempotency key is being answered; if this stays so, its server was stopped before the answer: look whether it was done, and use another key").with("Retry-After", "2")
	case store.RepeatAttempt:
		header := out.Header()
		for name, value := range past.Header {
			header.Set(name, value)
		}
		header.Set("Idempotency-Replayed", "true")
		out.status = past.Status
		out.b.Write(past.Body)
		return nil
	case store.FirstAttempt:
	}
	finished := false
	after := context.WithoutCancel(ctx) // whether the client still waits or not
	defer func() {
		if !finished { // a panic
			_ = h.db.Ops().ForgetAttempt(after, tenant, name) // a later attempt is told that this one runs
		}
	}()
	next()
	finished = true
	if out.status < http.StatusOK || out.status >= http.StatusMultipleChoices {
		return h.db.Ops().ForgetAttempt(after, tenant, name)
	}
	done := store.Answer{Status: out.status, Header: map[string]string{}, Body: out.b.Bytes()}
	for _, name := range keptHeaders {
		if value := out.Header().Get(name); value != "" {
			done.Header[name] = value
		}
	}
	if err := h.db.Ops().KeepAnswer(after, tenant, name, done); err != nil {
		h.log.ErrorContext(ctx, "an answer was not kept for its idempotency key", "request", c.id, "error", err)
	}
	return nil
}

func hashed(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// requestHash is what makes two requests the same: method, path, query and body.
func requestHash(c *call) [sha256.Size]byte {
	u := c.request.URL
	return sha256.Sum256([]byte(strings.Join([]string{c.request.Method, u.EscapedPath(), u.Query().Encode(), string(c.body)}, "\x00")))
}
