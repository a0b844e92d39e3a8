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

// refusal is what somebody reads who does not come in.
type refusal struct {
	Title, Text string
	Code        string // for the support, and for tests
	Again       string // where to begin again; "" for the page of all ways
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
	h.refuse(w, r, http.StatusServiceUnavailable, refusal{
		Title: "The sign-in service does not answer", Code: "provider-down", Again: again(f, ""),
		Text: "Your company's identity provider cannot be reached at present. Who is signed in already goes on working. Try again in a moment.",
	})
}

// fail tells what has nothing to do with whoever signs in.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, event string, err error) {
	if directory.KindOf(err) == directory.NotFound {
		h.observe(event, "unknown")
		h.refuse(w, r, http.StatusNotFound, refusal{Title: "Nobody signs in here", Text: "This address is not one to sign in at. Begin again.", Code: "unknown"})
		return
	}
	h.observe(event, "error")
	h.log.ErrorContext(r.Context(), "a sign-in failed", "request", r.Header.Get("X-Request-Id"), "error", err)
	h.refuse(w, r, http.StatusInternalServerError, refusal{
		Title: "Something went wrong", Text: "It is not your doing. An administrator finds the particulars in the log under " + r.Header.Get("X-Request-Id") + ".", Code: "error",
	})
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
		x.Title, x.Text, x.Code = "The sign-in was cancelled", "Your identity provider did not let you through, or you went back.", "denied"
	case byProvider:
		x.Title, x.Text, x.Code = "Your identity provider refused", "It answered "+cut(refused.code, 60)+". An administrator finds the particulars in the log.", "provider-error"
	case isA[*weak](err):
		x.Title, x.Text, x.Code = "A second factor is required", "Sign in with the additional factor that your company requires.", "acr"
	case isA[untrusted](err):
		x.Title, x.Text, x.Code = "This sign-in cannot be trusted", "What came back is not what was asked for. Begin again; if it happens again, tell an administrator.", "untrusted"
	case directory.KindOf(err) == directory.NotFound:
		x.Title, x.Text, x.Code = "You have no access yet", "Your company has not given you access here. Ask an administrator to add you.", "unprovisioned"
	case directory.KindOf(err) == directory.Forbidden:
		x.Title, x.Text, x.Code = "Your access has been taken away", "If this is a mistake, ask an administrator.", "inactive"
	case directory.KindOf(err) == directory.Conflict:
		x.Title, x.Text, x.Code = "This account belongs to another sign-in", "Somebody signed in for this person with another account of your identity provider before. Ask an administrator.", "conflict"
	default:
		h.fail(w, r, "sign_in", err)
		return
	}
	if !byProvider && !isA[untrusted](err) {
		x.Again = anew(f, a.Return)
	}
	h.observe("sign_in", strings.ReplaceAll(x.Code, "-", "_"))
	h.log.WarnContext(r.Context(), "a sign-in was refused", "tenant", f.tenant.Key, "connection", f.connection.Name, "code", x.Code, "reason", err.Error())
	h.refuse(w, r, status, x)
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
