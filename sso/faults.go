package sso

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"rollcall/directory"
)

// untrusted says why a provider's answer is not believed. The log gets the reason; whoever signs in learns that there is one.
type untrusted string

// Error returns the reason.
func (u untrusted) Error() string { return "sso: " + string(u) }

// providerError is a refusal of the provider's (RFC 6749 §4.1.2.1 and §5.2).
type providerError struct{ code string }

// Error returns the provider's code.
func (e *providerError) Error() string { return "sso: the provider answers " + cut(e.code, 60) }

// silent is a provider that does not answer.
type silent struct{ err error }

// Error returns the reason.
func (s *silent) Error() string { return "sso: " + s.err.Error() }

// Unwrap returns the cause.
func (s *silent) Unwrap() error { return s.err }

// weak is a sign-in without the authentication that the connection requires.
type weak struct{}

// Error says so.
func (*weak) Error() string {
	return "sso: the provider did not authenticate as the connection requires"
}

// refusal is why somebody does not come in. The catalogue has a title and a text of each code.
type refusal struct {
	Code  string // for the support, and for tests
	What  string // what the text names: a code of the provider's, or the request
	Again string // where to begin again; "" for the page of all ways
}

func again(f found, back string) string {
	to := Root + "/start/" + f.tenant.Key + "/" + f.connection.ID
	if back != "" && back != "/" {
		to += "?return=" + url.QueryEscape(back)
	}
	return to
}

// anew is [again] for whom the provider would send back as who they are already: it has to ask who they are (OpenID Connect
// Core 1.0 §3.1.2.1, prompt).
func anew(f found, back string) string {
	to := again(f, back)
	if strings.Contains(to, "?") {
		return to + "&prompt=login"
	}
	return to + "?prompt=login"
}

// down tells that the provider does not answer. Who is signed in already stays so.
func (h *Handler) down(w http.ResponseWriter, r *http.Request, f found, err error) {
	h.observe("sign_in", "provider_down")
	h.log.WarnContext(r.Context(), "the provider does not answer", "tenant", f.tenant.Key, "connection", f.connection.Name, "error", err)
	w.Header().Set("Retry-After", "10")
	h.refuse(w, r, http.StatusServiceUnavailable, refusal{Code: "provider_down", Again: again(f, "")})
}

// fail tells what has nothing to do with whoever signs in.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, event string, err error) {
	if directory.KindOf(err) == directory.NotFound {
		h.observe(event, "unknown")
		h.refuse(w, r, http.StatusNotFound, refusal{Code: "unknown"})
		return
	}
	h.observe(event, "error")
	h.log.ErrorContext(r.Context(), "a sign-in failed", "request", r.Header.Get("X-Request-Id"), "error", err)
	h.refuse(w, r, http.StatusInternalServerError, refusal{Code: "error", What: r.Header.Get("X-Request-Id")})
}

// refuseAnswer tells somebody whom a provider sent back why they do not come in. What is wrong with the provider's answer is
// for the log alone.
func (h *Handler) refuseAnswer(w http.ResponseWriter, r *http.Request, f found, a attempt, err error) {
	status, x := http.StatusForbidden, refusal{Again: again(f, a.Return)}
	if silence, ok := errors.AsType[*silent](err); ok {
		h.down(w, r, f, silence)
		return
	}
	refused, byProvider := errors.AsType[*providerError](err)
	switch {
	case byProvider && refused.code == "access_denied":
		x.Code = "denied"
	case byProvider:
		x.Code, x.What = "provider_error", cut(refused.code, 60)
	case isA[*weak](err):
		x.Code = "acr"
	case isA[untrusted](err):
		x.Code = "untrusted"
	case directory.KindOf(err) == directory.NotFound:
		x.Code = "unprovisioned"
	case directory.KindOf(err) == directory.Forbidden:
		x.Code = "inactive"
	case directory.KindOf(err) == directory.Conflict:
		x.Code = "conflict"
	default:
		h.fail(w, r, "sign_in", err)
		return
	}
	if !byProvider && !isA[untrusted](err) {
		x.Again = anew(f, a.Return)
	}
	h.observe("sign_in", x.Code)
	h.log.WarnContext(r.Context(), "a sign-in was refused", "tenant", f.tenant.Key, "connection", f.connection.Name, "code", x.Code, "reason", err.Error())
	h.refuse(w, r, status, x)
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
